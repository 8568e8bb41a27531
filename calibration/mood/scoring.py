"""Every study predicted without itself, and hypotheses compared by how well they do it."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from calibration.mood.left_out import LeftOut, effects, left_out
from calibration.mood.predicting import Point, predicted
from calibration.mood.stages import Calibrated, Sizes, kept
from calibration.mood.tables import basis_of, predicted_row
from holdfast.evidence.tables import FITTED, study
from holdfast.model.posteriors.parameters import STUDY_EFFECTS

Values = NDArray[np.float64]
RESPONSES = ("response", "ever_response")


def scored(found: Calibrated, sizes: Sizes, *, anew: bool) -> dict[str, LeftOut]:
    """Each fitted study left out; `anew` samples again where weights cannot be trusted, which takes minutes a study."""
    names = [name for name in found.studies.names
             if study(name).split == FITTED and any(one.study == name for one in found.published.targets)]  # fmt: skip
    without = partial(_without, found, sizes, anew=anew)
    if anew:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(sizes.workers, mp_context=spawn, initializer=_alone) as pool:
            made = dict(zip(names, pool.map(without, names), strict=True))
    else:
        made = {name: without(name) for name in names}
    for name, one in made.items():
        again = ", sampled anew" if one.sampled_anew else ""
        print(f"{found.setup.hypothesis} without {name}: {one.log_density:.2f}, k {one.pareto_k:.2f}{again}",
              file=sys.stderr, flush=True)  # fmt: skip
    return made


def _alone() -> None:
    """JAX keeps to one thread: two processes whose threads wait for each other take longer than one."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def _without(found: Calibrated, sizes: Sizes, name: str, *, anew: bool) -> LeftOut:
    sampler = found.sampler(sizes) if anew else None
    seed = sizes.seed + found.studies.names.index(name)
    return kept(f"without-{name}" if anew else f"weighed-{name}", found.setup, sizes,
                partial(left_out, found.emulator, found.published, found.studies, found.draws, name, sampler,
                        seed))  # fmt: skip


def predictions(found: Calibrated, without: Mapping[str, LeftOut], sizes: Sizes) -> list[dict[str, Any]]:
    """Rows of left_out.csv: by the product's own trials, each study by the posterior without it."""
    spread = {one.row: float(at) for one, at in zip(found.emulator.targets, found.spread, strict=True)}
    rows = []
    with ProcessPoolExecutor(sizes.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
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
