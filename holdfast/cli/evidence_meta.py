"""`holdfast evidence meta`: published results pooled, with every row that was left out and why."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.cli.output import emit, number_argument, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError
from holdfast.facts.evidence_tables import CONTROLS, STUDIES, STUDY_ROUTES
from holdfast.facts.schema import STATUSES

if TYPE_CHECKING:
    from holdfast.evidence.meta_analysis.analysis import Analysis
    from holdfast.evidence.meta_analysis.selection import Selection

SAID = "What published groups of patients showed, pooled; no prediction for a patient."
_POLARITIES = next(column for column in STUDIES.columns if column.name == "polarity").choices
_MIXABLE = ("definition", "scale", "comparator", "drug", "route", "polarity")
_METHODS = {"reml": "REML", "dl": "DerSimonian-Laird", "pm": "Paule-Mandel", "fixed": "fixed effect"}


def add_verb(verbs: Verbs) -> None:
    """meta."""
    meta = verbs.add(
        "meta",
        _meta,
        does="pool what studies report of one outcome, and say which rows were left out and why",
        example="holdfast evidence meta --outcome change --day 1 --drug esketamine",
        writes="nothing but its answer, and the forest plot where --plot names one",
    )
    meta.add_argument("--outcome", required=True, help="response, remission, change, relapse, or a name of the tables")
    meta.add_argument("--day", type=number_argument, help="days after the anchor, such as 1 or 28; 2 h is 0.0833")
    meta.add_argument(
        "--within-percent", type=number_argument, default=20.0, help="how far times may be off; default 20"
    )
    meta.add_argument("--anchor", help="what days count from; default: first_dose")
    meta.add_argument("--comparator", choices=[name for name in CONTROLS if name != "none"])
    meta.add_argument("--drug", help="ketamine or esketamine; with --estimand arm placebo and others too")
    meta.add_argument("--route", choices=STUDY_ROUTES)
    meta.add_argument("--dose", type=number_argument, help="only arms of this one dose, in their unit")
    meta.add_argument("--scale", help="such as MADRS")
    meta.add_argument("--polarity", choices=_POLARITIES)
    meta.add_argument("--definition", help="such as 'MADRS<=12'")
    meta.add_argument("--estimand", choices=("contrast", "arm"), default="contrast", help="default: contrast")
    meta.add_argument("--measure", help="or, rr, rd; md, smd; of single arms logit, ft; mean")
    meta.add_argument("--status-at-least", choices=STATUSES[1:-1], default="press", help="default: press")
    meta.add_argument("--with-check", action="store_true", help="take in studies kept for checking models")
    meta.add_argument("--with-overlap", action="store_true", help="take in studies that share patients")
    for name in _MIXABLE:
        meta.add_argument(f"--any-{name}", action="store_true", help=f"pool over every {name}; the answer says so")
    meta.add_argument("--method", choices=tuple(_METHODS), default="reml", help="default: reml")
    meta.add_argument("--interval", choices=("hk", "hk-adhoc", "wald"), help="default: hk; wald for a fixed effect")
    meta.add_argument("--level", type=number_argument, default=0.95, help="default: 0.95")
    meta.add_argument("--plot", type=Path, help="draw the forest plot: a .svg or .png file")


def _meta(arguments: argparse.Namespace) -> None:
    from holdfast.evidence.meta_analysis.analysis import analyses
    from holdfast.evidence.meta_analysis.regression import Model
    from holdfast.evidence.meta_analysis.selection import select

    interval = arguments.interval or ("wald" if arguments.method == "fixed" else "hk")
    selection = select(_question(arguments))
    found = analyses(selection, Model(arguments.method, interval, arguments.level))
    if arguments.plot:
        _plot(found, arguments)
    emit(arguments, _answer(selection, found), "\n".join(_lines(selection, found)))


def _question(arguments: argparse.Namespace) -> Any:
    from holdfast.evidence.meta_analysis.questions import Question

    words = ("comparator", "drug", "route", "scale", "polarity", "definition", "anchor", "measure")
    return Question(
        arguments.outcome, arguments.day, arguments.estimand, dose=arguments.dose,
        **{name: getattr(arguments, name) or "" for name in words},
        within_percent=arguments.within_percent, status_at_least=arguments.status_at_least,
        mixed=frozenset(name for name in _MIXABLE if getattr(arguments, f"any_{name}")),
        with_check=arguments.with_check, with_overlap=arguments.with_overlap,
    )  # fmt: skip


def _answer(selection: Selection, found: tuple[Analysis, ...]) -> dict[str, Any]:
    from holdfast.evidence.meta_analysis.analysis import as_dict
    from holdfast.evidence.meta_analysis.wording import NO_STUDY, sentences
    from holdfast.model.provenance import provenance

    question = selection.question
    return provenance(
        said=SAID,
        question={**vars(question), "mixed": sorted(question.mixed)},
        measure=selection.measure.words,
        analyses=[{**as_dict(one), "sentences": sentences(one)} for one in found],
        sentence="" if found else NO_STUDY,
        left_out=[
            {"row": one.row.id, "study": one.row.study.id, "outcome": one.row.outcome, "value": one.row.value,
             "unit": one.row.unit, "status": one.row.status, "why": one.why, "instead": one.instead}
            for one in selection.left_out
        ],
        other_questions=dict(selection.elsewhere),
    )  # fmt: skip


def _lines(selection: Selection, found: tuple[Analysis, ...]) -> list[str]:
    from holdfast.evidence.meta_analysis.wording import NO_STUDY
    from holdfast.model.provenance import provenance, provenance_line

    lines = [] if found else [NO_STUDY, ""]
    for one in found:
        lines += _block(one)
    if selection.left_out:
        rows = [(one.row.id, one.row.study.id, one.row.outcome, _why(one)) for one in selection.left_out]
        lines += ["Left out", text_table(rows, ("row", "study", "outcome", "why")), ""]
    if selection.elsewhere:
        counted = ", ".join(f"{name} {count}" for name, count in sorted(selection.elsewhere.items()))
        lines.append(f"rows of this outcome on other questions, by what differs first: {counted}")
    return [*lines, SAID, provenance_line(provenance(said=SAID))]


def _why(one: Any) -> str:
    return f"{one.why} ({one.instead})" if one.instead else str(one.why)


def _block(one: Analysis) -> list[str]:
    from holdfast.evidence.meta_analysis.wording import headline, sentences, shown

    rows = []
    for i, e in enumerate(one.group.estimates):
        low, high = (one.back(x, e.n) for x in one.study_interval(i))
        weight = "" if one.pooled is None else f"{one.pooled.weights_percent[i]:.1f}"
        n = "?" if e.n is None else f"{e.n:.0f}"
        value = f"{shown(one, one.back(e.estimate, e.n))} ({shown(one, low)} to {shown(one, high)})"
        rows.append((e.study.title, n, value, weight, ", ".join(row.id for row in e.rows)))
    header = ("study", "n", one.measure.words, "weight %", "rows")
    how = [f"  {e.study.title}: {sentence}" for e in one.group.estimates for sentence in e.how]
    return [headline(one), text_table(rows, header), *how, *sentences(one), ""]


def _plot(found: tuple[Analysis, ...], arguments: argparse.Namespace) -> None:
    from holdfast.evidence.meta_analysis.forest_plot import forest_figure
    from holdfast.evidence.meta_analysis.wording import NO_STUDY
    from holdfast.model.plots import write_figure

    if not found:
        raise InputError(f"{NO_STUDY} --plot has nothing to draw; leave it out to see which rows were left out")
    write_figure(forest_figure(found, arguments.outcome, arguments.day), arguments.plot)
