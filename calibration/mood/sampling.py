"""The posterior of all fitted numbers together, by NUTS in NumPyro, on the emulator.

    z ~ N(0, 1)                                   each parameter on its standardised scale
    tau ~ half-normal                             SD over studies of the logit of a group of shares
    b = tau (sqrt(1 - r) own + sqrt(r) of group)  effects of a study; studies of one overlap group share r of them;
                                                  for drug plus half of `racemate`, or less half of it for esketamine
    numbers of a study ~ N(emulated, chance and misfit)   correlated as replicates are; yes or no by its probability

NUTS rather than an ensemble or importance sampling: about a hundred dimensions, of which most are effects of studies.
JAX and NumPyro are installed for `make calibrate` alone (extra `bayes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import FARTHEST
from calibration.mood.emulator import Emulator
from calibration.mood.likelihood import Published, by_study, densities, errors
from holdfast.model.posteriors.parameters import STUDY_EFFECTS, Parameter

Values = NDArray[np.float64]
SHARED = 0.5  # of the variance of a study's effects, with the others of its overlap group: they share patients
CHAINS = 4
MOST = 2.5  # logits by which a study may differ; beyond it no design looked, and a quadratic bends back
_SOFT = 0.2  # of that edge
DENSE = ("z", "tau", "racemate")  # what moves with a covariance of its own; effects of studies go each by itself
_NEAR = 0.5  # of the middle, on the unconstrained scale: where chains begin


@dataclass(frozen=True)
class Studies:
    """Studies by name, and the overlap group of each, -1 for none; the study of each trial."""

    names: tuple[str, ...]
    group_of: NDArray[np.int_]
    of_trial: NDArray[np.int_]
    racemate: Values  # 0.5 for studies of racemate, -0.5 for those of esketamine


@dataclass(frozen=True)
class Draws:
    """Posterior draws, chain by chain; tau is (draws, effects and misfit), b (draws, studies, effects)."""

    z: Values
    tau: Values
    racemate: Values  # (draws,)
    b: Values
    of_group: Values  # (draws, overlap groups, effects), standardised
    chains: int
    divergences: int
    log_likelihood: Values  # (draws, studies)

    def by_chain(self, values: Values) -> Values:
        """(chains, draws of a chain, ...)."""
        return values.reshape(self.chains, -1, *values.shape[1:])


class Sampler:
    """Samples with every study, or without one; keeps every `thinned`-th draw of each chain."""

    def __init__(
        self, emulator: Emulator, these: Published, studies: Studies, spreads: Sequence[Parameter], *,
        warmup: int, draws: int, thinned: int = 1,
    ) -> None:  # fmt: skip
        import jax

        jax.config.update("jax_enable_x64", True)  # noqa: FBT003
        self.studies, self.warmup, self.draws, self.thinned = studies, warmup, draws, thinned
        self._density = _density_of(emulator, these, studies)
        *taus, racemate = spreads
        self._tau_sd, self._racemate_sd = np.array([one.sd for one in taus]), racemate.sd
        self._size = len(emulator.fitted), len(studies.names), int(studies.group_of.max()) + 1

    def sample(self, seed: int, without: Sequence[str] = ()) -> Draws:
        """Draws of the posterior by all studies but those named."""
        import jax
        from numpyro.infer import MCMC, init_to_uniform

        kernel = nuts(model=self.model, init_strategy=init_to_uniform(radius=_NEAR))
        mcmc = MCMC(kernel, num_warmup=self.warmup, num_samples=self.draws, num_chains=CHAINS,
                    thinning=self.thinned, chain_method="vectorized", progress_bar=False)  # fmt: skip
        mcmc.run(jax.random.PRNGKey(seed), self.counted(without), extra_fields=("diverging",))
        return self.as_draws(mcmc.get_samples(), int(np.asarray(mcmc.get_extra_fields()["diverging"]).sum()))

    def counted(self, without: Sequence[str]) -> Any:
        """1 for each study whose numbers count, else 0."""
        import jax.numpy as jnp

        return jnp.array([0.0 if name in without else 1.0 for name in self.studies.names])

    def as_draws(self, got: Mapping[str, Any], divergences: int) -> Draws:
        """From samples by name, chain after chain."""
        return Draws(
            *(np.asarray(got[name]) for name in ("z", "tau", "racemate", "b", "of_group")), CHAINS, divergences,
            np.asarray(got["each"]),
        )  # fmt: skip

    def model(self, counted: Any) -> None:
        """The joint law, for NumPyro."""
        import jax.numpy as jnp
        import numpyro
        from numpyro import distributions as dist

        parameters, studies, groups = self._size
        z = numpyro.sample("z", dist.Normal(0, 1).expand([parameters]).to_event(1))
        tau = numpyro.sample("tau", dist.HalfNormal(jnp.array(self._tau_sd)).to_event(1))
        own = numpyro.sample("own", dist.Normal(0, 1).expand([studies, len(STUDY_EFFECTS)]).to_event(2))
        of_group = numpyro.sample(
            "of_group", dist.Normal(0, 1).expand([max(groups, 1), len(STUDY_EFFECTS)]).to_event(2)
        )
        grouped = jnp.array(self.studies.group_of >= 0)[:, None]
        share = jnp.where(grouped, SHARED, 0.0)
        both = jnp.sqrt(1 - share) * own + jnp.sqrt(share) * of_group[np.maximum(self.studies.group_of, 0)]
        racemate = numpyro.sample("racemate", dist.Normal(0, self._racemate_sd))
        of_drug = jnp.stack([racemate * self.studies.racemate, jnp.zeros(studies)], axis=1)
        b = numpyro.deterministic("b", of_drug + tau[: len(STUDY_EFFECTS)] * both)
        each = numpyro.deterministic("each", self._density(z, b, tau[-1]))
        numpyro.factor("published", (counted * each).sum())
        beyond = jnp.concatenate(
            [jnp.maximum(jnp.abs(of) - most, 0.0).ravel() for of, most in ((z, FARTHEST), (b, MOST))]
        )
        numpyro.factor("designed", -0.5 * ((beyond / _SOFT) ** 2).sum())


def nuts(**given: Any) -> Any:
    """The kernel, as every posterior here is sampled."""
    from numpyro.infer import NUTS

    return NUTS(target_accept_prob=0.9, max_tree_depth=8, dense_mass=[DENSE], **given)


def _density_of(emulator: Emulator, these: Published, studies: Studies) -> Callable[[Any, Any, Any], Any]:
    """Log density of each study's numbers as a function of z, b and the misfit, for JAX."""
    import jax.numpy as jnp

    moved = np.zeros((len(STUDY_EFFECTS), len(emulator.fitted)))
    for place, one in enumerate(emulator.fitted):
        if one.study_effect is not None:
            moved[STUDY_EFFECTS.index(one.study_effect), place] = 1 / one.sd
    mean_of, log_sd_of, low, high, least, most = (
        jnp.array(of[these.places]) for of in (emulator.mean, emulator.log_sd, emulator.low, emulator.high,
                                               emulator.least_log_sd, emulator.most_log_sd)
    )  # fmt: skip
    inputs = len(emulator.fitted)
    # As matrices, not as lists of products: gathers are slow to differentiate, and this is where the hour goes.
    trial_of = jnp.array(np.eye(int(emulator.trial_of.max()) + 1)[emulator.trial_of[these.places]])
    squares = jnp.array(_squares(emulator.mean[these.places, 1 + inputs :], inputs))

    def density(z: Any, b: Any, tau: Any) -> Any:
        at = trial_of @ (z + b[studies.of_trial] @ moved)
        bent = jnp.einsum("ijk,ik->ij", squares, at)
        mean = jnp.clip(mean_of[:, 0] + ((mean_of[:, 1 : 1 + inputs] + bent) * at).sum(axis=1), low, high)
        log_sd = jnp.clip(log_sd_of[:, 0] + (log_sd_of[:, 1:] * at).sum(axis=1), least, most)
        return by_study(these, densities(these, *errors(these, mean, log_sd, tau, xp=jnp), xp=jnp), xp=jnp)

    return density


def _squares(products: Values, inputs: int) -> Values:
    """Coefficients of products of two inputs (targets, pairs) as matrices (targets, inputs, inputs)."""
    made = np.zeros((len(products), inputs, inputs))
    made[:, *np.triu_indices(inputs)] = products
    return made
