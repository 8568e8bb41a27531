"""Signals: what came more often than publications lead one to expect, by a rule that is told with it."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.registry.report.safety_words import KIND_WORDS, started, treatment
from holdfast.registry.report.sections import Column, Section, Table, Value
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.expectations import EVENT, RATE, Expected
from holdfast.registry.safety.signals import Signals, Tested, signals

KEY = "safety-signals"
TITLE = "More than published?"
MEASURE_WORDS = {
    "sbp_rise": "systolic rise of {limit:g} mmHg or more", "dbp_rise": "diastolic rise of {limit:g} mmHg or more",
    "sbp_peak": "systolic pressure of {limit:g} mmHg or more", "dissociation_peak": "CADSS above {limit:g}",
}  # fmt: skip


def tell(cells: Mapping[str, Cells]) -> Section:
    """The rule in words, what was tested, and what could not be."""
    if not started(cells):
        return Section(KEY, TITLE, "No course had a first treatment session, so nothing is compared.")
    found = signals(cells)
    if not found.tested:
        notes = ("No published number in the tables is of a drug and route given here, so nothing was tested.",)
        return Section(KEY, TITLE, _rule(found), _untested(found), notes=notes)
    tables = (_tested(found), *_untested(found))
    return Section(KEY, TITLE, _rule(found), tables, notes=_notes(found))


def _rule(found: Signals) -> str:
    return (
        "The rule: courses with an event in the days that a publication counted, against its count; the chance of so "
        "many or more if both were alike (exact, one-sided, the publication as uncertain as its count); Holm's "
        f"correction over the {len(found.tested)} kinds tested; a signal below {found.level:g} with "
        f"{found.events_min} courses or more. Courses not yet watched for those days are left out."
    )


def _notes(found: Signals) -> tuple[str, ...]:
    named = ", ".join(
        f"{what(one.expected)} ({treatment(one.expected.drug, one.expected.route)})" for one in found.found
    )
    first = (
        f"Signals: {named}. A signal says look closer at these courses; it is no proof and names no cause."
        if named
        else "No signal. That is no proof of safety: the last column says how many courses a signal would have taken."
    )
    return (
        first,
        "People in trials were chosen, watched for every event and followed otherwise than here. Fewer than published "
        "is no good sign by itself.",
    )


def what(one: Expected) -> str:
    """What was counted, in words."""
    if one.measure == EVENT:
        return KIND_WORDS[one.category]
    ages = "" if one.ages == "any" else f", {one.ages}"
    return MEASURE_WORDS[one.measure].format(limit=one.limit) + ages


def _tested(found: Signals) -> Table:
    columns = (
        Column("kind", "Kind"), Column("treatment", "Treatment"), Column("observed", "Observed", "count"),
        Column("counted", "Of"),
        Column("share", "Here, % (95 % exact)", "estimate", unit="% (deaths: per 100 patient-years)"),
        Column("published", "Published"), Column("source", "Source and status"),
        Column("chance", "Chance of so many", "number", digits=4),
        Column("adjusted", "After correction", "number", digits=4), Column("signal", "Signal"),
        Column("fewest", "A signal from", "count"),
    )  # fmt: skip
    return Table("safety-signals", "Observed and published", columns, tuple(_row(one) for one in found.tested))


def _row(one: Tested) -> tuple[Value, ...]:
    expected = one.expected
    rate = expected.estimand == RATE
    of = f"{one.of:.1f} patient-years" if rate else f"{one.of:.0f} courses, {expected.window_d} days"
    people = "" if expected.n is None else f" ({expected.events} of {expected.n})"
    return (
        what(expected), treatment(expected.drug, expected.route), one.observed, of,
        one.share.times(100), f"{expected.told}{people}",
        f"{expected.source}; {expected.population}; {expected.status}", one.chance, one.adjusted,
        "yes" if one.is_signal else "no", one.fewest,
    )  # fmt: skip


def _untested(found: Signals) -> tuple[Table, ...]:
    if not found.untested:
        return ()
    columns = (
        Column("kind", "Kind that came"),
        Column("treatment", "Treatment"),
        Column("why", "Why it is not tested"),
    )
    rows = tuple(
        (KIND_WORDS[kind], treatment(drug, route), "no published count in the tables")
        for drug, route, kind in sorted(found.untested)
    )
    return (Table("safety-signals-untested", "Not tested", columns, rows),)
