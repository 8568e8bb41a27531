"""What a forecast says of the documented examples, when it says nothing, and what its numbers hang together by."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.forecast.answers import chance_of, curve
from holdfast.forecast.forecast import forecast
from holdfast.forecast.patient_file import read_patient
from holdfast.forecast.plans import BOOSTER, STOP, UNCHANGED
from holdfast.forecast.posterior import USUAL
from holdfast.forecast.told import told
from holdfast.forecast.verdicts import learnt
from tests.gates.repository import ROOT

FOLDER = ROOT / "docs" / "examples" / "forecast"
EXAMPLES = ("responder", "non_responder", "fading_response", "two_ratings", "contradictory")
TOLD = tuple(name for name in EXAMPLES if name != "contradictory")


def content_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def answer(name: str) -> dict[str, Any]:
    return forecast(read_patient(content_of(name)))


@pytest.mark.story("HF-FOR-006")
def test_contradictory_entries_are_unlike_the_population_and_get_no_forecast() -> None:
    found = answer("contradictory")
    assert found["verdict"]["unlike_population"]
    assert found["verdict"]["p_value"] < 1e-4
    assert (found["curve"], found["answers"], found["plans"]) == (None, None, None)
    assert "Unlike the population" in found["verdict"]["said"][0]


@pytest.mark.story("HF-FOR-006")
@pytest.mark.parametrize("name", TOLD)
def test_sound_patients_are_like_the_population(name: str) -> None:
    """The verdict hangs on the ratings: the same patient, with the scores of the contradictory one, is unlike it."""
    assert not answer(name)["verdict"]["unlike_population"]
    assert answer(name)["verdict"]["p_value"] > 0.01


@pytest.mark.story("HF-FOR-006")
def test_a_baseline_alone_is_not_enough_and_says_what_the_population_does() -> None:
    content = content_of("two_ratings")
    content["ratings"] = content["ratings"][:1]
    found = forecast(read_patient(content))
    assert not found["verdict"]["enough_data"]
    assert found["verdict"]["said"][0].startswith("Not enough data: no rating since the first dose")
    low, high = found["curve"]["bands"]["80"][30]
    assert high - low > 15, "never a confident curve"


INFUSION = {"drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40}
BEGINNINGS = {
    "planned, each week": {"today": 0, "planned": {"every_d": 7, "dose": INFUSION}},
    "planned, by day": {"today": -3, "planned": {"days": [0, 3, 7], "dose": INFUSION}},
    "planned, first one today": {"today": 0, "planned": {"days": [0, 3, 7], "dose": INFUSION}},
    "given today": {"today": 0, "doses": [{"day": 0, **INFUSION}]},
}


@pytest.mark.story("HF-FOR-006")
@pytest.mark.parametrize("name", BEGINNINGS)
def test_before_anything_could_act_the_population_is_told(name: str) -> None:
    content = BEGINNINGS[name]
    found = forecast(read_patient({"ratings": [{"day": -7, "scale": "madrs", "total": 33}], **content}))
    begun = "doses" in content
    why = "rating since the first dose" if begun else "treatment session so far"
    assert found["verdict"]["said"][0].startswith(f"Not enough data: no {why}. What follows is what the population")
    low, high = found["curve"]["bands"]["80"][30]
    assert high - low > 15, "never a confident curve"
    first, last = (found["curve"]["median"][day] for day in (0, 30))
    assert last < first - 4, "what is planned or was given is lived"
    lines = "\n".join(told(found)[0])
    assert ("after 1 treatment session the chance" in lines) is begun
    assert ("No treatment session so far: the chance of a response by day" in lines) is not begun


@pytest.mark.story("HF-FOR-006")
def test_many_ratings_are_enough() -> None:
    assert answer("fading_response")["verdict"]["enough_data"]
    assert answer("fading_response")["verdict"]["learnt"] > 0.5


@pytest.mark.parametrize(("before", "after", "enough"), [(1.0, 1.0, False), (1.0, 0.95, False), (1.0, 0.8, True)])
def test_enough_is_a_matter_of_what_was_learnt(before: float, after: float, *, enough: bool) -> None:
    wide = np.random.default_rng(1).standard_normal(5000)
    assert learnt(before * wide, after * wide, 3).enough is enough
    assert not learnt(before * wide, after * wide, 0).enough


@pytest.mark.story("HF-FOR-002")
@pytest.mark.parametrize("name", TOLD)
def test_every_answer_has_an_interval_around_it(name: str) -> None:
    found = answer(name)
    assert [one["plan"] for one in found["plans"]][:2] == [UNCHANGED, STOP]
    assert found["plans"][-1]["plan"] == BOOSTER
    for one in found["plans"]:
        assert 0 <= one["relapse"]["low"] <= one["relapse"]["chance"] <= one["relapse"]["high"] <= 1
        for quantity in ("weeks_well", "treatment_sessions", "dose_mg", "hours_in_clinic"):
            assert 0 <= one[quantity]["low"] <= one[quantity]["high"]
        assert 0 <= one["weeks_well"]["expected"] <= one["weeks"]
    response = found["answers"]["response_by_review"]
    assert 0 <= response["low"] <= response["chance"] <= response["high"] <= 1
    assert json.loads(json.dumps(found, allow_nan=False)) is not None


@pytest.mark.story("HF-FOR-002")
@pytest.mark.parametrize("name", TOLD)
def test_bands_lie_in_each_other_and_within_the_scale(name: str) -> None:
    curve = answer(name)["curve"]
    bands = {band: np.array(rows) for band, rows in curve["bands"].items()}
    median = np.array(curve["median"])
    for inner, outer in (("50", "80"), ("80", "95")):
        assert (bands[outer][:, 0] <= bands[inner][:, 0]).all()
        assert (bands[outer][:, 1] >= bands[inner][:, 1]).all()
    assert (bands["50"][:, 0] <= median).all()
    assert (median <= bands["50"][:, 1]).all()
    assert bands["95"].min() >= 0
    assert bands["95"].max() <= 60


@pytest.mark.story("HF-FOR-002")
def test_a_responder_fares_better_than_a_non_responder() -> None:
    well, ill = answer("responder"), answer("non_responder")
    assert well["answers"]["response_by_review"]["chance"] > 0.7 > 0.35 > ill["answers"]["response_by_review"]["chance"]
    assert well["plans"][0]["weeks_well"]["expected"] > ill["plans"][0]["weeks_well"]["expected"] + 5
    assert well["answers"]["benefit"]["lasted"]["ratings"] >= 4
    assert ill["answers"]["benefit"]["lasted"] is None
    later = ill["answers"]["later_response"]
    assert later["after_treatment_sessions"] == 6
    assert 0 < later["low"] < later["chance"] < later["high"] < 1


@pytest.mark.story("HF-FOR-002")
def test_who_has_relapsed_is_told_so_and_given_no_chance_of_it() -> None:
    """MADRS 26 and 28 a week apart: the definition is met on day 100; a dose on day 101 makes well again by day 103."""
    given = content_of("fading_response")
    given |= {"today": 100, "planned": {"every_d": 28}}
    given |= {name: [one for one in given[name] if one["day"] <= 100] for name in ("doses", "ratings")}
    found = forecast(read_patient(given))["answers"]["relapse_before_next"]
    assert found["chance"] is None
    assert "until day 100 meet the definition" in found["why"]
    assert answer("fading_response")["answers"]["relapse_before_next"]["chance"] is not None


def test_relapse_of_who_was_never_well_is_said_to_count_a_response_first() -> None:
    assert any("responds first" in note for note in answer("non_responder")["notes"])
    assert not any("responds first" in note for note in answer("responder")["notes"])


def test_more_frequent_doses_help_a_fading_responder_in_the_model() -> None:
    weeks = {one["plan"]: one["weeks_well"]["expected"] for one in answer("fading_response")["plans"]}
    assert weeks["every-1-weeks"] > weeks["every-2-weeks"] > weeks["every-4-weeks"] > weeks[STOP]
    booster = next(one for one in answer("fading_response")["plans"] if one["plan"] == BOOSTER)
    assert booster["treatment_sessions"]["low"] < booster["treatment_sessions"]["high"]
    assert weeks[STOP] < weeks[BOOSTER]


@pytest.mark.story("HF-FOR-001")
def test_item_9_moves_no_number() -> None:
    content = content_of("responder")
    changed = copy.deepcopy(content)
    for one in changed["ratings"]:
        if "item_9" in one:
            one["item_9"] = 3
    first, second = answer("responder"), forecast(read_patient(changed))
    assert first["item_9"]["last"] == 0
    assert second["item_9"]["last"] == 3
    assert first["plans"] == second["plans"]
    assert first["curve"] == second["curve"]


@pytest.mark.parametrize("scale", ["phq-9", "qids-sr16", "ham-d17"])
def test_another_scale_is_answered_within_its_points(scale: str) -> None:
    content = {**content_of("responder"), "scale": scale}
    found = forecast(read_patient(content))
    assert found["scale"] == scale
    assert np.max(found["curve"]["bands"]["95"]) <= (52 if scale == "ham-d17" else 27)
    assert any("published link of group means" in one for one in found["notes"])
    if scale != "phq-9":  # no baseline on it
        assert found["answers"]["response_by_review"]["chance"] is None
        assert BOOSTER not in [one["plan"] for one in found["plans"]]


def test_a_scale_without_a_link_is_refused() -> None:
    content = content_of("two_ratings")
    content["ratings"].append({"day": 2, "scale": "hamd-6", "total": 5})
    with pytest.raises(InputError, match="no published link joins hamd-6 to MADRS"):
        forecast(read_patient(content))


def test_the_interval_of_a_chance_leaves_out_the_noise_of_counting() -> None:
    random = np.random.default_rng(3)
    alike = random.uniform(size=(6, 4000)) < 0.4
    apart = random.uniform(size=(6, 4000)) < np.where(np.arange(4000) % 2, 0.1, 0.7)
    narrow, wide = chance_of(alike), chance_of(apart)
    assert narrow.high - narrow.low < 0.12
    assert wide.high - wide.low > 0.4
    assert narrow.chance == pytest.approx(0.4, abs=0.02)
    assert wide.chance == pytest.approx(0.4, abs=0.02)


def test_bands_end_at_totals_that_so_many_ratings_do_not_exceed() -> None:
    totals = np.random.default_rng(2).integers(0, 61, (3, 5, 41))
    found = curve([1.0, 2.0, 3.0], totals)
    by_sorting = np.percentile(totals.reshape(3, -1), [10, 50, 90], axis=1, method="inverted_cdf")
    assert found["median"] == by_sorting[1].tolist()
    assert np.array(found["bands"]["80"]).T.tolist() == by_sorting[[0, 2]].tolist()


@pytest.mark.parametrize("ratings", [1, 100, 101, 400, 1000])
def test_many_ratings_bound_what_is_kept_in_memory(ratings: int) -> None:
    effort = USUAL.bounded(ratings)
    assert effort.members * ratings <= max(USUAL.members, 512 * 10) * 100
    assert effort.particles >= 1000
    assert (effort == USUAL) is (ratings <= 100)


@pytest.mark.story("HF-FOR-001")
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_command_tells_every_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forecast", str(FOLDER / f"{name}.json")]) == 0
    printed = capsys.readouterr().out
    assert "model holdfast-2 version" in printed
    assert ("every-2-weeks" in printed) == (name in TOLD)


def test_a_bad_file_is_a_sentence_and_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "patient.json"
    bad.write_text(json.dumps({**content_of("two_ratings"), "ratings": []}), encoding="utf-8")
    assert main(["forecast", str(bad), "--json"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("holdfast: there is no rating")
