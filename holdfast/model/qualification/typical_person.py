"""One typical person through one regimen: what the cascade does when nobody differs from anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.model.assembly import equations
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import stretch_of
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Regimen
from holdfast.model.pharmacokinetics.individual import dispositions

Values = NDArray[np.float64]


def typical_course(
    model: NamedModel,
    given: Regimen,
    times_h: Sequence[float],
    *,
    hypothesis: str = DEFAULT_HYPOTHESIS,
    own: Mapping[str, Values] | None = None,
) -> Mapping[str, Values]:
    """Everything that is read, and the levels of the cascade, by name: arrays of shape (times,), `times_h` rising.

    Doses after the last time are left out. `own` holds other values for parameters of the cascade, shape (1,). Raises
    `InputError` where the model has no mood part.
    """
    last_h = float(times_h[-1])
    seen = Regimen(tuple(dose for dose in given.doses if dose.at_h <= last_h), given.resets_h)
    who = covariates()
    put_in = inputs(model, seen, who)
    p = dispositions(model, who, seen.routes)
    whole = equations(model, p, put_in.ka_per_h, hypothesis=hypothesis, mood=own)
    ends_h = max([last_h, *put_in.edges_h()])
    stretch, amounts = stretch_of(put_in, ends_h, tuple(map(float, times_h)))
    read = PlainSolver(whole).advance(stretch, amounts)[0]
    return dict(zip(whole.output_names, read.T, strict=True))
