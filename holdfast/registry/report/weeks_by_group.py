"""Response and remission week by week in each group: drug and route, first dose, indication, failed trials, age, sex.

Groups are those known on day 0, told side by side and not ranked. Week 4 of each is told in `by_group`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from holdfast.registry.judged_by import SCALES
from holdfast.registry.report import windows
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.groups import GROUPINGS, Grouping, group_words, groups_of, told_apart
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.plots import MOST_LINES
from holdfast.registry.report.scales import main_scale, scale_name, started
from holdfast.registry.report.sections import Column, Picture, Section, Share, Shown, Table, Value
from holdfast.registry.report.weekly_lines import WeekLine, weekly_lines
from holdfast.registry.report.weeks import DID, DID_NOT, OUTCOMES, defined, due, known
from holdfast.registry.report.weeks import places as every_place
from holdfast.registry.report.weeks import told as is_told
from holdfast.registry.report.windows import COUNTED, PLACES, STOPPED, THROUGH, WINDOWS, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEY = "weeks-by-group"
TITLE = "Response and remission by week, in groups"


def count(judged: JudgedSet) -> Counts:
    """Standing of every started course in every window, by group, and who went through the window."""
    import numpy as np

    numbers: dict[Key, int] = {}
    who = judged.started
    rows = {one: one.groups(judged).of[who] * (2 * len(PLACES)) for one in GROUPINGS}  # the same in every window
    for scale in SCALES:
        if (on := judged.on_scale(scale)) is None:
            continue
        for at in WINDOWS:
            through = windows.went_through(judged, at)[who]
            for number, outcome in enumerate(OUTCOMES):
                place = windows.standing(judged, on, at, number)[who].astype(np.int64) * 2 + through
                for grouping, row in rows.items():
                    names = grouping.groups(judged).names
                    found = np.bincount(row + place, minlength=2 * len(PLACES) * len(names))
                    _add(numbers, (scale, at.week, outcome, grouping.key), names, found.reshape(-1, len(PLACES), 2))
    return counts(numbers)


def _add(numbers: dict[Key, int], key: tuple[Any, ...], names: Sequence[str], found: NDArray[Any]) -> None:
    """Groups that hold anybody; `found` by group, place, and whether courses went through the window."""
    for group, of_place in enumerate(found.sum(axis=2)):
        if of_place.any():
            numbers |= {(KEY, *key, names[group], PLACES[i]): int(n) for i, n in enumerate(of_place)}
            numbers[KEY, *key, names[group], THROUGH] = int(found[group, :, 1].sum())


def places(found: Counts, scale: str, week: int, outcome: str, of: tuple[Grouping, str]) -> dict[str, int]:
    """Courses of one group by their standing in one window."""
    grouping, group = of
    return {place: found.number(KEY, scale, week, outcome, grouping.key, group, place) for place in COUNTED}


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """A picture a grouping that has two groups or more; every number of them stands in the files."""
    scale = main_scale(found, choices)
    if not started(found) or scale is None:
        return ()
    shown = told_apart(found)
    of_all = [at for at in WINDOWS if is_told(every_place(found, scale, at.week, OUTCOMES[0]))]
    weeks = [at for at in of_all if any(_told(found, scale, at, one) for one in shown)]
    if not weeks:
        return ()
    outcomes = defined(choices, scale)
    basis = (
        f"Started courses of whom the window is over, on {scale_name(scale)}: the share with the outcome, whoever was "
        "not rated is counted as without. What tells groups apart was known on day 0; nobody was assigned to a group "
        "by chance, so groups differ in more than this. A week of a group is left out by the rule of all: where "
        "courses that ended would stay in it while those that go on have not come to its end."
    )
    tables = tuple(_table(found, scale, weeks, outcome, shown) for outcome in outcomes)
    pictures = tuple(
        picture for one in shown for outcome in outcomes for picture in _picture(found, scale, weeks, outcome, one)
    )
    return (Section(KEY, TITLE, basis, tables, pictures),)


def _told(found: Counts, scale: str, at: Window, grouping: Grouping) -> bool:
    return any(
        is_told(places(found, scale, at.week, OUTCOMES[0], (grouping, group))) for group in groups_of(found, grouping)
    )


def _table(found: Counts, scale: str, weeks: Sequence[Window], outcome: str, shown: Sequence[Grouping]) -> Table:
    rated = "courses of the group rated in that window, with a baseline"
    all_due = "started courses of the group of whom the window is over"
    did, did_not = DID[outcome], DID_NOT[outcome]
    key = f"{outcome}-by-week-and-group"
    columns = (
        Column("groups", "Groups by"), Column("group", "Group"), Column("week", "Week since the first session"),
        Column("due", "Started, window over", "count"),
        Column("of_rated", f"{did}, of those rated".capitalize(), "share", of=rated),
        Column("of_due", f"{did}, of all started".capitalize(), "share", of=all_due),
        Column("not_of_due", f"{did_not}, of all started".capitalize(), "share", of=all_due),
        Column("stopped", "Not rated, ended for no response", "share", of=all_due),
        Column("unknown", "Not known", "share", of=all_due),
    )  # fmt: skip
    rows = tuple(
        _row(found, scale, at, outcome, (grouping, group))
        for grouping in shown for group in groups_of(found, grouping) for at in weeks
        if is_told(places(found, scale, at.week, outcome, (grouping, group)))
    )  # fmt: skip
    told = f"Every number of it, with intervals and those not known: {key}.csv beside the report, {len(rows):,} rows."
    return Table(key, f"{outcome.capitalize()} by week and group on {scale_name(scale)}", columns, rows,
                 Shown(in_words=told))  # fmt: skip


def _row(found: Counts, scale: str, at: Window, outcome: str, of: tuple[Grouping, str]) -> tuple[Value, ...]:
    seen = places(found, scale, at.week, outcome, of)
    rated, every = seen["yes"] + seen["no"], due(seen)
    return (
        of[0].title, group_words(*of), at.words, every, Share(seen["yes"], rated), Share(seen["yes"], every),
        Share(seen["no"], every), Share(seen[STOPPED], every), Share(every - known(seen), every),
    )  # fmt: skip


def _picture(
    found: Counts, scale: str, weeks: Sequence[Window], outcome: str, grouping: Grouping
) -> tuple[Picture, ...]:
    """Lines of one grouping, where they can be told apart."""
    groups = groups_of(found, grouping)
    if len(groups) > MOST_LINES:
        return ()
    lines, said = [], []
    for group in groups:
        seen = [places(found, scale, at.week, outcome, (grouping, group)) for at in weeks]
        shares = tuple(Share(one["yes"], due(one)) if is_told(one) else Share(0, 0) for one in seen)
        name = group_words(grouping, group)
        lines.append(
            WeekLine(name, tuple(one.estimate.times(100) for one in shares), tuple(one.people for one in shares))
        )
        told = ", ".join(f"week {at.week} {one.events} of {one.people}" for at, one in zip(weeks, shares, strict=True)
                         if one.people)  # fmt: skip
        said.append(f"{name}: {told}")
    drawing = weekly_lines(
        [at.week for at in weeks], lines, x_label="week since the first session",
        y_label=f"{DID[outcome]}, % of all started",
    )  # fmt: skip
    caption = f"{outcome.capitalize()} on {scale_name(scale)} by week and {grouping.title}; below, of how many."
    return (Picture(f"{outcome}-by-week-and-{grouping.key}", drawing, caption, f"{'. '.join(said)}."),)
