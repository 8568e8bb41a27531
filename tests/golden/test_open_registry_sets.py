"""Real follow-up with real gaps through the registry: the NIMH ketamine trial and the masked antidepressant trial.

Expected numbers: the README of the open data sets, and a second way of counting written out here in plain Python.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from statistics import mean

import numpy as np
import pytest

from holdfast.registry.report.choices import Choices
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.report import report_of
from holdfast.registry.sets import from_rows, opened
from holdfast.registry.survival import kaplan_meier
from holdfast.registry.written import write_rows
from tests.open_registry_sets import about, masked_trial, nimh
from tests.shared_data import need

pytestmark = pytest.mark.shared_data
VISITS = {4: (16.8, 15.7), 5: (14.0, 14.3), 6: (11.9, 12.7), 7: (10.5, 12.0)}  # drug, placebo: as the README has them


@pytest.fixture(scope="module")
def masked(shared_data: Path) -> Path:
    return need(shared_data / "rbmi_antidepressant" / "antidepressant.csv", "the masked antidepressant trial")


@pytest.mark.story("HF-REG-152")
def test_nimh_response_is_6_of_27_and_five_were_not_rated(nimh_scores: Path) -> None:
    judged = JudgedSet(from_rows(nimh(nimh_scores), about("nimh")), Choices())
    found = judged.on_scale("madrs")
    assert found is not None
    after = found.day == 2
    rated = after & ~np.isnan(found.total)
    assert (judged.n, int(after.sum()), int(rated.sum())) == (32, 32, 27)
    change = found.total[rated] - found.baseline[found.course[rated]]
    assert (change.mean(), change.std(ddof=1)) == (pytest.approx(-9.22, abs=0.005), pytest.approx(10.39, abs=0.005))
    assert int(found.judged.reached("response").sum()) == 6
    assert int((found.total[rated] <= 10).sum()) == 4


@pytest.mark.story("HF-REG-152")
def test_the_masked_trial_keeps_its_means_its_losses_and_its_times_to_response(masked: Path) -> None:
    rows = masked_trial(masked)
    judged = JudgedSet(from_rows(rows, about("drug", "placebo")), Choices())
    found = judged.on_scale("ham-d17")
    assert found is not None
    by_site = dict(judged.sites.each())
    assert {name: int(who.sum()) for name, who in by_site.items()} == {"drug": 84, "placebo": 88}
    assert len(found.total) - judged.n == 608
    at_visit = _by_visit(masked)
    totals = {(arm, visit): [total for _, total in seen] for (arm, visit), seen in at_visit.items()}
    for visit, means in VISITS.items():
        for arm, expected in zip(("drug", "placebo"), means, strict=True):
            assert mean(totals[arm, visit]) == pytest.approx(expected, abs=0.05)
            days = {day for day, _ in at_visit[arm, visit]}
            ours = found.total[np.isin(found.day, list(days)) & by_site[arm][found.course] & (found.day > 0)]
            assert set(totals[arm, visit]) <= set(ours.tolist())  # every rating of the visit is a rating of the set
    for arm, who in by_site.items():
        curve = kaplan_meier(found.judged.follow_up("response", who))
        expected = _time_to_response(masked, arm)
        assert [point.day for point in curve.points if point.events] == list(expected)
        assert [point.survival for point in curve.points if point.events] == pytest.approx(
            [float(share) for share in expected.values()], abs=1e-12
        )
        assert 0.2 < curve.points[-1].survival < 0.8


def _by_visit(path: Path) -> dict[tuple[str, int], list[tuple[int, float]]]:
    found = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["THERAPY"].lower(), int(row["VISIT"])].append((int(row["RELDAYS"]), float(row["HAMDTL17"])))
    return found


def _time_to_response(path: Path, arm: str) -> dict[int, Fraction]:
    """Share still without a fall of half, after each day with one: the product limit in fractions, from the file."""
    visits = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["THERAPY"].lower() == arm:
                visits[row["PATIENT"]].append((int(row["RELDAYS"]), 2 * int(row["HAMDTL17"]) <= int(row["BASVAL"])))
    left = [min([day for day, well in seen if well], default=None) for seen in visits.values()]
    last = [max(day for day, _ in seen) for seen in visits.values()]
    until = [day if day is not None else end for day, end in zip(left, last, strict=True)]
    share, found = Fraction(1), {}
    for day in sorted({day for day in left if day is not None}):
        share *= 1 - Fraction(sum(one == day for one in left), sum(one >= day for one in until))
        found[day] = share
    return found


@pytest.mark.story("HF-REG-152")
def test_open_sets_give_a_whole_report_the_same_from_rows_and_from_disk(
    nimh_scores: Path, masked: Path, tmp_path: Path
) -> None:
    for name, rows, sites in (
        ("nimh", nimh(nimh_scores), ("nimh",)), ("masked", masked_trial(masked), ("drug", "placebo")),
    ):  # fmt: skip
        write_rows(tmp_path / name, rows, about(*sites))
        told = report_of(from_rows(rows, about(*sites))).as_dict()
        read = report_of(opened([tmp_path / name])).as_dict()
        assert json.dumps(told["sections"]) == json.dumps(read["sections"])
        assert len(json.dumps(told["sections"])) > 5_000
        assert str(len(rows["courses"])) in json.dumps(told["sections"])
