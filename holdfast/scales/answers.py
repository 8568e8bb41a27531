"""Answers to the items of a scale: all of them, each within its range, or a sentence that says which is not.

A missing item refuses the total. It is never prorated, and never counted as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from holdfast.errors import InputError
from holdfast.scales.scale import Item, Scale, scale


def checked_answers(name: str | Scale, answers: Sequence[float | None]) -> tuple[int, ...]:
    """The answers as whole numbers, in the order of the items. None is an unanswered item.

    Raises `InputError` where the number of answers is wrong, an item is unanswered, or an answer is out of range.
    """
    asked = scale(name)
    refuse_without_items(asked)
    _refuse_wrong_number(asked, answers)
    if missing := [item for item, answer in zip(asked.items, answers, strict=True) if answer is None]:
        raise InputError(
            f"{asked.name} cannot be scored: {_named(missing)} {'is' if len(missing) == 1 else 'are'} unanswered; "
            "ask again, a missing answer is not counted as 0 and the total is not prorated"
        )
    return tuple(_checked(asked, item, answer) for item, answer in zip(asked.items, answers, strict=True))


def answers_in_order(name: str | Scale, by_key: Mapping[str, float | None]) -> tuple[float | None, ...]:
    """Answers given by item key (`item_1`), in the order of the items; None where a key is absent.

    Keys of unscored items, such as the PHQ-9's `difficulty`, are left out. Raises `InputError` on any other key.
    """
    asked = scale(name)
    known = {item.key for item in asked.items}
    apart = {row["key"] for row in asked.rows("unscored_item")}
    if unknown := sorted(by_key.keys() - known - apart):
        raise InputError(f"{asked.name} has no item called {_and(unknown)}; its items are {', '.join(sorted(known))}")
    return tuple(by_key.get(item.key) for item in asked.items)


def checked_unscored(name: str | Scale, by_key: Mapping[str, float | None]) -> dict[str, int]:
    """Answers to items that are asked and never scored, such as the PHQ-9's `difficulty`, by key; unanswered ones out.

    An answer is the place of its option, from 0. Raises `InputError` on any other key or answer.
    """
    asked = scale(name)
    options = {row["key"]: row["options"] for row in asked.rows("unscored_item")}
    found: dict[str, int] = {}
    for key, answer in by_key.items():
        if key not in options:
            raise InputError(
                f"{asked.name} has no unscored item called {key}; it has {_and(list(options) or ['none'])}"
            )
        if answer is None:
            continue
        last = len(options[key]) - 1
        if isinstance(answer, bool) or answer not in range(last + 1):
            raise InputError(f"{asked.name} {key}: {answer!r} is not a whole number from 0 to {last}")
        found[key] = int(answer)
    return found


def refuse_without_items(asked: Scale) -> None:
    """Raise `InputError` where the scale is not scored from a list of answers."""
    if asked.scoring == "triage":
        raise InputError(f"{asked.name} is triaged, never summed; give its answers by question to the triage")
    if not asked.scored_by_items:
        raise InputError(f"{asked.name} is entered as a total only: {asked.licence}")


def _refuse_wrong_number(asked: Scale, answers: Sequence[float | None]) -> None:
    wanted, given = len(asked.items), len(answers)
    if given > wanted and asked.rows("unscored_item"):
        apart = asked.rows("unscored_item")[0]["key"]
        raise InputError(
            f"{asked.name} has {wanted} scored items; the {apart} item is not scored: {given} answers given"
        )
    if given > wanted:
        raise InputError(f"{asked.name} has {wanted} scored items: {given} answers given; leave out the rest")
    if given < wanted:
        missing = _named(asked.items[given:])
        raise InputError(
            f"{asked.name} has {wanted} scored items: {given} answers given, {missing} missing "
            "(answers are read in the order of the items); the total is not prorated"
        )


def _checked(asked: Scale, item: Item, answer: float | None) -> int:
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not float(answer).is_integer():
        raise InputError(f"{asked.name} {item.name}: {answer!r} is not a whole number")
    value = int(answer)
    if not item.low <= value <= item.high and value not in item.not_scored:
        also = f", or {_and([str(code) for code in item.not_scored])} for not assessed" if item.not_scored else ""
        raise InputError(
            f"{asked.name} item {item.number} out of range: item {item.number} has range {item.low}-{item.high}{also}, "
            f"not {value}"
        )
    return value


def _named(items: Sequence[Item]) -> str:
    """One item with its text; several by number, so that the sentence stays one."""
    return items[0].name if len(items) == 1 else f"items {_and([str(item.number) for item in items])}"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
