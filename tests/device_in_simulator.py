"""Run by test_device_solver.py in a process of its own, under numba's simulator of a card; prints what it found.

NUMBA_ENABLE_CUDASIM=1 python -m tests.device_in_simulator
"""

from __future__ import annotations

import json
import sys

import numpy as np

from holdfast.model.integration import device
from holdfast.model.integration.device_summary import Watched, counted
from holdfast.model.integration.equations import Equations
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import Bolus, Constant, Stretch
from holdfast.model.mood.laws import law
from tests.solved_systems import turnover

FIRST = Stretch(8.0, (0, 1, 1, 8), (Bolus(0, "nose"),), (Constant(0.5, 1.5, "central"), Constant(1, 2, "central")))
SECOND = Stretch(16.0, (16,), (Bolus(2, "central"),))
SCORE = Watched(
    "score", lambda outputs, person: person[0] * (1 - (0.245 * outputs[5] + 0.507 * outputs[6]) ** 1.2),
    thresholds=(25.0, 32.5), low=0.0, high=40.0, bins=80,
)  # fmt: skip
LEVEL = Watched("level", lambda outputs, person: outputs[1], low=-1.3, high=60.0, bins=6)  # 0 in no edge


def worst(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference over time by the largest value over time."""
    return float((np.abs(found - expected).max(axis=1) / np.maximum(np.abs(expected).max(axis=1), 1e-30)).max())


def agreement(equations: Equations) -> dict[str, object]:
    """The card and the plain solver through two stretches, the second for some, and a new state."""
    patients = len(equations)
    amounts = np.linspace(10, 90, patients * 6).reshape(patients, 3, 2)
    card, plain = device.DeviceSolver(equations), PlainSolver(equations)
    first = worst(card.advance(FIRST, amounts), plain.advance(FIRST, amounts))
    who = np.arange(patients)[::-2]
    mine, theirs = (solver.advance(SECOND, amounts[who, :1], who) for solver in (card, plain))
    return {
        "first": first,
        "second": worst(mine, theirs),
        "top": float(theirs.max()),
        "x": float(np.abs(card.state.x - plain.state.x).max()),
        "y": float(np.abs(card.state.y - plain.state.y).max()),
    }


def sums(equations: Equations, person: np.ndarray) -> dict[str, object]:
    """What the card adds up, against NumPy over trajectories of the plain solver."""
    amounts = np.linspace(10, 90, len(equations) * 6).reshape(len(equations), 3, 2)
    watched = (SCORE, LEVEL)
    card = device.DeviceSolver(equations).summarise(FIRST, amounts, watched, person=person)
    read = np.moveaxis(PlainSolver(equations).advance(FIRST, amounts), 2, 0)
    values = np.stack([one.value(list(read), [person[:, :1]]).T for one in watched], axis=1)
    expected = counted(values, watched)
    return {
        "mean": max(float(np.abs(s.mean - values[:, w].mean(axis=1)).max()) for w, s in enumerate(card)),
        "sd": max(float(np.abs(s.sd - values[:, w].std(axis=1)).max()) for w, s in enumerate(card)),
        "below": float(np.abs(card[0].share_below - expected.below[:, 0] / len(person)).max()),
        "counts": all(bool((s.counts == expected.bins[:, w, : s.counts.shape[1]]).all()) for w, s in enumerate(card)),
        "counted": [int(s.counts.sum()) for s in card],
        "top": [float(card[0].mean.max()), float(card[1].sd.max()), float(card[0].share_below.max())],
        "median": float(np.abs(card[0].percentile(50) - np.median(values[:, 0], axis=1)).max()),
    }


def main() -> None:
    """Everything as one line of JSON."""
    device.PATIENTS_AT_ONCE = 3  # several launches
    kin, absorbed = [0.5, 1, 2, 4, 8], [1.0, 2, 3, 5.5, 9]  # one as fast as the blood empties is apart
    mixed = turnover(5, kin=kin, absorbed=[1.0, 2, 3, 1.3, 9], metabolised=[0.6, 0.7, 0.5, 1.3, 0.4])
    both = law("mixed with tolerance")
    rest = {"kT": 0.05, "kT_loss": 0.01, "tolerance_most": 0.6, "HNK50": 0.3, "gamma_HNK": 1.4, "HNK_share": 0.4}
    sys.stdout.write(json.dumps({
        "available": device.available().works,
        "apart": [int(i) for i in device.DeviceSolver(mixed)._modes.apart],
        "agreement": agreement(mixed),
        "another law": agreement(turnover(2, law=both, **rest)),
        "all apart": agreement(turnover(2, sink=True)),
        "sums": sums(turnover(5, kin=kin, absorbed=absorbed), np.array([[30.0], [33], [35], [28], [31]])),
        "sums with one apart": sums(mixed, np.array([[30.0], [33], [35], [28], [31]])),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
