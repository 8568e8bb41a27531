"""Signals: what came more often than publications lead one to expect, by a rule that is told with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.registry.report.safety_pictures import Whisker, whiskers
from holdfast.registry.report.safety_words import KIND_WORDS, started, treatment
from holdfast.registry.report.sections import Column, Picture, Section, Share, Shown, Table, Value
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.expectations import EVENT, RATE, SHARE, Expected, choice
from holdfast.registry.safety.signals import Signals, Tested, signals, site_signals

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
    found, of_sites = signals(cells), _sites(cells)
    if not found.tested:
        nothing = "No published count in the tables is of a drug and route given here, so nothing was tested."
        return Section(KEY, TITLE, nothing, (*_untested(found), *of_sites.tables), notes=of_sites.notes)
    tables = (_tested(found), *_untested(found), *of_sites.tables)
    return Section(KEY, TITLE, _verdict(found), tables, _pictures(found), (*_notes(found), *of_sites.notes))


def _pictures(found: Signals) -> tuple[Picture, ...]:
    """Shares here with their intervals, and the published count as a ring; one picture for each treatment."""
    by_treatment: dict[tuple[str, str], list[Tested]] = {}
    for one in found.tested:
        if one.expected.estimand == SHARE:
            by_treatment.setdefault((one.expected.drug, one.expected.route), []).append(one)
    return tuple(_picture(drug, route, tested) for (drug, route), tested in by_treatment.items())


def _picture(drug: str, route: str, tested: list[Tested]) -> Picture:
    lines = []
    for one in tested:
        assert one.expected.events is not None
        assert one.expected.n is not None
        here = one.share.times(100)
        name = what(one.expected) if one.expected.measure == EVENT else _SHORT[one.expected.measure].format(
            limit=one.expected.limit, ages=one.expected.ages)  # fmt: skip
        lines.append(Whisker(f"{'▲ ' if one.is_signal else ''}{name}", here.value or 0.0, here.ends,
                             published=100 * one.expected.events / one.expected.n))  # fmt: skip
    caption = (
        f"{treatment(drug, route)}: % of courses with it in the first days. Disc and bar: here, with the 95 % exact "
        "interval. Ring: published. ▲: a signal. SBP and DBP: rise, or highest systolic pressure, in mmHg."
    )
    said = "; ".join(f"{one.label}: {one.value:.1f} % here, {one.published or 0:.1f} % published" for one in lines)
    drawing = whiskers(lines, axis_title="% of courses")
    return Picture(f"safety-signals-{drug}-{route}", drawing, caption, f"{said}.")


_SHORT = {
    "sbp_rise": "SBP +{limit:g}, {ages}", "dbp_rise": "DBP +{limit:g}, {ages}", "sbp_peak": "SBP to {limit:g}, {ages}",
}  # fmt: skip


@dataclass(frozen=True)
class _Sites:
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


def _sites(cells: Mapping[str, Cells]) -> _Sites:
    """Sites that differ from all others together; a sentence where none does."""
    tested = site_signals(cells)
    if not tested:
        return _Sites()
    found = sorted((one for one in tested if one.is_signal), key=lambda one: (one.chance, one.site, one.kind))
    rule = f"Sites: the same rule, each with all others of its drug and route together, over {len(tested)} comparisons."
    if not found:
        return _Sites(notes=(f"{rule} No site stands out.",))
    days = int(choice("followed_d", "d"))
    columns = (
        Column("site", "Site"), Column("treatment", "Treatment"), Column("kind", "Kind"),
        Column("here", "At this site", "share", of=f"courses of the site watched for {days} days"),
        Column("elsewhere", "At all others", "share", of=f"courses of other sites watched for {days} days"),
        Column("adjusted", "Chance, corrected", "p_value"),
    )  # fmt: skip
    rows = tuple(
        (one.site, treatment(one.drug, one.route), KIND_WORDS[one.kind], Share(*one.here), Share(*one.elsewhere),
         one.adjusted)
        for one in found
    )  # fmt: skip
    first = "A site that stands out may write down more, or treat other patients; that is looked at first."
    return _Sites((Table("safety-signals-sites", "Sites that stand out", columns, rows),), (f"{rule} {first}",))


def _verdict(found: Signals) -> str:
    named = ", ".join(
        f"{what(one.expected)} ({treatment(one.expected.drug, one.expected.route)})" for one in found.found
    )
    if not named:
        return "No signal. That is no proof of safety: a column says from how many courses on there would be one."
    return f"Signals: {named}. A signal says look closer at these courses; it is no proof and names no cause."


def _notes(found: Signals) -> tuple[str, ...]:
    return (
        "The rule: courses with an event in the days that a publication counted, against its count; the chance of so "
        "many or more if both were alike (exact, one-sided, the publication as uncertain as its count); Holm's "
        f"correction over the {len(found.tested)} kinds tested; a signal below {found.level:g} with "
        f"{found.events_min} courses or more. Courses not yet watched for those days are left out.",
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
        Column("kind", "Kind"), Column("treatment", "Treatment"), Column("observed", "Here", "count"),
        Column("counted", "Of"), Column("share", "Per 100 (95 % exact)", "estimate"),
        Column("published", "Published"), Column("adjusted", "Chance, corrected", "p_value"),
        Column("signal", "Signal"), Column("fewest", "Signal from", "count"),
        Column("source", "Source and status"), Column("chance", "Chance of so many", "p_value"),
    )  # fmt: skip
    shown = Shown(
        groups=("treatment", "counted"), noted=("source",), left_out=("chance",),
        why="The chance before correction stands in the file of this table.",
    )  # fmt: skip
    rows = tuple(_row(one) for one in found.tested)
    return Table("safety-signals", "Here and published", columns, rows, shown)


def _row(one: Tested) -> tuple[Value, ...]:
    expected = one.expected
    rate = expected.estimand == RATE
    of = f"{one.of:.1f} patient-years" if rate else f"{one.of:.0f} courses, {expected.window_d} days"
    people = "" if expected.n is None else f" ({expected.events} of {expected.n})"
    return (
        what(expected), treatment(expected.drug, expected.route), one.observed, of, one.share.times(100),
        f"{expected.told}{people}", one.adjusted, "yes" if one.is_signal else "no", one.fewest,
        f"{expected.source}; {expected.population}; {expected.status}", one.chance,
    )  # fmt: skip


def _untested(found: Signals) -> tuple[Table, ...]:
    """Kinds that came and have no published count, by treatment."""
    if not found.untested:
        return ()
    columns = (Column("treatment", "Treatment"), Column("kinds", "Came, and have no published count in the tables"))
    kinds: dict[str, list[str]] = {}
    for drug, route, kind in sorted(found.untested):
        kinds.setdefault(treatment(drug, route), []).append(KIND_WORDS[kind])
    rows = tuple((given, ", ".join(sorted(named))) for given, named in kinds.items())
    listed = "; ".join(f"{given}: {named}" for given, named in rows)
    shown = Shown(in_words=f"Not tested, for they came and have no published count in the tables: {listed}.")
    return (Table("safety-signals-untested", "Not tested", columns, rows, shown),)
