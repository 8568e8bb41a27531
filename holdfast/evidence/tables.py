"""Reading the evidence tables: studies, arms, outcomes, adverse events, conflicts; by id and by filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from holdfast.errors import UnknownNameError
from holdfast.evidence.rows import UNREAD, AdverseEvent, Arm, Conflict, Outcome, Overlap, Study, typed
from holdfast.facts import load

FITTED = "calibrate"


@cache
def _studies() -> Mapping[str, Study]:
    return MappingProxyType({row.id: typed(Study, row) for row in load().rows("studies")})


@cache
def _arms() -> Mapping[str, Arm]:
    return MappingProxyType({row.id: typed(Arm, row) for row in load().rows("study_arms")})


@cache
def _outcomes() -> tuple[Outcome, ...]:
    return tuple(
        typed(Outcome, row, study=_studies()[row["study"]], arm=_arms()[row["arm"]])
        for row in load().rows("study_outcomes")
    )


@cache
def _adverse_events() -> tuple[AdverseEvent, ...]:
    return tuple(
        typed(AdverseEvent, row, study=_studies()[row["study"]], arm=_arms()[row["arm"]])
        for row in load().rows("study_adverse_events")
    )


@cache
def overlaps() -> tuple[Overlap, ...]:
    """Pairs of studies with patients in common, or held to be apart."""
    return tuple(typed(Overlap, row) for row in load().rows("study_overlaps"))


@cache
def conflicts() -> tuple[Conflict, ...]:
    """Where the five articles and the sources differ, in the order of their numbers."""
    return tuple(typed(Conflict, row) for row in load().rows("article_conflicts"))


def study(study_id: str) -> Study:
    """The study of that id. Raises `UnknownNameError` naming those there are."""
    try:
        return _studies()[study_id]
    except KeyError:
        raise UnknownNameError("study", study_id, sorted(_studies())) from None


def studies(
    *,
    split: str | None = None,
    drug: str | None = None,
    route: str | None = None,
    design: str | None = None,
    outcome: str | None = None,
) -> tuple[Study, ...]:
    """Studies that match every filter: `drug` and `route` of any one arm, `outcome` of any row.

    Raises `UnknownNameError` where no study has what a filter names.
    """  # fmt: skip
    found = tuple(_studies().values())
    if split is not None:
        _known("split", split, (one.split for one in found))
    if design is not None:
        _known("design", design, (one.design_kind for one in found))
    given = {arm.study for arm in _arms_by(drug, route)}
    reported = {row.study.id for row in outcomes(outcome=outcome)}
    return tuple(
        one
        for one in found
        if split in (None, one.split)
        and design in (None, one.design_kind)
        and ((drug is None and route is None) or one.id in given)
        and (outcome is None or one.id in reported)
    )  # fmt: skip


def _arms_by(drug: str | None, route: str | None) -> Iterable[Arm]:
    if drug is not None:
        _known("drug of an arm", drug, (arm.drug for arm in _arms().values()))
    if route is not None:
        _known("route of an arm", route, (arm.route for arm in _arms().values()))
    return (arm for arm in _arms().values() if drug in (None, arm.drug) and route in (None, arm.route))


def arms(study_id: str) -> tuple[Arm, ...]:
    """Arms of a study, in the order of the table."""
    wanted = study(study_id).id
    return tuple(arm for arm in _arms().values() if arm.study == wanted)


def outcome(row_id: str) -> Outcome:
    """The outcome of that row id. Raises `UnknownNameError`."""
    for row in _outcomes():
        if row.id == row_id:
            return row
    raise UnknownNameError("outcome row", row_id, [row.id for row in _outcomes()])


def outcomes(
    *,
    study: str | None = None,
    split: str | None = None,
    drug: str | None = None,
    route: str | None = None,
    outcome: str | None = None,
    scale: str | None = None,
    estimand: str | None = None,
    from_h: float | None = None,
    to_h: float | None = None,
) -> tuple[Outcome, ...]:
    """Outcome rows that match every filter, in the order of the table.

    `from_h` and `to_h` bound the hours after the anchor, both included; a row without a time is then left out. Raises
    `UnknownNameError` where no row has what a filter names.
    """  # fmt: skip
    wanted = {
        "study": study, "split": split, "drug": drug, "route": route, "outcome": outcome, "scale": scale,
        "estimand": estimand,
    }  # fmt: skip
    rows = _outcomes()
    for name, value in wanted.items():
        if value is not None:
            _known(name, value, (_property(row, name) or "" for row in _outcomes()))
            rows = tuple(row for row in rows if _property(row, name) == value)
    if from_h is None and to_h is None:
        return rows
    low, high = from_h if from_h is not None else float("-inf"), to_h if to_h is not None else float("inf")
    return tuple(row for row in rows if row.time_h is not None and low <= row.time_h <= high)


def _property(row: Outcome, name: str) -> str | None:
    of = {"study": row.study.id, "split": row.study.split, "drug": row.arm.drug, "route": row.arm.route}
    return of[name] if name in of else getattr(row, name)


def _known(what: str, value: str, there: Iterable[str]) -> None:
    known = sorted({one for one in there if one})
    if value not in known:
        raise UnknownNameError(what, value, known)


def adverse_events(study_id: str | None = None) -> tuple[AdverseEvent, ...]:
    """Rows of adverse events, of one study or of all."""
    if study_id is None:
        return _adverse_events()
    wanted = study(study_id)
    return tuple(row for row in _adverse_events() if row.study is wanted)


def fit_rows(*, include_unverified: bool = False) -> tuple[Outcome, ...]:
    """The outcomes that a model may be fitted to, and no others.

    Unverified numbers take part in sensitivity runs only.
    """
    rows = outcomes(split=FITTED)
    return rows if include_unverified else tuple(row for row in rows if row.status != UNREAD)
