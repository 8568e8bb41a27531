"""Pages of the published studies: a card for each, and a list of them. Statuses stand beside every number."""

from __future__ import annotations

from collections.abc import Sequence

from generator.markdown import cell, heading, table
from holdfast import evidence
from holdfast.evidence import AdverseEvent, Arm, Outcome, Study
from holdfast.facts import load

# Tables that the cards print, row by row, so that they have no page of their own.
PRINTED_ON_CARDS = ("studies", "study_arms", "study_outcomes", "study_adverse_events")
_SPLITS = {
    "calibrate": "may be fitted", "check": "compared, never fitted", "context": "shown, never fitted",
    "exclude_overlap": "shown, never fitted: part of another study",
}  # fmt: skip


def study_pages() -> dict[str, str]:
    """The list, and a page for each study."""
    found = evidence.studies()
    return {"studies.md": _list(found), **{f"studies/{one.id}.md": _card(one) for one in found}}


def _list(found: Sequence[Study]) -> str:
    lines = heading(
        "Studies",
        "Published studies that Holdfast knows, each with a card. How to add one: "
        "[Add a study](../how-to/add-a-study.md). Where the articles Holdfast began from differ from their sources: "
        "[Article conflicts](article_conflicts.md).",
    )
    rows = [(f"[{one.title}](studies/{one.id}.md)", one.year, one.design, one.population, _SPLITS[one.split],
             _statuses(one)) for one in found]  # fmt: skip
    return "\n".join([*lines, *table(("study", "year", "design", "population", "use", "rows by status"), rows)])


def _outcomes(one: Study) -> list[Outcome]:
    rows = [row for row in evidence.outcomes() if row.study.id == one.id]
    return sorted(rows, key=lambda row: (row.time_h is None, row.time_h or 0))


def _statuses(one: Study) -> str:
    counts = evidence.status_counts([*_outcomes(one), *evidence.adverse_events(one.id)])
    return ", ".join(f"{count} {status}" for status, count in counts.items())


def _card(one: Study) -> str:
    published = load().by_id[f"references.{one.cited}"]
    said = {
        "Publication": f"{published['citation']}. {published.get('url', '')}",
        "Identifiers": f"{one.source} (citation {one.source_check})", "Design": one.design, "Blinding": one.blinding,
        "Population": one.population, "Polarity": one.polarity, "Resistance": one.resistance,
        "Use": _SPLITS[one.split], "Rows by status": _statuses(one), "Caution": one.caution,
    }  # fmt: skip
    lines = heading(one.title)
    lines += [f"- **{name}**: {cell(value)}" for name, value in said.items() if value]
    lines += [f"- **Overlap**: {pair.in_words}" for pair in evidence.overlaps() if one.id in (pair.study, pair.other)]
    told = [conflict for conflict in evidence.conflicts() if one.id in conflict.studies]
    lines += [f"- **Articles**: [{cell(conflict.subject)}](../article_conflicts.md)" for conflict in told]
    lines += ["", "A star marks a number that alone is unverified; empty is unknown.", "", "## Arms", ""]
    lines += _arms(evidence.arms(one.id))
    outcomes, events = _outcomes(one), evidence.adverse_events(one.id)
    lines += ["## Outcomes, by time", "", *_results(outcomes)] if outcomes else []
    lines += ["## Adverse events", "", *_events(events)] if events else []
    return "\n".join(lines)


def _starred(value: object, field: str, unverified: Sequence[str]) -> str:
    return f"{cell(value)}\\*" if field in unverified else cell(value)


def _arms(arms: Sequence[Arm]) -> list[str]:
    header = ("arm", "drug", "route", "dose", "schedule", "against", "n randomised", "status")
    return table(header, [
        (arm.label, arm.drug, arm.route, _starred(arm.dose_as_printed, "dose", arm.unverified_fields), arm.schedule,
         arm.comparator, _starred(arm.n_randomised, "n_randomised", arm.unverified_fields), arm.status)
        for arm in arms
    ])  # fmt: skip


def _results(rows: Sequence[Outcome]) -> list[str]:
    header = (
        "row",
        "time",
        "arm",
        "outcome",
        "rule",
        "value",
        "people",
        "of n",
        "interval",
        "status",
        "read at",
        "note",
    )
    return table(header, [
        (row.id, _time(row), f"{row.arm.label}, {row.subgroup}" if row.subgroup else row.arm.label,
         row.outcome if row.estimand == "arm" else f"{row.outcome}, against {row.arm.comparator}",
         _starred(row.definition or row.scale, "definition", row.unverified_fields), _value(row),
         _starred(row.events, "events", row.unverified_fields),
         _starred(row.n_analysed, "n_analysed", row.unverified_fields), _interval(row), row.status,
         row.read_at, row.note)
        for row in rows
    ])  # fmt: skip


def _events(rows: Sequence[AdverseEvent]) -> list[str]:
    header = ("row", "arm", "phase", "event", "value", "people", "of n", "interval", "status", "read at", "note")
    return table(header, [
        (row.id, row.arm.label, row.phase, row.event_term, _value(row), row.events, row.n, _interval(row), row.status,
         row.read_at, "; ".join(filter(None, (row.time_note, row.note))))
        for row in rows
    ])  # fmt: skip


def _time(row: Outcome) -> str:
    since = (row.time_anchor or "").replace("_", " ")
    return since if row.time_value is None else f"{row.time_value:g} {row.time_unit} from {since}"


def _value(row: Outcome | AdverseEvent) -> str:
    unit = (row.unit or "statement").replace("_", " ")
    spread = [f"{name.upper()} {getattr(row, name):g}" for name in ("sd", "se") if getattr(row, name, None) is not None]
    return "; ".join([unit if row.value is None else f"{row.value:g} {unit}", *spread])


def _interval(row: Outcome | AdverseEvent) -> str:
    low, high = (row.ci_low, row.ci_high) if row.spread_low is None else (row.spread_low, row.spread_high)
    return "" if low is None else f"{low:g} to {'?' if high is None else f'{high:g}'} ({row.interval_kind})"
