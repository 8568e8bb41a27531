"""The posterior sampled anew from one that lies near: without a study, at another error, or of a rival hypothesis.

Chains begin in draws of the posterior nearby and move with its covariance, so that only the step is left to find: few
steps do, and all studies share one compilation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.mood.sampling import CHAINS, DENSE, SHARED, Draws, Sampler, nuts
from holdfast.model.posteriors.parameters import STUDY_EFFECTS

Values = NDArray[np.float64]
_FEW = 5.0  # draws' worth of doubt of a covariance, as Stan regularises its own


class Again:
    """Samples like `sampler`, beginning in draws of `near`, which has the same parameters."""

    def __init__(self, sampler: Sampler, near: Draws, *, warmup: int, draws: int) -> None:
        self._sampler, self._near, self._warmup, self._draws = sampler, near, warmup, draws
        self._start = _unconstrained(sampler, near)
        self._run: Callable[..., Any] | None = None

    def sample(self, seed: int, without: Sequence[str] = ()) -> Draws:
        """Draws of the posterior by all studies but those named."""
        import jax

        self._run = self._run or jax.jit(self._chains())
        random = np.random.default_rng(seed)
        who = random.choice(len(self._near.z), CHAINS, replace=False)
        start = {name: values[who] for name, values in self._start.items()}
        keys = jax.random.split(jax.random.PRNGKey(seed), CHAINS)
        found, diverged = self._run(keys, start, self._sampler.counted(without))
        got = {name: np.asarray(values).reshape(-1, *values.shape[2:]) for name, values in found.items()}
        return self._sampler.as_draws(got, int(np.asarray(diverged).sum()))

    def _chains(self) -> Callable[..., Any]:
        from jax import lax, vmap
        from numpyro.infer.util import constrain_fn, potential_energy

        model, mass = self._sampler.model, self._mass()

        def chain(key: Any, start: Any, counted: Any) -> Any:
            kernel = nuts(potential_fn=lambda at: potential_energy(model, (counted,), {}, at),
                          inverse_mass_matrix=dict(mass), adapt_mass_matrix=False)  # fmt: skip
            state = kernel.init(key, self._warmup, init_params=start)

            def step(state: Any, _: Any) -> tuple[Any, Any]:
                state = kernel.sample(state, (), {})
                return state, (state.z, state.diverging)

            state, _ = lax.scan(lambda at, _: (kernel.sample(at, (), {}), None), state, length=self._warmup)
            _, (kept, diverged) = lax.scan(step, state, length=self._draws)
            of = vmap(lambda at: constrain_fn(model, (counted,), {}, at, return_deterministic=True))
            return of(kept), diverged.sum()

        return vmap(chain, in_axes=(0, 0, None))

    def _mass(self) -> dict[tuple[str, ...], Values]:
        """Covariance of what is dense, variance of the rest, regularised."""
        start, count = self._start, len(self._near.z)
        trust = count / (count + _FEW)
        flat = np.concatenate([start[name].reshape(count, -1) for name in DENSE], axis=1)
        made = {DENSE: trust * np.cov(flat.T) + 1e-3 * (1 - trust) * np.eye(flat.shape[1])}
        for name in ("own", "of_group"):  # a study left out has effects of variance 1
            made[(name,)] = np.maximum(start[name].reshape(count, -1).var(axis=0), 0.5)  # type: ignore[index]
        return made  # type: ignore[return-value]


def extended(draws: Draws, more: Values) -> Draws:
    """Draws with `more` (draws, parameters) standardised parameters after their own."""
    return replace(draws, z=np.hstack([draws.z, more]))


def _unconstrained(sampler: Sampler, near: Draws) -> dict[str, Values]:
    """Draws as the sampler moves in: the logarithm of what is positive, and effects of studies standardised."""
    studies = sampler.studies
    of_drug = np.stack([near.racemate[:, None] * studies.racemate, np.zeros(near.b.shape[:2])], axis=2)
    both = (near.b - of_drug) / near.tau[:, None, : len(STUDY_EFFECTS)]
    grouped = (studies.group_of >= 0)[:, None]
    share = np.where(grouped, SHARED, 0.0)
    own = (both - np.sqrt(share) * near.of_group[:, np.maximum(studies.group_of, 0)]) / np.sqrt(1 - share)
    return {"z": near.z, "tau": np.log(near.tau), "racemate": near.racemate, "own": own, "of_group": near.of_group}
