"""Every study predicted without itself, and hypotheses compared by how well they do it."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from calibration.mood.again import Again
from calibration.mood.left_out import LeftOut, effects, left_out
from calibration.mood.predicting import Point, predicted
from calibration.mood.stages import Calibrated, Sizes, kept, one_thread
from calibration.mood.tables import basis_of, predicted_row
from holdfast.evidence.tables import FITTED, study
from holdfast.model.posteriors.parameters import STUDY_EFFECTS

Values = NDArray[np.float64]
RESPONSES = ("response", "ever_response")


def scored(found: Calibrated, sizes: Sizes) -> dict[str, LeftOut]:
    """Each fitted study left out, sampled anew where weights cannot be trusted."""
    names = _fitted(found)
    with _pool(sizes, _begin, found, sizes) as pool:
        return dict(zip(names, pool.map(partial(_of_this_process, found, sizes), names), strict=True))


def compared(hypotheses: Sequence[Calibrated], sizes: Sizes) -> dict[str, dict[str, LeftOut]]:
    """The same for each hypothesis, all at one error of the emulator: number by number the coarsest of theirs."""
    off = np.max([one.emulator.off for one in hypotheses], axis=0)
    with _pool(sizes, one_thread) as pool:
        made = pool.map(partial(_on_even_terms, off, sizes), hypotheses)
        return {one.setup.hypothesis: left for one, left in zip(hypotheses, made, strict=True)}


def _on_even_terms(off: Values, sizes: Sizes, one: Calibrated) -> dict[str, LeftOut]:
    there = one.off_by(off)
    even = kept("evenly", one.setup, sizes, lambda: replace(there, draws=there.sampler(sizes).sample(sizes.seed)))
    again = even.again(sizes)
    return {name: _without(even, again, sizes, "evenly-without", name) for name in _fitted(even)}


def _fitted(found: Calibrated) -> list[str]:
    fitted = {one.study for one in found.published.targets}
    return [one for one in found.studies.names if study(one).split == FITTED and one in fitted]


def _pool(sizes: Sizes, begin: Callable[..., None], *given: object) -> ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(sizes.workers, mp_context=spawn, initializer=begin, initargs=given)


_ANEW: list[Again] = []  # of this process: what it compiled serves for every study


def _begin(found: Calibrated, sizes: Sizes) -> None:
    one_thread()
    _ANEW[:] = [found.again(sizes)]


def _of_this_process(found: Calibrated, sizes: Sizes, name: str) -> LeftOut:
    return _without(found, _ANEW[0], sizes, "without", name)


def _without(found: Calibrated, again: Again, sizes: Sizes, kept_as: str, name: str) -> LeftOut:
    seed = sizes.seed + found.studies.names.index(name)
    one = kept(f"{kept_as}-{name}", found.setup, sizes,
               partial(left_out, found.emulator, found.published, found.studies, found.draws, name, again,
                       seed))  # fmt: skip
    anew = ", sampled anew" if one.sampled_anew else ""
    print(f"{found.setup.hypothesis} without {name}: {one.log_density:.2f}, k {one.pareto_k:.2f}{anew}",
          file=sys.stderr, flush=True)  # fmt: skip
    return one


def predictions(found: Calibrated, without: Mapping[str, LeftOut], sizes: Sizes) -> list[dict[str, Any]]:
    """Rows of left_out.csv: by the product's own trials, each study by the posterior without it."""
    spread = {one.row: float(at) for one, at in zip(found.emulator.targets, found.spread, strict=True)}
    rows = []
    with _pool(sizes, one_thread) as pool:
        for number, name in enumerate(found.studies.names):
            print(f"\rpredicting {name} ({number + 1} of {len(found.studies.names)})      ", end="", file=sys.stderr,
                  flush=True)  # fmt: skip
            points = _points(found, without.get(name), name, sizes)
            values = predicted(found.setup, name, points, spread, seed=sizes.seed + 400_000, pool=pool)
            rows += [predicted_row(found.setup.hypothesis, one, values[one.row], basis_of(one))
                     for one in found.emulator.targets if one.study == name]  # fmt: skip
    print(file=sys.stderr)
    return sorted(rows, key=lambda row: row["row"])


def _points(found: Calibrated, one: LeftOut | None, name: str, sizes: Sizes) -> list[Point]:
    """Draws by the weights of the study left out, each with fresh effects of its own."""
    draws = found.draws if one is None else one.draws
    weights = np.full(len(draws.z), 1 / len(draws.z)) if one is None else np.exp(one.log_weights)
    at = (np.arange(sizes.predicted) + 0.5) / sizes.predicted
    chosen = np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)
    normal = norm.ppf(qmc.Sobol(len(STUDY_EFFECTS), seed=sizes.seed).random(sizes.predicted) * (1 - 1e-9) + 5e-10)
    shifts = effects(draws, found.studies, found.studies.names.index(name), normal)
    return [Point(draws.z[draw], shifts[draw, number], float(draws.tau[draw, -1]))
            for number, draw in enumerate(chosen)]  # fmt: skip


def study_rows(
    found: Calibrated, without: Mapping[str, LeftOut], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of left_out_studies.csv."""
    made = []
    for name, one in without.items():
        mine = [row for row in rows if row["study"] == name and row["basis"] == "left out"]
        told = [row for row in mine if row["outcome"] in RESPONSES and row["median"] != ""]
        error = np.mean([abs(float(row["median"]) - row["published"]) for row in told]) if told else None
        made.append({
            "hypothesis": found.setup.hypothesis, "study": name,
            "rows": sum(target.study == name for target in found.published.targets),
            "log_density": f"{one.log_density:.3f}", "error": f"{one.error:.3f}",
            "pareto_k": "" if one.sampled_anew else f"{one.pareto_k:.2f}",  # of the weights that were used
            "mean_absolute_error_response": "" if error is None else f"{error:.1f}", "response_rows": len(told),
        })  # fmt: skip
    return made


def hypothesis_rows(scores: Mapping[str, Mapping[str, LeftOut]], notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of hypotheses.csv, the best first; errors are over studies."""
    names = sorted(set.intersection(*(set(one) for one in scores.values())))
    each = {key: np.array([one[name].log_density for name in names]) for key, one in scores.items()}
    best = max(each, key=lambda key: each[key].sum())
    made = []
    for key in sorted(each, key=lambda key: -each[key].sum()):
        apart = each[key] - each[best]
        made.append({
            "hypothesis": key, "studies": len(names), "log_density": f"{each[key].sum():.2f}",
            "error": f"{_error(each[key]):.2f}", "difference": f"{apart.sum():.2f}",
            "difference_error": f"{_error(apart):.2f}", "note": notes.get(key, ""),
        })  # fmt: skip
    return made


def _error(values: Values) -> float:
    return float(np.sqrt(len(values)) * values.std(ddof=1)) if len(values) > 1 else 0.0
