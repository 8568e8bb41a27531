"""The calibration curve, the simple rivals, the rival hypotheses, and every miss by name."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.evidence.qualification.accuracy import MODEL
from holdfast.evidence.qualification.blind import Blind
from holdfast.evidence.qualification.coverage import Coverage
from holdfast.evidence.qualification.judgement import RIVALS, Judgement, errors_at
from holdfast.evidence.qualification.misses import UNKNOWN, Miss
from holdfast.evidence.qualification.ranking import Ranked, hypotheses_in_words
from holdfast.evidence.qualification.report.numbers import as_printed, shown, signed, span, what
from holdfast.evidence.qualification.report.pictures import (
    MEAN_INK,
    REGRESSION_INK,
    calibration_curve,
    error_bars,
    errors_by_study,
)
from holdfast.evidence.qualification.shares import percent
from holdfast.evidence.qualification.targets import LEAST_GAIN
from holdfast.evidence.tables import study
from holdfast.model.mood.laws import HYPOTHESES
from holdfast.printed.blocks import Block, Bullets, Cell, Paragraph, Section, Table

_INKS = dict(zip(RIVALS, (MEAN_INK, REGRESSION_INK), strict=True))


def calibration(found: Judgement) -> Section:
    """Coverage at three levels, and over all levels."""
    blocks: list[Block] = [Paragraph(
        "An interval of 80 % should hold the published number four times in five: fewer, and the model is surer than "
        "it should be; more, and it could say more. Rows of one study miss together, so the share by study stands "
        "beside."
    )]  # fmt: skip
    if found.curve:
        blocks.append(calibration_curve(found.curve, sum(one.place is not None for one in found.judged)))
    rows = [("model", *_coverage(one)) for one in found.coverages]
    rows += [("model, unverified numbers", *_coverage(one)) for one in found.unverified]
    for rival in found.rival_coverages:
        rows += [(rival.rival, level, f"{n} of {rival.rows}", f"{percent(n / rival.rows)}", "")
                 for level, n in (("80 %", rival.inside_80), ("95 %", rival.inside_95)) if rival.rows]  # fmt: skip
    header = ("Predicted by", "Interval", "Inside", "By row", "By study")
    blocks.append(Table("Published numbers inside their intervals", header, tuple(rows), frozenset({1, 2, 3, 4}),
                        (0.4, 0.15, 0.15, 0.15, 0.15)))  # fmt: skip
    if any(one.row.unit == "percent" for one in found.judged):
        blocks.append(Paragraph("A percent counts as inside where the interval, widened by half a percent of rounding, "
                                "holds it.", soft=True))  # fmt: skip
    return Section("calibration", "Calibration over all outcomes", tuple(blocks))


def _coverage(one: Coverage) -> tuple[str, str, str, str]:
    return (
        percent(one.level),
        f"{one.inside} of {one.rows}",
        f"{percent(one.by_row)}",
        f"{percent(one.by_study)}",
    )


def rivals(found: Judgement) -> Section:
    """The mean of studies and a meta-regression, each without the study it predicts."""
    blocks: list[Block] = [
        Paragraph(
            "Both learn from the same published rows as the model, without the study in question, and know nothing of "
            "drug levels or of people."
        ),
        Bullets((
            "Mean of the calibration studies: other studies of the same kind of number, role of the arm and time since "
            "the first dose, pooled with random effects; where fewer than three have that, of any time, then of any "
            "role.",
            "Meta-regression: all rows of the kind on role, time, open label, care beside the control, route, drug, "
            "dose, midazolam and who rates, as far as the rows tell these apart.",
        )),
    ]  # fmt: skip
    if not found.accuracies:
        blocks.append(Paragraph("No response rate was predicted by all three, so nothing can be compared."))
        return Section("rivals", "Two simple rivals", tuple(blocks))
    blocks += [error_bars(found.accuracies, _INKS, 1 - LEAST_GAIN), _by_study(found), _kinds(found)]
    return Section("rivals", "Two simple rivals", tuple(blocks))


def _by_study(found: Judgement) -> Block:
    told: dict[str, list[dict[str, float]]] = {}
    for one in found.judged:
        errors = errors_at(one, found.guesses)
        if one.is_response and len(errors) == len(RIVALS) + 1:
            told.setdefault(one.study, []).append(errors)
    means = [{name: sum(row[name] for row in rows) / len(rows) for name in rows[0]} for rows in told.values()]
    return errors_by_study([study(name).title for name in told], means, _INKS)


def _kinds(found: Judgement) -> Block:
    rows = tuple(
        (one.kind, one.unit.replace("_", " "), str(one.rows), str(one.studies),
         *(shown(one.errors[name], "points") for name in (MODEL, *RIVALS)))
        for one in found.kinds
    )  # fmt: skip
    return Table("Mean absolute error by row, of every kind of number that all three predict",
                 ("Kind", "Unit", "Rows", "Studies", "Model", "Mean", "Meta-regression"), rows,
                 frozenset({2, 3, 4, 5, 6}), (0.2, 0.16, 0.1, 0.12, 0.12, 0.12, 0.18))  # fmt: skip


def hypotheses(found: Judgement) -> Section:
    """How the rival ideas of what moves mood compare by what they predict blind."""
    rows = tuple(_ranked(one) for one in found.ranks)
    blocks: list[Block] = [Paragraph(hypotheses_in_words(found.ranks))]
    if rows:
        blocks.append(Table(
            "Log predictive density of left-out studies, summed; higher is better",
            ("Hypothesis", "Studies", "Log density", "To the best", "Error of that"), rows, frozenset({1, 2, 3, 4}),
            (0.4, 0.12, 0.16, 0.16, 0.16),
        ))  # fmt: skip
    by_note: dict[str, list[str]] = {}
    for name, note in found.notes.items():
        by_note.setdefault(note, []).append(name)
    blocks += [Paragraph(f"{', '.join(names)}: {note}.", soft=True) for note, names in by_note.items()]
    doubtful = sorted({name for one in found.ranks for name in one.unreliable})
    if doubtful:
        titles = ", ".join(study(name).title for name in doubtful)
        blocks.append(
            Paragraph(f"The density of these studies is rough, for they move the posterior much: {titles}.", soft=True)
        )
    unscored = [name for name in HYPOTHESES if name not in {one.hypothesis for one in found.ranks}]
    if unscored:
        blocks.append(Paragraph(f"Not scored, so nothing is said of them: {', '.join(unscored)}.", soft=True))
    return Section("hypotheses", "Rival hypotheses", tuple(blocks))


def _ranked(one: Ranked) -> tuple[str, ...]:
    error = "" if one.error is None else f"{one.error:.1f}"
    return one.hypothesis, str(one.studies), signed(f"{one.log_density:.1f}"), signed(f"{one.difference:.1f}"), error


def misses(found: Judgement) -> Section:
    """Every published number outside its 80 % interval, those outside 95 % first."""
    wide = [miss for miss in found.misses if miss.outside_95]
    narrow = [miss for miss in found.misses if not miss.outside_95]
    unknown = sum(miss.reason == UNKNOWN for miss in found.misses)
    blocks: list[Block] = [Paragraph(
        f"{len(wide)} of {len(found.judged)} numbers lie outside their 95 % intervals and {len(narrow)} more outside "
        f"80 %. Chance alone would leave about {0.05 * len(found.judged):.0f} and {0.15 * len(found.judged):.0f}. "
        f"Of {unknown} the reason is not known."
    )]  # fmt: skip
    if wide:
        blocks.append(_missed("Outside the 95 % interval", wide, 0.95))
    if narrow:
        blocks.append(_missed("Outside the 80 % interval, inside 95 %", narrow, 0.8))
    return Section("misses", "Misses by name", tuple(blocks))


def _missed(caption: str, found: Sequence[Miss], level: float) -> Block:
    rows = tuple(
        (one.told.row.study.title, what(one.told.row), as_printed(one.told.published),
         _predicted(one.told, level),
         Cell(one.side, "bad" if one.outside_95 else "unsure"), one.reason)
        for one in found
    )  # fmt: skip
    return Table(caption, ("Study", "Number", "Published", "Predicted", "Side", "Reason"), rows, frozenset({2}),
                 (0.13, 0.23, 0.1, 0.14, 0.13, 0.27))  # fmt: skip


def _predicted(told: Blind, level: float) -> str:
    ends = told.interval(level)
    if told.kind == "superior":
        return "" if told.middle is None else f"yes in {percent(told.middle)}"
    return shown(told.middle, told.row.unit) + ("" if ends is None else f" ({span(ends, told.row.unit)})")
