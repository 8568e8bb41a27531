"""Rival hypotheses by how well each predicts studies it has not seen: differences, their errors, and careful words.

The difference is paired by study; its error is that of a sum over studies taken as independent, which is rough with so
few. A hypothesis that predicts worse here is not refuted, and the best one is not proved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.evidence.qualification.reading import StudyScore

UNRELIABLE_K = 0.7  # of a Pareto tail: above it an importance-sampled density is not to be trusted (Vehtari 2017)
_APART = 2.0  # standard errors
_SMALL = 4.0  # a difference below this is small whatever its error (Sivula 2020)


@dataclass(frozen=True)
class Ranked:
    """Summed log predictive density of left-out studies; the difference to the best, negative or 0."""

    hypothesis: str
    studies: int
    log_density: float
    difference: float
    error: float | None
    unreliable: tuple[str, ...]

    @property
    def told_apart(self) -> bool:
        """Worse than the best by more than twice its error, and by more than a little."""
        return self.error is not None and -self.difference > max(_APART * self.error, _SMALL)


def ranked(scores: Sequence[StudyScore]) -> tuple[Ranked, ...]:
    """Best first, over the studies that every hypothesis predicted."""
    by: dict[str, dict[str, StudyScore]] = {}
    for one in scores:
        by.setdefault(one.hypothesis, {})[one.study] = one
    if not by:
        return ()
    shared = sorted(set.intersection(*(set(found) for found in by.values())))
    totals = {name: sum(found[s].log_density for s in shared) for name, found in by.items()}
    best = max(totals, key=lambda name: totals[name])
    found = [_score(name, by[name], by[best], shared) for name in totals]
    return tuple(sorted(found, key=lambda one: -one.log_density))


def _score(name: str, own: Mapping[str, StudyScore], best: Mapping[str, StudyScore], shared: Sequence[str]) -> Ranked:
    apart = np.array([own[s].log_density - best[s].log_density for s in shared])
    error = None if own is best or len(shared) < 2 else float(math.sqrt(len(shared)) * np.std(apart, ddof=1))
    unreliable = tuple(s for s in shared if (own[s].pareto_k or 0.0) > UNRELIABLE_K)
    total = float(sum(own[s].log_density for s in shared))
    return Ranked(name, len(shared), total, float(apart.sum()), error, unreliable)


def hypotheses_in_words(found: Sequence[Ranked]) -> str:
    """One careful sentence or two."""
    if len(found) < 2:
        return "Fewer than two hypotheses were predicted blind; there is nothing to compare."
    best, others = found[0], found[1:]
    alike = [one.hypothesis for one in others if not one.told_apart]
    worse = [one.hypothesis for one in others if one.told_apart]
    said = [f"Of these {best.studies} studies {best.hypothesis} is predicted best."]
    if alike:
        said.append(f"They do not tell it from {_listed(alike)}: the difference is within twice its error, or small.")
    if worse:
        said.append(
            f"They speak against {_listed(worse)} as written here, with these parameters; they do not refute the idea."
        )
    said.append("All are scored at the error of the coarsest stand-in for the trials: what differs by less is hidden.")
    said.append("A better score is no proof of a mechanism: another model with the same time course would score alike.")
    return " ".join(said)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
