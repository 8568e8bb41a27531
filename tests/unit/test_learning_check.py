"""The learning check of a programme: what it is given, what rivals may know, when it says nothing."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.forecast.forecast import forecast
from holdfast.forecast.learning import FEWEST, OURS, learning_check, uniform_of
from holdfast.forecast.patient_file import read_patient
from holdfast.forecast.scoring import (
    chances_of_bands,
    chances_of_counts,
    chances_of_normal,
    chances_of_totals,
    crps,
    crps_of_draws,
    held,
    pit_histogram,
    places,
)
from tests.gates.repository import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "cohort" / "met.json"


def met(person: int = 1, made: float = 0.0, at: float = 7.0, total: int = 20, median: float = 20.0) -> dict[str, Any]:
    bands = {"50": [median - 4, median + 4], "80": [median - 8, median + 8], "95": [median - 12, median + 12]}
    return {"person": person, "made": made, "at": at, "total": total, "median": median, "bands": bands}


def check(*every: dict[str, Any], ratings: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return learning_check({"scale": "madrs", "met": list(every), "ratings": ratings or []})


@pytest.mark.story("HF-FOR-042")
def test_of_no_rating_nothing_is_said() -> None:
    assert check() == {"n": 0}


@pytest.mark.story("HF-FOR-042")
def test_what_lay_inside_is_counted_by_level_and_by_horizon() -> None:
    found = check(met(), met(at=20.0, total=31), met(person=2, total=2))
    assert (found["n"], found["people"]) == (3, 2)
    covered = found["methods"][OURS]["coverage"]
    assert [covered[share]["inside"] for share in ("50", "80", "95")] == [1, 1, 2]
    assert [(one["from"], one["n"]) for one in found["horizons"]] == [(0.0, 2), (7.0, 1)]
    assert [one["level"] for one in found["levels"]][-1] == 0.95
    assert sum(found["pit"]) == 3


@pytest.mark.story("HF-FOR-042")
def test_a_rival_knows_nothing_of_what_came_later() -> None:
    """The last value is that of the day the forecast was made, though a newer rating is on record by now."""
    ratings = [
        {"person": 1, "at": -1.0, "total": 34, "after": False}, {"person": 1, "at": 3.0, "total": 10, "after": True},
        {"person": 2, "at": -1.0, "total": 12, "after": False},
    ]  # fmt: skip
    found = check(met(), ratings=ratings)["methods"]["last value"]
    assert found["crps"] == pytest.approx(14.0)
    later = check(met(made=3.0), ratings=ratings)["methods"]["last value"]
    assert later["crps"] == pytest.approx(10.0)


@pytest.mark.story("HF-FOR-042")
def test_rivals_of_the_programme_speak_once_there_is_enough() -> None:
    few = [{"person": 1, "at": float(day), "total": 20, "after": day > 0} for day in range(-1, FEWEST - 1)]
    assert "mean of the programme" not in check(met(made=50, at=60), ratings=few)["methods"]
    more = [*few, {"person": 2, "at": 40.0, "total": 30, "after": True}, {"person": 2, "at": -1.0, "total": 35,
                                                                         "after": False},
            {"person": 3, "at": 41.0, "total": 22, "after": True}]  # fmt: skip
    assert {"mean of the programme", "mixed model"} <= set(check(met(made=50, at=60), ratings=more)["methods"])


@pytest.mark.story("HF-FOR-042")
def test_a_rival_fitted_for_a_later_forecast_says_nothing_of_an_earlier_one() -> None:
    """Made on day 3 of a day far ahead: the mixed model of day 50 is not asked, though that rating came first."""
    ratings = [{"person": person, "at": at, "total": total + person, "after": at > 0}
               for person in range(6) for at, total in ((-1.0, 30), (40.0, 20), (45.0, 18))]  # fmt: skip
    later, early = met(made=50.0, at=60.0), met(made=3.0, at=70.0)
    assert check(later, ratings=ratings)["methods"]["mixed model"]["n"] == 1
    assert "mixed model" not in check(later, early, ratings=ratings)["methods"]


@pytest.mark.story("HF-FOR-043")
def test_forecasts_that_are_far_off_raise_the_alarm_and_right_ones_do_not() -> None:
    random = np.random.default_rng(2)
    right, wrong = [], []
    for number in range(120):
        off = 6 * random.standard_normal()
        for every, shift in ((right, 0.0), (wrong, 9.0)):
            total = int(np.clip(np.rint(30 + off + shift), 0, 60))
            bands = {share: norm.ppf([0.5 - float(share) / 200, 0.5 + float(share) / 200], 30, 6).tolist()
                     for share in ("50", "80", "95")}  # fmt: skip
            every.append(met(number, 0.0, number + 1.0, total, 30.0) | {"bands": bands})
    assert check(*right)["drift"]["raised"] is False
    found = check(*wrong)["drift"]
    assert found["raised"] is True
    assert found["raised_at"] < 40
    assert found["by_question"]["above the median"] > 1 / found["alarm"]


@pytest.mark.parametrize("sd", [4.0, 6.0, 8.0, 10.0])
def test_a_forecast_of_which_only_bands_were_kept_scores_as_the_whole_one(sd: float) -> None:
    draws = np.rint(np.clip(25 + sd * np.random.default_rng(1).standard_normal(100_000), 0, 60))
    whole = chances_of_totals(draws, 60)[None]
    bands = {share: np.percentile(draws, [50 - float(share) / 2, 50 + float(share) / 2]).tolist()
             for share in ("50", "80", "95")}  # fmt: skip
    kept = chances_of_bands(float(np.median(draws)), bands, 60)
    assert kept.sum() == pytest.approx(1.0)
    totals = np.arange(61)
    apart = crps(np.repeat(kept, 61, axis=0), totals) - crps(np.repeat(whole, 61, axis=0), totals)
    likely = whole[0] > 1e-4
    assert np.abs(apart[likely]).max() < 0.4
    assert 0 < whole[0] @ apart < 0.01
    assert held(kept, 0.8)[0] == pytest.approx(held(whole, 0.8)[0], abs=0.035)


def whole_and_kept(example: str) -> tuple[list[Any], list[Any]]:
    """The chances of each of the first 61 days of an example's forecast: whole, and by its median and bands."""
    patient = read_patient(json.loads((ROOT / "docs" / "examples" / "forecast" / example).read_text()))
    curve = forecast(patient, whole=True)["curve"]
    totals = curve["totals"]
    whole = [
        chances_of_counts(first, counts, 60) for first, counts in zip(totals["from"], totals["counts"], strict=True)
    ]
    kept = [chances_of_bands(curve["median"][day], {name: ends[day] for name, ends in curve["bands"].items()}, 60)
            for day in range(len(whole))]  # fmt: skip
    return whole, kept


