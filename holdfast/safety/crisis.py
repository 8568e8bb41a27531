"""From answers about suicide to a response: level, text, who must be told, how soon.

Crisis rules of class house FIRE although nobody has signed them, unlike every other house rule: when an answer points
to suicide, silence is the less safe error. The response names each unsigned rule that fired, so that the clinic warns
its administrator.

The C-SSRS is triaged by holdfast.scales, never summed. A missing answer is never a negative one: it becomes a task.
Contradictory C-SSRS answers count each yes as it stands until somebody has asked again. The response does not depend
on dosing: prevention of suicide by the drugs is not shown.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from holdfast.errors import InputError
from holdfast.facts import NEEDS_SIGNATURE, Facts, care_rule, load
from holdfast.safety.crisis_lines import CrisisLines, lines_for
from holdfast.safety.patient_text import REVIEWED_BY, crisis_text
from holdfast.scales import QUESTIONS, Level, triage
from holdfast.scales.cssrs import YES_MEANS

ITEM_9 = "sui.phq9.q9"
CSSRS_RULES = {Level.LOW: "sui.cssrs.low", Level.MODERATE: "sui.cssrs.mod", Level.HIGH: "sui.cssrs.high"}


class CrisisLevel(StrEnum):
    """What the answers say together. `untriaged`: item 9 is positive and the C-SSRS does not explain it yet."""

    UNKNOWN = "unknown"
    NONE = "none"
    UNTRIAGED = "untriaged"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class HowSoon(StrEnum):
    """When the person must be told, most urgent first."""

    NOW = "now"
    SAME_DAY = "same-day"
    AT_VISIT = "at-visit"


@dataclass(frozen=True)
class Tell:
    """One person to tell: the role, how soon, what is expected, and the rule that says so."""

    who: str
    how_soon: HowSoon
    what: str
    rule: str


@dataclass(frozen=True)
class CrisisTask:
    """Work that the answers leave open. `code` is a short stable word."""

    code: str
    text: str


@dataclass(frozen=True)
class CrisisResponse:
    """What must happen now. `warnings` are for the administrator, never for the patient."""

    level: CrisisLevel
    show_crisis_text: bool
    patient_text: str | None
    lines: CrisisLines
    tell: tuple[Tell, ...]
    tasks: tuple[CrisisTask, ...]
    rules_fired: tuple[str, ...]
    unsigned_rules: tuple[str, ...]
    not_assessed: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def how_soon(self) -> HowSoon | None:
        """The most urgent of `tell`; None where nobody must be told."""
        order = list(HowSoon)
        return min((t.how_soon for t in self.tell), key=order.index, default=None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "level": self.level.value,
            "show_crisis_text": self.show_crisis_text,
            "how_soon": self.how_soon.value if self.how_soon else None,
            "tell": [{**vars(t), "how_soon": t.how_soon.value} for t in self.tell],
            "tasks": [vars(t) for t in self.tasks],
            "rules_fired": list(self.rules_fired),
            "unsigned_rules": list(self.unsigned_rules),
            "not_assessed": list(self.not_assessed),
            "patient_text": self.patient_text,
            "lines": self.lines.as_dict(),
            "warnings": list(self.warnings),
        }


_CSSRS_TELL = {
    Level.LOW: ("clinician", HowSoon.AT_VISIT, "Review at the visit, with the safety plan"),
    Level.MODERATE: ("clinician", HowSoon.SAME_DAY, "Contact the patient the same day"),
    Level.HIGH: ("clinician", HowSoon.NOW, "Evaluate immediately; the patient is not left alone"),
}


@dataclass(frozen=True)
class _Cssrs:
    """What the C-SSRS says: None where it was not asked; `open` names what is still unanswered or contradictory."""

    level: Level | None
    complete: bool
    open: str | None = None


def respond(
    *,
    phq9_item_9: int | None = None,
    cssrs_level: str | None = None,
    cssrs_answers: Mapping[str, bool | None] | None = None,
    country: str,
    today: datetime.date,
    signed: Iterable[str] = (),
    out_of_hours_text: str | None = None,
    facts: Facts | None = None,
) -> CrisisResponse:
    """The response to PHQ-9 item 9 (0-3) and the C-SSRS screener, by rules sui.phq9.q9 and sui.cssrs.*.

    Give the C-SSRS as answers by question (`q1`..`q5`, `q6_lifetime`, `q6_3_months`) or as a level, not both. None
    is not asked or not answered. `country` picks the crisis lines; an unknown one is a warning and not an error.
    `signed` are ids of house rules that a physician signed; unsigned ones fire all the same and are named. Raises
    `InputError` on an item 9 outside 0-3, an unknown level or an unknown question.
    """
    facts = facts or load()
    item_9 = _checked_item_9(phq9_item_9, facts)
    cssrs = _cssrs(cssrs_level, cssrs_answers)
    crisis_from = care_rule(ITEM_9, facts).threshold("crisis_text")
    item_positive = bool(crisis_from.met_by(item_9))
    tell = [*_tell_item_9(item_9, facts), *_tell_cssrs(cssrs)]
    tasks = _tasks(item_9, cssrs, item_positive=item_positive)
    level = _level(item_9, cssrs, item_positive=item_positive)
    show = level not in (CrisisLevel.NONE, CrisisLevel.UNKNOWN)
    fired = tuple(dict.fromkeys([*([ITEM_9] if item_positive else []), *(t.rule for t in tell)]))
    unsigned = _unsigned(fired, frozenset(signed), facts)
    lines = lines_for(country, today, facts)
    return CrisisResponse(
        level=level,
        show_crisis_text=show,
        patient_text=crisis_text([(x.number, x.detail) for x in lines.lines], out_of_hours_text) if show else None,
        lines=lines,
        tell=tuple(tell),
        tasks=tuple(tasks),
        rules_fired=fired,
        unsigned_rules=unsigned,
        not_assessed=_not_assessed(item_9, cssrs),
        warnings=(*lines.warnings, *_warnings(unsigned, out_of_hours_text)),
    )


def _checked_item_9(item_9: int | None, facts: Facts) -> int | None:
    if item_9 is None:
        return None
    item = next(row for row in facts.document("scales", "phq-9").rows("item") if row["key"] == "item_9")
    if isinstance(item_9, bool) or not isinstance(item_9, int) or not item["min"] <= item_9 <= item["max"]:
        raise InputError(
            f"PHQ-9 item 9 is {item['min']} to {item['max']}, not {item_9!r}; leave it out where unanswered"
        )
    return item_9


def _cssrs(level: str | None, answers: Mapping[str, bool | None] | None) -> _Cssrs:
    if level is not None and answers is not None:
        raise InputError("give the C-SSRS as answers or as a level, not both")
    if level is not None:
        try:
            return _Cssrs(Level(level), complete=True)
        except ValueError:
            raise InputError(f"C-SSRS level {level!r} is not one of {', '.join(Level)}") from None
    if answers is None or all(answer is None for answer in answers.values()):
        return _Cssrs(None, complete=False)
    try:
        found = triage(answers)
    except InputError as contradiction:
        return _as_it_stands(answers, contradiction)
    if found.level is not None:
        return _Cssrs(found.level, complete=True)
    # Unanswered questions could still raise it: what is said counts, and no yet-open "none" is called none.
    said = None if found.at_least is Level.NONE else found.at_least
    return _Cssrs(said, complete=False, open=f"unanswered: {', '.join(found.unanswered)}")


def _as_it_stands(answers: Mapping[str, bool | None], contradiction: InputError) -> _Cssrs:
    """Contradictory answers: each yes counts until somebody asks again. Anything that is no answer is an error."""
    sound = all(q in QUESTIONS and (a is None or isinstance(a, bool)) for q, a in answers.items())
    said = [YES_MEANS[q] for q, a in answers.items() if a] if sound else []
    if not said:
        raise contradiction
    return _Cssrs(max(said, key=lambda level: level.rank), complete=False, open=str(contradiction))


def _level(item_9: int | None, cssrs: _Cssrs, *, item_positive: bool) -> CrisisLevel:
    if cssrs.level not in (None, Level.NONE):
        return CrisisLevel(cssrs.level)
    if item_positive:
        return CrisisLevel.UNTRIAGED
    if cssrs.level is Level.NONE or (item_9 is not None and cssrs.open is None):
        return CrisisLevel.NONE
    return CrisisLevel.UNKNOWN


def _tell_item_9(item_9: int | None, facts: Facts) -> list[Tell]:
    page_from = care_rule(ITEM_9, facts).threshold("page")
    if not page_from.met_by(item_9):
        return []
    return [Tell("clinician", HowSoon.NOW, f"PHQ-9 item 9 is {page_from.value:g} or more: page the clinician", ITEM_9)]


def _tell_cssrs(cssrs: _Cssrs) -> list[Tell]:
    if cssrs.level is None or cssrs.level is Level.NONE:
        return []
    return [Tell(*_CSSRS_TELL[cssrs.level], CSSRS_RULES[cssrs.level])]


def _tasks(item_9: int | None, cssrs: _Cssrs, *, item_positive: bool) -> list[CrisisTask]:
    tasks = []
    if item_positive and not cssrs.complete:
        tasks.append(CrisisTask("cssrs", "Do the C-SSRS screener: PHQ-9 item 9 is positive"))
    if item_positive and cssrs.level is Level.NONE:
        tasks.append(CrisisTask("answers-disagree", "PHQ-9 item 9 is positive and the C-SSRS is none: ask again"))
    if cssrs.level is Level.LOW:
        tasks.append(CrisisTask("safety-plan", "Make or renew the safety plan with the patient at the visit"))
    if cssrs.open is not None:
        tasks.append(CrisisTask("cssrs-complete", f"Complete the C-SSRS screener; {cssrs.open}"))
    if item_9 is None:
        tasks.append(CrisisTask("item-9-unanswered", "PHQ-9 item 9 was not answered: ask; it is not a no"))
    return tasks


def _not_assessed(item_9: int | None, cssrs: _Cssrs) -> tuple[str, ...]:
    missing = ["phq-9 item 9"] if item_9 is None else []
    return (*missing, *([] if cssrs.complete else ["c-ssrs-screener"]))


def _unsigned(fired: Iterable[str], signed: frozenset[str], facts: Facts) -> tuple[str, ...]:
    return tuple(r for r in fired if r not in signed and care_rule(r, facts).class_ in NEEDS_SIGNATURE)


def _warnings(unsigned: Iterable[str], out_of_hours_text: str | None) -> list[str]:
    warnings = [
        f"Rule {rule} fired although no physician has signed it; have it signed or changed" for rule in unsigned
    ]
    if not (out_of_hours_text and out_of_hours_text.strip()):
        warnings.append("The clinic has set no out-of-hours text")
    if REVIEWED_BY is None:
        warnings.append("No clinician has reviewed the crisis text that patients read")
    return warnings
