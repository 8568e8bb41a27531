"""The simulator in a process of its own: plain values go in, plain values come out, and no name of anybody.

The process that serves pages never loads the numerics. The other one gets none of the clinic's settings either, so it
can reach no record.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

LONGEST_S = 120.0
COMMAND = ("-m", "holdfast", "treatment-session", "expected-range", "-", "--json")
_REFUSED = (3, 5)  # exit codes of bad input and of an unknown name: the sentence on stderr says what


class SimulatorError(Exception):
    """The simulator did not answer; trying again may help."""


@dataclass(frozen=True)
class Simulated:
    """Its answer as plain values, or the sentence with which it refused."""

    given: Mapping[str, Any]
    refused: str = ""


def is_installed() -> bool:
    """Are there the packages it needs? None of them is loaded to find out."""
    return all(find_spec(name) is not None for name in ("numpy", "scipy"))


def simulated(asked: Mapping[str, Any], *, longest_s: float = LONGEST_S) -> Simulated:
    """Ask it, and wait. Raises `SimulatorError` where it was not there, took too long, or broke."""
    try:
        done = subprocess.run(
            [*_politely(), sys.executable, *COMMAND], input=json.dumps(asked), capture_output=True, text=True,
            timeout=longest_s, env=_bare(os.environ), check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SimulatorError(type(error).__name__) from None
    if done.returncode in _REFUSED:
        return Simulated({}, "the model cannot say: it does not describe this drug, route or dose.")
    if done.returncode:
        raise SimulatorError(f"exit code {done.returncode}")
    return Simulated(_read(done.stdout))


def _read(text: str) -> Mapping[str, Any]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError:
        raise SimulatorError("not JSON") from None
    if not isinstance(given, dict) or not {"about", "bands", "minutes", "shares"} <= given.keys():
        raise SimulatorError("not ranges")
    return given


def _politely() -> list[str]:
    """Behind the process that serves pages, where the machine can say so."""
    found = shutil.which("nice")
    return [found, "-n", "5"] if found else []


def _bare(environment: Mapping[str, str]) -> dict[str, str]:
    """Without anything of the clinic: no secret, no folder, no database; and one thread."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("HOLDFAST_", "DJANGO_"))}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
