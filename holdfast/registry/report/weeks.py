"""Response and remission week by week, non-response beside them, and what may hide in what was not rated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdfast.registry.chosen import chosen
from holdfast.registry.judged_by import SCALES
from holdfast.registry.report import windows
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.judged_set import JudgedSet, OnScale
from holdfast.registry.report.missing import CELLS, Cell, cells_before, weighted_share
from holdfast.registry.report.plots import Stack, stack_plot
from holdfast.registry.report.scales import main_scale, scale_name, started
from holdfast.registry.report.sections import Column, Picture, Section, Share, Shown, Table
from holdfast.registry.report.windows import COUNTED, NOT_YET, PLACES, STOPPED, THROUGH, WINDOWS, Window, due

KEY = "weeks"
OUTCOMES = ("response", "remission")
ALL, KEPT = "all started", "in maintenance"
DID = {"response": "responded", "remission": "in remission"}
DID_NOT = {"response": "did not respond", "remission": "not in remission"}


def count(judged: JudgedSet) -> Counts:
    """Standing of every started course in every window, and of those in maintenance when the window began."""
    numbers: dict[Key, int] = {}
    for scale in SCALES:
        if (on := judged.on_scale(scale)) is None:
            continue
        for at in WINDOWS:
            _count(numbers, judged, on, at)
    return counts(numbers)


def _count(numbers: dict[Key, int], judged: JudgedSet, on: OnScale, at: Window) -> None:
    import numpy as np

    kept = judged.started & (judged.courses["maintenance_day"] <= at.low) & ~(judged.ended_day <= at.low)
    cell, through = cells_before(on, at), windows.went_through(judged, at)
    for number, outcome in enumerate(OUTCOMES):
        place = windows.standing(judged, on, at, number)
        for whom, who in ((ALL, judged.started), (KEPT, kept)):
            found = np.bincount(place[who], minlength=len(PLACES))
            numbers |= {(KEY, on.scale, at.week, whom, outcome, PLACES[i]): int(n) for i, n in enumerate(found)}
            numbers[KEY, on.scale, at.week, whom, outcome, THROUGH] = int((who & through).sum())
        of_cell = np.bincount(cell[judged.started] * len(PLACES) + place[judged.started],
                              minlength=len(PLACES) * len(CELLS))  # fmt: skip
        numbers |= {
            (KEY, on.scale, at.week, "cell", outcome, name, PLACES[i]): int(of_cell[row * len(PLACES) + i])
            for row, name in enumerate(CELLS) for i in range(len(PLACES))
        }  # fmt: skip


def places(found: Counts, scale: str, week: int, outcome: str, whom: str = ALL) -> dict[str, int]:
    """Courses by their standing in one window."""
    return {place: found.number(KEY, scale, week, whom, outcome, place) for place in COUNTED}


def reached(at: dict[str, int]) -> int:
    """Courses that were followed through the window, rated or not: without any there is nothing to tell of it."""
    return due(at) - at["ended"] - at[STOPPED]


def told(at: dict[str, int]) -> bool:
    """Whether there is anything to tell of a window, and its shares are of all alike."""
    return reached(at) > 0 and windows.told(at)


def known(at: dict[str, int]) -> int:
    """Courses that are known to be with the outcome or without it: rated, or ended for no response."""
    return at["yes"] + at["no"] + at[STOPPED]


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """By week, and what missing ratings do. Nobody rated: a sentence."""
    scale = main_scale(found, choices)
    if not started(found) or scale is None:
        return ()
    basis = (
        f"Courses that had a first treatment session, on {scale_name(scale)}. The last rating in the window counts; "
        "nothing is carried forward. A window counts for a course once it is over."
    )
    over = [at for at in WINDOWS if reached(places(found, scale, at.week, "response"))]
    weeks = [at for at in over if told(places(found, scale, at.week, "response"))]
    notes = _left_out(found, scale, [at for at in over if at not in weeks])
    if not weeks:
        basis += "" if over else " No window is over for any course."
        return (Section(KEY, "Response and remission by week", basis, notes=notes),)
    tables = tuple(_by_week(found, scale, weeks, outcome) for outcome in defined(choices, scale))
    pictures = tuple(_stacks(found, scale, weeks, outcome) for outcome in defined(choices, scale))
    return (
        Section(KEY, "Response and remission by week", basis, tables, pictures, (*_notes(), *notes)),
        _missing(found, choices, scale, weeks),
    )


def _notes() -> tuple[str, ...]:
    most = chosen("wrongly_kept_max", "percent")
    return (
        "Whoever did not respond is counted in the same table: non-response is an outcome, not an absence. A course "
        "ended for no response and not rated in a window stands there in a column of its own.",
        "A course that ended counts in later weeks, also in one that it could not have reached yet; a week is told "
        f"while such courses are at most {most} % of it, or fewer than half a course, judged by the share of those "
        "going on that have not come to its end.",
    )


def _left_out(found: Counts, scale: str, weeks: Sequence[Window]) -> tuple[str, ...]:
    """Weeks that are not told, each with who goes on and has not come to its end, and who had ended and would stay."""
    if not weeks:
        return ()
    said = []
    for one in weeks:
        at = places(found, scale, one.week, "response")
        said.append(f"week {one.week} ({at[NOT_YET]} not at its end yet, {due(at) - at[THROUGH]} ended)")
    return (
        f"Not told: {'; '.join(said)}. Courses that go on and have not come to the end of the week would be left out, "
        "and those that ended would stay: the share would be of those who left. The curves of time to response do not "
        "have this.",
    )


def defined(choices: Choices, scale: str) -> Sequence[str]:
    """Outcomes that have a definition on this scale."""
    return [outcome for outcome in OUTCOMES if choices.definition(scale, outcome) is not None]


def _by_week(found: Counts, scale: str, weeks: list[Window], outcome: str) -> Table:
    rated, all_due = "courses rated in that window, with a baseline", "started courses of whom the window is over"
    did, did_not = DID[outcome], DID_NOT[outcome]
    columns = (
        Column("week", "Week since the first session"), Column("due", "Started, window over", "count"),
        Column("of_rated", f"{did}, of those rated".capitalize(), "share", of=rated),
        Column("of_due", f"{did}, of all started".capitalize(), "share", of=all_due),
        Column("not_of_rated", f"{did_not}, of those rated".capitalize(), "share", of=rated),
        Column("not_of_due", f"{did_not}, of all started".capitalize(), "share", of=all_due),
        Column("stopped", "Not rated, ended for no response", "share", of=all_due),
        Column("undefined", "Rated, no baseline", "count"), Column("missed", "Not rated, went on", "count"),
        Column("ended", "Not rated, ended otherwise", "count"),
    )  # fmt: skip
    return Table(f"{outcome}-by-week", f"{outcome.capitalize()} by week on {scale_name(scale)}", columns,
                 tuple(_row(at.words, places(found, scale, at.week, outcome)) for at in weeks),
                 Shown(left_out=("not_of_rated",), drawn=True,
                       why=f"Of those rated, whoever is not counted under \u201c{did}\u201d {did_not}."))  # fmt: skip


def _row(words: str, at: dict[str, int]) -> tuple[Any, ...]:
    rated, all_due = at["yes"] + at["no"], due(at)
    return (
        words, all_due, Share(at["yes"], rated), Share(at["yes"], all_due), Share(at["no"], rated),
        Share(at["no"], all_due), Share(at[STOPPED], all_due), at["no baseline"], at["not rated"], at["ended"],
    )  # fmt: skip


def _stacks(found: Counts, scale: str, weeks: list[Window], outcome: str) -> Picture:
    """What became of all who started, week by week: with, without, and not known."""
    stacks, said = [], []
    for at in weeks:
        seen = places(found, scale, at.week, outcome)
        numbers = (seen["yes"], seen["no"], seen[STOPPED], seen["no baseline"] + seen["not rated"], seen["ended"])
        stacks.append(Stack(f"week {at.week}", numbers))
        said.append(f"week {at.week}: {numbers[0]} of {sum(numbers)}")
    names = (DID[outcome], DID_NOT[outcome], "not rated, ended for no response", "not rated, or no baseline",
             "not rated, ended otherwise")  # fmt: skip
    drawing = stack_plot(stacks, names, x_label="started courses of whom the window is over, %")
    caption = f"{outcome.capitalize()} on {scale_name(scale)}, of all started courses of whom the window is over."
    return Picture(f"{outcome}-by-week", drawing, caption, f"{DID[outcome].capitalize()}: {'; '.join(said)}.")


def _missing(found: Counts, choices: Choices, scale: str, weeks: list[Window]) -> Section:
    """Bounds that no assumption can leave, and one estimate with the assumption it rests on."""
    basis = (
        "Started courses of whom the window is over. Worst case: whoever was not rated (or has no baseline) is counted "
        "as without the outcome; best case: as with it. Who was ended for no response is known to be without it, in "
        "both. The truth lies between the two, whatever the reason."
    )
    notes = (
        "Weighted: those rated stand for those not rated who were alike at their last rating before the window (fall "
        "from baseline of 75 % or more, 50 to 75, 25 to 50, 0 to 25, none, or never rated). It is right if, among "
        "those alike, whether somebody was rated has nothing to do with how they were; for a course that ended it says "
        "what would have been seen had it gone on. Inverse-probability weights by these groups give the same number.",
        "The interval of the weighted share takes the groups as found: variance of a post-stratified share, set as an "
        "exact interval of the effective number of courses (Korn and Graubard 1998).",
    )
    tables = tuple(_bounds(found, scale, weeks, outcome) for outcome in defined(choices, scale))
    return Section("missing", "What missing ratings do", basis, tables, notes=notes)


def _bounds(found: Counts, scale: str, weeks: list[Window], outcome: str) -> Table:
    all_due = "started courses of whom the window is over"
    columns = (
        Column("week", "Week since the first session"),
        Column("unknown", "Not known", "share", of=all_due),
        Column("worst", "Worst case", "share", of=all_due),
        Column("rated", "Those rated", "share", of="courses rated in that window, with a baseline"),
        Column("weighted", "Weighted", "estimate", unit="%"),
        Column("best", "Best case", "share", of=all_due),
        Column("borrowed", "Nobody alike rated", "count"),
    )  # fmt: skip
    rows = []
    for at in weeks:
        seen = places(found, scale, at.week, outcome)
        all_due_n, yes, rated = due(seen), seen["yes"], seen["yes"] + seen["no"]
        unknown = all_due_n - known(seen)
        estimate, borrowed = weighted_share(_cells(found, scale, at.week, outcome))
        rows.append((
            at.words, Share(unknown, all_due_n), Share(yes, all_due_n), Share(yes, rated), estimate.times(100),
            Share(yes + unknown, all_due_n), borrowed,
        ))  # fmt: skip
    title = f"{outcome.capitalize()} by week: bounds and estimate on {scale_name(scale)}"
    return Table(f"{outcome}-missing", title, columns, tuple(rows))


def _cells(found: Counts, scale: str, week: int, outcome: str) -> list[Cell]:
    own = [{place: found.number(KEY, scale, week, "cell", outcome, name, place) for place in PLACES} for name in CELLS]
    stopped = sum(at[STOPPED] for at in own)  # known to be without, so nobody stands for them
    return [*(Cell(due(at) - at[STOPPED], at["yes"] + at["no"], at["yes"]) for at in own), Cell(stopped, stopped, 0)]
