"""Studies of the fit: their overlap groups, and which trial is of which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.mood.sampling import Studies
from holdfast.evidence.tables import study
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.uncertain import racemate_against_esketamine


def studies_of(trials: Sequence[Trial]) -> Studies:
    """In the order of their names. A group of which only one study is here shares nothing with anybody."""
    of_trial = [trial.study or "" for trial in trials]
    names = sorted(set(of_trial))
    groups = [study(name).overlap_group for name in names]
    shared = sorted({group for group in groups if group is not None and groups.count(group) > 1})
    return Studies(
        tuple(names), np.array([shared.index(group) if group in shared else -1 for group in groups]),
        np.array([names.index(name) for name in of_trial]),
        np.array([_racemate([one for one in trials if one.study == name]) for name in names]),
    )  # fmt: skip


def _racemate(trials: Sequence[Trial]) -> float:
    return float(np.mean([racemate_against_esketamine(one) for one in trials]))