@pytest.mark.story("HF-FOR-042")
@pytest.mark.parametrize("example", ["responder.json", "non_responder.json"])
def test_by_how_much_median_and_bands_of_a_real_forecast_are_off(example: str) -> None:
    whole, kept = whole_and_kept(example)
    assert len(whole) == 61
    on_average, of_one = [], []
    for exact, about in zip(whole, kept, strict=True):
        totals = np.arange(61)
        apart = crps(np.repeat(about, 61, axis=0), totals) - crps(np.repeat(exact, 61, axis=0), totals)
        on_average.append(float(exact[0] @ apart))
        of_one.append(float(np.abs(apart[exact[0] > 1e-3]).max()))
    assert min(on_average) > 0.001
    assert 0.008 < max(on_average) < 0.016
    assert 0.3 < max(of_one) < 0.6


@pytest.mark.story("HF-FOR-042")
def test_a_forecast_kept_whole_is_scored_exactly_and_told_apart() -> None:
    draws = np.rint(np.clip(20 + 5 * np.random.default_rng(3).standard_normal(1600), 0, 60)).astype(int)
    first = int(draws.min())
    counts = {"from": first, "counts": np.bincount(draws - first).tolist()}
    found = check(met(total=27) | {"counts": counts}, met(at=9.0))
    assert found["rests_on"] == {"whole": 1, "bands": 1}
    alone = check(met(total=27) | {"counts": counts})["methods"][OURS]
    assert alone["crps"] == pytest.approx(crps_of_draws(draws, 27.0), abs=1e-9)
    assert check(met(total=27))["methods"][OURS]["crps"] != pytest.approx(alone["crps"], abs=1e-3)


