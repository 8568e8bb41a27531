"""How far the numbers of one trial go together, by replicates at one point of the parameters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import natural
from calibration.mood.forward import told
from calibration.mood.runs import Setup, targets, usable_trials
from holdfast.errors import InputError
from holdfast.model.named_models import named_model
from holdfast.model.posteriors.parameters import changed

Values = NDArray[np.float64]
_PEOPLE, _REPLICATES, _MOST = 2_000, 1_000, 200_000
_LEAST = 30  # replicates that report both


def correlations(setup: Setup, z: Values) -> tuple[Values, Values]:
    """(targets, targets) of replicates at z without study effects, 0 between trials; and SD over people (targets,)."""
    known = targets(setup)
    found, spread = np.eye(len(known)), np.full(len(known), np.nan)
    model = changed(named_model(setup.base), setup.fitted, natural(setup.fitted, z), {})
    for trial in usable_trials(setup.base):
        places = np.array([place for place, one in enumerate(known) if one.trial == trial.id])
        try:
            report = told(trial, model, setup.hypothesis, seed=setup.seed, people=_PEOPLE,
                          replicates=int(np.clip(_MOST / trial.n, 100, _REPLICATES)))  # fmt: skip
        except InputError:
            continue
        found[np.ix_(places, places)] = _correlation(report.values)
        people = np.array([one.people for one in report.targets])
        spread[places] = np.nanstd(report.values, axis=1) * np.sqrt(people)
    return found, spread


def _correlation(values: Values) -> Values:
    """Pearson's r of each pair of rows, over the replicates that report both; 0 where hardly any do."""
    size = len(values)
    found = np.eye(size)
    for first in range(size):
        for second in range(first):
            both = ~np.isnan(values[first]) & ~np.isnan(values[second])
            one, other = values[first, both], values[second, both]
            if both.sum() >= _LEAST and one.std() > 0 and other.std() > 0:
                found[first, second] = found[second, first] = np.corrcoef(one, other)[0, 1]
    return found
