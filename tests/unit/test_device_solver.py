"""The solver on a graphics card: without a card its kernels run in numba's simulator, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from holdfast.errors import ConfigurationError, ExtraMissingError, InputError
from holdfast.model.integration import device
from holdfast.model.integration.compiled import traced
from holdfast.model.integration.device_kernels import written
from holdfast.model.integration.device_summary import Counts, Watched, added, counted
from tests.solved_systems import turnover

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found() -> dict:
    if importlib.util.find_spec("numba.cuda") is None:
        pytest.skip("this numba brings no numba.cuda, and with it no simulator")
    done = subprocess.run(
        [sys.executable, "-m", "tests.device_in_simulator"], cwd=ROOT, env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.story("HF-MOD-019")
@pytest.mark.parametrize("system", ["agreement", "another law", "all apart"])
def test_the_card_gives_the_numbers_of_the_plain_solver(found: dict, system: str) -> None:
    assert found["available"]
    assert found["apart"] == [3]  # the one with equal rates is lived on the processor
    errors = found[system]
    assert errors["first"] < 1e-9
    assert errors["second"] < 1e-9
    assert errors["x"] < 1e-8
    assert errors["y"] < 1e-9
    assert errors["top"] > 0.1


@pytest.mark.parametrize("sums", ["sums", "sums with one apart"])
def test_the_card_adds_patients_up_as_numpy_does(found: dict, sums: str) -> None:
    errors = found[sums]
    assert errors["mean"] < 1e-9
    assert errors["sd"] < 1e-9
    assert errors["below"] < 1e-12
    assert errors["counts"]
    assert errors["counted"] == [4 * 5, 4 * 5]  # times, patients
    mean, sd, below = errors["top"]
    assert 28 < mean < 35
    assert sd > 1
    assert 0 < below <= 1
    assert errors["median"] <= 0.5  # a bin


@pytest.mark.story("HF-MOD-020")
def test_without_the_extra_or_a_card_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_ENABLE_CUDASIM", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    missing = device.available()
    assert not missing.works
    assert isinstance(missing.fault, ExtraMissingError)
    with pytest.raises(ExtraMissingError, match=r"pip install 'holdfast\[gpu\]'"):
        device.DeviceSolver(turnover())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr("numba.cuda.is_available", lambda: False)
    assert not device.available().works
    with pytest.raises(ConfigurationError, match="no NVIDIA card and driver is to be found"):
        device.DeviceSolver(turnover())


def test_a_law_is_written_out_with_each_common_part_once() -> None:
    s, p = traced.leaf(traced.SIGNAL, 0), traced.leaf(traced.PARAMETER, 1)
    on = p * (s / (1.0 + s)) ** 2.0
    assert written("stage", [(on, on + p), (p, traced.expression(0.5))]).splitlines() == [
        "def stage(k, s, y, p):", "    if k == 0:", "        v0 = 1.0 + s[0]", "        v1 = s[0] / v0",
        "        v2 = power(v1, 2.0)", "        v3 = p[1] * v2", "        v4 = v3 + p[1]", "        return v3, v4",
        "    if k == 1:", "        return p[1], 0.5", "    return 0.0, 0.0",
    ]  # fmt: skip


def test_groups_of_patients_add_up_to_the_whole() -> None:
    watched = (Watched("a", lambda o, p: o[0], (0.3,), 0, 1, 10), Watched("b", lambda o, p: o[1], (0.1, 0.9), -3, 3, 7))
    values = np.random.default_rng(3).normal(0.5, 0.4, (4, 2, 1000))
    parts = [counted(values[:, :, some], watched) for some in (slice(0, 1), slice(1, 400), slice(400, 1000))]
    a, b = added(parts, watched)
    assert a.patients == 1000
    assert a.mean == pytest.approx(values[:, 0].mean(axis=1), rel=1e-12)
    assert b.sd == pytest.approx(values[:, 1].std(axis=1), rel=1e-12)
    assert b.share_below == pytest.approx(np.stack([(values[:, 1] < t).mean(axis=1) for t in (0.1, 0.9)], axis=1))
    assert b.counts.sum(axis=1).tolist() == [1000] * 4
    assert b.percentile(90) == pytest.approx(np.percentile(values[:, 1], 90, axis=1), abs=6 / 7)
    assert np.isnan(a.percentile(0.1)).all()  # below the bins, and counted there
    assert (a.counts[:, 0] > 50).all()
    assert isinstance(parts[0], Counts)


@pytest.mark.story("HF-MOD-020")
def test_impossible_summaries_are_refused() -> None:
    with pytest.raises(InputError, match="score: a histogram needs bins"):
        Watched("score", lambda o, p: o[0], low=1, high=1)
    one = Watched("a", lambda o, p: o[0], bins=5)
    with pytest.raises(InputError, match="101 is no percentile"):
        added([counted(np.ones((1, 1, 2)), (one,))], (one,))[0].percentile(101)
