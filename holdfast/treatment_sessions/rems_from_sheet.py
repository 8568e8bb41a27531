"""The REMS monitoring form filled from the flow-sheet, as far as its entries say; the rest is asked of a clinician.

Nothing is taken for granted: no rating of sedation is not "no sedation", and what only a clinician can judge (ready
without the two hours, vitals acceptable, respiratory depression) stays open until somebody answers.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import is_finite_number
from holdfast.treatment_sessions.adverse_events import Seriousness
from holdfast.treatment_sessions.clock import minutes_after, minutes_between
from holdfast.treatment_sessions.entries import Dissociation, Kind
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.rems import Episode, MonitoringForm, monitoring_form
from holdfast.treatment_sessions.vitals import Vitals

AWAKE = 5  # the highest level of MOAA/S
MOST_MIN = 24 * 60  # of an answer in minutes: a treatment session ends on its day


@dataclass(frozen=True)
class FormAnswers:
    """What a clinician adds. None = not answered; minutes count from the first device."""

    ready_without_rule_min: float | None = None
    vitals_acceptable_before: bool | None = None
    vitals_acceptable_after: bool | None = None
    sedation_occurred: bool | None = None
    sedation_onset_min: float | None = None
    sedation_resolved_min: float | None = None
    dissociation_occurred: bool | None = None
    dissociation_onset_min: float | None = None
    dissociation_resolved_min: float | None = None
    respiratory_depression: bool | None = None
    other_serious_event: bool | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not name.endswith("_min") or value is None:
                continue
            if not is_finite_number(value) or not 0 <= value <= MOST_MIN:
                raise InputError(f"{name}: {value} cannot be; give minutes from the first device, 0 to {MOST_MIN}")
        for what in ("sedation", "dissociation"):
            onset, resolved = (getattr(self, f"{what}_{end}_min") for end in ("onset", "resolved"))
            if onset is not None and resolved is not None and resolved < onset:
                raise InputError(f"{what}_resolved_min: lies before the onset; mend one of them")

    @property
    def episodes(self) -> tuple[Episode, Episode]:
        """Sedation and dissociation."""
        return tuple(  # type: ignore[return-value]
            Episode(*(getattr(self, f"{what}_{part}") for part in ("occurred", "onset_min", "resolved_min")))
            for what in ("sedation", "dissociation")
        )


def suggested(sheet: Sheet) -> FormAnswers:
    """What the entries say of the questions a clinician answers; the clinician may say otherwise."""
    sedation = _episode(sheet, _sedated)
    dissociation = _episode(sheet, _dissociated)
    if dissociation.occurred is False and any(_unrated(e) for e in _after_the_first_device(sheet)):
        dissociation = Episode()  # a total of 15 that nobody rated, then one of 0, is no "no"
    serious = any(e.content.seriousness is not Seriousness.NOT_SERIOUS for e in sheet.of(Kind.ADVERSE_EVENT))
    return FormAnswers(
        sedation_occurred=sedation.occurred, sedation_onset_min=sedation.onset_min,
        sedation_resolved_min=sedation.resolved_min, dissociation_occurred=dissociation.occurred,
        dissociation_onset_min=dissociation.onset_min, dissociation_resolved_min=dissociation.resolved_min,
        other_serious_event=True if serious else None,
    )  # fmt: skip


def form_from_sheet(sheet: Sheet, answers: FormAnswers, *, rules: RuleSet) -> MonitoringForm:
    """The whole form. Rule rems.fields."""
    began, history = sheet.dosed_at, sheet.last(Kind.HISTORY)
    ready = answers.ready_without_rule_min
    sedation, dissociation = answers.episodes
    lots = dict.fromkeys(e.content.lot.strip() for e in sheet.of(Kind.DEVICE))
    device_mg = sheet.protocol.administration.device_mg
    return monitoring_form(
        first_device_at=began,
        monitoring_completed_at=sheet.discharged_at,
        ready_without_rule_at=None if began is None or ready is None else minutes_after(began, ready),
        dose_mg=len(sheet.of(Kind.DEVICE)) * device_mg if device_mg and began is not None else None,
        lot=", ".join(lots),
        conmeds=history.content.conmeds if history else None,
        bp=_pressures(sheet, rules),
        acceptable={"before": answers.vitals_acceptable_before, "after": answers.vitals_acceptable_after},
        sedation=sedation,
        dissociation=dissociation,
        respiratory_depression=answers.respiratory_depression,
        other_serious_event=answers.other_serious_event,
        rules=rules,
    )


def _pressures(sheet: Sheet, rules: RuleSet) -> dict[str, Vitals | None]:
    """Before; nearest to the time the rule names, at most half of it away; the last one after the dose."""
    before, since = ([v for v in part if v.has_pressure] for part in sheet.split())
    began = sheet.dosed_at
    since = [v for v in since if began is not None and minutes_between(began, v.measured_at) > 0]
    about = rules.threshold("mon.bp.es", "check_at").value

    def away(vitals: Vitals) -> float:
        assert began is not None
        return abs(minutes_between(began, vitals.measured_at) - about)

    near = min(since, key=away, default=None)
    return {
        "before": before[-1] if before else None,
        "about_40_min": near if near is not None and away(near) <= about / 2 else None,
        "end": since[-1] if since else None,
    }


def _sedated(entry: Entry) -> bool | None:
    level = entry.content.moaas
    return None if level is None else level < AWAKE


def _dissociated(entry: Entry) -> bool | None:
    """By the clinician's own rating; a CADSS total has no agreed limit, and says nothing here unless it is 0."""
    rated, total = entry.content.dissociation, entry.content.cadss_total
    if rated is not None:
        return rated is not Dissociation.NONE
    return False if total == 0 else None


def _unrated(entry: Entry) -> bool:
    """A CADSS total above 0 that no clinician rated beside it."""
    return entry.content.dissociation is None and bool(entry.content.cadss_total)


def _after_the_first_device(sheet: Sheet) -> list[Entry]:
    began = sheet.dosed_at
    if began is None:
        return []
    return [e for e in sheet.of(Kind.OBSERVATION) if minutes_between(began, e.made_at) > 0]


def _episode(sheet: Sheet, seen: Any) -> Episode:
    """When it was first seen after the first device, and from when on it was not seen any more."""
    began = sheet.dosed_at
    looks = [
        (minutes_between(began, e.made_at), found)
        for e in _after_the_first_device(sheet)
        if began is not None and (found := seen(e)) is not None
    ]
    return _from_looks(looks) if looks else Episode()


def _from_looks(looks: Sequence[tuple[float, bool]]) -> Episode:
    there = [minutes for minutes, found in looks if found]
    if not there:
        return Episode(occurred=False)
    gone = [minutes for minutes, found in looks if not found and minutes > there[-1]]
    return Episode(occurred=True, onset_min=round(there[0]), resolved_min=round(gone[0]) if gone else None)


def answered(first: FormAnswers, given: dict[str, Any]) -> FormAnswers:
    """The suggestions with what a clinician answered in their place; `None` takes a suggestion back."""
    unknown = set(given) - set(FormAnswers.__dataclass_fields__)
    if unknown:
        raise InputError(f"{sorted(unknown)[0]} is no question of the form")
    return replace(first, **given)


def latest_end(ended_at: datetime.datetime, rules: RuleSet) -> datetime.datetime:
    """Until when the form of a treatment session is to be sent."""
    return minutes_after(ended_at, rules.threshold("rems.form7d", "due_d").in_unit("min"))
