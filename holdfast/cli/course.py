"""`holdfast course`: simulated courses of treatment, by a protocol or by a table of doses."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from holdfast.cli import INTERRUPTED_EXIT
from holdfast.cli.output import emit, number_argument, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError
from holdfast.facts.model_tables import MODEL_DRUGS
from holdfast.facts.tables import INDICATIONS
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS
from holdfast.model.named_models import DEFAULT_MODEL
from holdfast.model.population import DEFAULT_POPULATION
from holdfast.model.provenance import provenance_line
from holdfast.protocols.intervals import POLICIES


def add_verbs(verbs: Verbs) -> None:
    """simulate."""
    simulate = verbs.add(
        "simulate",
        _simulate,
        does="courses of virtual patients under a protocol: doses, acute effects, ratings, decisions, day by day",
        example="holdfast course simulate iv-racemic --patients 200 --days 28 --seed 1",
        writes="the table --output names, one row a patient and day, with <output>.about.json beside it; and the plot",
    )
    simulate.add_argument("protocol", nargs="?", help="such as iv-racemic; `holdfast protocol list`")
    simulate.add_argument(
        "--doses", type=Path,
        help="a table of doses instead of a protocol, NONMEM-style or our own columns: each ID is lived by --patients "
        "virtual patients and read at its observation rows",
    )  # fmt: skip
    simulate.add_argument("--drug", choices=MODEL_DRUGS, help="of a NONMEM-style table without DRUG")
    simulate.add_argument("--every-h", type=number_argument, help="read a table without observation rows in such steps")
    simulate.add_argument("--patients", type=whole_number_argument, help="default: 1000; of each ID of a table: 1")
    simulate.add_argument("--days", type=whole_number_argument, default=183, help="rows for day 0 on; default: 183")
    simulate.add_argument("--seed", type=whole_number_argument, default=1, help="same seed, same bytes; default: 1")
    simulate.add_argument("--indication", default="trd", choices=INDICATIONS, help="default: trd")
    simulate.add_argument("--jurisdiction", default="none", help="such as US, EU, UK; default: none chosen")
    _add_choices(simulate)
    _add_output(simulate)


def _add_choices(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument("--policy", default="fixed", help=f"interval of maintenance: {', '.join(POLICIES)}")
    simulate.add_argument("--first-interval-d", type=whole_number_argument, help="default: the protocol's usual one")
    simulate.add_argument("--dose-rule", default="usual", help="usual, or raise-without-response")
    simulate.add_argument(
        "--attendance", default="perfect",
        help="perfect: everybody comes and answers; realistic: missed treatment sessions, late and missed check-ins, "
        "people who leave, by course_behaviour.csv (assumed). Default: perfect",
    )  # fmt: skip
    simulate.add_argument(
        "--without-response", default="stop",
        help="at the review that ends induction, no response by the named definition: stop or continue. The protocol "
        "calls it a review and never an automatic stop; default: stop",
    )  # fmt: skip
    simulate.add_argument(
        "--pressure-gate", default="keep",
        help="a dose that the gate before it stops is withheld (keep), or the physician always overrides (override); "
        "default: keep",
    )  # fmt: skip
    simulate.add_argument("--when-raised", default="continue", help="a policy raises stopping: stop or continue")
    simulate.add_argument("--induction-only", action="store_true", help="no dose after induction; check-ins go on")
    simulate.add_argument("--model", default=DEFAULT_MODEL, help=f"default: {DEFAULT_MODEL}")
    simulate.add_argument(
        "--hypothesis", default=DEFAULT_HYPOTHESIS, help=f"how levels move mood; default: {DEFAULT_HYPOTHESIS}"
    )
    simulate.add_argument(
        "--population", default=DEFAULT_POPULATION, help=f"who the patients are; default: {DEFAULT_POPULATION}"
    )
    simulate.add_argument("--new-antidepressant", action="store_true", help="one is begun on the first day, too")
    for outcome, name in (("response", "response_50"), ("remission", "madrs_le10"), ("relapse", "relapse_sustain1")):
        simulate.add_argument(f"--{outcome}", default=name, help=f"outcome definition; default: {name}")


def _add_output(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument("--output", help="a .parquet, .csv or .json (lines) file; ending in / : a folder of parts")
    simulate.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    simulate.add_argument("--plot", type=Path, help="percentile bands of the score: a .svg or .png file")
    simulate.add_argument("--processes", type=whole_number_argument, default=1, help="default: 1")
    simulate.add_argument("--threads", type=whole_number_argument, help="of each process; default: all cores")
    simulate.add_argument("--ray", action="store_true", help="work on a Ray cluster (extra: ray)")


def _simulate(arguments: argparse.Namespace) -> int | None:
    plot, output = arguments.plot, arguments.output
    _check_places(plot, output)
    if (arguments.doses is None) == (arguments.protocol is None):
        raise InputError("give a protocol, or a table of doses with --doses, and not both")
    # LLVM's library is large: a thread of its own brings it from disk while Python reads everything else.
    Thread(target=import_module, args=("llvmlite.binding",), daemon=True).start()
    if arguments.doses is not None:
        from holdfast.cli.course_of_table import simulate_table

        return simulate_table(arguments)
    from holdfast.model.courses.chunks import Stopped, Workers, chunks_of, simulate
    from holdfast.model.courses.summary import summary

    plan = _plan(arguments)
    workers = Workers(arguments.processes, _threads(arguments, len(chunks_of(plan, None, ""))), arguments.ray)
    folder = bool(output) and output.endswith("/")
    bar = _Bar(plan.patients)
    try:
        counted = simulate(plan, Path(output) if output else None, folder=folder, workers=workers,
                           resume=arguments.resume, progress=bar.show)  # fmt: skip
    except Stopped as stopped:
        bar.end()
        print(f"holdfast: {stopped}", file=sys.stderr)
        return INTERRUPTED_EXIT
    finally:
        bar.end()
    answer = summary(plan, counted)
    if plot:
        from holdfast.model.courses.figures import course_figure
        from holdfast.model.plots import write_figure

        write_figure(course_figure(plan, counted), plot)
    emit(arguments, answer | {"output": output}, _said(answer, output))
    return None


def _check_places(plot: Path | None, output: str | None) -> None:
    """What cannot be written is told before anything is simulated."""
    if plot is not None and plot.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{plot} does not end in .svg or .png; name the plot so")
    for name, place in (("--plot", plot), ("--output", Path(output) if output else None)):
        if place is not None and not place.absolute().parent.is_dir():
            raise InputError(f"{name} {place}: the folder {place.absolute().parent} does not exist; make it first")
    if output and not output.endswith("/") and Path(output).is_dir():
        raise InputError(f"--output {output} is a folder; end it in / for parts, or name a file")


def _plan(arguments: argparse.Namespace) -> Any:
    from holdfast.model.courses.plan import CoursePlan
    from holdfast.model.mood.placebo import Care

    names = ("days", "seed", "indication", "jurisdiction", "policy", "first_interval_d", "dose_rule",
             "attendance", "without_response", "when_raised", "pressure_gate", "model", "hypothesis", "population",
             "response", "remission", "relapse")  # fmt: skip
    chosen = {name: getattr(arguments, name) for name in names}
    care = Care(new_antidepressant=arguments.new_antidepressant)
    patients = 1000 if arguments.patients is None else arguments.patients
    return CoursePlan(arguments.protocol, patients, maintenance=not arguments.induction_only, care=care, **chosen)


def _threads(arguments: argparse.Namespace, chunks: int) -> int:
    """Those asked for; else the cores of this machine, shared by the processes that have a chunk to work on."""
    if arguments.threads is not None:
        return int(arguments.threads)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // max(1, min(arguments.processes, chunks)))


class _Bar:
    """Progress on stderr, where somebody looks at it and there is more than one chunk."""

    def __init__(self, patients: int) -> None:
        self._patients, self._open = patients, False

    def show(self, done: int, of: int) -> None:
        if of > 1 and sys.stderr is not None and sys.stderr.isatty():
            filled = done * 40 // of
            bar = "#" * filled + "." * (40 - filled)
            print(f"\r[{bar}] {done} of {of} chunks, {self._patients * done // of:,} patients", end="", file=sys.stderr)
            sys.stderr.flush()
            self._open = True

    def end(self) -> None:
        if self._open:
            print(file=sys.stderr)
            self._open = False


def _said(answer: Mapping[str, Any], output: str | None) -> str:
    given, definitions = answer["treatment_sessions"], answer["definitions"]
    lines = [
        f"{answer['patients']:,} virtual patients ({answer['population']}), {answer['days']} days of "
        f"{answer['protocol']}, {answer['indication']}; policy {answer['policy']}, doses {answer['dose_rule']}, "
        f"attendance {answer['attendance']}, without response {answer['without_response']}, pressure gate "
        f"{answer['pressure_gate']}",
        "",
        text_table(map(_week_cells, answer["weeks"]), _WEEK_HEADER),
        "",
        f"response {definitions['response']}, remission {definitions['remission']}: by the last rating; of those in "
        "the course on that day, and of all patients (who has left counts as without)",
        f"treatment sessions: {given['given']:,}, {given['per_patient']:.1f} a patient (most "
        f"{given['most_in_one_patient']}), missed {given['missed']:,}, withheld for the pressure before "
        f"the dose {given['withheld']:,}; patients without any {given['patients_without_any']:,}",
        "stopped: " + "; ".join(f"{why} {count:,}" for why, count in answer["stopped"].items()),
        f"response or remission at any rating: {answer['reached_response_or_remission']:,}; of them relapse by "
        f"{definitions['relapse']}: {answer['relapse_after_it']:,} (simple count, no allowance for those who left)",
        "",
        text_table([(name, *(f"{value:g}" for value in spread.values())) for name, spread in answer["peaks"].items()],
                   ("peak of a treatment session", "p5", "p25", "p50", "p75", "p95")),
        "",
        "; ".join(f"{name} {share:.1%}" for name, share in answer["shares_of_treatment_sessions"].items())
        + " of treatment sessions",
        "",
    ]  # fmt: skip
    if output:
        lines += [f"written: {output}", ""]
    below = ", ".join(f"{count} {status}" for status, count in sorted(answer["below_verified"].items()))
    lines.append(f"hypothesis {answer['hypothesis']}; parameters below verified: {below}")
    return "\n".join([*lines, answer["said"], provenance_line(answer)])


_SHARES = {
    "response_of_those_in_course": "response: in course", "response_of_all": "of all",
    "remission_of_those_in_course": "remission: in course", "remission_of_all": "of all",
}  # fmt: skip
_WEEK_HEADER = ("week", "in course", "rated", *_SHARES.values(), "MADRS p5", "p25", "p50", "p75", "p95")


def _week_cells(week: Mapping[str, Any]) -> tuple[str, ...]:
    shares = ("" if week[name] is None else f"{week[name]:.1%}" for name in _SHARES)
    return (str(week["week"]), f"{week['in_course']:,}", f"{week['rated']:,}", *shares,
            *(f"{value:.1f}" for value in week["madrs"].values()))  # fmt: skip
