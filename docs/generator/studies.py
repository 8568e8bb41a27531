"""Pages of the published studies: a card for each, and a list of them. Statuses stand beside every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from generator.markdown import cell, heading, table
from holdfast import evidence
from holdfast.evidence import AdverseEvent, Arm, Outcome, Study, StudyCard, study_card
from holdfast.evidence.cards import SPLIT_WORDS, statuses_of
from holdfast.evidence.wording import interval_words, outcome_words, time_words, value_words, whom_words

# Tables that the cards print, row by row, so that they have no page of their own.
PRINTED_ON_CARDS = ("studies", "study_arms", "study_outcomes", "study_adverse_events")


def study_pages() -> dict[str, str]:
    """The list, and a page for each study."""
    found = evidence.studies()
    return {"studies.md": _list(found), **{f"studies/{one.id}.md": _page(study_card(one.id)) for one in found}}


def _list(found: Sequence[Study]) -> str:
    lines = heading(
        "Studies",
        "Published studies that Holdfast knows, each with a card. How to add one: "
        "[Add a study](../how-to/add-a-study.md). Where the articles Holdfast began from differ from their sources: "
        "[Article conflicts](article_conflicts.md).",
    )
    rows = [(f"[{one.title}](studies/{one.id}.md)", one.year, one.design, one.population, SPLIT_WORDS[one.split],
             _statuses(statuses_of(one))) for one in found]  # fmt: skip
    return "\n".join([*lines, *table(("study", "year", "design", "population", "use", "rows by status"), rows)])


def _statuses(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.items())


def _page(card: StudyCard) -> str:
    one, published = card.study, card.reference
    said = {
        "Publication": f"{published['citation']}. {published.get('url', '')}",
        "Identifiers": f"{one.source} (citation {one.source_check})", "Design": one.design, "Blinding": one.blinding,
        "Population": one.population, "Polarity": one.polarity, "Resistance": one.resistance,
        "Use": card.use, "Rows by status": _statuses(card.statuses), "Caution": one.caution,
    }  # fmt: skip
    lines = heading(one.title)
    lines += [f"- **{name}**: {cell(value)}" for name, value in said.items() if value]
    lines += [f"- **Overlap**: {pair.in_words}" for pair in card.overlaps]
    lines += [f"- **Articles**: [{cell(told.subject)}](../article_conflicts.md)" for told in card.conflicts]
    lines += ["", "A star marks a number that alone is unverified; empty is unknown.", "", "## Arms", ""]
    lines += _arms(card.arms)
    lines += ["## Outcomes, by time", "", *_results(card.outcomes)] if card.outcomes else []
    lines += ["## Adverse events", "", *_events(card.adverse_events)] if card.adverse_events else []
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
        "row", "time", "arm", "outcome", "rule", "value", "people", "of n", "interval", "status", "read at", "note",
    )  # fmt: skip
    return table(header, [
        (row.id, time_words(row), whom_words(row), outcome_words(row),
         _starred(row.definition or row.scale, "definition", row.unverified_fields), _value(row),
         _starred(row.events, "events", row.unverified_fields),
         _starred(row.n_analysed, "n_analysed", row.unverified_fields), interval_words(row), row.status,
         row.read_at, row.note)
        for row in rows
    ])  # fmt: skip


def _events(rows: Sequence[AdverseEvent]) -> list[str]:
    header = ("row", "arm", "phase", "event", "value", "people", "of n", "interval", "status", "read at", "note")
    return table(header, [
        (row.id, row.arm.label, row.phase, row.event_term, _value(row), row.events, row.n, interval_words(row),
         row.status, row.read_at, "; ".join(filter(None, (row.time_note, row.note))))
        for row in rows
    ])  # fmt: skip


def _value(row: Outcome | AdverseEvent) -> str:
    """Without the people counted, who stand in a column of their own."""
    return value_words(replace(row, events=None))
