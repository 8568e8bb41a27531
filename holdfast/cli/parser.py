"""Nouns and verbs. Only the noun that was asked for is imported; `--help` alone imports none."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from holdfast import __version__

# noun → (module, one line). A module has `add_verbs(verbs: Verbs) -> None`.
NOUNS: dict[str, tuple[str, str]] = {
    "facts": ("holdfast.cli.facts", "the tables every rule and model takes its numbers from"),
    "rule": ("holdfast.cli.rule", "care rules: text, class, source, who must sign"),
    "scale": ("holdfast.cli.scale", "rating scales: score answers, name the band"),
    "eligibility": ("holdfast.cli.eligibility", "evaluation: contraindications, cautions, staging"),
    "protocol": ("holdfast.cli.protocol", "protocols: planned treatment sessions, doses, reviews"),
    "treatment-session": (
        "holdfast.cli.treatment_session",
        "one supervised dose: checks due, discharge gate",
    ),
    "outcomes": ("holdfast.cli.outcomes", "response, remission and relapse by named definition"),
    "safety": ("holdfast.cli.safety", "cumulative exposure, due checks, crisis triage"),
    "model": ("holdfast.cli.model", "pharmacokinetic models by name: sources, comparison, qualification"),
    "pk": ("holdfast.cli.pk", "from a dose to concentrations"),
    "population": ("holdfast.cli.population", "whom virtual patients are drawn from, and who they are"),
    "course": ("holdfast.cli.course", "simulated courses of virtual patients: protocol, policy, outcomes"),
    "evidence": ("holdfast.cli.evidence", "published studies: what they found, how far to trust it, who uses it"),
    "trial": ("holdfast.cli.trial", "published and planned trials, simulated with virtual patients"),
    "forecast": ("holdfast.cli.forecast", "one patient: what is likely from here, and schedules compared"),
    "cohort": ("holdfast.cli.cohort", "forecasts of many people at once, kept, and judged by later ratings"),
    "policy": ("holdfast.cli.policy", "rules of maintenance compared over a virtual population"),
    "registry": ("holdfast.cli.registry", "what a programme did and what came of it; extracts, pools, reports"),
    "programme": ("holdfast.cli.programme", "the clinic's programmes: import a trial, load the example"),
    "checkins": ("holdfast.cli.checkins", "check-ins between treatment sessions: send what is due"),
    "expected-ranges": ("holdfast.cli.expected_ranges", "what flow-sheets ask of the simulator: answer it"),
    "crisis": ("holdfast.cli.crisis", "the clinic's crisis path: a fire drill, and alerts carried on"),
    "jobs": ("holdfast.cli.jobs", "background jobs: do them, list them"),
    "user": ("holdfast.cli.user", "people who sign in to the clinic"),
    "audit": ("holdfast.cli.audit", "the append-only record of who did what"),
    "backup": ("holdfast.cli.backup", "encrypted backups: key, make, rehearse"),
    "restore": ("holdfast.cli.restore", "restore a backup into a new data folder, and prove it"),
    "export": ("holdfast.cli.export", "everything in open formats: CSV, JSON lines, schema"),
    "import": ("holdfast.cli.take_in", "an export becomes the records of an empty installation"),
    "serve": ("holdfast.cli.serve", "migrate the database and serve the clinic"),
    "demo-day": ("holdfast.cli.demo_day", "serve an invented treatment day that is under way"),
}

EXIT_CODES = """exit codes: 0 done; 2 wrong command line; 3 bad input; 4 faulty facts table; 5 unknown name;
6 refused by a rule; 7 not permitted; 8 optional extra missing; 9 installation not set up"""


class Verbs:
    """Collects the verbs of one noun. `add` returns the argparse parser of the verb."""

    def __init__(self, subparsers: Any) -> None:
        self._subparsers = subparsers

    def add(
        self,
        name: str,
        run: Callable[[argparse.Namespace], int | None],
        *,
        does: str,
        example: str,
        writes: str = "",
    ) -> argparse.ArgumentParser:
        """A verb: what it does, what it writes (nothing, unless said), one example that the tests run."""
        description = f"{does[0].upper()}{does[1:]}. Writes {writes or 'nothing but its answer'}."
        parser: argparse.ArgumentParser = self._subparsers.add_parser(
            name,
            help=does,
            description=description,
            epilog=f"example: {example}\n{EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")
        parser.set_defaults(run=run, example=example)
        return parser


def build_parser(argv: Sequence[str] = (), *, every_noun: bool = False) -> argparse.ArgumentParser:
    """The parser for `argv`. `every_noun` builds the whole tree, for the reference page and the tests."""
    parser = argparse.ArgumentParser(
        prog="holdfast",
        description="Runs a ketamine or esketamine treatment programme. Documents and informs; the clinician decides.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"holdfast {__version__}")
    nouns = parser.add_subparsers(metavar="NOUN", dest="noun", required=True)
    asked = next((word for word in argv if not word.startswith("-")), None)
    for noun, (module, does) in NOUNS.items():
        noun_parser = nouns.add_parser(noun, help=does, description=f"{does[0].upper()}{does[1:]}.")
        if every_noun or noun == asked:
            _add_verbs(noun_parser, import_module(module))
    return parser


def given_options(arguments: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """Those of `names` that the command line gives, as options are written. None and False are what nobody gave."""
    values = {name: getattr(arguments, name) for name in names}  # 0 is given, though it equals False
    return ["--" + name.replace("_", "-") for name, value in values.items() if value is not None and value is not False]


def _add_verbs(noun_parser: argparse.ArgumentParser, module: Any) -> None:
    if hasattr(module, "add_arguments"):  # a noun that is its own verb: `holdfast serve`
        module.add_arguments(noun_parser)
        return
    module.add_verbs(Verbs(noun_parser.add_subparsers(metavar="VERB", dest="verb", required=True)))
