"""The report in short: a few numbers with whom they are of, told before everything else."""

from __future__ import annotations

from holdfast.registry.chosen import chosen
from holdfast.registry.common_model import HARM_ENDS
from holdfast.registry.report import flow, times, weeks
from holdfast.registry.report.cells import text
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.scales import main_scale, scale_name, started
from holdfast.registry.report.sections import Column, Section, Share, Table, Value
from holdfast.registry.report.times_told import followed
from holdfast.registry.report.windows import STOPPED, window
from holdfast.registry.survival import kaplan_meier
from holdfast.statistics.estimate import Estimate

KEY = "short"


def count(judged: JudgedSet) -> Counts:
    """Nothing of its own: it tells what others counted."""
    return Counts()


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """One table; nothing where nobody started, of which the flow has a sentence."""
    many = started(found)
    if not many:
        return ()
    referred = found.number(flow.KEY, "step", "referred")
    harmed = sum(found.number(flow.KEY, "end", "started", end) for end in HARM_ENDS)
    rows: list[tuple[Value, ...]] = [("had a first treatment session", Share(many, referred), "courses on record")]
    scale = main_scale(found, choices)
    if scale is not None:
        rows += [*_week(found, scale), *_times(found, scale)]
    stopped = found.number(flow.KEY, "end", "started", "non_response")
    rows.append(("ended for no response, at any time", Share(stopped, many), "courses that started"))
    rows.append(("ended for harm, a safety finding or death", Share(harmed, many), "courses that started"))
    columns = (
        Column("what", "Courses that"), Column("share", "How many", "share", of="those named beside it"),
        Column("of", "Of whom"),
    )  # fmt: skip
    table = Table(KEY, "The few numbers to begin with", columns, tuple(rows))
    notes: tuple[str, ...] = (flow.NO_RESPONSE,) if stopped else ()
    if scale is not None:
        notes = (*_median(found, scale), *notes, *_no_week(found, scale), *_no_relapse(found, choices, scale))
    return (Section(KEY, "In short", _BASIS, (table,), notes=notes),)


_BASIS = (
    "Each number is told again below, with its definition, its curve and what may be wrong with it. Nobody was "
    "assigned to treatment by chance, so none of them says what the treatment did."
)


def _no_relapse(found: Counts, choices: Choices, scale: str) -> tuple[str, ...]:
    """Why there is no line of relapse, where there is none."""
    definition = choices.definition(scale, "relapse")
    if definition is None:
        return (f"Relapse: not judged, because no source defines one on {scale_name(scale)}.",)
    if found.number(times.KEY, scale, "relapse not judged"):
        return (f"Relapse: not judged, because its rule ({definition.rule}) waits for a physician's signature.",)
    if not found.joined(times.KEY, scale, "relapse ends", kinds=times.RELAPSE_ENDS).people:
        return ("Relapse: not told, because no course that had been well was followed beyond it.",)
    if definition.rule in choices.as_if:
        return (
            f"Relapse: judged as if its rule ({definition.rule}) were signed; it waits for a physician's signature.",
        )
    return ()


def _no_week(found: Counts, scale: str) -> tuple[str, ...]:
    """Why there is no line of the week that is judged, where courses are in it."""
    week = chosen("judged_week")
    at = weeks.places(found, scale, week, "response")
    if weeks.told(at) or not weeks.due(at):
        return ()
    return (f"Week {week} is not told: too many that go on have not come to its end, beside those that ended.",)


def _week(found: Counts, scale: str) -> list[tuple[Value, ...]]:
    """With the outcome, without it, and not known, of all who started."""
    week = chosen("judged_week")
    at = weeks.places(found, scale, week, "response")
    due = weeks.due(at)
    if not weeks.told(at):
        return []
    whom = f"courses that started, day {window(week).high} over"
    remission = weeks.places(found, scale, week, "remission")
    told = (
        (f"responded in week {week}", at["yes"]), (f"did not respond in week {week}", at["no"]),
        (f"were ended for no response by week {week}, not rated in it", at[STOPPED]),
        (f"are not known in week {week}", due - weeks.known(at)),
        (f"were in remission in week {week}", remission["yes"]),
    )  # fmt: skip
    return [(f"{words} ({scale_name(scale)})", Share(n, due), whom) for words, n in told]


def _times(found: Counts, scale: str) -> list[tuple[Value, ...]]:
    """Response at some time, and relapse seen among those who had been well."""
    rows: list[tuple[Value, ...]] = []
    response = followed(found, scale, "response")
    if response.people:
        share = Share(response.events, response.people)
        rows.append(("had responded at one rating or more", share, "courses with a baseline and a rating after it"))
    ends = found.joined(times.KEY, scale, "relapse ends", kinds=times.RELAPSE_ENDS)
    if ends.people:
        seen = sum(row[1] for row in ends.left.values())
        rows.append(("were seen to relapse", Share(seen, ends.people), "courses that had been well"))
    return rows


def _median(found: Counts, scale: str) -> tuple[str, ...]:
    """Days to response in a sentence; none where fewer than half responded."""
    response = followed(found, scale, "response")
    median = kaplan_meier(response).median() if response.people else Estimate(None, None, None)
    if median.value is None:
        return ()
    days = text(median, Column("median", "Median", "estimate", digits=0))
    return (f"Median days to response (Kaplan-Meier): {days}.",)
