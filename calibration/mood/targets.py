"""Published numbers that are fitted: which, on which scale, and in which study.

Rows of studies marked `calibrate` whose trial compares them; rows of status unverified only where they are asked for.
A number is compared on a scale on which its chance error is near to normal and does not hang on itself: shares as
they are, with the binomial variance of the prediction; times, counts and hazard ratios by their logarithm; others as
they are. `superior` (yes or no) is a draw of a probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from holdfast.evidence.rows import UNREAD, Outcome
from holdfast.evidence.tables import FITTED, study
from holdfast.evidence.virtual_trials.compared import compare
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.misfit import LOGS, SHARES, YES
from holdfast.evidence.virtual_trials.reading import trials
from holdfast.evidence.virtual_trials.replicates import Reported, Simulated
from holdfast.evidence.virtual_trials.uncertain import people_behind

CHECKED = "check"


@dataclass(frozen=True)
class Target:
    """One published number of one trial."""

    trial: str
    study: str
    row: str
    kind: str
    key: str  # the outcome of the trial's file
    group: str
    value: float
    status: str
    fitted: bool
    people: float  # in the group; of a contrast, 1 / (1/n + 1/n of the comparator)
    caveat: str | None

    @property
    def scale(self) -> str:
        """`share`, `log`, `yes` or `plain`."""
        if self.kind == YES:
            return YES
        return "share" if self.kind in SHARES else "log" if self.kind in LOGS else "plain"


def wanted(trial: Trial) -> bool:
    """Is the trial of a study that is fitted, or kept for checking?"""
    return trial.study is not None and study(trial.study).split in (FITTED, CHECKED)


@cache
def calibration_trials() -> tuple[Trial, ...]:
    """Trials that ship with the package, of studies that are fitted or checked."""
    return tuple(one for one in trials() if wanted(one))


def targets_of(trial: Trial, simulated: Simulated, *, unverified: bool = False) -> tuple[Target, ...]:
    """The numbers of a trial that can be compared, from one simulation of it, in the order of their rows."""
    compared, _ = compare(simulated)
    return tuple(_target(trial, one.row, one.reported, one.caveat, unverified=unverified) for one in compared)


def _target(trial: Trial, row: Outcome, reported: Reported, caveat: str | None, *, unverified: bool) -> Target:
    assert row.value is not None
    assert trial.study is not None
    read = row.status != UNREAD or unverified
    fitted = study(trial.study).split == FITTED and read
    people = people_behind(trial, reported.group, reported.against)
    asked = reported.asked
    return Target(trial.id, trial.study, row.id, asked.kind, asked.key, reported.group, row.value, row.status, fitted,
                  people, caveat)  # fmt: skip
