"""NUTS (NumPyro) on the posterior of one patient, for one draw of the population and one body: a peer, and a check.

Unknown are the numbers of kout, drug, placebo, gain and placebo of the person, the baseline and the biases, all
sampled; whether somebody gains next to nothing is summed out. The density of the ratings is one dense normal. Equations
of mood and panels of time are those of the forecast; nothing of how the forecast filters, weighs or samples is shared.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.peer import MissingPeerError
from holdfast.forecast.arithmetic import Odds, Person, after, person_of, share_left, signalling
from holdfast.forecast.bodies import FORGOTTEN_H
from holdfast.forecast.course_steps import Event, edges, occupancy
from holdfast.forecast.histories import Members, cascade, grows, low_gain, odds
from holdfast.forecast.likelihood import noise
from holdfast.forecast.mood_levels import Cascade
from holdfast.forecast.posterior import Case

Values = NDArray[np.float64]
NUMBERS = ("kout", "drug", "placebo", "gain", "person_placebo")  # standard normal, before baseline and biases
CHAINS, WARM_UP, DRAWS = 4, 500, 1000
_BEYOND = 1e3  # no number is that far: above any cut


@dataclass(frozen=True)
class Sampled:
    """Draws (draws,) of the score on an even day at the time asked, and of the baseline; and what they cost."""

    score: Values
    baseline: Values
    effective: float  # of the score
    warm_up_s: float
    sampling_s: float
    diverged: int


class Density:
    """Log density of a narrowed case (`checks.narrowed`), for JAX, and the score at `asked_h` under `doses` to come."""

    def __init__(self, case: Case, doses: Sequence[Event], asked_h: float) -> None:
        try:
            import jax
            import numpyro
        except ImportError as missing:
            raise MissingPeerError("JAX and NumPyro are not installed: make .venv/.bayes") from missing
        jax.config.update("jax_enable_x64", True)  # noqa: FBT003
        self.version = f"NumPyro {numpyro.__version__}, jax {jax.__version__}"
        of = Members(np.zeros(1, dtype=int), np.zeros(1, dtype=int), np.zeros(1))
        self._case, self._times = case, np.array([*np.maximum(case.observed.at_h, 0.0), asked_h])
        events = [*case.doses, *doses]
        made = cascade(case.people, of, open_label=case.setting.care.get("open_label", True))
        self._panels(case, made, events)
        acts = self._times[:, None] - np.array([[hour for hour, _ in events]])
        bumps = np.exp(-made.fades * np.maximum(acts, 0.0)) - np.exp(-made.fades_early * np.maximum(acts, 0.0))
        self._expected = made.weight * bumps.sum(axis=1)
        self._grown = [1.0 - np.exp(-rate * self._times) for _, rate in grows(case.people, of, case.setting)]
        self._odds, self._low_gain = odds(case.people, of, case.setting), low_gain(case.people)
        self._few = NormalDist().cdf(float(case.people.cut[0]))
        self._ratings(case, of)

    def _panels(self, case: Case, made: Cascade, events: Sequence[Event]) -> None:
        """Constants of each panel for one body: width and what signalling does; and where each time ends one."""
        marks = edges(0.0, events, self._times.tolist())
        acting = [(begin, end, [one for one in events if end - FORGOTTEN_H < one[0] <= begin + 1e-6])
                  for begin, end in itertools.pairwise(marks.tolist())]  # fmt: skip
        log_occupancy = occupancy(case.setting.bodies, acting)[:, 0].reshape(-1, 2, 2)
        raised = np.exp(made.gamma * (log_occupancy - np.log(made.o50)))
        drives = (raised / (1.0 + raised)).mean(axis=2)
        widths = np.diff(marks)
        known = signalling(widths / 2, made.kin, made.ka, [drives[:, 0], drives[:, 1]], np.exp)
        self._steps = (widths, *(np.broadcast_to(one, widths.shape) for one in known))
        self._places = np.searchsorted(marks, self._times - 1e-6)
        self._rates = {name: float(getattr(made, name)[0]) for name in ("kx", "kout", "kc", "kz")}
        self._kout_omega = float(case.people.values["kout.omega"][0])

    def _ratings(self, case: Case, of: Members) -> None:
        """Whitening by the dense covariance of fluctuation and error; it hangs on no number that is sampled."""
        own, seen = noise(case.people, of), case.observed
        self._shown = np.where(seen.by_patient, own.share[0], 1.0)
        apart = np.abs(np.subtract.outer(seen.at_h, seen.at_h))
        error = np.where(seen.by_patient, own.by_self[0], own.clinician[0]) ** 2 + seen.rounding
        fluctuation = own.fluctuation[0] ** 2 * np.exp(-own.rate_per_h[0] * apart)
        covariance = fluctuation * np.outer(self._shown, self._shown) + np.diag(error)
        self._whitens = np.linalg.inv(np.linalg.cholesky(covariance))
        self._biases = np.stack([seen.bias == i for i in range(len(case.prior.mean) - 1)], axis=1).astype(float) \
            if len(case.prior.mean) > 1 else np.zeros((len(seen), 0))  # fmt: skip

    @property
    def size(self) -> int:
        """How many numbers are sampled."""
        return len(NUMBERS) + len(self._case.prior.mean)

    def shares(self, numbers: Any) -> tuple[Any, Any]:
        """Score as a share of the baseline at the times of the ratings and the time asked: of those who gain next to
        nothing, and of the others.
        """
        import jax.numpy as jnp

        kout, drug, placebo, gain, person_placebo = (numbers[i] for i in range(len(NUMBERS)))
        levels = self._levels(kout)[:, self._places]
        both = []
        for answer in (-_BEYOND, _BEYOND):
            person = person_of(
                self._one(self._odds), (drug, placebo, answer, gain, person_placebo), self._low_gain, jnp.exp, jnp_where
            )
            both.append(self._left(levels, person))
        return both[0], both[1]

    @staticmethod
    def _one(odds: Odds) -> Odds:
        against = {name: float(one[0]) for name, one in odds.against.items()}
        rest = {name: float(one[0]) for name, one in vars(odds).items() if name != "against"}
        return Odds(against=against, **rest)

    def _left(self, levels: Any, person: Person) -> Any:
        import jax.numpy as jnp

        return share_left(list(levels), self._expected, self._grown, person,
                          lambda value: jnp.clip(value, 0.0, 1.0), lambda value: jnp.maximum(value, 0.0))  # fmt: skip

    def _levels(self, kout: Any) -> Any:
        import jax.numpy as jnp
        from jax import lax

        @dataclass(frozen=True)
        class Rates:
            kx: float
            kout: Any
            kc: float
            kz: float

        rates = Rates(**{**self._rates, "kout": self._rates["kout"] * jnp.exp(self._kout_omega * kout)})

        def step(state: Any, panel: Any) -> tuple[Any, Any]:
            h, *known = panel
            now = after(state, h, rates, known, jnp.exp)
            return now, jnp.stack(now)

        start = (jnp.zeros(()),) * 3
        _, rows = lax.scan(step, start, tuple(jnp.asarray(one) for one in self._steps))
        return jnp.concatenate([jnp.zeros((1, 3)), rows]).T

    def log_density(self, numbers: Any) -> Any:
        """Of the numbers of `NUMBERS`, the baseline and the biases (the last two in SDs of their prior)."""
        import jax.numpy as jnp

        prior = self._case.prior
        own = jnp.asarray(prior.mean) + jnp.asarray(prior.sd) * numbers[len(NUMBERS) :]
        parts = [self._fit(share[:-1], own) for share in self.shares(numbers)]
        mixed = jnp.logaddexp(jnp.log(self._few) + parts[0], jnp.log1p(-self._few) + parts[1])
        return mixed - 0.5 * (numbers**2).sum()

    def _fit(self, share: Any, own: Any) -> Any:
        column = 1.0 - self._shown + self._shown * share
        off = self._whitens @ (self._case.observed.points - column * own[0] - self._biases @ own[1:])
        return -0.5 * (off**2).sum()

    def score(self, numbers: Any, chance: Any) -> Any:
        """On an even day at the time asked, of one draw; `chance` (uniform) tells whether it gains next to nothing."""
        import jax.numpy as jnp

        prior = self._case.prior
        own = jnp.asarray(prior.mean) + jnp.asarray(prior.sd) * numbers[len(NUMBERS) :]
        shares = self.shares(numbers)
        low, other = (self._fit(share[:-1], own) for share in shares)
        odds_of_low = jnp.exp(jnp.log(self._few) - jnp.log1p(-self._few) + low - other)
        return own[0] * jnp.where(chance < odds_of_low / (1.0 + odds_of_low), shares[0][-1], shares[1][-1])


def jnp_where(a: Any, b: Any, then: Any, otherwise: Any) -> Any:
    """`where_below` of `arithmetic`, for JAX."""
    import jax.numpy as jnp

    return jnp.where(a < b, then, otherwise)


def sampled(density: Density, *, seed: int, warm_up: int = WARM_UP, draws: int = DRAWS, timed: bool = True) -> Sampled:
    """Chains side by side. `timed`: all is run once before, so that compiling is not counted in the times."""
    import jax
    from numpyro.diagnostics import effective_sample_size
    from numpyro.infer import MCMC, NUTS

    def minus(numbers: Any) -> Any:
        return -density.log_density(numbers)

    kernel = NUTS(potential_fn=minus, target_accept_prob=0.9)
    mcmc = MCMC(kernel, num_warmup=warm_up, num_samples=draws, num_chains=CHAINS, chain_method="vectorized",
                progress_bar=False)  # fmt: skip
    start = 0.5 * np.random.default_rng(seed).standard_normal((CHAINS, density.size))
    if timed:
        _timed(mcmc, seed, start)
    warm_up_s, sampling_s = _timed(mcmc, seed + 1, start)
    numbers = mcmc.get_samples(group_by_chain=True)
    flat = np.asarray(numbers).reshape(-1, density.size)
    score = np.asarray(jax.vmap(density.score)(flat, np.random.default_rng(seed).uniform(size=len(flat))))
    prior, diverged = density._case.prior, int(np.sum(np.asarray(mcmc.get_extra_fields()["diverging"])))
    return Sampled(
        score, prior.mean[0] + prior.sd[0] * flat[:, len(NUMBERS)],
        float(effective_sample_size(score.reshape(CHAINS, -1))), warm_up_s, sampling_s, diverged,
    )  # fmt: skip


def _timed(mcmc: Any, seed: int, start: Values) -> tuple[float, float]:
    import jax

    begun = time.process_time()
    mcmc.warmup(jax.random.PRNGKey(seed), init_params=start, extra_fields=("diverging",), collect_warmup=False)
    warmed = time.process_time()
    mcmc.run(jax.random.PRNGKey(seed + 7), extra_fields=("diverging",))
    jax.block_until_ready(mcmc.get_samples())
    return warmed - begun, time.process_time() - warmed
