"""Parameters that the published numbers hardly tell, each at both ends of its prior; and rival hypotheses.

Which parameters these are is computed from the posterior (evidence/qualification/identification.py): those of whose
prior less than `HARDLY` of the width is gone. Rivals take the calibrated values of everything they share with the
default and their own assumed ones; no posterior of theirs is in the package, so that they are a what-if, and no fit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from holdfast.evidence.qualification.identification import Narrowed, narrowed
from holdfast.model.mood.laws import TOLERANCE
from holdfast.model.posteriors.parameters import RACEMATE, Parameter, parameters
from holdfast.model.posteriors.reading import Posterior, posterior
from holdfast.policies.programme import Programme
from holdfast.policies.worlds import Variant

# Whom to rerun, no number of the world: below it a rerun would show the prior. Wider than the line of
# docs/calibration/mood.md (0.2), which measures widths in another way.
HARDLY = 0.3
NMDA, MIXED, HNK = "nmda-driven", "mixed", "hnk-driven"
_OF_AN_ANTIDEPRESSANT = ("antidepressant", "antidepressant_half_life")
_OF_OTHER_CARE = ("hospital", "self_rating_share", "expectancy_blinded")  # nobody here is any of it
_ENDS = (("low", -1.959964), ("high", 1.959964))
_OF_TOLERANCE = ("kT", "tolerance_most")


def variants_of(programme: Programme) -> tuple[Variant, ...]:
    """Every rerun of a programme."""
    of = posterior(programme.header["posterior"])
    return (*_unknown(of, programme), *_racemate(of), *_rivals())


def unmoved(programme: Programme) -> list[str]:
    """Parameters hardly known that say nothing in this programme, so that no rerun would differ."""
    of = posterior(programme.header["posterior"])
    own = () if programme.header["new_antidepressant"] else _OF_AN_ANTIDEPRESSANT
    none = (*_OF_OTHER_CARE, *own)
    return [one.name for one in _hardly_known(of) if one.name in none]


def _hardly_known(of: Posterior) -> list[Narrowed]:
    return [one for one in narrowed(of) if 1.0 - one.ratio < HARDLY]


def _unknown(of: Posterior, programme: Programme) -> Iterator[Variant]:
    for one in _hardly_known(of):
        if one.name in unmoved(programme):
            continue
        for end, value in (("low", one.before[0]), ("high", one.before[2])):
            yield Variant(f"{one.name}-{end}", f"{one.name} {value:.3g}, the {end} end of its prior", {one.name: value})


def _racemate(of: Posterior) -> Iterator[Variant]:
    """How much more racemate does than esketamine, study for study: weakly known, and of no drug alone."""
    low, high = np.quantile([draw[RACEMATE] for draw in of.draws], (0.025, 0.975)).tolist()
    for end, value in (("low", low), ("high", high)):
        said = f"racemate against esketamine {value:.2g} logits, the {end} end of its posterior"
        yield Variant(f"racemate-{end}", said, {RACEMATE: value})


def _rivals() -> Iterator[Variant]:
    known = {one.symbol: one for one in parameters(NMDA + TOLERANCE)}
    for end, sds in _ENDS:
        values = {name: _at(known[name], sds) for name in _OF_TOLERANCE}
        said = ", ".join(f"{name} {value:.3g}" for name, value in values.items())
        yield Variant(
            f"tolerance-{end}", f"{NMDA}{TOLERANCE}: {said}, the {end} ends of their priors", values, NMDA + TOLERANCE
        )
    for hypothesis in (MIXED, MIXED + TOLERANCE, HNK):
        yield Variant(hypothesis.replace(" ", "-"), f"{hypothesis}, its own numbers as assumed", {}, hypothesis)


def _at(one: Parameter, sds: float) -> float:
    return one.natural(one.centre + sds * one.sd)
