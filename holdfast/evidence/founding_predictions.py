"""What the model gives for the founding studies: read from a file that a program wrote, never computed for a page.

`python -m calibration.founding_predictions` writes founding_predictions.json by the code of `holdfast trial simulate`.
A page that is asked for loads no numerics: it reads this file, and says when the tables below it have changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from holdfast.errors import HoldfastError, TableError
from holdfast.evidence.kept_json import read_object
from holdfast.evidence.rows import Outcome
from holdfast.evidence.tables import outcome
from holdfast.facts import Row, load
from holdfast.facts.schema import PROVENANCE

FILE = Path(__file__).with_name("founding_predictions.json")
COMMAND = "python -m calibration.founding_predictions"
# Tables whose numbers a virtual trial is computed from. Words of provenance may change without making it stale.
_TABLES = (
    "models", "model_parameters", "effect_parameters", "mood_parameters", "populations", "population_covariates",
    "population_correlations", "scale_links", "outcome_definitions",
)  # fmt: skip
_WORDS = frozenset(column.name for column in PROVENANCE)


@dataclass(frozen=True)
class Beside:
    """A published number that means the same. `inside` is 80, 95 or 0 percent: the narrowest interval that holds it.

    `column` is `value`, or an end of a printed range; of those no interval is judged and `inside` is None.
    """

    row: Outcome
    column: str
    inside: int | None
    caveat: str | None

    @property
    def value(self) -> float:
        """The published number."""
        return float(getattr(self.row, self.column))


@dataclass(frozen=True)
class Number:
    """What replicates of a trial report, at its own number of people: median, ends of the 80 and 95 percent intervals.

    All are None where no replicate could report it. `excludes_0` is the share in which a contrast excludes 0. `told_in`
    is the row whose note says it in words, where no number was published.
    """

    outcome: str
    kind: str
    group: str
    against: str | None
    unit: str
    median: float | None
    ends_80: tuple[float | None, float | None]
    ends_95: tuple[float | None, float | None]
    excludes_0: float | None
    beside: tuple[Beside, ...]
    told_in: Outcome | None


@dataclass(frozen=True)
class PredictedTrial:
    """One trial under one hypothesis. `not_compared` gives a reason for each published row left out.

    `calibrated` names the posterior it was drawn from, in words; None where the model has none under the hypothesis,
    and its numbers are those of the tables. `rests_on` says in a sentence what they were computed by.
    """

    trial: str
    study: str
    hypothesis: str
    people: int
    numbers: tuple[Number, ...]
    not_compared: Mapping[str, str]
    assumptions: tuple[str, ...]
    calibrated: str | None
    rests_on: str
    said: str

    @property
    def judged(self) -> int:
        """Published numbers that an interval could hold."""
        return sum(found.inside is not None for one in self.numbers for found in one.beside)

    @property
    def held(self) -> int:
        """Those that lie in their 95 percent interval."""
        return sum(bool(found.inside) for one in self.numbers for found in one.beside)


@dataclass(frozen=True)
class Predictions:
    """The file: `about` says by which program, model, facts and seed; `hypotheses` are in the order of the file."""

    about: Mapping[str, Any]
    hypotheses: tuple[str, ...]
    trials: tuple[PredictedTrial, ...]

    @property
    def is_stale(self) -> bool:
        """Were the tables that go into it changed since it was written?"""
        trials = dict.fromkeys(one.trial for one in self.trials)
        return bool(self.about["inputs_digest"] != inputs_digest(trials, self.about["model"]))


@cache
def predictions() -> Predictions:
    """What stands in the file. Raises `TableError` where it is missing or cut short."""
    return predictions_in(FILE)


def predictions_in(path: Path) -> Predictions:
    """The same of any such file. Raises `TableError`, one sentence."""
    try:
        found = read_object(path)
        trials = tuple(_trial(one) for one in found["trials"])
        told = Predictions(found["about"], tuple(dict.fromkeys(one.hypothesis for one in trials)), trials)
        told.is_stale  # noqa: B018 - what it needs to be asked must stand in the file
    except (OSError, ValueError, KeyError, TypeError, AttributeError, HoldfastError) as error:
        raise TableError([f"{path.name} cannot be read ({type(error).__name__}); write it anew: {COMMAND}"]) from None
    return told


def _trial(told: Mapping[str, Any]) -> PredictedTrial:
    document = load().document("trials", told["trial"])
    study = document.header["study"]
    return PredictedTrial(
        trial=told["trial"],
        study=study,
        hypothesis=told["hypothesis"],
        people=told["people"],
        numbers=tuple(_number(one, study) for one in told["numbers"]),
        not_compared=told["not_compared"],
        assumptions=tuple(row["text"] for row in document.rows("assumption")),
        calibrated=told["calibrated"],
        rests_on=told.get("rests_on", ""),
        said=told["said"],
    )


def _number(told: Mapping[str, Any], study: str) -> Number:
    def label(group: str | None) -> str | None:
        arm = load().by_id.get(f"{study}.{group}")
        return group if arm is None else str(arm["label"])

    return Number(
        outcome=told["outcome"], kind=told["kind"], unit=told["unit"],
        group=label(told["group"]) or "", against=label(told["against"]),
        median=told["p50"], ends_80=(told["p10"], told["p90"]), ends_95=(told["p2.5"], told["p97.5"]),
        excludes_0=told["excludes_0"],
        beside=tuple(map(_beside, told["beside"])),
        told_in=outcome(told["told_in"]) if told["told_in"] else None,
    )  # fmt: skip


def _beside(told: Mapping[str, Any]) -> Beside:
    return Beside(outcome(told["row"]), told["column"], told["inside"], told["caveat"])


def inputs_digest(trials: Iterable[str], model: str) -> str:
    """First 16 hex digits of SHA-256 over every number the trials are computed from or set beside.

    Of the posterior of the model, where it has one, the description counts: it holds the digest of the draws.
    """
    facts = load()
    rows: list[Row] = [row for table in _TABLES for row in facts.rows(table)]
    for name in trials:
        document = facts.document("trials", name)
        rows += [document.header, *(row for section in document.sections.values() for row in section)]
        rows += [row for row in facts.rows("study_outcomes") if row["study"] == document.header["study"]]
    whole = hashlib.sha256()
    for row in rows:
        numbers = {name: value for name, value in row.as_dict().items() if name not in _WORDS | {"file", "line"}}
        whole.update(json.dumps(numbers, sort_keys=True).encode() + b"\0")
    posterior = files("holdfast.model.posteriors") / f"{model}.json"
    if posterior.is_file():
        whole.update(posterior.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()[:16]
