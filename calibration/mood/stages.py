"""The whole calibration of one hypothesis, stage by stage, each kept on disk.

1. A design over the prior, an emulator, a first posterior that is only good enough to say where to look.
2. A design around it, wider than it; the emulator of all points; the posterior.
3. The product's own trials at draws of the posterior: how far the emulator is off, in chance errors of each number, and
   whether the draws need other weights.
Rival hypotheses begin at the default's posterior at equal potency (`rival_emulator`), look where their own is, and live
points there. All hypotheses are scored at the same error of the emulator: the coarsest of theirs, number by number.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from calibration.mood import design, emulator, likelihood
from calibration.mood.again import Again, extended
from calibration.mood.correlations import correlations
from calibration.mood.design import Design
from calibration.mood.emulator import Emulator
from calibration.mood.likelihood import Published
from calibration.mood.rival_emulator import HYDROXYNORKETAMINE, OCCUPANCY, adapted
from calibration.mood.runs import CACHE, Ran, Setup, code_files, ran, targets, usable_trials
from calibration.mood.sampling import Draws, Sampler, Studies
from calibration.mood.studies import studies_of
from holdfast.facts import load
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS
from holdfast.model.posteriors.parameters import parameters, spreads

Values = NDArray[np.float64]
Made = TypeVar("Made")
SHIFT_SD = (1.0, 1.0)  # of the effects of studies in the first design, logits
WIDER, NARROWER = 1.5, 1.25  # than a posterior: the second design, and the third
FIRST_LIVES, SECOND_LIVES, THIRD_LIVES, EXACT_LIVES = 1_000, 100_000, 150_000, 300_000  # seeds, one a point
RIVAL_LIVES, NEAR_LIVES = 200_000, 250_000
LATER_SHIFTS = 1.3
_APART = 0.5  # prior SDs by which the potency of a rival's drive may lie off the default's, where it is looked for


@dataclass(frozen=True)
class Sizes:
    """How large each stage is. `exact` draws are checked against the product's own trials."""

    first: int = 256
    second: int = 160
    third: int = 160
    rival: int = 32
    rival_near: int = 48
    people: int = 800
    warmup: int = 400  # of each chain, where a posterior only says where to look
    draws: int = 300
    again_warmup: int = 150  # of each chain that begins in a posterior nearby: a study left out, a rival
    again_draws: int = 300
    last_warmup: int = 1000  # of the posterior that is kept
    last_draws: int = 1500
    last_thinned: int = 3
    exact: int = 32
    predicted: int = 96
    workers: int = 2
    seed: int = 11


@dataclass(frozen=True)
class Calibrated:
    """One hypothesis, calibrated."""

    setup: Setup
    emulator: Emulator
    published: Published
    studies: Studies
    draws: Draws
    spread: Values  # over people, of each target
    runs: tuple[tuple[Design, Ran], ...]

    def sampler(self, sizes: Sizes) -> Sampler:
        """To sample it from anywhere."""
        return Sampler(self.emulator, self.published, self.studies, spreads(self.setup.hypothesis),
                       warmup=sizes.warmup, draws=sizes.draws)  # fmt: skip

    def again(self, sizes: Sizes) -> Again:
        """To sample it anew from where its draws are, without a study for instance."""
        return Again(self.sampler(sizes), self.draws, warmup=sizes.again_warmup, draws=sizes.again_draws)

    def off_by(self, off: Values) -> Calibrated:
        """The same at that error of the emulator (targets,); its draws are still what they were."""
        published = replace(self.published, off=off[self.published.places])
        return replace(self, emulator=replace(self.emulator, off=off), published=published)


def calibrated(base: str, sizes: Sizes) -> Calibrated:
    """The default hypothesis, by both designs."""
    setup = Setup(base, DEFAULT_HYPOTHESIS, sizes.people, FIRST_LIVES)
    fitted, trials = parameters(setup.hypothesis), usable_trials(base)
    first = design.from_prior(fitted, len(trials), sizes.first, seed=sizes.seed, shift_sd=SHIFT_SD)
    runs = ((first, ran(setup, first, workers=sizes.workers, said="design 1 of 3")),)
    rough = kept("rough", setup, sizes, lambda: _sampled(setup, sizes, runs, np.zeros(len(fitted))))
    second = around(rough, sizes.second, sizes.seed + 1)
    again = Setup(base, setup.hypothesis, sizes.people, SECOND_LIVES, halves=True)
    runs = (*runs, (second, ran(again, second, workers=sizes.workers, said="design 2 of 3")))
    middle = kept("middle", setup, sizes, lambda: _sampled(setup, sizes, runs, rough.draws.z.mean(axis=0)))
    third = around(middle, sizes.third, sizes.seed + 3, NARROWER)
    last = Setup(base, setup.hypothesis, sizes.people, THIRD_LIVES)
    runs = (*runs, (third, ran(last, third, workers=sizes.workers, said="design 3 of 3")))
    return kept("calibrated", setup, sizes,
                lambda: _sampled(setup, sizes, runs, middle.draws.z.mean(axis=0), last=True))  # fmt: skip


