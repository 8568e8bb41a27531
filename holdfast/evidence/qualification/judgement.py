"""Everything that the report says in numbers: the model against published studies it had not seen, and its rivals.

Only rows that were predicted blind and are no recollections are judged; unverified rows are counted beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from holdfast.evidence.intervals import holds
from holdfast.evidence.qualification.accuracy import MODEL, Accuracy, Missed, accuracies
from holdfast.evidence.qualification.blind import JUDGED, Blind, blind
from holdfast.evidence.qualification.coverage import Coverage, CurvePoint, coverages, curve
from holdfast.evidence.qualification.misses import Miss, misses
from holdfast.evidence.qualification.predictive import Guess
from holdfast.evidence.qualification.ranking import Ranked, ranked
from holdfast.evidence.qualification.reading import Predicted, StudyScore
from holdfast.evidence.qualification.rival_rows import kind_of
from holdfast.evidence.qualification.rivals import MEAN, REGRESSION, mean_of_studies, regressed
from holdfast.evidence.qualification.targets import Target, targets
from holdfast.evidence.rows import Outcome

RIVALS = (MEAN, REGRESSION)
_RIVALS: Mapping[str, Callable[[Outcome], Guess | None]] = {MEAN: mean_of_studies, REGRESSION: regressed}


@dataclass(frozen=True)
class ByKind:
    """Errors of one kind of number, in its unit, over the rows for which everybody said something."""

    kind: str
    unit: str
    rows: int
    studies: int
    errors: Mapping[str, float]


@dataclass(frozen=True)
class RivalCoverage:
    """How many of the judged numbers a rival's own intervals hold."""

    rival: str
    rows: int
    inside_80: int
    inside_95: int


@dataclass(frozen=True)
class Judgement:
    """`rows` are all predictions of the hypothesis; what follows is of the judged ones, where nothing else is said."""

    hypothesis: str
    rows: tuple[Blind, ...]
    guesses: Mapping[str, Mapping[str, Guess]]
    coverages: tuple[Coverage, ...]
    unverified: tuple[Coverage, ...]
    curve: tuple[CurvePoint, ...]
    accuracies: tuple[Accuracy, ...]
    kinds: tuple[ByKind, ...]
    rival_coverages: tuple[RivalCoverage, ...]
    misses: tuple[Miss, ...]
    ranks: tuple[Ranked, ...]
    notes: Mapping[str, str]

    @property
    def judged(self) -> tuple[Blind, ...]:
        return tuple(one for one in self.rows if one.basis in JUDGED)

    @property
    def targets(self) -> tuple[Target, ...]:
        return targets(self.coverages, self.accuracies)

    @property
    def studies(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.study for one in self.rows))


def judgement(
    predicted: Iterable[Predicted],
    scores: Sequence[StudyScore],
    hypothesis: str,
    notes: Mapping[str, str] | None = None,
) -> Judgement:
    """Of the predictions of one hypothesis; `scores` are those of every hypothesis. Raises `InputError`.

    `notes` say by hypothesis what is to be known of how its score was made.
    """
    rows = blind(one for one in predicted if one.hypothesis == hypothesis)
    judged = [one for one in rows if one.basis in JUDGED]
    guesses = {
        name: {one.row.id: found for one in rows if (found := _guess(name, one.row.id, one.row))} for name in RIVALS
    }
    missed = [_missed(one, guesses) for one in judged if one.is_response and one.error is not None]
    return Judgement(
        hypothesis, rows, guesses, coverages(judged), coverages([one for one in rows if one.basis not in JUDGED]),
        curve(judged), accuracies(missed, RIVALS), _kinds(judged, guesses), _rival_coverages(judged, guesses),
        misses(judged), ranked(scores), notes or {},
    )  # fmt: skip


@cache
def _guess(rival: str, row_id: str, row: Outcome) -> Guess | None:
    return _RIVALS[rival](row)


def errors_at(one: Blind, guesses: Mapping[str, Mapping[str, Guess]]) -> dict[str, float]:
    """How far the model and each rival were off at one number, in the unit of its row; without who said nothing."""
    own = {} if one.error is None else {MODEL: one.error}
    return own | {name: abs(found[one.row.id].percentiles[0.5] - one.published)
                  for name, found in guesses.items() if one.row.id in found}  # fmt: skip


def _missed(one: Blind, guesses: Mapping[str, Mapping[str, Guess]]) -> Missed:
    return Missed(one.study, errors_at(one, guesses))


def _kinds(judged: Sequence[Blind], guesses: Mapping[str, Mapping[str, Guess]]) -> tuple[ByKind, ...]:
    found = []
    for kind in dict.fromkeys(kind_of(one.row) for one in judged):
        rows = [one for one in judged if kind_of(one.row) == kind]
        if kind is not None and (by := accuracies([_missed(one, guesses) for one in rows], RIVALS)):
            found.append(ByKind(kind, rows[0].row.unit or "", by[0].rows, by[0].studies, by[0].errors))
    return tuple(found)


def _rival_coverages(judged: Sequence[Blind], guesses: Mapping[str, Mapping[str, Guess]]) -> tuple[RivalCoverage, ...]:
    found = []
    for name, all_told in guesses.items():
        told = [(all_told[one.row.id], one) for one in judged if one.row.id in all_told]
        inside = [sum(_holds(guess, one, level) for guess, one in told) for level in (0.8, 0.95)]
        found.append(RivalCoverage(name, len(told), *inside))
    return tuple(found)


def _holds(guess: Guess, one: Blind, level: float) -> bool:
    low, high = (guess.percentiles[round((1 + side * level) / 2, 3)] for side in (-1, 1))
    return holds(low, high, one.published, one.row.unit)


def as_plain(found: Judgement) -> dict[str, Any]:
    """The numbers as plain values, for JSON; rows are in left_out.csv."""
    return {
        "hypothesis": found.hypothesis, "numbers": len(found.rows), "judged": len(found.judged),
        "studies": len(found.studies),
        "targets": [{"key": t.key, "asked": t.asked, "found": t.found, "verdict": t.verdict, "why": t.why}
                    for t in found.targets],
        "coverage": [_coverage(one) for one in found.coverages],
        "coverage_unverified": [_coverage(one) for one in found.unverified],
        "response_errors": [{"by": one.by, "errors": dict(one.errors), "rows": one.rows, "studies": one.studies,
                             "better_rival": one.better_rival, "ratio": one.ratio,
                             "ratio_interval": None if one.ratio_interval is None else list(one.ratio_interval)}
                            for one in found.accuracies],
        "errors_by_kind": [{**vars(one), "errors": dict(one.errors)} for one in found.kinds],
        "rivals": [vars(one) for one in found.rival_coverages],
        "misses": [{"row": miss.told.row.id, "study": miss.told.study, "outside_95": miss.outside_95, "side": miss.side,
                    "reason": miss.reason} for miss in found.misses],
        "hypotheses": [{**vars(one), "unreliable": list(one.unreliable)} for one in found.ranks],
    }  # fmt: skip


def _coverage(one: Coverage) -> dict[str, Any]:
    return {"level": one.level, "inside": one.inside, "rows": one.rows, "by_row": one.by_row,
            "interval": list(one.interval), "studies": one.studies, "by_study": one.by_study,
            "largest": None if one.largest is None else vars(one.largest),
            "without_largest": one.without_largest}  # fmt: skip
