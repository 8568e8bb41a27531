"""The numerics in a process of their own: plain values go in, plain values come out, and no name of anybody.

The process that serves pages never loads them. The other one gets none of the clinic's settings either, so it can reach
no record.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

NEEDED = ("numpy", "scipy", "llvmlite")
NOT_INSTALLED = "The model is not installed here (numpy, scipy or llvmlite is missing)"
_REFUSED = (3, 5)  # exit codes of bad input and of an unknown name: the sentence on stderr says what


class NumericsError(Exception):
    """There was no answer; trying again may help. The text is one word."""


@dataclass(frozen=True)
class Answered:
    """The answer as plain values, or the sentence with which it was refused."""

    given: Mapping[str, Any]
    refused: str = ""


def is_installed() -> bool:
    """Are there the packages it needs? None of them is loaded to find out."""
    return all(find_spec(name) is not None for name in NEEDED)


def asked_apart(command: Sequence[str], given: Mapping[str, Any], *, longest_s: float, nice: int) -> Answered:
    """Run `python -m holdfast COMMAND` with `given` as JSON on its standard input, and wait.

    Raises `NumericsError` where it was not there, took too long, broke, or answered no JSON object.
    """
    try:
        done = subprocess.run(
            [*_politely(nice), sys.executable, "-m", "holdfast", *command], input=json.dumps(given),
            capture_output=True, encoding="utf-8", errors="replace", timeout=longest_s,
            env=bare(os.environ), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NumericsError("took-too-long") from None
    except OSError as error:
        raise NumericsError(type(error).__name__) from None
    if done.returncode in _REFUSED:
        return Answered({}, _sentence(done.stderr))
    if done.returncode:
        raise NumericsError(f"exit-code-{done.returncode}")
    try:
        found = json.loads(done.stdout, parse_constant=_no_number)
    except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, nested without end
        raise NumericsError("not-json") from None
    if not isinstance(found, dict):
        raise NumericsError("not-an-object")
    return Answered(found)


def _no_number(word: str) -> float:
    """NaN and Infinity are no JSON: PostgreSQL keeps none, and no page could show one."""
    raise ValueError(word)


def _sentence(stderr: str) -> str:
    """What a refusal says, without the name of its kind."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1].partition(": ")[2] or lines[-1] if lines else "it gave no reason"


def _politely(nice: int) -> list[str]:
    """Behind the process that serves pages, where the machine can say so."""
    found = shutil.which("nice")
    return [found, "-n", str(nice)] if found else []


def bare(environment: Mapping[str, str]) -> dict[str, str]:
    """Without anything of the clinic: no secret, no folder, no database; one thread; UTF-8 whatever the locale."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("HOLDFAST_", "DJANGO_"))}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