def rival(base: str, hypothesis: str, default: Calibrated, sizes: Sizes) -> Calibrated:
    """Another hypothesis, by points around the default's posterior and then around its own."""
    fitted = parameters(hypothesis)
    of_both = [one.name for one in default.setup.fitted]
    if [one.name for one in fitted[: len(of_both)]] != of_both:
        raise ValueError("parameters of one hypothesis alone stand last in calibration_priors.csv; put them there")
    start = _begun(default, [one.name for one in fitted], sizes.seed)
    setup = Setup(base, hypothesis, sizes.people, RIVAL_LIVES)
    first = around(replace(default, draws=start), sizes.rival, sizes.seed + 5)
    runs = ((first, ran(setup, first, workers=sizes.workers, said=f"{hypothesis}, 1 of 2")),)
    begun = _adapted(setup, default, start, runs)
    rough = kept("rough-rival", setup, sizes, lambda: replace(begun, draws=begun.again(sizes).sample(sizes.seed)))
    second = around(rough, sizes.rival_near, sizes.seed + 6, NARROWER)
    near = Setup(base, hypothesis, sizes.people, NEAR_LIVES)
    runs = (*runs, (second, ran(near, second, workers=sizes.workers, said=f"{hypothesis}, 2 of 2")))
    return _adapted(setup, default, rough.draws, runs)


def _begun(default: Calibrated, names: list[str], seed: int) -> Draws:
    """The default's posterior with a rival's own parameters: from the prior, or as potent as the default's drive."""
    draws, few = default.draws, len(default.setup.fitted)
    more = np.random.default_rng([seed, 3]).normal(size=(len(draws.z), len(names) - few))
    if HYDROXYNORKETAMINE in names:
        own = names.index(HYDROXYNORKETAMINE) - few
        more[:, own] = draws.z[:, names.index(OCCUPANCY)] + _APART * more[:, own]
    return extended(draws, np.clip(more, -design.FARTHEST, design.FARTHEST))


def _adapted(setup: Setup, default: Calibrated, near: Draws, runs: tuple[tuple[Design, Ran], ...]) -> Calibrated:
    """The rival by these runs; its draws are still those `near`."""
    stand_in = adapted(default.emulator, setup.fitted, usable_trials(setup.base), runs)
    return replace(default, setup=setup, emulator=stand_in, draws=near, runs=runs).off_by(stand_in.off)


def one_thread() -> None:
    """JAX keeps to one thread: two processes whose threads wait for each other take longer than one."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def around(found: Calibrated, count: int, seed: int, wider: float = WIDER) -> Design:
    """A design around a posterior."""
    draws = found.draws
    return design.around(draws.z, draws.b[:, found.studies.of_trial], count, seed=seed, wider=wider,
                         fresh_sd=LATER_SHIFTS * draws.tau[:, :2].mean(axis=0))  # fmt: skip


def _sampled(
    setup: Setup, sizes: Sizes, runs: tuple[tuple[Design, Ran], ...], middle: Values, *, last: bool = False
) -> Calibrated:
    trials = usable_trials(setup.base)
    stand_in = emulator.fit(parameters(setup.hypothesis), trials, runs)
    correlation, spread = correlations(setup, middle)
    studies = studies_of(trials)
    these = likelihood.published(targets(setup), correlation, studies.names, stand_in.off)
    lengths = (sizes.last_warmup, sizes.last_draws, sizes.last_thinned) if last else (sizes.warmup, sizes.draws, 1)
    warmup, draws, thinned = lengths
    sampler = Sampler(stand_in, these, studies, spreads(setup.hypothesis), warmup=warmup, draws=draws, thinned=thinned)
    return Calibrated(setup, stand_in, these, studies, sampler.sample(sizes.seed), spread, runs)


def kept(name: str, setup: Setup, sizes: Sizes, made: Callable[[], Made]) -> Made:
    """What `made` makes, from disk where it was made before with the same facts and sizes."""
    path = _path(name, setup, sizes)
    if path.exists():
        with path.open("rb") as stream:
            return pickle.load(stream)  # type: ignore[no-any-return]  # our own file, beside the designs
    began = time.monotonic()
    found = made()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        pickle.dump(found, stream)
    part.rename(path)
    print(f"{name} of {setup.hypothesis}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


def _path(name: str, setup: Setup, sizes: Sizes) -> Path:
    whole = hashlib.sha256(repr((setup, sizes, load().digest)).encode())
    for path in code_files():
        whole.update(path.read_bytes())
    return CACHE / f"{name}-{whole.hexdigest()[:16]}.pkl"
