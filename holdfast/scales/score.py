"""From answers to a score: total, band, subscales, and the single items that must be seen whatever the total is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import Row, compare
from holdfast.scales.answers import checked_answers
from holdfast.scales.scale import Scale, scale


@dataclass(frozen=True)
class ItemFlag:
    """An item that is shown beside the total. `positive` is None, never False, where it was not answered."""

    key: str
    item: int
    value: int | None
    positive: bool | None
    meaning: str


@dataclass(frozen=True)
class CutResult:
    """Whether a named cut-off is met. `applies_to` says for whom it holds; `status` how far it is checked."""

    key: str
    applies_to: str | None
    met: bool
    meaning: str
    status: str


@dataclass(frozen=True)
class Score:
    """What the answers come to. `not_assessed` are numbers of items rated as not assessed: they added nothing."""

    scale: str
    total: int
    band: str | None
    flags: tuple[ItemFlag, ...] = ()
    subscales: Mapping[str, int] = field(default_factory=dict)
    syndrome: str | None = None
    cuts: tuple[CutResult, ...] = ()
    not_assessed: tuple[int, ...] = ()
    anchor_set: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; each flag stands under its own key, such as `item_9`."""
        answer: dict[str, Any] = {"scale": self.scale, "total": self.total, "band": self.band}
        answer |= {flag.key: {"value": flag.value, "positive": flag.positive} for flag in self.flags}
        answer |= {"subscales": dict(self.subscales), "syndrome": self.syndrome}
        answer |= {"cuts": [vars(cut) for cut in self.cuts], "not_assessed": list(self.not_assessed)}
        return answer | {"anchor_set": self.anchor_set}


def score(name: str | Scale, answers: Sequence[float | None], *, anchor_set: str | None = None) -> Score:
    """Score the answers in the order of the items. Raises `InputError` as `checked_answers` does; never prorates.

    `anchor_set` is needed for MOAA/S, whose published anchors differ.
    """
    asked = scale(name)
    given = checked_answers(asked, answers)
    not_assessed = tuple(
        item.number for item, answer in zip(asked.items, given, strict=True) if answer in item.not_scored
    )
    counted = {n: answer for n, answer in enumerate(given, start=1) if n not in not_assessed}
    total = _total(asked, counted)
    return Score(
        scale=asked.id,
        total=total,
        band=named_band(asked, total),
        flags=item_flags(asked, given),
        subscales=_subscales(asked, counted),
        syndrome=_syndrome(asked, counted),
        cuts=cut_results(asked, total),
        not_assessed=not_assessed,
        anchor_set=accepted_anchor_set(asked, anchor_set),
    )


def item_flags(name: str | Scale, answers: Sequence[float | None]) -> tuple[ItemFlag, ...]:
    """The flagged items alone, before and without a total: an incomplete form must not hide a suicidal thought.

    Answers are in the order of the items; a short list, None or an answer the item cannot have leaves the flag unknown.
    """
    asked = scale(name)
    return tuple(_flag(asked, row, answers) for row in asked.rows("item_flag"))


def _flag(asked: Scale, row: Row, answers: Sequence[float | None]) -> ItemFlag:
    number = row["item"]
    item = asked.items[number - 1]
    answer = answers[number - 1] if number <= len(answers) else None
    if answer is None or answer not in range(item.low, item.high + 1):
        return ItemFlag(row["key"], number, None, None, row["meaning"])
    return ItemFlag(row["key"], number, int(answer), compare(answer, row["op"], row["value"]), row["meaning"])


def _total(asked: Scale, counted: Mapping[int, int]) -> int:
    if asked.scoring == "qids":
        return sum(max(counted[n] for n in row["items"]) for row in asked.rows("domain"))
    return sum(counted.values())


def named_band(asked: Scale, total: int) -> str | None:
    """The band of a total already checked; None where the scale has none."""
    return next((band.label for band in asked.bands if band.low <= total <= band.high), None)


def cut_results(asked: Scale, total: int) -> tuple[CutResult, ...]:
    """Every named cut-off of the scale, met or not."""
    return tuple(
        CutResult(row["key"], row["applies_to"], compare(total, row["op"], row["value"]), row["meaning"], row["status"])
        for row in asked.rows("cut")
    )


def _subscales(asked: Scale, counted: Mapping[int, int]) -> dict[str, int]:
    """Subscales whose items were all assessed; one with a hole has no total."""
    return {
        row["key"]: sum(counted[n] for n in row["items"])
        for row in asked.rows("subscale")
        if all(n in counted for n in row["items"])
    }


def _syndrome(asked: Scale, counted: Mapping[int, int]) -> str | None:
    """The first syndrome whose pattern the answers show; it suggests, it does not diagnose."""
    return next((row["label"] for row in asked.rows("syndrome") if _shows(row, counted)), None)


def _shows(row: Row, counted: Mapping[int, int]) -> bool:
    present = {n for n, answer in counted.items() if answer >= _present_from(row, n)}
    enough = row["symptoms_min"] <= len(present) <= row["symptoms_max"]
    return enough and bool(present & set(_whole(row["core_items"])))


def _present_from(row: Row, number: int) -> float:
    early: float = row["early_min"] if number == row["early_item"] else row["answer_min"]
    return early


def _whole(numbers: Iterable[float]) -> Iterable[int]:
    return (int(number) for number in numbers)


def accepted_anchor_set(asked: Scale, anchor_set: str | None) -> str | None:
    """The anchor set the level was rated by. Raises `InputError` where one is needed and absent, or not accepted."""
    rows = {row["key"]: row for row in asked.rows("anchor_set")}
    if not rows:
        if anchor_set is not None:
            raise InputError(f"{asked.name} has no anchor sets; leave out {anchor_set!r}")
        return None
    usable = [key for key, row in rows.items() if row["accepted"]]
    if anchor_set is None:
        raise InputError(f"{asked.name} needs the anchor set it was rated by: {' or '.join(usable)}")
    if anchor_set not in rows:
        raise UnknownNameError(f"anchor set of {asked.name}", anchor_set, usable)
    if anchor_set not in usable:
        raise InputError(
            f"{asked.name} by anchor set {anchor_set!r} is not accepted: {rows[anchor_set].get('note')} "
            f"Accepted: {', '.join(usable)}"
        )
    return anchor_set
