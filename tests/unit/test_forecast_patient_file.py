"""A patient file: what is read, and what is refused by one sentence that names its place."""

from __future__ import annotations

import copy
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli import main
from holdfast.errors import HoldfastError, InputError
from holdfast.forecast.patient_file import MOST_RATINGS, read_patient
from holdfast.forecast.plans import BOOSTER, STOP, UNCHANGED, plans
from tests.gates.repository import run

SOUND: dict[str, Any] = {
    "weight_kg": 70, "age_y": 45, "sex": "female", "today": 30,
    "doses": [
        {"day": 7, "drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40},
        {"day": 0, "drug": "ketamine", "route": "iv", "dose_mg": 35, "duration_min": 40},
    ],
    "ratings": [
        {"day": 14, "scale": "MADRS", "total": 20}, {"day": -1, "scale": "madrs", "total": 33},
        {"day": 14, "scale": "phq-9", "total": 11, "item_9": 1}, {"day": 21, "scale": "madrs", "total": None},
    ],
    "planned": {"every_d": 7, "review_day": 42},
}  # fmt: skip


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    content = copy.deepcopy(SOUND)
    change(content)
    return content


@pytest.mark.story("HF-FOR-001")
def test_doses_and_ratings_are_read_in_order_with_scales_by_their_id() -> None:
    patient = read_patient(SOUND)
    assert [one.day for one in patient.doses] == [0, 7]
    assert [(one.day, one.scale, one.total) for one in patient.ratings] == [
        (-1, "madrs", 33), (14, "madrs", 20), (14, "phq-9", 11), (21, "madrs", None),
    ]  # fmt: skip
    assert patient.baseline("madrs") is not None
    assert patient.baseline("phq-9") is None
    assert patient.scale == "phq-9", "the scale of the newest rating that was obtained"
    assert [one.item_9 for one in patient.ratings] == [None, None, 1, None]
    assert patient.notes == ("1 rating due and not obtained: nothing stands in for them",)


@pytest.mark.story("HF-FOR-001")
def test_ratings_before_the_baseline_are_left_out_and_said() -> None:
    content = changed(lambda c: c["ratings"].append({"day": -40, "scale": "madrs", "total": 12}))
    patient = read_patient(content)
    assert -40 not in [one.day for one in patient.ratings]
    assert "1 rating before the baseline left out" in patient.notes


IM = {"drug": "ketamine", "route": "im"}
MANY = [{"day": place / 200, "scale": "madrs", "total": 20} for place in range(5000)]
BAD: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("no today", lambda c: c.pop("today"), "today is missing"),
    ("today no number", lambda c: c.update(today="monday"), "today is 'monday'"),
    ("dose in the future", lambda c: c["doses"][0].update(day=31), "a dose on day 31 lies after today, day 30"),
    ("rating in the future", lambda c: c["ratings"][0].update(day=31), "a rating on day 31 lies after today, day 30"),
    ("out of range", lambda c: c["ratings"][0].update(total=61), "it runs from 0 to 60, not 61"),
    ("below the range", lambda c: c["ratings"][0].update(total=-1), "it runs from 0 to 60, not -1"),
    ("half a point", lambda c: c["ratings"][0].update(total=20.5), "is not a whole number"),
    ("total as text", lambda c: c["ratings"][0].update(total="20"), "is not a whole number"),
    ("unknown scale", lambda c: c["ratings"][0].update(scale="bdi"), "No scale (ratings[0].scale) is called 'bdi'"),
    ("scale no word", lambda c: c["ratings"][0].update(scale=9), "ratings[0].scale is 9"),
    ("one scale twice a day", lambda c: c["ratings"][0].update(day=-1), "two ratings of madrs stand on day -1"),
    ("no rating", lambda c: c.update(ratings=[]), "there is no rating"),
    ("none obtained", lambda c: c.update(ratings=[{"day": 1, "scale": "madrs"}]), "there is no rating"),
    ("two doses at once", lambda c: c["doses"][0].update(day=0), "two doses stand on day 0"),
    ("no dose at all", lambda c: c.update(doses=[]), "no dose was given and none is planned"),
    ("unknown drug", lambda c: c["doses"][0].update(drug="aspirin"), "doses[0]: drug 'aspirin' is not known"),
    ("amount missing", lambda c: c["doses"][1].pop("dose_mg"), "doses[1]: give a dose either in mg or in mg/kg"),
    ("amount no number", lambda c: c["doses"][1].update(dose_mg="35"), "doses[1].dose_mg is '35'; give a number"),
    ("50 for 0.50 mg/kg", lambda c: c["doses"][0].update(dose_mg_per_kg=50), "doses[0].dose_mg_per_kg is 50, outside"),
    ("planned beyond any", lambda c: c["planned"].update(dose={**IM, "dose_mg_per_kg": 1e9}),
     "planned.dose.dose_mg_per_kg is 1e+09, outside"),
    ("an endless infusion", lambda c: c["doses"][0].update(duration_min=1e9), "doses[0].duration_min is 1e+09, out"),
    ("an unknown field", lambda c: c["doses"][0].update(dosis=1), "doses[0].dosis is not a field"),
    ("item 9 of another scale", lambda c: c["ratings"][0].update(item_9=1), "is an item of phq-9, not of madrs"),
    ("item 9 out of range", lambda c: c["ratings"][2].update(item_9=4), "ratings[2].item_9 is 4; give 0 to 3"),
    ("planned in the past", lambda c: c.update(planned={"days": [20]}), "planned.days[0] is day 20, before today"),
    ("review in the past", lambda c: c["planned"].update(review_day=3),
     "planned.review_day is day 3, before today, day 30; give a day from today on"),
    ("planned twice over", lambda c: c["planned"].update(days=[31]), "planned holds both every_d and days"),
    ("planned too often", lambda c: c["planned"].update(every_d=0), "planned.every_d is 0; give days from 1 to 366"),
    ("pounds", lambda c: c.update(weight_kg=400), "weight_kg is 400"),
    ("age no number", lambda c: c.update(age_y=True), "age_y is True"),
    ("sex", lambda c: c.update(sex="F"), "sex 'F' is not one of female, male"),
    ("trials", lambda c: c.update(failed_trials=-1), "failed_trials is -1"),
    ("care no word", lambda c: c.update(care={"hospital": "yes"}), "care.hospital is 'yes'; give true or false"),
    ("doses no list", lambda c: c.update(doses={}), "doses must be a list"),
    ("day not finite", lambda c: c["ratings"][0].update(day=float("nan")), "give a day as a number"),
    ("5,000 ratings", lambda c: c.update(ratings=MANY),
     f"ratings holds 5000; a forecast takes at most {MOST_RATINGS}"),
]  # fmt: skip


