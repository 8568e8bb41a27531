"""The flow of courses: referred, evaluated, eligible, started, induction completed, maintenance, ended and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.registry.common_model import ENDS
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.sections import Column, Section, Share, Table

KEY = "flow"
END_WORDS: Mapping[str, str] = {
    "declined": "declined at evaluation", "non_response": "no response", "relapse": "relapse",
    "adverse_event": "adverse event", "safety_finding": "finding of a safety check", "misuse": "misuse",
    "contraindication": "contraindication came up", "patient_choice": "patient's choice",
    "consent_withdrawn": "consent withdrawn", "lost_contact": "contact lost", "access": "cost, distance or access",
    "other_treatment": "other treatment", "died": "died", "completed": "completed as planned", "other": "other",
}  # fmt: skip
assert set(END_WORDS) == set(ENDS)
NO_RESPONSE = (
    "Ended for no response: the course was stopped because treatment did not help enough, by the clinician's judgement "
    "or at the review of the protocol (simulated courses: at that review alone). A course may be counted under "
    "responded too: a response seen at one rating may be lost again."
)


def count(judged: JudgedSet) -> Counts:
    """Courses at each step, persons, and ends by reason of those that started and of those that never did."""
    import numpy as np

    courses, started = judged.courses, judged.started
    eligible = judged.words("courses", "eligible")
    judged_eligible = eligible.of < eligible.names.index("unknown")
    ended = ~np.isnan(courses["ended_day"])
    induction, maintenance = ~np.isnan(courses["induction_ended_day"]), ~np.isnan(courses["maintenance_day"])
    steps: dict[str, Any] = {
        "referred": np.ones(judged.n, dtype=bool), "evaluated": ~np.isnan(courses["evaluated_day"]) | judged_eligible,
        **{f"eligible {name}": who for name, who in eligible.each()},
        "started": started, "ended before a start": ended & ~started, "waiting for a start": ~ended & ~started,
        "induction completed": started & induction, "ended in induction": started & ~induction & ended,
        "in induction": started & ~induction & ~ended, "maintenance": started & maintenance,
        "ended": started & ended, "going on": started & ~ended,
    }  # fmt: skip
    numbers: dict[Key, int] = {(KEY, "step", name): int(who.sum()) for name, who in steps.items()}
    for name, who in judged.words("courses", "end_reason").each():
        numbers[KEY, "end", "started", name] = int((who & started & ended).sum())
        numbers[KEY, "end", "not started", name] = int((who & ~started & ended).sum())
    numbers[KEY, "persons"] = judged.set.persons
    return counts(numbers)


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """Two tables: steps with two denominators each, and reasons of ends."""
    at = {str(name): found.number(KEY, "step", name) for name in found.below(KEY, "step")}
    referred, started = at.get("referred", 0), at.get("started", 0)
    if not referred:
        return (Section(KEY, "Flow of courses", "No course is on record, so there is nothing to count."),)
    persons = found.number(KEY, "persons")
    basis = f"Every course on record: {referred}, of {persons} persons. A person with two courses counts twice."
    notes = (
        () if started else ("No course had a first treatment session, so there are no outcomes of treatment to tell.",)
    )
    if found.number(KEY, "end", "started", "non_response"):
        notes = (*notes, NO_RESPONSE)
    return (Section(KEY, "Flow of courses", basis, (_steps(at, referred), _ends(found, started)), notes=notes),)


_STEPS = (  # step, its words, the step it is a share of
    ("referred", "referred", "referred"), ("evaluated", "evaluated", "referred"),
    ("eligible yes", "eligible", "evaluated"), ("eligible no", "not eligible", "evaluated"),
    ("started", "had a first treatment session", "referred"),
    ("ended before a start", "ended before a first session", "referred"),
    ("waiting for a start", "wait for a first session", "referred"),
    ("induction completed", "completed induction", "started"), ("ended in induction", "ended in induction", "started"),
    ("in induction", "are in induction", "started"), ("maintenance", "came to maintenance", "started"),
    ("ended", "ended after a start", "started"), ("going on", "go on", "started"),
)  # fmt: skip


def _steps(at: Mapping[str, int], referred: int) -> Table:
    columns = (
        Column("step", "Courses that"), Column("courses", "Courses", "count"), Column("before", "Counted among"),
        Column("of_before", "Share of those", "share", of="the courses named in the column before"),
        Column("of_all", "Share of all", "share", of="every course on record"),
    )  # fmt: skip
    rows = tuple(
        (words, at.get(step, 0), before, Share(at.get(step, 0), at.get(before, 0)), Share(at.get(step, 0), referred))
        for step, words, before in _STEPS
    )
    return Table("flow-steps", "Courses at each step", columns, rows)


def _ends(found: Counts, started: int) -> Table:
    columns = (
        Column("reason", "Why it ended"), Column("started", "After a first session", "count"),
        Column("of_started", "Share of started", "share", of="courses that had a first treatment session"),
        Column("not_started", "Before a first session", "count"),
    )  # fmt: skip
    rows = tuple(
        (END_WORDS[end], n, Share(n, started), before)
        for end in ENDS
        if (n := found.number(KEY, "end", "started", end)) + (before := found.number(KEY, "end", "not started", end))
    )
    return Table("flow-ends", "Courses that ended, by reason", columns, rows)
