"""The report in short: a few numbers with whom they are of, told before everything else."""

from __future__ import annotations

from holdfast.registry.report import flow, times, weeks
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.scales import main_scale, scale_name, started
from holdfast.registry.report.sections import Column, Section, Share, Table, Value
from holdfast.registry.report.times_told import followed
from holdfast.registry.report.windows import window
from holdfast.registry.survival import kaplan_meier

KEY = "short"
WEEK = 4  # when benefit of induction is judged
HARM = ("adverse_event", "safety_finding", "misuse", "contraindication", "died")


def count(judged: JudgedSet) -> Counts:
    """Nothing of its own: it tells what others counted."""
    return Counts()


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """One table; nothing where nobody started, of which the flow has a sentence."""
    many = started(found)
    if not many:
        return ()
    referred = found.number(flow.KEY, "step", "referred")
    harmed = sum(found.number(flow.KEY, "end", "started", end) for end in HARM)
    rows: list[tuple[Value, ...]] = [
        ("had a first treatment session", Share(many, referred), "courses on record", None)
    ]
    scale = main_scale(found, choices)
    if scale is not None:
        rows += [*_week(found, scale), *_times(found, scale)]
    rows.append(("ended for harm, a safety finding or death", Share(harmed, many), "courses that started", None))
    columns = (
        Column("what", "Courses that"), Column("share", "How many", "share", of="those named beside it"),
        Column("of", "Of whom"), Column("days", "Median days", "estimate", digits=0),
    )  # fmt: skip
    table = Table(KEY, "The few numbers to begin with", columns, tuple(rows))
    unsigned = scale is not None and found.number(times.KEY, scale, "relapse not judged")
    notes = ("Relapse is not judged: its rule waits for a physician's signature.",) if unsigned else ()
    return (Section(KEY, "In short", _BASIS, (table,), notes=notes),)


_BASIS = (
    "Each number is told again below, with its definition, its curve and what may be wrong with it. Nobody was "
    "assigned to treatment by chance, so none of them says what the treatment did."
)


def _week(found: Counts, scale: str) -> list[tuple[Value, ...]]:
    """With the outcome, without it, and not known, of all who started."""
    at = weeks.places(found, scale, WEEK, "response")
    due = weeks.due(at)
    if not due:
        return []
    whom = f"courses that started and of whom day {window(WEEK).high} is over"
    remission = weeks.places(found, scale, WEEK, "remission")
    told = (
        ("responded", at["yes"]), ("did not respond", at["no"]), ("are not known", due - at["yes"] - at["no"]),
        ("were in remission", remission["yes"]),
    )  # fmt: skip
    return [(f"{words} in week {WEEK} ({scale_name(scale)})", Share(n, due), whom, None) for words, n in told]


def _times(found: Counts, scale: str) -> list[tuple[Value, ...]]:
    """Median days to response, and relapse seen among those who had been well."""
    rows: list[tuple[Value, ...]] = []
    response = followed(found, scale, "response")
    if response.people:
        whom = "courses followed to a response; median by Kaplan-Meier"
        share = Share(response.events, response.people)
        rows.append(("responded at some time", share, whom, kaplan_meier(response).median()))
    ends = found.joined(times.KEY, scale, "relapse ends", kinds=times.RELAPSE_ENDS)
    if ends.people:
        seen = sum(row[1] for row in ends.left.values())
        rows.append(("were seen to relapse", Share(seen, ends.people), "courses that had been well", None))
    return rows
