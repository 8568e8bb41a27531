"""`holdfast registry summary` and `report`: what became of every course, on the screen or as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.cli.output import emit, text_table, whole_number_argument
from holdfast.cli.parser import Verbs

if TYPE_CHECKING:
    from holdfast.registry.report.report import Report

# Tables that a summary shows, and which of their columns where a screen has no room for all; a report has all of them.
IN_SHORT: dict[str, tuple[str, ...]] = {
    "short": (), "flow-steps": (), "flow-ends": (), "response-by-week": (), "time-to-response-median": (),
    "time-to-relapse-median": (),
    "adverse-events-by-kind": ("kind", "events", "courses", "rate", "clustered", "sessions"),
    "safety-signals": ("kind", "treatment", "observed", "counted", "share", "published", "adjusted", "signal"),
    "safety-checks": ("check", "drug", "done", "positive", "overdue"),
}  # fmt: skip


def add_report_verbs(verbs: Verbs) -> None:
    """summary, report."""
    summary = verbs.add(
        "summary", _summary, does="tell what became of every course of registry sets: flow, outcomes, safety",
        example="holdfast registry summary docs/examples/registry/north --json",
    )  # fmt: skip
    _add_choices(summary)
    report = verbs.add(
        "report", _report, does="write the report of registry sets as a page, on paper, and as tables and plots",
        example="holdfast registry report docs/examples/registry/north docs/examples/registry/south --output report",
        writes="the folder of the report (HTML, PDF, JSON, CSV, SVG), whole or not at all",
    )  # fmt: skip
    _add_choices(report)
    report.add_argument(
        "--year", type=whole_number_argument, metavar="YEAR",
        help="the safety report of one calendar year, of a programme's own records: an extract holds no years",
    )  # fmt: skip
    report.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="a folder that is new or empty")


def _add_choices(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("sets", type=Path, nargs="+", metavar="SET", help="folder of a registry set")
    verb.add_argument("--signed", action="append", default=[], metavar="RULE",
                      help="judge by this rule too, though it waits for a signature, such as out.relapse")  # fmt: skip
    verb.add_argument("--processes", type=whole_number_argument, default=1, help="default: 1; the same bytes")
    verb.add_argument("--ray", action="store_true", help="count on a Ray cluster (extra ray); the same bytes")
    verb.add_argument("--scale", help="which scale outcomes are told on; default: the one with most baselines")


def _summary(arguments: argparse.Namespace) -> None:
    made = _made(arguments)
    emit(arguments, made.as_dict(), _told(made))


def _report(arguments: argparse.Namespace) -> None:
    from holdfast.registry.report.files import write_report
    from holdfast.whole_files import require_new_folder, require_outside

    require_new_folder(arguments.output)
    require_outside(arguments.output, arguments.sets)
    made = _made(arguments)
    files = write_report(arguments.output, made)
    told = f"{arguments.output}: {len(files)} files, {len(made.sections)} sections; begin with report.html"
    emit(arguments, {"folder": str(arguments.output), "files": sorted(files)}, told)


def _made(arguments: argparse.Namespace) -> Report:
    from holdfast.registry.report.over_parts import report_over_parts

    return report_over_parts(
        arguments.sets, signed=arguments.signed, scale=arguments.scale, processes=arguments.processes,
        ray=arguments.ray, year=getattr(arguments, "year", None),
    )  # fmt: skip


def _told(report: Report) -> str:
    """Whom each section counts, its notes, and the few tables of a summary."""
    from holdfast.registry.report.cells import heading, text

    told = [f"Registry report: {', '.join(report.sites)}"]
    told += [note for one in report.manifests for note in one.notes]
    further = []
    for section in report.sections:
        tables = [one for one in section.tables if one.key in IN_SHORT]
        if section.tables and not tables:
            further.append(section.title)
            continue
        told += ["", section.title, section.basis]
        for table in tables:
            chosen = IN_SHORT[table.key]
            shown = [place for place, one in enumerate(table.columns) if not chosen or one.name in chosen]
            rows = [[text(row[place], table.columns[place]) for place in shown] for row in table.rows]
            told += ["", table.title, text_table(rows, [heading(table.columns[place]) for place in shown])]
        told += ["", *section.notes] if section.notes else []
    if further:
        told += ["", f"In the report besides: {'; '.join(further)}."]
    return "\n".join(told)
