"""`holdfast evidence`: published studies as cards, how far their numbers may be trusted, and who uses them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from holdfast import evidence
from holdfast.cli import evidence_meta, evidence_pages, evidence_report
from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.evidence import AdverseEvent, Arm, Citation, Conflict, Outcome, Overlap, Study
from holdfast.evidence.rows import as_plain
from holdfast.evidence.wording import interval_words, time_words, value_words, whom_words
from holdfast.facts import load

_SHOWN_USES = 12


def add_verbs(verbs: Verbs) -> None:
    """list, show, check, cite, articles, meta, pages."""
    listing = verbs.add(
        "list",
        _list,
        does="list the published studies, all or those that match every filter",
        example="holdfast evidence list --split calibrate --drug esketamine --route nasal",
    )
    listing.add_argument("--split", help="what may be done with it: calibrate, check, context, exclude_overlap")
    listing.add_argument("--drug", help="drug of any one arm, such as ketamine")
    listing.add_argument("--route", help="route of any one arm, such as iv")
    listing.add_argument("--design", help="kind of design, such as crossover")
    listing.add_argument("--outcome", help="an outcome it reports, such as remission")
    show = verbs.add(
        "show",
        _show,
        does="show a study's card: design, arms, results by time, adverse events, sources, status, cautions",
        example="holdfast evidence show zarate2006",
    )
    show.add_argument("study")
    verbs.add(
        "check",
        _check,
        does="count the rows by status and split, and name every uncertainty that is no fault",
        example="holdfast evidence check",
    )
    cite = verbs.add(
        "cite",
        _cite,
        does="cite a study or one of its numbers: source, place, status, and what uses the same source",
        example="holdfast evidence cite T0128",
    )
    cite.add_argument("name", metavar="STUDY|ROW")
    verbs.add(
        "articles",
        _articles,
        does="show what the five articles say, what the sources say, and what we hold",
        example="holdfast evidence articles",
    )
    evidence_meta.add_verb(verbs)
    evidence_report.add_verb(verbs)
    evidence_pages.add_verb(verbs)


def _list(arguments: argparse.Namespace) -> None:
    found = evidence.studies(
        split=arguments.split, drug=arguments.drug, route=arguments.route, design=arguments.design,
        outcome=arguments.outcome,
    )  # fmt: skip
    lines = [(one.id, one.year, one.design_kind, _drugs(one), one.split, _statuses(_rows(one))) for one in found]
    table = text_table(lines, ("study", "year", "design", "drugs", "split", "rows by status"))
    answer = [{**as_plain(one), "rows_by_status": evidence.status_counts(_rows(one))} for one in found]
    emit(arguments, answer, f"{table}\n\n{len(found)} studies")


def _rows(one: Study) -> tuple[Outcome | AdverseEvent, ...]:
    return (*_outcomes(one), *evidence.adverse_events(one.id))


def _outcomes(one: Study) -> tuple[Outcome, ...]:
    return tuple(row for row in evidence.outcomes() if row.study.id == one.id)


def _drugs(one: Study) -> str:
    return ", ".join(dict.fromkeys(arm.drug for arm in evidence.arms(one.id)))


def _statuses(rows: Iterable[Outcome | AdverseEvent]) -> str:
    return ", ".join(f"{count} {status}" for status, count in evidence.status_counts(rows).items())


def _show(arguments: argparse.Namespace) -> None:
    one = evidence.study(arguments.study)
    events = evidence.adverse_events(one.id)
    answer = {
        **as_plain(one), "citation": _citation(one), "rows_by_status": evidence.status_counts(_rows(one)),
        "arms": [as_plain(arm) for arm in evidence.arms(one.id)],
        "outcomes": [as_plain(row) for row in _outcomes(one)],
        "adverse_events": [as_plain(row) for row in events],
        "overlaps": [as_plain(pair) for pair in _overlaps(one)],
        "conflicts": [conflict.id for conflict in _conflicts(one)],
    }  # fmt: skip
    emit(arguments, answer, "\n".join(_card(one, events)))


def _citation(one: Study) -> str:
    return str(load().by_id[f"references.{one.cited}"]["citation"])


def _source(one: Study) -> str:
    cited = _citation(one)
    return cited if one.source in cited else f"{cited}; {one.source}"


def _overlaps(one: Study) -> list[Overlap]:
    return [pair for pair in evidence.overlaps() if one.id in (pair.study, pair.other)]


def _conflicts(one: Study) -> list[Conflict]:
    return [conflict for conflict in evidence.conflicts() if one.id in conflict.studies]


def _card(one: Study, events: Sequence[AdverseEvent]) -> list[str]:
    lines = [
        f"{one.title} ({one.id}), {one.year}",
        f"source: {_source(one)} (citation {one.source_check})",
        f"design: {one.design}; {one.blinding}",
        f"population: {one.population} (polarity {one.polarity}; resistance {one.resistance})",
        f"use: {one.split}; rows: {_statuses(_rows(one))}",
    ]
    lines += [f"caution: {one.caution}"] if one.caution else []
    lines += [f"overlap: {pair.in_words}" for pair in _overlaps(one)]
    lines += [f"article: {c.article_says} / {c.source_says} / held: {c.verdict}" for c in _conflicts(one)]
    lines += ["", "Arms", text_table(map(_arm_line, evidence.arms(one.id)), _ARM_HEADER)]
    outcomes = sorted(_outcomes(one), key=lambda row: (row.time_h is None, row.time_h or 0))
    if outcomes:
        lines += ["", "Outcomes, by time", text_table(map(_outcome_line, outcomes), _OUTCOME_HEADER)]
        lines += [_MARKS, *_notes(outcomes)]
    if events:
        lines += ["", "Adverse events", text_table(map(_event_line, events), _EVENT_HEADER), *_notes(events)]
    return lines


def _notes(rows: Iterable[Outcome | AdverseEvent]) -> list[str]:
    """Each note once, with the rows that bear it."""
    bearers: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            bearers.setdefault(row.note, []).append(row.id)
    return [f"  {', '.join(ids)}: {note}" for note, ids in bearers.items()]


_MARKS = "  * this column alone is unverified; ? unknown"
_ARM_HEADER = ("arm", "drug", "route", "dose", "schedule", "against", "n randomised", "status")
_OUTCOME_HEADER = ("row", "time", "arm", "outcome", "rule", "value", "interval", "of n", "status")
_EVENT_HEADER = ("row", "arm", "phase", "event", "value", "of n", "status")


def _arm_line(arm: Arm) -> tuple[Any, ...]:
    n = _starred(arm.n_randomised, "n_randomised", arm.unverified_fields)
    dose = _starred(arm.dose_as_printed, "dose", arm.unverified_fields)
    return arm.label, arm.drug, arm.route, dose, arm.schedule, arm.comparator, n, arm.status


def _outcome_line(row: Outcome) -> tuple[Any, ...]:
    name = f"{row.outcome}, against {row.arm.comparator}" if row.estimand == "contrast" else row.outcome
    rule = _starred(row.definition or row.scale, "definition", row.unverified_fields)
    of_n = _starred(row.n_analysed, "n_analysed", row.unverified_fields)
    return row.id, time_words(row), whom_words(row), name, rule, value_words(row), interval_words(row), of_n, row.status


def _starred(value: Any, field: str, unverified: Sequence[str]) -> str:
    """The value, with a mark where this column alone is unverified; `?` where it is unknown."""
    return f"{'?' if value is None else value}{'*' if field in unverified else ''}"


def _event_line(row: AdverseEvent) -> tuple[Any, ...]:
    value = " ".join(filter(None, [value_words(row), interval_words(row)]))
    return row.id, row.arm.label, row.phase, row.event_term, value, row.n or "?", row.status


def _check(arguments: argparse.Namespace) -> None:
    outcomes, events = evidence.outcomes(), evidence.adverse_events()
    found = evidence.findings()
    splits = {split: sum(row.study.split == split for row in outcomes) for split in _splits(outcomes)}
    answer = {
        "studies": len(evidence.studies()),
        "outcomes": evidence.status_counts(outcomes),
        "adverse_events": evidence.status_counts(events),
        "outcomes_by_split": splits,
        "fit_rows": len(evidence.fit_rows()),
        "fit_rows_with_unverified": len(evidence.fit_rows(include_unverified=True)),
        "findings": [vars(finding) for finding in found],
    }
    lines = [
        f"{answer['studies']} studies; the tables hold no fault (holdfast facts check)",
        f"{len(outcomes)} outcomes: {_statuses(outcomes)}; none verified by a second reader",
        f"{len(events)} adverse events: {_statuses(events)}",
        "outcomes by split: " + ", ".join(f"{count} {split}" for split, count in splits.items()),
        f"{answer['fit_rows']} of the outcomes may be fitted, or {answer['fit_rows_with_unverified']} if unverified "
        "ones are let in",
        f"{len(found)} uncertainties:",
        *[f"  {finding.kind}: {finding.about}, {finding.text}" for finding in found],
    ]
    emit(arguments, answer, "\n".join(lines))


def _splits(outcomes: Iterable[Outcome]) -> list[str]:
    return list(dict.fromkeys(row.study.split for row in outcomes))


def _cite(arguments: argparse.Namespace) -> None:
    found = evidence.cite(arguments.name)
    answer = {**vars(found), "uses": [vars(use) for use in found.uses]}
    emit(arguments, answer, "\n".join(_citation_lines(found)))


def _citation_lines(found: Citation) -> list[str]:
    lines = [
        f"{found.id}, {found.study} ({found.status})" if found.id != found.study else f"{found.id} ({found.status})",
        f"  {found.citation}. {found.url or 'no address'}",
        f"  identifiers: {found.identifiers}; citation {found.source_check}",
        f"  read in: {found.read_in} ({found.read}); {found.locator}",
    ]
    if not found.uses:
        return [*lines, "  used by nothing outside the evidence tables"]
    lines.append(f"  the same source is used by {len(found.uses)} facts:")
    lines += [f"    {use.table} {use.id}" for use in found.uses[:_SHOWN_USES]]
    more = len(found.uses) - _SHOWN_USES
    return [*lines, f"    and {more} more; --json gives all"] if more > 0 else lines


def _articles(arguments: argparse.Namespace) -> None:
    found = evidence.conflicts()
    lines = []
    for one in found:
        lines += [
            f"{one.number}. {one.subject} ({one.status})", f"   articles: {one.article_says}",
            f"   sources: {one.source_says}", f"   we hold: {one.verdict}",
        ]  # fmt: skip
    emit(arguments, [as_plain(one) for one in found], "\n".join(lines))
