"""Outcomes by group: route, dose, diagnosis, staging, age, sex, site. Groups are told side by side, not ranked."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.registry.chosen import chosen
from holdfast.registry.follow_up import FollowUp
from holdfast.registry.log_rank import LogRank, stratified_log_rank
from holdfast.registry.report import times, weeks_by_group, windows
from holdfast.registry.report.cells import NOTHING
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.curves import share_by
from holdfast.registry.report.groups import (
    GROUPINGS,
    KEY,
    Grouping,
    counted_in_both,
    group_words,
    groups_of,
    same_groups,
    told_apart,
)  # fmt: skip
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.plots import MOST_LINES, Dotted, forest
from holdfast.registry.report.scales import main_scale, scale_name, started
from holdfast.registry.report.sections import Column, Picture, Section, Share, Shown, Table, Value
from holdfast.registry.report.times_told import FIRST_SESSION, WELL, curve_picture, followed
from holdfast.registry.report.weeks import due, known
from holdfast.registry.report.windows import STOPPED, window
from holdfast.statistics.multiplicity import holm

TITLE = "Outcomes by group"
_COMPARED = ("response", "remission", "relapse")


def count(judged: JudgedSet) -> Counts:
    """Started courses by group; how each stands in week 4 is counted with the other weeks."""
    numbers: dict[Key, int] = {}
    for grouping in GROUPINGS:
        for group, members in grouping.groups(judged).each():
            if many := int((judged.started & members).sum()):
                numbers[KEY, "started", grouping.key, group] = many
    return counts(numbers | counted_in_both(judged))


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """All groupings that have two groups or more in one section, and one of tests."""
    scale = main_scale(found, choices)
    if not started(found) or scale is None:
        return ()
    shown = told_apart(found)
    alone = [one for one in GROUPINGS if len(groups_of(found, one)) == 1]
    notes = (*_alone(found, alone), *_twice(found))
    if not shown:
        basis = "Every started course is in the same group by everything that is told apart, so nothing is compared."
        return (Section(KEY, TITLE, basis, notes=notes),)
    return (_groups(found, scale, shown), _tests(found, scale, shown, notes))


def _alone(found: Counts, groupings: Sequence[Grouping]) -> tuple[str, ...]:
    told = [f"{group_words(one, groups_of(found, one)[0])}" for one in groupings]
    return (f"The same for every started course: {'; '.join(told)}.",) if told else ()


def _twice(found: Counts) -> tuple[str, ...]:
    """Groupings that are another one over again."""
    titles = {one.key: one.title for one in GROUPINGS}
    return tuple(
        f"By {titles[key]} the same courses stand together as by {one.title} "
        f"({'; '.join(group_words(_of(key), name) for name in groups_of(found, _of(key)))}): told and tested once."
        for key, one in same_groups(found).items()
    )


def _of(key: str) -> Grouping:
    return next(one for one in GROUPINGS if one.key == key)


def _groups(found: Counts, scale: str, shown: Sequence[Grouping]) -> Section:
    """One forest of all groups, a curve a grouping, and one table for people; files hold one table a grouping."""
    basis = (
        f"Started courses by {_listed([one.title for one in shown])}, on {scale_name(scale)}. What tells them apart "
        "was known on day 0. Patients were not assigned to groups by chance: groups differ in more than this."
    )
    if any(one.key == "dose" for one in shown):
        basis += " The first dose counts: whoever got a higher one later had to stay until then."
    tables = [_table(found, scale, one, groups_of(found, one)) for one in shown]
    tables += [_times(found, scale, one, groups_of(found, one)) for one in shown]
    curves = [one for grouping in shown for one in _curves(found, scale, grouping)]
    notes = (*_notes(), *_twice(found))
    return Section(KEY, TITLE, basis, tuple(tables), (_forest(found, scale, shown), *curves), notes)


def _notes() -> tuple[str, ...]:
    week = chosen("judged_week")
    return (
        f"Week {week}: responded, did not respond, ended for no response and not rated, not known, and not told yet "
        f"(day {window(week).high} not over, or not under watch in that week) add up to those who started.",
        f"By curve: {NOTHING} where fewer than {chosen('drawn_min')} courses are at risk, as lines end there.",
    )


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _curves(found: Counts, scale: str, grouping: Grouping) -> list[Picture]:
    """Time to response by one grouping, and to relapse by drug and route, where lines can be told apart."""
    asked = [("response", FIRST_SESSION, "responded")]
    asked += [("relapse", WELL, "relapsed")] if grouping.key == "treatment" else []
    pictures = []
    for outcome, since, words in asked:
        every = {one: followed(found, scale, outcome, grouping.key, one) for one in groups_of(found, grouping)}
        curves = {group_words(grouping, name): one for name, one in every.items() if one.people}
        if 1 < len(curves) <= MOST_LINES:
            pictures.append(curve_picture(f"{outcome}-by-{grouping.key}", curves, since, words, grouping.title))
    return pictures


def _places(found: Counts, scale: str, grouping: Grouping, group: str, outcome: str) -> dict[str, int]:
    return weeks_by_group.places(found, scale, chosen("judged_week"), outcome, (grouping, group))


def _table(found: Counts, scale: str, grouping: Grouping, groups: Sequence[str]) -> Table:
    week = chosen("judged_week")
    days = window(week)
    rated, every = (
        f"courses of the group rated in days {days.low} to {days.high}, with a baseline",
        f"started courses of the group of whom day {days.high} is over",
    )
    columns = (
        Column("group", grouping.title.capitalize()), Column("started", "Started", "count"),
        Column("response_of_rated", "Responded, of those rated", "share", of=rated),
        Column("response_of_due", "Responded", "share", of=every),
        Column("no_response_of_due", "Did not respond", "share", of=every),
        Column("stopped_of_due", "Ended for no response, not rated", "share", of=every),
        Column("unknown_of_due", "Not known", "share", of=every),
        Column("not_yet", "Not told yet", "count"),
        Column("remission_of_due", "In remission", "share", of=every),
    )  # fmt: skip
    rows = tuple(_row(found, scale, grouping, group) for group in groups)
    shown = Shown(together=f"{TITLE}, week {week}", left_out=("response_of_rated",))
    return Table(f"by-{grouping.key}", f"Outcomes by {grouping.title}", columns, rows, shown)


def _row(found: Counts, scale: str, grouping: Grouping, group: str) -> tuple[Value, ...]:
    response = _places(found, scale, grouping, group, "response")
    remission = _places(found, scale, grouping, group, "remission")
    many, over = found.number(KEY, "started", grouping.key, group), due(response)
    if not windows.told(response):  # by the rule of all weeks: those that ended would stay, those going on not
        return (group_words(grouping, group), many, *(None,) * 5, many, None)
    return (
        group_words(grouping, group), many, Share(response["yes"], response["yes"] + response["no"]),
        Share(response["yes"], over), Share(response["no"], over), Share(response[STOPPED], over),
        Share(over - known(response), over), many - over, Share(remission["yes"], due(remission)),
    )  # fmt: skip


def _times(found: Counts, scale: str, grouping: Grouping, groups: Sequence[str]) -> Table:
    """What curves say of each group, each with how many were followed."""
    by, well = chosen("response_by", "d"), chosen("relapse_by", "d")
    columns = (
        Column("group", grouping.title.capitalize()), Column("followed", "Followed to a response", "count"),
        Column("response_by", f"Responded by day {by}", "estimate", unit="%"),
        Column("well", "Followed once well", "count"),
        Column("relapse_by", f"Relapsed by day {well} once well", "estimate", unit="%"),
    )  # fmt: skip
    rows = []
    for group in groups:
        response, relapse = (followed(found, scale, one, grouping.key, group) for one in ("response", "relapse"))
        rows.append((group_words(grouping, group), response.people, share_by(response, by),
                     relapse.people, share_by(relapse, well)))  # fmt: skip
    title, shown = f"Curves by {grouping.title}", Shown(together=f"{TITLE}, by curve (Kaplan-Meier)")
    return Table(f"times-by-{grouping.key}", title, columns, tuple(rows), shown)


def _forest(found: Counts, scale: str, shown: Sequence[Grouping]) -> Picture:
    """Response in week 4 of every group, below the one of all."""
    every, said = [], []
    for grouping in shown:
        rows = []
        for group in groups_of(found, grouping):
            at = _places(found, scale, grouping, group, "response")
            share = Share(at["yes"], due(at)) if windows.told(at) else Share(0, 0)
            name = group_words(grouping, group)
            rows.append(Dotted(name, share.estimate.times(100), f"{share.events:,}/{share.people:,}"))
            said.append(f"{name} {share.events} of {share.people}")
        every.append((grouping.title, rows))
    week = chosen("judged_week")
    drawing = forest(every, x_label=f"responded in week {week}, % of all started", words_title="courses")
    caption = (
        f"Response in week {week} on {scale_name(scale)} by group, of all started courses of whom day "
        f"{window(week).high} is over, with exact 95 % intervals."
    )
    return Picture(f"{KEY}-response", drawing, caption, f"Responded: {'; '.join(said)}.")


def _tests(found: Counts, scale: str, shown: Sequence[Grouping], notes: tuple[str, ...]) -> Section:
    basis = (
        "Does the time to response, remission or relapse differ between groups at all? Log-rank, within sites where "
        "there are several. A small p-value says that groups differ, not why: patients were not assigned by chance."
    )
    made = [(one, outcome, compared(found, scale, one, outcome)) for one in shown for outcome in _COMPARED]
    kept = [(one, outcome, test) for one, outcome, test in made if test.p_value is not None]
    if not kept:
        return Section("comparisons", "Groups compared", f"{basis} There is nothing to test.", notes=notes)
    adjusted = holm([test.p_value for _, _, test in kept if test.p_value is not None])
    columns = (
        Column("groups", "Groups by"), Column("outcome", "Time to"),
        Column("people", "Courses", "count"), Column("events", "Events", "count"),
        Column("chi2", "Chi-squared", "number", digits=2), Column("df", "Degrees of freedom", "count"),
        Column("p", "p-value", "p_value"), Column("p_holm", "p-value, all tests (Holm)", "p_value"),
    )  # fmt: skip
    rows = tuple(
        (one.title, outcome, sum(seen.people for seen in test.groups), sum(seen.observed for seen in test.groups),
         test.chi2, test.df, test.p_value, value)
        for (one, outcome, test), value in zip(kept, adjusted, strict=True)
    )  # fmt: skip
    table = Table("comparisons", "Log-rank tests", columns, rows, Shown(groups=("groups",)))
    return Section("comparisons", "Groups compared", basis, (table,), notes=notes)


def compared(found: Counts, scale: str, grouping: Grouping, outcome: str) -> LogRank:
    """Log-rank of the groups within each site; of sites themselves over all."""
    groups = groups_of(found, grouping)
    every = sorted({str(site) for one in groups for site in found.below(times.KEY, scale, grouping.key, one)})
    if grouping.key == "site":
        return stratified_log_rank({"": [followed(found, scale, outcome, grouping.key, one) for one in groups]})
    strata: dict[str, list[FollowUp]] = {
        site: [found.follow_up(times.KEY, scale, grouping.key, one, site, outcome) for one in groups] for site in every
    }
    return stratified_log_rank(strata or {"": [FollowUp()] * len(groups)})
