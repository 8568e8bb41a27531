"""A posterior from its two files, and the model of each of its draws.

`<name>.csv` holds a draw in each row: every fitted parameter in its own unit, and the spreads over studies.
`<name>.json` says what it is: version, hypothesis, facts, seed, diagnostics, and the digest of the draws.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from holdfast.errors import TableError, UnknownNameError
from holdfast.facts.digest import digest_of
from holdfast.model.named_models import NamedModel, named_model
from holdfast.model.posteriors.parameters import (
    MISFIT,
    RACEMATE,
    STUDY_EFFECTS,
    Parameter,
    changed,
    parameters,
    spreads,
)

DRAW = "draw"
_NEEDED = ("hypothesis", "file_digest")
_AGAIN = "take it from version control again, or run make calibrate"


@dataclass(frozen=True)
class Posterior:
    """Draws of the parameters. `about` is what stands in the file beside them."""

    name: str
    about: Mapping[str, Any]
    draws: tuple[Mapping[str, float], ...]

    def __len__(self) -> int:
        return len(self.draws)

    @property
    def hypothesis(self) -> str:
        """The hypothesis under which it was fitted; it says nothing of another."""
        return str(self.about["hypothesis"])

    @property
    def fitted(self) -> tuple[Parameter, ...]:
        """The fitted parameters."""
        return parameters(self.hypothesis)

    @property
    def named(self) -> dict[str, str]:
        """Which posterior it is, for answers that rest on it."""
        return {key: str(self.about.get(key)) for key in ("name", "version", "date", "facts_digest", "file_digest")}

    def model(self, draw: int, standard: Sequence[float] = (0.0, 0.0), racemate: float = 0.0) -> NamedModel:
        """The model with the values of a draw, in a fresh study whose effects are `standard` normal numbers.

        Zeros give the study in the middle; `racemate` is 0.5 for a study of racemate, -0.5 for one of esketamine.
        Raises `IndexError` for a draw that is not there.
        """
        values = self.draws[draw]
        shifts = {effect: values[f"tau_{effect}"] * at for effect, at in zip(STUDY_EFFECTS, standard, strict=True)}
        shifts["drug"] += values[RACEMATE] * racemate
        return changed(named_model(self.name), self.fitted, values, shifts)

    def misfit(self, draw: int) -> float:
        """SD of what a draw leaves unexplained of a single number, in logits."""
        return self.draws[draw][MISFIT]


def posterior_names() -> tuple[str, ...]:
    """Models that have a posterior."""
    return tuple(sorted(one.name.removesuffix(".json") for one in _folder().iterdir() if one.name.endswith(".json")))


def posterior(name: str) -> Posterior:
    """The posterior of that model. Raises `UnknownNameError` where it has none, `TableError` for a spoiled file."""
    if name not in posterior_names():
        raise UnknownNameError("posterior of a model", name, list(posterior_names()))
    return _kept(name)


@cache
def _kept(name: str) -> Posterior:
    return read_posterior(_folder(), name)


def read_posterior(folder: Traversable, name: str) -> Posterior:
    """The posterior from `folder`. Raises `TableError`, one sentence, for files cut, changed or out of date."""
    about = _about(folder, name)
    try:
        content = (folder / f"{name}.csv").read_bytes()
    except OSError:
        raise TableError([f"{name}.csv cannot be read; {_AGAIN}"]) from None
    if digest_of(content) != about.get("file_digest"):
        raise TableError([f"{name}.csv is not the file that {name}.json describes (digest); {_AGAIN}"])
    expected = [DRAW, *columns(str(about.get("hypothesis")))]
    rows = _rows(name, content)
    if not rows or rows[0] != expected:
        said = f"{name}.csv does not hold the parameters of calibration_priors.csv for {about.get('hypothesis')}"
        raise TableError([f"{said}; run make calibrate"])
    if len(rows) == 1:
        raise TableError([f"{name}.csv holds no draw; {_AGAIN}"])
    return Posterior(name, about, tuple(_draw(name, expected, row, line) for line, row in enumerate(rows[1:], start=2)))


def _rows(name: str, content: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8"))))
    except (ValueError, csv.Error):
        raise TableError([f"{name}.csv is no table in UTF-8; {_AGAIN}"]) from None


def columns(hypothesis: str) -> list[str]:
    """Names of the numbers of a draw, in the order of the file."""
    return [one.name for one in (*parameters(hypothesis), *spreads(hypothesis))]


def _about(folder: Traversable, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise TableError([f"{name}.json cannot be read as JSON; {_AGAIN}"]) from None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in _NEEDED):
        raise TableError([f"{name}.json names no hypothesis or no digest; {_AGAIN}"])
    return found


def _draw(name: str, expected: Sequence[str], row: Sequence[str], line: int) -> Mapping[str, float]:
    try:
        values = [float(cell) for cell in row]
    except ValueError:
        values = []
    if len(values) != len(expected) or not all(map(math.isfinite, values)):
        raise TableError([f"{name}.csv line {line} holds no whole draw; {_AGAIN}"])
    return dict(zip(expected[1:], values[1:], strict=True))


def _folder() -> Traversable:
    return files("holdfast.model.posteriors")
