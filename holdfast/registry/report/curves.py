"""Curves as a report shows them: a table at round days, and a line with its interval for a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from holdfast.registry.chosen import chosen
from holdfast.registry.competing import Ends, cumulative_incidence
from holdfast.registry.follow_up import FollowUp
from holdfast.registry.report.plots import Step, StepLine, days_to_write
from holdfast.registry.report.sections import Column, Shown, Table, Value
from holdfast.registry.survival import Curve, kaplan_meier
from holdfast.statistics.estimate import Estimate

ROUND_DAYS = (7, 14, 28, 56, 84, 182, 364, 728)


def complement(estimate: Estimate) -> Estimate:
    """The share with the event, from that without."""
    value, low, high = (None if one is None else 1.0 - one for one in (estimate.value, estimate.low, estimate.high))
    return Estimate(value, high, low)


def drawn_until(followed: Sequence[FollowUp]) -> int:
    """The last day on which enough are still at risk in some group."""
    return max((own_until(one) for one in followed), default=1)


def own_until(followed: FollowUp) -> int:
    """The last day on which enough are still at risk; of fewer people, the last day of all."""
    days = sorted(followed.left)
    enough = [day for day, n in zip(days, followed.at_risk(days), strict=True) if n >= chosen("drawn_min")]
    return max((enough or days or [1])[-1], 1)


def rising(name: str, curve: Curve, until: int) -> StepLine:
    """The share that has had the event."""
    steps = tuple(
        Step(point.day, complement(Estimate(point.survival, point.low, point.high)))
        for point in curve.points if point.events
    )  # fmt: skip
    return StepLine(name, steps, curve.at_risk(days_to_write(until)), until=own_until(curve.followed))


def of_ends(ends: Ends, names: Mapping[str, str], followed: FollowUp, until: int) -> list[StepLine]:
    """One rising line for each way to end that occurred; numbers at risk below the first."""
    lines: list[StepLine] = []
    for kind in ends.kinds:
        points = [one for one in ends.of(kind) if one.events]
        if points:
            at_risk = () if lines else followed.at_risk(days_to_write(until))
            steps = tuple(Step(one.day, Estimate(one.share, one.low, one.high)) for one in points)
            lines.append(StepLine(names[kind], steps, at_risk, until=until))
    return lines


def curve_table(key: str, title: str, since: str, curves: Mapping[str, FollowUp]) -> Table:
    """Shares with each event by Kaplan and Meier at round days, with numbers at risk; none where no line is drawn."""
    made = {name: (kaplan_meier(one), own_until(one)) for name, one in curves.items()}
    last = max((one.last_day or 0 for one in curves.values()), default=0)
    columns = [Column("day", f"Days since {since}")]
    for name in made:
        columns += [Column(f"at_risk_{slug(name)}", f"At risk of {name}", "count"),
                    Column(f"share_{slug(name)}", name.capitalize(), "estimate", unit="%")]  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for day in (one for one in ROUND_DAYS if one <= last):
        row: list[Value] = [str(day)]
        for curve, until in made.values():
            share = complement(curve.at(day)).times(100) if day <= until else None
            row += [curve.at_risk([day])[0], share]
        rows.append(tuple(row))
    return Table(key, title, tuple(columns), tuple(rows), Shown(drawn=True))


def share_by(followed: FollowUp, day: int) -> Estimate | None:
    """The share with the event by a day (Kaplan-Meier), in per cent; none where too few were followed to draw it."""
    if followed.people < chosen("drawn_min") or day > own_until(followed):
        return None
    return complement(kaplan_meier(followed).at(day)).times(100)


def medians_table(key: str, title: str, curves: Mapping[str, FollowUp]) -> Table:
    """People, events and the median of each curve."""
    columns = (
        Column("outcome", "Outcome"), Column("courses", "Courses followed", "count"),
        Column("events", "Events", "count"),
        Column("median", "Median", "estimate", unit="days", digits=0),
    )  # fmt: skip
    return Table(key, title, columns, tuple(median_row(name, one) for name, one in curves.items()))


def median_row(name: str, followed: FollowUp) -> tuple[Value, ...]:
    """One group or outcome: people, events, median days; no median where half never had it."""
    curve = kaplan_meier(followed)
    return (name, curve.people, curve.events, curve.median())


def ends_table(key: str, title: str, since: str, followed: FollowUp, names: Mapping[str, str]) -> Table:
    """Cumulative incidence of each way to end at round days; with those still followed they add up to all."""
    ends, until = cumulative_incidence(followed), own_until(followed)
    kinds = [kind for kind in ends.kinds if any(one.events for one in ends.of(kind))]
    columns = (
        Column("day", f"Days since {since}"),
        Column("under_follow_up", "Under follow-up", "count"),
        *(
            Column(f"share_{i}", names[kind].capitalize(), "estimate", unit="%")
            for i, kind in enumerate(kinds, start=1)
        ),
    )
    last = ends.days[-1] if ends.days else 0
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            str(day),
            followed.at_risk([day])[0],
            *(ends.at(kind, day).times(100) if day <= until else None for kind in kinds),
        )
        for day in ROUND_DAYS
        if day <= last
    )
    return Table(key, title, columns, rows, Shown(drawn=True))


def slug(words: str) -> str:
    """Words as the name of a column or a file."""
    return "".join(one if one.isalnum() else "_" for one in words.lower()).strip("_")
