"""Which published rows may be pooled: those that mean the same, and of these never two with patients in common.

`kept_apart` sorts rows by what they mean; `pool` takes rows of one meaning and holds the best of those that overlap,
saying of every other why it was left out. Nothing here averages: that is for the meta-analysis.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace

from holdfast.errors import InputError, UnknownNameError
from holdfast.evidence.rows import Outcome, Study, rank
from holdfast.evidence.tables import overlaps

_POOLS_OTHERS = "meta-analysis"
_CROSSOVER = "crossover"
_INSIDE_ANOTHER = "exclude_overlap"
_RATES = ("percent", "odds_ratio", "hazard_ratio")  # units of outcomes that a definition decides
_SHARING = {
    "contains": "{0} contains {1}",
    "takes from": "patients of {1} went on into {0}",
    "may share": "{0} and {1} may share patients",
}


@dataclass(frozen=True)
class Comparable:
    """What rows must have in common to be compared. An unknown definition is like no other, not even an unknown one.

    `control` is that of a contrast; `polarity` is that of the study, mostly unipolar taken as unipolar.
    """

    estimand: str | None
    outcome: str | None
    scale: str | None
    definition: str | None
    unit: str | None
    time_anchor: str | None
    drug: str | None
    control: str | None
    polarity: str | None


@dataclass(frozen=True)
class LeftOut:
    """A row that a pool does not hold, why, and the row that is held instead, where there is one."""

    row: Outcome
    why: str
    instead: str | None = None


@dataclass(frozen=True)
class Pool:
    """Rows without patients in common, and those left out. Both in the order of their ids."""

    held: tuple[Outcome, ...]
    left_out: tuple[LeftOut, ...]


def comparable(row: Outcome, *, joined: Collection[str] = ()) -> Comparable:
    """What the row can be compared with. `joined` names the properties in which rows may differ.

    Raises `UnknownNameError` where there is no such property.
    """
    names = [name.name for name in fields(Comparable)]
    for name in joined:
        if name not in names:
            raise UnknownNameError("property of comparable rows", name, names)
    definition = row.definition
    if definition is None and row.unit in _RATES:
        definition = f"unknown: {row.study.id}"
    full = Comparable(
        row.estimand, row.outcome, row.scale, definition, row.unit, row.time_anchor, row.arm.drug,
        row.arm.control if row.estimand == "contrast" else None, _polarity(row.study),
    )  # fmt: skip
    return replace(full, **dict.fromkeys(joined))


def _polarity(study: Study) -> str:
    return "unipolar" if study.polarity == "mostly unipolar" else study.polarity


def kept_apart(rows: Iterable[Outcome], *, joined: Collection[str] = ()) -> dict[Comparable, tuple[Outcome, ...]]:
    """Rows by what they can be compared with, in the order in which they come."""
    found: dict[Comparable, tuple[Outcome, ...]] = {}
    for row in rows:
        meaning = comparable(row, joined=joined)
        found[meaning] = (*found.get(meaning, ()), row)
    return found


def pool(rows: Iterable[Outcome], *, joined: Collection[str] = ()) -> Pool:
    """The rows that one pool may hold: of those with patients in common the best, whichever way they are ordered.

    Better is, in turn: the more trusted status, the whole arm, more people, the smaller id. Times are the caller's to
    choose. Raises `InputError` where the rows do not all mean the same, but for the properties named in `joined`.
    """
    given = tuple(rows)
    meanings = list(kept_apart(given, joined=joined))
    if len(meanings) > 1:
        first, second = given[0], next(row for row in given if comparable(row, joined=joined) != meanings[0])
        raise InputError(_differ(first, second, meanings[0], meanings[1]))
    held: list[Outcome] = []
    left_out: list[LeftOut] = []
    for row in sorted(given, key=_worth):
        reason = _never_pooled(row) or _meets(row, held)
        if reason is None:
            held.append(row)
        else:
            left_out.append(reason)
    return Pool(tuple(sorted(held, key=lambda r: r.id)), tuple(sorted(left_out, key=lambda one: one.row.id)))


def _differ(first: Outcome, second: Outcome, one: Comparable, other: Comparable) -> str:
    differing = [name.name for name in fields(Comparable) if getattr(one, name.name) != getattr(other, name.name)]
    return (
        f"a pool holds rows that mean the same, but {first.id} and {second.id} differ in {', '.join(differing)}; "
        "part them with kept_apart, or say that these may differ"
    )


def _worth(row: Outcome) -> tuple[int, bool, int, str]:
    return (-rank(row.status), row.subgroup is not None, -(row.n_analysed or 0), row.id)


def _never_pooled(row: Outcome) -> LeftOut | None:
    if row.study.design_kind == _POOLS_OTHERS:
        return LeftOut(row, f"{row.study.id} pools other studies of this table")
    if row.study.split == _INSIDE_ANOTHER:
        return LeftOut(row, f"{row.study.id} is part of another study of its group {row.study.overlap_group}")
    if row.value is None:
        return LeftOut(row, "holds no number")
    return None


def _meets(row: Outcome, held: Iterable[Outcome]) -> LeftOut | None:
    for other in held:
        why = shared_patients(row, other)
        if why is not None:
            return LeftOut(row, why, instead=other.id)
    return None


def shared_patients(one: Outcome, other: Outcome) -> str | None:
    """Why the two rows have patients in common, as far as the tables know; None where they have none."""
    one, other = sorted((one, other), key=lambda row: row.id)
    if one.study.id == other.study.id:
        return _within(one, other)
    return _between(one.study, other.study)


def _within(one: Outcome, other: Outcome) -> str | None:
    if one.arm.id == other.arm.id:
        parted = one.subgroup_by is not None and one.subgroup_by == other.subgroup_by
        if parted and one.subgroup != other.subgroup:
            return None
        return f"both are of the arm {one.arm.label!r} of {one.study.id}"
    if one.study.design_kind == _CROSSOVER:
        return f"{one.study.id} is a crossover: its arms are the same people"
    if one.arm.id in other.arm.shares_with or other.arm.id in one.arm.shares_with:
        return f"the arms {one.arm.label!r} and {other.arm.label!r} of {one.study.id} have people in common"
    if "contrast" in (one.estimand, other.estimand):
        return f"contrasts of {one.study.id} have its comparator in common"
    return None


def _between(one: Study, other: Study) -> str | None:
    for pair in overlaps():
        if {pair.study, pair.other} == {one.id, other.id}:
            words = _SHARING.get(pair.how)
            return None if words is None else words.format(pair.study, pair.other)
    if one.overlap_group is not None and one.overlap_group == other.overlap_group:
        return f"{one.id} and {other.id} are of one group of overlapping studies, {one.overlap_group}"
    return None
