"""Time to response and remission, to relapse, and to the end of a course; and maintenance beside all who started."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.registry.chosen import chosen
from holdfast.registry.competing import cumulative_incidence
from holdfast.registry.follow_up import FollowUp
from holdfast.registry.report import weeks, windows
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts
from holdfast.registry.report.curves import (
    curve_table,
    drawn_until,
    ends_table,
    medians_table,
    of_ends,
    rising,
)
from holdfast.registry.report.plots import MOST_BANDS, StepLine, step_plot
from holdfast.registry.report.scales import main_scale, scale_name, started
from holdfast.registry.report.sections import Column, Picture, Section, Share, Table
from holdfast.registry.report.times import FIRST_ENDS, KEY, LEFT_KINDS, RELAPSE_ENDS
from holdfast.registry.report.windows import WINDOWS
from holdfast.registry.survival import kaplan_meier

FIRST_SESSION, WELL, MAINTENANCE = "the first session", "the first response or remission", "maintenance began"
_ENDS = {
    "response": "response", "relapse": "relapse", "completed": "completed as planned before it",
    "left": "course ended before it", "died": "died",
}  # fmt: skip
_LATE = "A course that came under watch after its first session is at risk from then on only (late entry)."
_SEEN = (
    "In what came first, a course without the outcome is followed to its end or to the last day it was followed, "
    "rated or not (\u201cunder follow-up\u201d); an outcome there is one that was seen at a rating. Kaplan-Meier "
    "follows it to its last obtained rating (\u201cat risk\u201d), so that the two numbers differ."
)


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """Sections of the main scale; and how long courses went on, which needs no rating."""
    if not started(found):
        return ()
    scale = main_scale(found, choices)
    told = () if scale is None else (
        _response(found, scale), _relapse(found, choices, scale), _maintenance(found, scale)
    )  # fmt: skip
    return (*told, _staying(found))


def followed(found: Counts, scale: str, outcome: str, grouping: str = "site", group: str | None = None) -> FollowUp:
    """Time to one outcome, of all or of one group, over all sites."""
    groups = found.below(KEY, scale, grouping) if group is None else (group,)
    every = [found.follow_up(KEY, scale, grouping, one, site, outcome)
             for one in groups for site in found.below(KEY, scale, grouping, one)]  # fmt: skip
    return sum(every, FollowUp())


def _response(found: Counts, scale: str) -> Section:
    title, key = "Time to response and remission", "time-to-response"
    curves = {one: followed(found, scale, one) for one in ("response", "remission")}
    curves = {name: one for name, one in curves.items() if one.people}
    number = {name: found.number(KEY, scale, name) for name in ("no baseline", "never rated")}
    basis = (
        f"Started courses with a baseline and a rating after the first session, on {scale_name(scale)}; left out: "
        f"{number['no baseline']} without a baseline above 0, {number['never rated']} never rated after it."
    )
    if not curves:
        return Section(key, title, f"{basis} Nobody is left to follow.")
    tables = (
        curve_table("time-to-response", "Share that has had it (Kaplan-Meier)", FIRST_SESSION, curves),
        medians_table("time-to-response-median", "Median days to it", curves),
    )
    ends = found.joined(KEY, scale, "response ends", kinds=FIRST_ENDS)
    more, pictures = _with_ends("response-ends", ends, FIRST_SESSION, "responded, or the course ended first")
    notes = (
        "Response is seen at ratings only: the day is that of the first rating that shows it. Kaplan-Meier censors a "
        "course at its last obtained rating, as if it might have responded later like the others; the second table "
        "counts its end as an end, for every started course with a baseline, so that nobody who left is forgotten.",
        _SEEN, _LATE, _drawn(),
    )  # fmt: skip
    picture = curve_picture("time-to-response", curves, FIRST_SESSION, "have responded, or been in remission")
    return Section(key, title, basis, (*tables, *more), (picture, *pictures), notes)


def _relapse(found: Counts, choices: Choices, scale: str) -> Section:
    title, key = "Time to relapse", "time-to-relapse"
    well = found.number(KEY, scale, "well")
    definition = choices.definition(scale, "relapse")
    basis = f"Courses from their first response or remission on: {well}."
    if definition is None:
        return Section(key, title, f"{basis} No source defines a relapse on {scale_name(scale)}; none is judged.")
    if found.number(KEY, scale, "relapse not judged"):
        return Section(
            key, title,
            f"{basis} Relapse is not judged: rule {definition.rule} ({definition.name}) waits for a physician's "
            "signature.",
        )  # fmt: skip
    curve = followed(found, scale, "relapse")
    if not curve.people:
        return Section(key, title, f"{basis} Nobody can be followed to a relapse.")
    tables = (
        curve_table(key, "Share that has relapsed (Kaplan-Meier)", WELL, {"relapse": curve}),
        medians_table("time-to-relapse-median", "Median days to relapse", {"relapse": curve}),
    )
    ends = found.joined(KEY, scale, "relapse ends", kinds=RELAPSE_ENDS)
    more, pictures = _with_ends("relapse-ends", ends, WELL, "relapsed, or the course ended first")
    notes = (
        f"Relapse by {definition.name}: {definition.text}, or an event that counts as one.",
        "Kaplan-Meier tells what would be seen if nobody left before a relapse, and censors at the last obtained "
        "rating. The second table tells what was seen: relapse, and ends without one, which add up.",
        *_recurrence(found, choices, scale), _SEEN, _LATE, _drawn(),
    )  # fmt: skip
    picture = curve_picture(key, {"relapse": curve}, WELL, "relapsed")
    return Section(key, title, basis, (*tables, *more), (picture, *pictures), notes)


def _recurrence(found: Counts, choices: Choices, scale: str) -> tuple[str, ...]:
    """A sentence where recurrence is judged: whoever has one has no relapse on that day."""
    definition = choices.definition(scale, "recurrence")
    if definition is None or (definition.needs_signature and definition.rule not in choices.signed):
        return ()
    many, well = found.number(KEY, scale, "recurrence"), found.number(KEY, scale, "well")
    return (
        f"Recurrence by {definition.name}: {definition.text}; seen in {many} of {well} courses. It is a return after "
        "long remission and no relapse: Kaplan-Meier censors the course on that day, and the second table follows it "
        "on without one.",
    )


def _maintenance(found: Counts, scale: str) -> Section:
    title, key = "Maintenance, beside all who started", "maintenance"
    at = {name: found.number(KEY, scale, name) for name in (
        "maintenance", "maintenance never well", "maintenance relapsed before")}  # fmt: skip
    every = started(found)
    basis = f"Of {every} courses that started, {at['maintenance']} came to maintenance."
    if not at["maintenance"]:
        return Section(key, title, f"{basis} There is no maintenance to tell of.")
    notes = [
        "Whoever came to maintenance had to live, stay and mostly respond until then: their results are better than "
        "those of all who started before maintenance has done anything. So days are counted from the day maintenance "
        "began, and the shares of all who started stand beside theirs.",
    ]
    tables = [_beside(found, scale)]
    pictures: tuple[Picture, ...] = ()
    ends = found.joined(KEY, scale, "maintenance ends", kinds=RELAPSE_ENDS)
    if ends.people:
        only = {"relapse": ends.only("relapse")}
        tables.append(curve_table("maintenance-relapse", "Share that has relapsed (Kaplan-Meier)", MAINTENANCE, only))
        more, drawn = _with_ends("maintenance-ends", ends, MAINTENANCE, "relapsed, or the course ended first")
        tables += more
        pictures = (curve_picture("maintenance-relapse", only, MAINTENANCE, "relapsed"), *drawn)
        rest = at["maintenance"] - ends.people - at["maintenance never well"] - at["maintenance relapsed before"]
        notes.append(
            f"Followed from maintenance on: {ends.people}. Not followed: {at['maintenance never well']} never judged "
            f"well, {at['maintenance relapsed before']} with a relapse before it, {rest} not followed beyond it. Who "
            "was first well after maintenance began is at risk from that day; an outcome is one seen at a rating."
        )
    else:
        notes.append("Relapse from maintenance on is not told: it is not judged, or nobody can be followed.")
    return Section(key, title, basis, tuple(tables), pictures, (*notes, _drawn()))


def _beside(found: Counts, scale: str) -> Table:
    """Week by week: responders among all started, and among those in maintenance when the week began."""
    columns = (
        Column("week", "Week since the first session"),
        Column("of_all", "Responded, of all started", "share", of="started courses of whom the window is over"),
        Column("of_kept", "Responded, of those in maintenance", "share",
               of="courses in maintenance when the window began, of whom it is over"),
        Column("of_kept_rated", "Responded, of those in maintenance and rated", "share",
               of="courses in maintenance when the window began and rated in it"),
    )  # fmt: skip
    rows = []
    for at in WINDOWS:
        every = weeks.places(found, scale, at.week, "response")
        kept = weeks.places(found, scale, at.week, "response", weeks.KEPT)
        if weeks.told(every) and weeks.due(kept):
            of_kept = Share(kept["yes"], weeks.due(kept)) if windows.told(kept) else None
            rows.append((
                at.words, Share(every["yes"], weeks.due(every)), of_kept, Share(kept["yes"], kept["yes"] + kept["no"]),
            ))  # fmt: skip
    return Table("maintenance-beside-all", "Maintenance survivors beside all who started", columns, tuple(rows))


def _staying(found: Counts) -> Section:
    title, key = "How long courses went on, and why they ended", "staying"
    ends = found.joined(KEY, "staying", kinds=LEFT_KINDS)
    basis = f"Every course that had a first treatment session, from that day: {ends.people} followed."
    if not ends.people:
        return Section(key, title, f"{basis} Nobody was followed beyond the first session.")
    names = {kind: kind for kind in LEFT_KINDS}
    made, until = cumulative_incidence(ends), drawn_until([ends])
    if not ends.events:
        return Section(key, title, f"{basis} No course has ended.")
    table = ends_table(key, "Share ended, by why (cumulative incidence)", FIRST_SESSION, ends, names)
    picture = _picture(
        key, of_ends(made, names, ends, until), until, FIRST_SESSION, "ended", "ended, by why", below=_UNDER
    )
    return Section(key, title, basis, (table,), (picture,), (_LATE, _drawn()))


_UNDER = "Number under follow-up"


def _with_ends(key: str, ends: FollowUp, since: str, words: str) -> tuple[list[Table], tuple[Picture, ...]]:
    """What came first, as a table and a picture; nothing where nobody was followed."""
    if not ends.people or not ends.events:
        return [], ()
    made, until = cumulative_incidence(ends), drawn_until([ends])
    title = f"What came first (cumulative incidence), {ends.people} courses"
    lines = of_ends(made, _ENDS, ends, until)
    return [ends_table(key, title, since, ends, _ENDS)], (
        _picture(key, lines, until, since, "ended so", words, below=_UNDER),
    )


def curve_picture(key: str, curves: Mapping[str, FollowUp], since: str, words: str, by: str = "") -> Picture:
    """Kaplan-Meier lines of several outcomes or groups, rising; `by` says what the groups are told apart by."""
    until = drawn_until(list(curves.values()))
    lines = [rising(name, kaplan_meier(one), until) for name, one in curves.items()]
    return _picture(key, lines, until, since, words, words, by)


def _picture(
    key: str,
    lines: list[StepLine],
    until: int,
    since: str,
    y_words: str,
    words: str,
    by: str = "",
    below: str = "Number at risk",
) -> Picture:
    drawing = step_plot(lines, until=until, x_label=f"days since {since}", y_label=f"{y_words}, %", below=below)
    counted = "numbers at risk" if below != _UNDER else "numbers under follow-up"
    last = [
        (one.name, drawn[-1].share.value) for one in lines
        if (drawn := [step for step in one.steps if step.day <= (until if one.until is None else one.until)])
    ]  # fmt: skip
    shown = "; ".join(f"{name} {100 * value:.0f} %" for name, value in last if value is not None) or "no event"
    return Picture(
        key, drawing, f"{f'{words.capitalize()}, by {by}' if by else f'Share that {words}'}; {counted} below.",
        f"Share that {words} over {until} days since {since}. At the last event drawn: {shown}.",
    )  # fmt: skip


def _drawn() -> str:
    return (
        f"Lines are drawn, and shares told, as long as {chosen('drawn_min')} or more courses are at risk; bands are "
        f"95 % intervals, left out of pictures of more than {MOST_BANDS} lines."
    )
