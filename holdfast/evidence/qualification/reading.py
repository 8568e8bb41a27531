"""The tables of this folder as typed rows. A table that was cut or changed after the fit is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from holdfast.errors import TableError
from holdfast.evidence.kept_json import read_object
from holdfast.facts.digest import digest_of

ABOUT = "about.json"
_NAMES = {"p2_5": "p2.5", "p97_5": "p97.5"}


@dataclass(frozen=True)
class Predicted:
    """One published number beside its prediction; columns of left_out.csv and fitted.csv."""

    hypothesis: str
    study: str
    trial: str
    row: str
    outcome: str
    unit: str
    published: float
    status: str
    basis: str
    median: float | None
    p2_5: float | None
    p10: float | None
    p90: float | None
    p97_5: float | None
    p25: float | None
    p75: float | None
    pit: float | None
    inside_80: bool
    inside_95: bool


@dataclass(frozen=True)
class StudyScore:
    """How well one study was predicted without it."""

    hypothesis: str
    study: str
    rows: int
    log_density: float
    error: float | None
    pareto_k: float | None
    mean_absolute_error_response: float | None
    response_rows: int


@dataclass(frozen=True)
class HypothesisScore:
    """How well one hypothesis predicted all studies it was fitted without."""

    hypothesis: str
    studies: int
    log_density: float
    error: float
    difference: float
    difference_error: float
    note: str | None


Shape = TypeVar("Shape", Predicted, StudyScore, HypothesisScore)


def left_out(hypothesis: str | None = None) -> tuple[Predicted, ...]:
    """Numbers predicted without their study, of one hypothesis or all."""
    return tuple(one for one in _table("left_out.csv", Predicted) if hypothesis in (None, one.hypothesis))


def fitted(hypothesis: str | None = None) -> tuple[Predicted, ...]:
    """The same numbers by the posterior of all studies."""
    return tuple(one for one in _table("fitted.csv", Predicted) if hypothesis in (None, one.hypothesis))


def left_out_studies(hypothesis: str | None = None) -> tuple[StudyScore, ...]:
    """Scores of studies."""
    return tuple(one for one in _table("left_out_studies.csv", StudyScore) if hypothesis in (None, one.hypothesis))


def hypotheses() -> tuple[HypothesisScore, ...]:
    """Scores of hypotheses, the best first."""
    return _table("hypotheses.csv", HypothesisScore)


def about(folder: Traversable | None = None) -> Mapping[str, Any]:
    """What the tables are of. Raises `TableError` where it is missing or no JSON."""
    try:
        found = read_object((folder or _folder()) / ABOUT)
        if not isinstance(found.get("files", {}), dict):
            raise ValueError("no digests")
    except (OSError, ValueError):
        raise TableError([f"{ABOUT} of holdfast/evidence/qualification cannot be read; run make calibrate"]) from None
    return found


def table(name: str, shape: type[Shape], folder: Traversable | None = None) -> tuple[Shape, ...]:
    """The rows of a table. Raises `TableError`, one sentence, for a table that is missing, cut or changed."""
    place = folder or _folder()
    expected = about(place).get("files", {}).get(name)
    try:
        content = (place / name).read_bytes()
    except OSError:
        raise TableError([f"{name} of holdfast/evidence/qualification is not there; run make calibrate"]) from None
    if digest_of(content) != expected:
        said = f"{name} of holdfast/evidence/qualification is not the file that the fit wrote (digest in {ABOUT})"
        raise TableError([f"{said}; take it from version control again, or run make calibrate"])
    rows = csv.DictReader(io.StringIO(content.decode("utf-8")))
    return tuple(_typed(shape, row) for row in rows)


@cache
def _table(name: str, shape: type[Shape]) -> tuple[Shape, ...]:
    return table(name, shape)


def _folder() -> Traversable:
    return files("holdfast.evidence.qualification")


def _typed(shape: type[Shape], row: Mapping[str, str]) -> Shape:
    cells = {one.name: _cell(str(one.type), row[_NAMES.get(one.name, one.name)]) for one in fields(shape)}
    return shape(**cells)


def _cell(kind: str, text: str) -> Any:
    if text == "" and kind.endswith("None"):
        return None
    plain = kind.removesuffix(" | None")
    readers: Mapping[str, Callable[[str], Any]] = {"int": int, "float": float, "bool": lambda word: word == "yes"}
    return readers.get(plain, str)(text)


def columns(shape: type[Shape]) -> Sequence[str]:
    """Names of the columns of a table, in their order."""
    return [_NAMES.get(one.name, one.name) for one in fields(shape)]
