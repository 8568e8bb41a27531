"""`holdfast trial`: published and planned trials, simulated with virtual patients at their own size."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.cli.output import emit, seed_argument, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError
from holdfast.model.named_models import CALIBRATED_MODEL
from holdfast.model.provenance import provenance_line

if TYPE_CHECKING:
    from holdfast.evidence.virtual_trials.compared import Compared
    from holdfast.evidence.virtual_trials.design import Arm, Selection, Trial
    from holdfast.evidence.virtual_trials.power import Power
    from holdfast.evidence.virtual_trials.replicates import Reported, Simulated


def add_verbs(verbs: Verbs) -> None:
    """list, show, simulate, power."""
    verbs.add(
        "list",
        _list,
        does="list the trials that ship with Holdfast, each with the study it stands for",
        example="holdfast trial list",
    )
    show = verbs.add(
        "show",
        _show,
        does="show a trial: arms, ratings, what it reports, what had to be assumed, what is not compared",
        example="holdfast trial show zarate-2006",
    )
    show.add_argument("trial", metavar="TRIAL|FILE")
    simulate = verbs.add(
        "simulate",
        _simulate,
        does="simulate a trial many times at its own size, beside what was published",
        example="holdfast trial simulate zarate-2006 --replicates 200",
        writes="nothing but its answer, and the figure where --plot names one",
    )
    _add_common(simulate)
    simulate.add_argument("--plot", type=Path, help="predicted bands and published points: a .svg or .png file")
    power = verbs.add(
        "power",
        _power,
        does="say how often each contrast's 95 percent interval would exclude 0, by people in each group",
        example="holdfast trial power fava-2018 --n 10 20 --replicates 200",
    )
    _add_common(power)
    power.add_argument("--n", type=whole_number_argument, nargs="+", required=True, metavar="N",
                       help="people in each arm; in a crossover in each sequence")  # fmt: skip


def _add_common(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("trial", metavar="TRIAL|FILE", help="a name of `holdfast trial list`, or a .toml file")
    verb.add_argument("--replicates", type=whole_number_argument, default=1000, help="default: 1000")
    verb.add_argument("--seed", type=seed_argument, default=1, help="default: 1")
    verb.add_argument("--model", default=CALIBRATED_MODEL, help=f"default: {CALIBRATED_MODEL}")
    verb.add_argument("--hypothesis", default="nmda-driven", help="how levels move mood; default: nmda-driven")
    verb.add_argument("--typical", action="store_true",
                      help="of a calibrated model take the medians alone, without how unsure it is")  # fmt: skip
    verb.add_argument("--unblinding", metavar="none|felt|PERCENT",
                      help="double-blind trials: felt effects tell people what they got, or so many know; "
                      "default: as the file says")  # fmt: skip


def _list(arguments: argparse.Namespace) -> None:
    from holdfast.evidence.tables import study
    from holdfast.evidence.virtual_trials.reading import trials, without_trials

    rows = [
        {"trial": one.id, "title": one.header["title"], "design": one.design, "people": one.n, "study": one.study,
         "split": None if one.study is None else study(one.study).split, "status": one.header["status"]}
        for one in trials()
    ]  # fmt: skip
    table = text_table([tuple(row.values()) for row in rows], tuple(rows[0]))
    none = without_trials()
    left = "\n".join(f"  {name}: {why}" for name, why in none.items())
    said = f"{table}\n\n{len(rows)} trials; simulate one with holdfast trial simulate"
    answer = {"trials": rows, "without_trials": none}
    emit(arguments, answer, f"{said}\n\nStudies to be fitted or checked that have no file\n{left}")


def _show(arguments: argparse.Namespace) -> None:
    from holdfast.evidence.virtual_trials.reading import trial

    one = trial(arguments.trial)
    answer = {
        **one.header.as_dict(), "arms": [asdict(arm) for arm in one.arms.values()],
        "tracks": [{"key": t.key, "arms": [p.arm for p in t.periods], "n": t.n} for t in one.tracks],
        "ratings_h": one.ratings, "selection": one.selection and asdict(one.selection),
        "outcomes": [vars(asked) for asked in one.asked], "not_compared": one.not_compared,
        "assumptions": list(one.assumptions),
    }  # fmt: skip
    emit(arguments, answer, "\n".join(_card(one)))


def _card(one: Trial) -> list[str]:
    header = one.header
    arms = [(arm.key, arm.label, arm.drug, _rule(arm), len(arm.dose_days), arm.n or "", arm.study_arm or "")
            for arm in one.arms.values()]  # fmt: skip
    asked = [(a.key, a.kind, a.definition or "", ", ".join(a.ratings[:2]) + (" ..." if len(a.ratings) > 2 else ""),
              a.against or "", ", ".join(a.published)) for a in one.asked]  # fmt: skip
    lines = [
        f"{header['title']} ({one.id}): {one.design}, {header['blinding']}, {one.n} people, rated on {header['scale']}",
        f"stands for the study {one.study}" if one.study else "a planned trial",
        f"people: {header['population']}; status of the file: {header['status']}",
        "", text_table(arms, ("arm", "label", "drug", "dose rule", "doses", "n", "published arm")),
    ]  # fmt: skip
    if one.selection is not None:
        lines += ["", f"selected: {_selected(one.selection)}"]
    if one.design == "crossover":
        lines += [
            "",
            *(f"sequence {t.key}: {', then '.join(p.arm for p in t.periods)}; {t.n} people" for t in one.tracks),
        ]
    lines += ["", text_table(asked, ("outcome", "kind", "definition", "ratings", "against", "published rows"))]
    lines += ["", "Assumed:", *(f"  {text}" for text in one.assumptions)] if one.assumptions else []
    lines += (
        ["", "Not compared:", *(f"  {row}: {why}" for row, why in one.not_compared.items())] if one.not_compared else []
    )
    return lines


def _rule(arm: Arm) -> str:
    policy = "" if arm.interval is None else f", {arm.interval.policy} from day {arm.interval.from_d:g}"
    comparator = "" if arm.comparator is None else f", effect set to {arm.comparator.set_to}"
    return f"{arm.dose_rule}{policy}{comparator}"


def _selected(how: Selection) -> str:
    rated = f"{how.ratings[0]} to {how.ratings[-1]}" if len(how.ratings) > 1 else how.ratings[0]
    after = "" if how.relapse is None else f", and after that {how.relapse}"
    return f"who meets {how.definition} at {how.least} of {len(how.ratings)} ratings ({rated}){after}"


def _simulate(arguments: argparse.Namespace) -> None:
    plot: Path | None = arguments.plot
    if plot is not None and plot.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{plot} does not end in .svg or .png; name the plot so")
    if plot is not None and not plot.absolute().parent.is_dir():
        raise InputError(f"--plot {plot}: the folder {plot.absolute().parent} does not exist; make it first")
    from holdfast.evidence.virtual_trials.reading import trial
    from holdfast.evidence.virtual_trials.replicates import simulate_trial
    from holdfast.evidence.virtual_trials.wording import as_answer

    one = _unblinded(trial(arguments.trial), arguments)
    simulated = simulate_trial(one, **_chosen(arguments), progress=_shown("simulated"))
    if plot is not None:
        from holdfast.evidence.virtual_trials.figures import trial_figure
        from holdfast.model.plots import write_figure

        write_figure(trial_figure(simulated), plot)
    emit(arguments, as_answer(simulated), "\n".join(_said(simulated, plot)))


def _unblinded(one: Trial, arguments: argparse.Namespace) -> Trial:
    from holdfast.evidence.virtual_trials.expecting import unblinded

    return one if arguments.unblinding is None else unblinded(one, arguments.unblinding)


def _chosen(arguments: argparse.Namespace) -> dict[str, Any]:
    names = ("replicates", "seed", "model", "hypothesis")
    asked = {name: getattr(arguments, name) for name in names}
    return {**asked, "uncertain": not arguments.typical, "threads": os.cpu_count() or 1}


def _shown(what: str) -> Any:
    """Progress on stderr, where somebody looks at it."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        print(f"\r{what} {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show


def _said(simulated: Simulated, plot: Path | None) -> list[str]:
    from holdfast.evidence.virtual_trials.compared import compare
    from holdfast.evidence.virtual_trials.wording import calibration_line, flow_lines, held

    one, about = simulated.trial, simulated.about
    compared, left = compare(simulated)
    lines = [
        f"{one.header['title']} ({one.id}): {about['replicates']:,} virtual trials of {one.n} people, {one.design}",
        "", text_table(map(_reported_line, simulated.reported), _REPORTED_HEADER),
        "", "People (median of replicates, 95 percent of them)", *(f"  {line}" for line in flow_lines(simulated)),
    ]  # fmt: skip
    if one.study is not None:
        counts = held(compared)
        lines += (
            ["", f"Beside {one.study}", text_table(map(_compared_line, compared), _COMPARED_HEADER)] if compared else []
        )
        lines += [*_caveats(compared), f"inside the 80 percent interval {counts['inside_80']} of {counts['compared']}, "
                  f"inside the 95 percent interval {counts['inside_95']}"]  # fmt: skip
        lines += ["", "Not compared", *(f"  {row.row.id} {row.row.outcome}: {row.why}" for row in left)] if left else []
    lines += ["", "Assumed", *(f"  {text}" for text in one.assumptions)] if one.assumptions else []
    lines += ["", f"written: {plot}"] if plot else []
    lines += ["", *about["warnings"]] if about["warnings"] else []
    return [
        *lines,
        "",
        calibration_line(about),
        str(about["said"]),
        f"hypothesis {about['hypothesis']}; {provenance_line(about)}",
    ]


_REPORTED_HEADER = ("outcome", "unit", "median", "80 percent", "95 percent", "excludes 0")
_COMPARED_HEADER = (
    "row",
    "outcome",
    "published",
    "interval",
    "predicted",
    "80 percent",
    "95 percent",
    "inside",
    "status",
)


def _reported_line(one: Reported) -> tuple[str, ...]:
    from holdfast.evidence.virtual_trials.wording import named, units

    excluded = "" if one.excludes_0 is None else f"{one.excludes_0.mean():.0%}"
    return named(one), units(one), *_ends(one), excluded


def _ends(one: Reported) -> tuple[str, str, str]:
    """Median and intervals; of a yes or no its share."""
    if one.asked.kind == "superior":
        return f"yes in {one.values.mean():.0%}", "", ""
    ends = one.percentiles
    if ends["p50"] is None:
        return "not reached", "", ""
    return _number(ends["p50"]), _span(ends, "p10", "p90"), _span(ends, "p2.5", "p97.5")


def _span(ends: Mapping[str, float | None], low: str, high: str) -> str:
    return f"{_number(ends[low])} to {_number(ends[high])}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _compared_line(one: Compared) -> tuple[str, ...]:
    from holdfast.evidence.virtual_trials.wording import named

    interval = one.published_interval
    printed = "" if interval is None else f"{_number(interval[0])} to {_number(interval[1])}"
    inside = "80" if one.inside_80 else "95" if one.inside_95 else "MISS"
    mark = "*" if one.caveat else ""
    return (one.row.id + mark, named(one.reported), _number(one.row.value), printed, *_ends(one.reported), inside,
            one.row.status)  # fmt: skip


def _caveats(compared: Sequence[Compared]) -> list[str]:
    told: dict[str, list[str]] = {}
    for one in compared:
        if one.caveat:
            told.setdefault(one.caveat, []).append(one.row.id)
    return [f"  * {', '.join(ids)}: {caveat}" for caveat, ids in told.items()]


def _power(arguments: argparse.Namespace) -> None:
    from holdfast.evidence.virtual_trials.power import power
    from holdfast.evidence.virtual_trials.reading import trial
    from holdfast.evidence.virtual_trials.wording import calibration_line

    one = _unblinded(trial(arguments.trial), arguments)
    found, last = power(one, arguments.n, **_chosen(arguments), progress=_shown("sizes"))
    about = last.about
    answer = {**about, "level": 0.95, "power": [vars(row) for row in found], "assumptions": list(one.assumptions)}
    lines = [
        f"{one.header['title']} ({one.id}): {about['replicates']:,} virtual trials at each size",
        "", text_table(map(_power_line, found), ("n in each group", "contrast", "power", "error of it", "median")),
        "", "power: share of replicates in which the 95 percent interval of the difference excludes 0",
        calibration_line(about), str(about["said"]), f"hypothesis {about['hypothesis']}; {provenance_line(about)}",
    ]  # fmt: skip
    emit(arguments, answer, "\n".join(lines))


def _power_line(row: Power) -> tuple[str, ...]:
    from holdfast.evidence.virtual_trials.wording import short

    what = f"{row.contrast}: {short(row.group)} against {short(row.against)}"
    return str(row.n), what, f"{row.share:.0%}", f"{row.error:.1%}", _number(row.median)