@pytest.mark.story("HF-FOR-001")
@pytest.mark.parametrize(("change", "says"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_what_cannot_be_is_one_sentence(change: Callable[[dict[str, Any]], Any], says: str) -> None:
    with pytest.raises(HoldfastError) as refused:
        read_patient(changed(change))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.story("HF-FOR-001")
def test_a_treatment_session_planned_for_today_that_was_given_counts_once() -> None:
    given = changed(lambda c: (c["doses"][0].update(day=30), c.update(planned={"days": [30, 37]})))
    patient = read_patient(given)
    assert patient.planned.days == (37.0,)
    assert "planned for day 30, where a dose was given already: counted once" in patient.notes
    assert plans(patient, 60.0)[0].days == (37.0,)


def test_the_sound_file_is_refused_by_none_of_these() -> None:
    read_patient(SOUND)  # else every case above could pass for a reason of its own


@pytest.mark.parametrize("content", [None, [], 3, "patient"])
def test_what_is_no_object_is_refused(content: Any) -> None:
    with pytest.raises(HoldfastError, match="must be an object"):
        read_patient(content)


@pytest.mark.story("HF-FOR-002")
def test_the_unchanged_plan_stands_first_and_none_lies_outside_the_horizon() -> None:
    patient = read_patient(SOUND)
    made = plans(patient, 30 + 182)
    assert [one.name for one in made] == [
        UNCHANGED, STOP, "every-1-weeks", "every-2-weeks", "every-3-weeks", "every-4-weeks", "taper", BOOSTER,
    ]  # fmt: skip
    assert made[1].days == ()
    assert all(30 <= day <= 212 for one in made for day in one.days)
    days = {one.name: len(one.days) for one in made}
    assert days["every-1-weeks"] == 27 > days["every-2-weeks"] > days["every-3-weeks"] > days["every-4-weeks"] == 7
    assert days["every-4-weeks"] < days["taper"] < days["every-1-weeks"]


def test_without_a_plan_the_last_gap_goes_on_and_it_is_said() -> None:
    patient = read_patient(changed(lambda c: c.pop("planned")))
    first = plans(patient, 60)[0]
    assert first.words == "nothing is planned: as the last two doses, every 7 days"
    assert first.days == (30, 37, 44, 51, 58)


LIGHT = "import holdfast.forecast, holdfast.forecast.patient_file, holdfast.forecast.plans, holdfast.forecast.told"


@pytest.mark.story("HF-FOR-001")
@pytest.mark.parametrize(("module", "loaded"), [(LIGHT, False), ("import holdfast.forecast.bodies", True)])
def test_reading_a_file_loads_no_numerics(module: str, *, loaded: bool) -> None:
    said = "import sys; print(any(name in sys.modules for name in ('numpy', 'scipy', 'jax', 'numba', 'django')))"
    done = run(sys.executable, "-c", f"{module}\n{said}")
    assert done.stdout.strip() == str(loaded), done.stderr


DOUBTFUL_JSON = [
    ("a name twice", lambda sound: sound[:-1] + ', "today": 31}', "'today' stands twice in one object"),
    ("not a number", lambda sound: sound.replace('"today": 30', '"today": NaN'), "NaN is no number of JSON"),
    ("5,000 digits", lambda sound: sound.replace('"today": 30', f'"today": {"9" * 5000}'), "is not a whole number"),
    ("half a sign", lambda sound: sound.replace("female", "\\ud800"), "holds half a sign"),
    ("cut off", lambda sound: sound[:40], "not JSON"),
    ("empty", lambda sound: "", "is empty; give one JSON object"),
    ("blank", lambda sound: " \n", "is empty; give one JSON object"),
]  # fmt: skip


@pytest.mark.story("HF-FOR-001")
@pytest.mark.parametrize("stdin", [False, True], ids=["file", "standard input"])
@pytest.mark.parametrize(("spoil", "says"), [one[1:] for one in DOUBTFUL_JSON], ids=[one[0] for one in DOUBTFUL_JSON])
def test_doubtful_json_is_refused_alike_from_a_file_and_from_standard_input(
    spoil: Callable[[str], str], says: str, stdin: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    text, path = spoil(json.dumps(SOUND)), tmp_path / "patient.json"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert main(["forecast", "-" if stdin else str(path)]) == InputError.exit_code
    said = capsys.readouterr().err
    assert says in said
    assert said.startswith("holdfast: standard input" if stdin else f"holdfast: {path}")


def test_a_closed_standard_input_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["forecast", "-"]) == InputError.exit_code
    assert "standard input: is closed" in capsys.readouterr().err
