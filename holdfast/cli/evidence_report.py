"""`holdfast evidence report`: predicted against published for every study, as a page or on paper."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.cli.output import date_argument, emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError, UnknownNameError
from holdfast.model.provenance import provenance, provenance_line

if TYPE_CHECKING:
    from holdfast.evidence.qualification.judgement import Judgement
    from holdfast.model.posteriors.reading import Posterior
    from holdfast.printed.blocks import Document

_SAID = "How far the model may be trusted for groups of people in trials; no prediction for a patient."
_SUFFIXES = (".html", ".pdf")


def add_verb(verbs: Verbs) -> None:
    """report."""
    verb = verbs.add(
        "report",
        _report,
        does="judge the mood model by studies it had not seen, beside two simple rivals, and write the report",
        example="holdfast evidence report --output qualification.html",
        writes="the files that --output and --summary name",
    )
    verb.add_argument("--output", type=Path, nargs="+", required=True, metavar="FILE",
                      help="where to write the report: .html files and .pdf files")  # fmt: skip
    verb.add_argument("--hypothesis", help="which hypothesis is judged; default: that of the simulator")
    verb.add_argument("--date", type=date_argument, help="the date it bears; default: today")
    verb.add_argument("--summary", type=Path, help="where to write the few numbers that the clinic shows: a .json file")


def _report(arguments: argparse.Namespace) -> None:
    from holdfast.evidence.qualification import reading
    from holdfast.evidence.qualification.judgement import as_plain, judgement
    from holdfast.evidence.qualification.report.document import report
    from holdfast.evidence.qualification.summary import summary_of
    from holdfast.whole_files import require_writable

    paths = _paths(arguments)
    require_writable(*paths)
    hypothesis = _hypothesis(arguments)
    notes = {one.hypothesis: one.note for one in reading.hypotheses() if one.note}
    found = judgement(reading.left_out(), reading.left_out_studies(), hypothesis, notes)
    about, plain = reading.about(), as_plain(found)
    date = (arguments.date or datetime.date.today()).isoformat()  # noqa: DTZ011 - the day on the reader's calendar
    of_report = provenance(said=_SAID)
    document = report(found, about, _told(arguments, date, of_report), _posterior(hypothesis))
    for path in arguments.output:
        _write(path, _set(document, path))
    if arguments.summary:
        few = summary_of(plain, about, date, of_report["facts_digest"])
        _write(arguments.summary, (json.dumps(few, indent=2) + "\n").encode())
    answer = {**of_report, "date": date, "written": [str(path) for path in paths], "about": about, **plain}
    emit(arguments, answer, "\n".join([*_lines(found), *[f"written: {path}" for path in paths],
                                       _SAID, provenance_line(of_report)]))  # fmt: skip


def _paths(arguments: argparse.Namespace) -> list[Path]:
    for path in arguments.output:
        if path.suffix.lower() not in _SUFFIXES:
            raise InputError(f"{path} does not end in {' or '.join(_SUFFIXES)}; name the report so")
    if arguments.summary and arguments.summary.suffix.lower() != ".json":
        raise InputError(f"{arguments.summary} does not end in .json; name the summary so")
    paths = [*arguments.output, *([arguments.summary] if arguments.summary else [])]
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError("two of the files to be written are one and the same; name each once")
    return paths


def _hypothesis(arguments: argparse.Namespace) -> str:
    from holdfast.evidence.qualification.reading import left_out
    from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS

    asked = arguments.hypothesis or DEFAULT_HYPOTHESIS
    known = sorted({one.hypothesis for one in left_out()})
    if asked not in known:
        raise UnknownNameError("hypothesis with predictions", asked, known)
    return str(asked)


def _posterior(hypothesis: str) -> Posterior | None:
    """That of the hypothesis, where one is kept."""
    from holdfast.model.posteriors.reading import posterior, posterior_names

    kept = [posterior(name) for name in posterior_names()]
    return next((one for one in reversed(kept) if one.hypothesis == hypothesis), None)


def _told(arguments: argparse.Namespace, date: str, of_report: Mapping[str, Any]) -> dict[str, str]:
    names = " ".join(path.name for path in arguments.output)
    return {
        "Written on": date, "Written by": f"holdfast evidence report --output {names}",
        "Program": f"holdfast {of_report['holdfast']}", "Facts of this report": str(of_report["facts_digest"]),
    }  # fmt: skip


def _set(document: Document, path: Path) -> bytes:
    if path.suffix.lower() == ".html":
        from holdfast.printed.html import html

        return html(document).encode()
    from holdfast.printed.pdf import pdf

    return pdf(document)


def _write(path: Path, content: bytes) -> None:
    from holdfast.whole_files import written_whole

    with written_whole(path) as place:
        place.write_bytes(content)


def _lines(found: Judgement) -> list[str]:
    """Targets, coverage, the misses outside 95 %, in text."""
    rows = [(one.verdict, one.asked, one.found) for one in found.targets]
    missed = [miss for miss in found.misses if miss.outside_95]
    lines = [
        f"{len(found.rows)} published numbers of {len(found.studies)} studies, hypothesis {found.hypothesis}", "",
        text_table(rows, ("verdict", "asked", "found")), "",
    ]  # fmt: skip
    if missed:
        lines += [f"{len(missed)} outside their 95 percent intervals:"]
        lines += [f"  {miss.told.row.id} {miss.told.study} {miss.told.kind}: {miss.side}; reason {miss.reason}"
                  for miss in missed]  # fmt: skip
    return lines