def keyed(number: int, at: float, total: int, **more: Any) -> dict[str, Any]:
    return met(number, at - 1.0, at, total) | {"key": f"rating {number}"} | more


@pytest.mark.story("HF-FOR-043")
def test_a_rating_entered_late_moves_no_place_of_those_before() -> None:
    """Its random part is the rating's own: drawn one after another it would be dealt anew to all that follow."""
    some = [keyed(number, 10.0 + number, 14 + number % 13) for number in range(60)]
    before, late = check(*some)["pit"], keyed(99, 5.0, 20)
    after = check(late, *some)["pit"]
    assert sum(abs(one - other) for one, other in zip(before, after, strict=True)) == 1
    in_turn = [places_in_turn(one) for one in (some, [late, *some])]
    moved = sum(abs(one - other) for one, other in zip(*in_turn, strict=True))
    assert moved > 1, "as it was before; else this test could not tell"


def places_in_turn(every: list[dict[str, Any]]) -> list[int]:
    """Where they lie if the random part is drawn one after another."""
    chances = np.concatenate([chances_of_bands(one["median"], one["bands"], 60) for one in every])
    uniform = np.random.default_rng(1).uniform(size=len(every))
    return pit_histogram(places(chances, [one["total"] for one in every], uniform))


@pytest.mark.story("HF-FOR-043")
def test_the_alarm_counts_in_the_order_of_entry_and_from_the_day_it_was_closed() -> None:
    far = [keyed(number, 10.0 + number, 45, known=10.0 + number) for number in range(12)]
    raised = check(*far)["drift"]
    assert (raised["raised"], raised["n"]) == (True, 12)
    right = np.rint(20 + 6 * norm.ppf((np.arange(30) * 7 % 30 + 0.5) / 30)).astype(int).tolist()
    late = [keyed(50 + number, 1.0 + number, total, known=100.0 + number) for number, total in enumerate(right)]
    assert check(*far, *late)["drift"]["raised_at"] == raised["raised_at"], "what is entered later comes later"
    anew = learning_check({"scale": "madrs", "met": [*far, *late], "ratings": [], "drift_since": 99.0})["drift"]
    assert (anew["raised"], anew["n"]) == (False, 30)


def test_the_random_part_is_even_over_keys() -> None:
    found = np.sort([uniform_of(f"rating {number}") for number in range(4000)])
    assert np.abs(found - (np.arange(4000) + 0.5) / 4000).max() < 1.63 / np.sqrt(4000), "Kolmogorov, 1 %"


def test_bands_that_are_one_total_are_a_forecast_too() -> None:
    kept = chances_of_bands(0.0, {"50": [0, 0], "80": [0, 0], "95": [0, 4]}, 60)
    assert kept.sum() == pytest.approx(1.0)
    assert kept[0, 0] > 0.8
    assert chances_of_normal(0.0, 1.0, 60)[0, 0] < kept[0, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"total": 61}, "met.0..total"), ({"at": 0.0}, "did not come after"), ({"bands": {"50": [1]}}, "two numbers"),
     ({"counts": {"from": 55, "counts": [1] * 7}}, "goes beyond the highest total of the scale, 60"),
     ({"counts": {"from": -1, "counts": [1]}}, "whole numbers of ratings"), ({"counts": [1]}, "must be an object"),
     ({"counts": {"from": 1, "counts": [0]}}, "whole numbers of ratings"), ({"known": "soon"}, "known"),
     ({"counts": {"from": 1, "counts": [0.5]}}, "whole numbers of ratings"),
     ({"median": "high"}, "median"), ({"bands": {"50": [30, 20], "80": [1, 2], "95": [0, 1]}}, "low end first")],
)  # fmt: skip
def test_a_faulty_file_is_one_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(met() | change)


def test_a_rating_that_no_scale_has_is_one_sentence() -> None:
    with pytest.raises(InputError, match=r"ratings.0..total is 500"):
        learning_check({"scale": "madrs", "ratings": [{"person": 1, "at": 1, "total": 500, "after": True}]})


def test_the_command_reads_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "check", str(EXAMPLE), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 32
    assert set(found["methods"]) >= {OURS, "last value", "mixed model"}
    assert main(["cohort", "check", str(EXAMPLE)]) == 0
    assert "Drift alarm: not raised" in capsys.readouterr().out
