"""A seed is one thing everywhere: the same numbers are taken, the same sentence and exit code refuse the others."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.cli.output import seed_argument
from holdfast.cli.parser import build_parser
from holdfast.errors import InputError
from holdfast.forecast.batch import forecasts
from holdfast.forecast.forecast import forecast
from holdfast.forecast.patient_file import read_patient
from holdfast.seeds import require_seed

USAGE = 2
MOST = 2**64 - 1
COMMANDS = (
    "population draw trd-adults --patients 1",
    "pk profile --drug ketamine --route im --dose-mg 20 --patients 1",
    "course simulate iv-racemic --patients 1 --days 1",
    "trial simulate zarate-2006 --replicates 1",
    "trial power fava-2018 --n 10 --replicates 1",
    "forecast x.json",
    "cohort forecast x --day 1 --output x.csv",
    "policy compare x.toml",
    "registry predict x",
    "registry simulate",
)


def seed_options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """Every option called --seed, under its command."""
    for action in parser._actions:  # argparse names no public way
        if "--seed" in action.option_strings:
            yield parser.prog, action
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from seed_options(one)


def test_every_command_reads_its_seed_in_the_same_way() -> None:
    found = dict(seed_options(build_parser(every_noun=True)))
    assert {" ".join(command.split()[:2]) for command in COMMANDS if not command.startswith("forecast")} | {
        "forecast"
    } == {name.removeprefix("holdfast ") for name in found}
    assert {name for name, option in found.items() if option.type is not seed_argument} == set()


@pytest.mark.story("HF-CLI-003")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ("-1", f"seed -1 is out of range; give a whole number from 0 to {MOST}"),
        (str(MOST + 1), f"seed {MOST + 1} is out of range; give a whole number from 0 to {MOST}"),
        ("1.5", "'1.5' is not a whole number"),
        ("1e3", "'1e3' is not a whole number"),
        ("many", "'many' is not a whole number"),
        ("", "'' is not a whole number"),
        ("1_0", "'1_0' is not a whole number"),
        ("9" * 400, "is not a whole number"),
    ],
)
def test_what_is_no_seed_is_one_sentence(
    command: str, seed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command.split(), "--seed", seed])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (USAGE, "")
    assert f"argument --seed: {said}" in err or (len(seed) > 60 and said in err and len(err.splitlines()[-1]) < 250)
    assert "Traceback" not in err


def test_the_smallest_and_the_largest_seed_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (0, MOST):
        assert main(["population", "draw", "trd-adults", "--patients", "1", "--seed", str(seed)]) == 0
        assert f"; seed {seed}\n" in "".join(capsys.readouterr())


PATIENT = read_patient({
    "today": 2, "ratings": [{"day": -1, "scale": "madrs", "total": 34}],
    "doses": [{"day": 0, "drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40}],
})  # fmt: skip


@pytest.mark.parametrize("seed", [-1, MOST + 1, 1.5, "1", None])
def test_from_python_too(seed: Any) -> None:
    for ask in (require_seed, lambda one: forecast(PATIENT, seed=one), lambda one: forecasts([PATIENT], seed=one)):
        with pytest.raises(InputError, match=r"seed .*give a whole number"):
            ask(seed)


def test_a_whole_number_of_numpy_is_one() -> None:
    of_numpy: Any = np.int64(7)
    assert require_seed(of_numpy) == 7
    assert type(require_seed(of_numpy)) is int
