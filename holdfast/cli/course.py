"""`holdfast course`: simulated courses of treatment, by a protocol or by a table of doses."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from threading import Thread
from typing import Any

from holdfast.cli import INTERRUPTED_EXIT
from holdfast.cli.output import (
    emit,
    number_argument,
    seed_argument,
    somebody_looks,
    tell,
    tell_of_compiling,
    text_table,
    whole_number_argument,
)
from holdfast.cli.parser import Verbs, given_options
from holdfast.errors import InputError
from holdfast.facts.model_tables import MODEL_DRUGS
from holdfast.facts.tables import INDICATIONS
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS
from holdfast.model.named_models import DEFAULT_MODEL
from holdfast.model.population import DEFAULT_POPULATION
from holdfast.model.provenance import provenance_line, statuses_in_words
from holdfast.protocols.intervals import POLICIES
from holdfast.whole_files import refusals_told, require_writable

_DAYS, _PATIENTS = 183, 1000  # by default
# An option of the one kind means nothing to the other: what is not used is refused. None or False: not given.
_OF_A_TABLE = ("drug", "every_h")
_OF_THE_PLAN = (
    "days", "indication", "jurisdiction", "policy", "first_interval_d", "dose_rule", "attendance", "without_response",
    "pressure_gate", "when_raised", "response", "remission", "relapse",
)  # fmt: skip
_OF_MAINTENANCE = ("policy", "first_interval_d", "when_raised")
_OF_A_PROTOCOL = (*_OF_THE_PLAN, "induction_only", "plot", "resume", "processes", "threads", "ray")


def add_verbs(verbs: Verbs) -> None:
    """simulate."""
    simulate = verbs.add(
        "simulate",
        _simulate,
        does="courses of virtual patients under a protocol: doses, acute effects, ratings, decisions, day by day",
        example="holdfast course simulate iv-racemic --patients 200 --days 28 --seed 1",
        writes="the table --output names, one row a patient and day, with <output>.about.json beside it, and the plot; "
        "each in place of a file of that name",
    )
    simulate.add_argument("protocol", nargs="?", help="such as iv-racemic; `holdfast protocol list`")
    simulate.add_argument(
        "--doses", type=Path,
        help="a table of doses instead of a protocol, NONMEM-style or our own columns: each ID is lived by --patients "
        "virtual patients and read at its observation rows. Options of courses by a protocol do not go with it",
    )  # fmt: skip
    simulate.add_argument("--drug", choices=MODEL_DRUGS, help="of a NONMEM-style table without DRUG")
    simulate.add_argument("--every-h", type=number_argument, help="read a table without observation rows in such steps")
    simulate.add_argument("--patients", type=whole_number_argument, help="default: 1000; of each ID of a table: 1")
    simulate.add_argument("--days", type=whole_number_argument, help=f"rows for day 0 on; default: {_DAYS}")
    simulate.add_argument("--seed", type=seed_argument, default=1, help="same seed, same bytes; default: 1")
    simulate.add_argument("--indication", choices=INDICATIONS, help="default: trd")
    simulate.add_argument("--jurisdiction", help="such as US, EU, UK; default: none chosen")
    _add_choices(simulate)
    _add_output(simulate)


def _add_choices(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument("--policy", help=f"interval of maintenance: {', '.join(POLICIES)}; default: fixed")
    simulate.add_argument("--first-interval-d", type=whole_number_argument, help="default: the protocol's usual one")
    simulate.add_argument("--dose-rule", help="usual, or raise-without-response; default: usual")
    simulate.add_argument(
        "--attendance",
        help="perfect: everybody comes and answers; realistic: missed treatment sessions, late and missed check-ins, "
        "people who leave, by course_behaviour.csv (assumed). Default: perfect",
    )  # fmt: skip
    simulate.add_argument(
        "--without-response",
        help="at the review that ends induction, no response by the named definition: stop or continue. The protocol "
        "calls it a review and never an automatic stop; default: stop",
    )  # fmt: skip
    simulate.add_argument(
        "--pressure-gate",
        help="a dose that the gate before it stops is withheld (keep), or the physician always overrides (override); "
        "default: keep",
    )  # fmt: skip
    simulate.add_argument("--when-raised", help="a policy raises stopping: stop or continue; default: continue")
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
        simulate.add_argument(f"--{outcome}", help=f"outcome definition; default: {name}")


def _add_output(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument("--output", help="a .parquet, .csv or .json (lines) file; ending in / : a folder of parts")
    simulate.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    simulate.add_argument("--plot", type=Path, help="percentile bands of the score: a .svg or .png file")
    simulate.add_argument("--processes", type=whole_number_argument, help="default: 1")
    simulate.add_argument("--threads", type=whole_number_argument, help="of each process; default: all cores")
    simulate.add_argument("--ray", action="store_true", help="work on a Ray cluster (extra: ray)")


def _simulate(arguments: argparse.Namespace) -> int | None:
    plot, output = arguments.plot, arguments.output
    _check_options(arguments)
    _check_places(plot, output)
    tell_of_compiling()
    # LLVM's library is large: a thread of its own brings it from disk while Python reads everything else.
    Thread(target=import_module, args=("llvmlite.binding",), daemon=True).start()
    if arguments.doses is not None:
        from holdfast.cli.course_of_table import simulate_table

        return simulate_table(arguments)
    from holdfast.model.runs.chunks import chunks_of
    from holdfast.model.runs.run import Stopped, simulate
    from holdfast.model.runs.summary import summary
    from holdfast.model.runs.workers import Workers

    plan = _plan(arguments)
    chunks = chunks_of(plan, None, "")
    processes = 1 if arguments.processes is None else arguments.processes
    workers = Workers(processes, _threads(arguments.threads, processes, len(chunks)), arguments.ray)
    folder = bool(output) and output.endswith("/")
    bar = _Bar([chunk.count for chunk in chunks])
    try:
        counted = simulate(plan, Path(output) if output else None, folder=folder, workers=workers,
                           resume=arguments.resume, progress=bar.show)  # fmt: skip
    except Stopped as stopped:
        bar.end()
        tell(f"holdfast: {stopped}")
        return INTERRUPTED_EXIT
    finally:
        bar.end()
    answer = summary(plan, counted)
    if plot:
        from holdfast.model.plots import write_figure
        from holdfast.model.runs.figures import course_figure

        write_figure(course_figure(plan, counted), plot)
    emit(arguments, answer | {"output": output}, _said(answer, output))
    return None


def _check_options(arguments: argparse.Namespace) -> None:
    """A protocol or a table of doses, and no option that would be passed over."""
    by_table = arguments.doses is not None
    if by_table == (arguments.protocol is not None):
        raise InputError("give a protocol, or a table of doses with --doses, and not both")
    if idle := given_options(arguments, _OF_A_PROTOCOL if by_table else _OF_A_TABLE):
        here, there = ("a table of doses", "a protocol") if by_table else ("a protocol", "a table of doses (--doses)")
        raise InputError(f"courses by {here} know no {', '.join(idle)}, only those by {there}; leave that out")
    if arguments.induction_only and (idle := given_options(arguments, _OF_MAINTENANCE)):
        raise InputError(f"with --induction-only there is no maintenance for {', '.join(idle)}; leave that out, or it")
    if arguments.ray and (idle := given_options(arguments, ("processes", "threads"))):
        raise InputError(f"a Ray cluster shares out the work itself; leave {', '.join(idle)} out, or --ray")
    if arguments.resume and not arguments.output:
        raise InputError("--resume goes on with the parts of an --output; name the output of the run that was stopped")


def _check_places(plot: Path | None, output: str | None) -> None:
    """What cannot be written is told before anything is simulated."""
    if plot is not None and plot.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{plot} does not end in .svg or .png; name the plot so")
    if output == "":
        raise InputError("--output is empty; name a .parquet, .csv or .json file, or a folder, ending in /")
    for name, place in (("--plot", plot), ("--output", Path(output) if output else None)):
        if place is not None and not place.absolute().parent.is_dir():
            raise InputError(f"{name} {place}: the folder {place.absolute().parent} does not exist; make it first")
    if output and not output.endswith("/"):
        with refusals_told(Path(output)):
            if Path(output).is_dir():
                raise InputError(f"--output {output} is a folder; end it in / for parts, or name a file")
    if plot is not None:
        require_writable(plot)


def _plan(arguments: argparse.Namespace) -> Any:
    from holdfast.model.courses.plan import CoursePlan
    from holdfast.model.mood.placebo import Care

    names = (*_OF_THE_PLAN, "patients", "seed", "model", "hypothesis", "population")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    care = Care(new_antidepressant=arguments.new_antidepressant)
    choices = {"days": _DAYS, "patients": _PATIENTS} | given  # what else was not given, the plan has its usual for
    return CoursePlan(arguments.protocol, maintenance=not arguments.induction_only, care=care, **choices)


def _threads(asked: int | None, processes: int, chunks: int) -> int:
    """Those asked for; else the cores of this machine, shared by the processes that have a chunk to work on."""
    if asked is not None:
        return asked
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // max(1, min(processes, chunks)))


class _Bar:
    """Progress on stderr, where somebody looks at it and there is more than one chunk."""

    def __init__(self, patients: Sequence[int]) -> None:
        """`patients` of each chunk; the last one may have fewer."""
        self._upto, self._open = list(accumulate(patients)), False

    def show(self, done: int, of: int) -> None:
        if of > 1 and somebody_looks():
            filled = done * 40 // of
            bar = "#" * filled + "." * (40 - filled)
            print(f"\r[{bar}] {done} of {of} chunks, {self._upto[done - 1]:,} patients", end="", file=sys.stderr)
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
    below = statuses_in_words(answer["below_verified"])
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
