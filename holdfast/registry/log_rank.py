"""Log-rank: do groups differ in the time to an event? Mantel 1966; stratified, so that sites are compared within."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.errors import InputError
from holdfast.registry.follow_up import FollowUp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


@dataclass(frozen=True)
class GroupSeen:
    """One group: people, events seen, and events expected if no group differed."""

    people: int
    observed: int
    expected: float


@dataclass(frozen=True)
class LogRank:
    """`groups` in the order given. Nothing to test (fewer than two groups ever at risk of an event): `df` 0, no p."""

    chi2: float
    df: int
    p_value: float | None
    groups: tuple[GroupSeen, ...]


def log_rank(groups: Sequence[FollowUp]) -> LogRank:
    """Compare two groups or more."""
    return stratified_log_rank({"": groups})


def stratified_log_rank(strata: Mapping[str, Sequence[FollowUp]]) -> LogRank:
    """Compare the same groups within each stratum; a group absent from a stratum is an empty `FollowUp` there."""
    import numpy as np

    size = _checked(strata)
    observed, expected = np.zeros(size), np.zeros(size)
    variance, people = np.zeros((size, size)), [0] * size
    for groups in strata.values():
        people = [n + one.people for n, one in zip(people, groups, strict=True)]
        for at_risk, events in _days(groups):
            n, d = at_risk.sum(), events.sum()
            share = at_risk / n
            observed, expected = observed + events, expected + d * share
            if n > 1:
                variance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    chi2, df = _quadratic(observed - expected, variance, expected > 0)
    told = tuple(GroupSeen(n, int(o), float(e)) for n, o, e in zip(people, observed, expected, strict=True))
    return LogRank(chi2, df, _upper_tail(chi2, df), told)


def _checked(strata: Mapping[str, Sequence[FollowUp]]) -> int:
    sizes = {len(groups) for groups in strata.values()}
    if len(sizes) != 1:
        raise InputError("each stratum needs the same groups; give an empty follow-up where a group is absent")
    kinds = {one.kinds for groups in strata.values() for one in groups}
    if len(kinds) > 1 or any(len(one) > 1 for one in kinds):
        raise InputError("log-rank compares one kind of event; choose it first, the same in every group")
    (size,) = sizes
    if size < 2:
        raise InputError(f"{size} group cannot be compared; give two or more")
    return size


def _days(groups: Sequence[FollowUp]) -> Iterator[tuple[Values, Values]]:
    """Of each day with an event: people at risk and events, by group."""
    import numpy as np

    events: dict[int, list[int]] = {}
    for which, one in enumerate(groups):
        for step in one.steps():
            events.setdefault(step.day, [0] * len(groups))[which] = sum(step.events)
    days = sorted(day for day, counts in events.items() if any(counts))
    at_risk = zip(*(one.at_risk(days) for one in groups), strict=True)
    for day, people in zip(days, at_risk, strict=True):
        yield np.array(people, dtype=float), np.array(events[day], dtype=float)


def _quadratic(difference: Values, variance: Values, counted: NDArray[np.bool_]) -> tuple[float, int]:
    """Chi-squared of the groups that could have had an event, all but one: differences add up to 0."""
    import numpy as np

    kept = np.flatnonzero(counted)[1:]
    inner = variance[np.ix_(kept, kept)]
    df = int(np.linalg.matrix_rank(inner, hermitian=True)) if len(kept) else 0
    if not df:
        return 0.0, 0
    return float(difference[kept] @ np.linalg.pinv(inner, hermitian=True) @ difference[kept]), df


def _upper_tail(chi2: float, df: int) -> float | None:
    from scipy.special import gammaincc

    return float(gammaincc(df / 2, chi2 / 2)) if df else None
