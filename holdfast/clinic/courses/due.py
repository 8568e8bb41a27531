"""What is due in a course today. Plain functions over values; safety checks come from holdfast.safety."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from uuid import UUID

from holdfast.clinic.courses.phases import ENDED, TREATED, Phase

ALERT = "alert"  # kind of what a positive suicide item asks for
ALERT_OPEN = "alert_open"  # kind of an alert that nobody has taken
UNPLANNED = "treatment_session:unplanned"  # kind of a course that would else stand on no list
BEING_TREATED = TREATED | {Phase.CONSENTED}
SEEN_BY = ("course.view", "forecast.view")  # permissions that decide which of it somebody sees
FIRST = frozenset({ALERT, ALERT_OPEN})  # before everything else, however long that waits


@dataclass(frozen=True)
class Due:
    """One thing to do. `on` is None where it has no date; `clinical` marks what the front desk does not see.

    Lists keep thousands of them and ask each for rank and key at every look, so both are worked out once.
    """

    kind: str
    text: str
    on: dt.date | None = None
    overdue: bool = False
    clinical: bool = True
    about: UUID | None = None  # the rating that raised an alert, or the treatment session it is about
    why: str = ""  # the rule's words with the values found, where the text alone does not say
    rule: str = ""  # id of the care rule it comes from
    sheet: UUID | None = None  # the treatment session whose flow-sheet is the page for it
    unsigned: bool = False  # a house or unverified rule that nobody signed: told, not enforced
    needs: str = ""  # a permission without which it is not seen, where seeing the course is not enough

    @cached_property
    def rank(self) -> tuple[bool, bool, dt.date]:
        """Sorts what to do first: an alert before everything, then what is overdue longest, then what comes."""
        return self.kind not in FIRST, not self.overdue, self.on or dt.date.max

    @cached_property
    def key(self) -> str:
        """Names this one thing in its course for as long as it is to be done: done and due again, it is another."""
        return "|".join((self.kind, self.on.isoformat() if self.on else "", str(self.about or "")))

    def seen_with(self, granted: Collection[str]) -> bool:
        """Is it for whoever has these permissions of `SEEN_BY`?"""
        return (not self.clinical or "course.view" in granted) and (not self.needs or self.needs in granted)

    @property
    def parts(self) -> list[str]:
        """The kind in its parts: `review:maintenance-2` is a review, and which one."""
        return self.kind.split(":")


def course_due(
    *,
    phase: Phase,
    today: dt.date,
    planned_on: Sequence[dt.date],
    sheets: Mapping[dt.date, UUID] = MappingProxyType({}),
    last_dose_on: dt.date | None,
    last_rating_on: dt.date | None,
    alert_on: dt.date | None,
    alert_id: UUID | None = None,
    has_evaluation: bool,
    has_baseline: bool,
) -> tuple[Due, ...]:
    """Steps of the workflow and treatment sessions, first things first. In a course that has ended only an alert is."""
    found = []
    if alert_on is not None:
        found.append(
            Due(ALERT, "Thoughts of death or self-harm; C-SSRS to be asked", alert_on, overdue=True, about=alert_id)
        )
    if phase in ENDED:
        return tuple(found)
    found += [_planned(day, today, sheets.get(day)) for day in sorted(planned_on)[:1]]
    if phase in BEING_TREATED and not planned_on:
        why = "The course goes on, and nobody expects the patient"
        found.append(Due(UNPLANNED, "No treatment session is planned", clinical=False, why=why))
    if phase is Phase.REFERRED and not has_evaluation:
        found.append(Due("evaluation", "Evaluation to be recorded"))
    if phase is Phase.REFERRED and has_evaluation:
        found.append(Due("decision", "Decision on the evaluation; accept, override or decline"))
    if phase is Phase.EVALUATED:
        found.append(Due("consent", "Consent to be recorded"))
    if phase in TREATED and not has_baseline:
        found.append(Due("baseline", "Baseline not fixed", overdue=last_dose_on is not None))
    unrated = last_dose_on is not None and (last_rating_on is None or last_rating_on < last_dose_on)
    if phase in TREATED and unrated and last_dose_on is not None:
        found.append(
            Due("rating", "No rating since the last treatment session", last_dose_on, overdue=last_dose_on < today)
        )
    return tuple(sorted(found, key=lambda due: due.rank))


def _planned(day: dt.date, today: dt.date, sheet: UUID | None) -> Due:
    """What is planned. On its day the flow-sheet is kept; afterwards it is recorded whole."""
    if day < today:
        return Due("treatment_session", "Treatment session planned and not recorded", day, overdue=True, clinical=False)
    return Due("treatment_session", "Treatment session", day, clinical=False, sheet=sheet)
