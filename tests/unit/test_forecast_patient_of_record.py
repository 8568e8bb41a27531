"""A course as the forecast takes it: what is told, what is left out, and that every gap is a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.clinic.forecasts.patient_file import (
    SCALES,
    DoseOnRecord,
    OnRecord,
    PlanOnRecord,
    RatingOnRecord,
    file_of,
)
from holdfast.facts import load
from holdfast.forecast.patient_file import MOST_RATINGS, read_patient

RECORD = OnRecord(
    today=21.0, drug="ketamine", route="iv", usual_duration_min=40.0, weight_kg=82.0, age_y=51.0, sex="male",
    indication="mdd", headline="madrs", protocol="iv-racemic",
    doses=(
        DoseOnRecord(0.0, "ketamine", "iv", 41.0, 40.0, 1), DoseOnRecord(7.0, "ketamine", "iv", 41.0, 55.0, 2),
    ),
    ratings=(
        RatingOnRecord(-0.1, "madrs", 34.0), RatingOnRecord(8.0, "madrs", 20.0),
        RatingOnRecord(14.0, "phq-9", 9.0, item_9=1),
    ),
    plan=PlanOnRecord(days=(28.0,), intervals_d=(7,), dose_mg_per_kg=0.5, review_day=42.0),
)  # fmt: skip


@pytest.mark.story("HF-FOR-026")
def test_a_whole_record_is_a_file_the_forecast_reads() -> None:
    mapped = file_of(RECORD)
    patient = read_patient(mapped.file)
    assert mapped.why_none == ""
    assert [(one.day, one.dose.dose_mg, one.dose.duration_h) for one in patient.doses] == [
        (0.0, 41.0, pytest.approx(40 / 60)), (7.0, 41.0, pytest.approx(55 / 60)),
    ]  # fmt: skip
    assert [(one.scale, one.total, one.item_9) for one in patient.ratings] == [
        ("madrs", 34, None), ("madrs", 20, None), ("phq-9", 9, 1),
    ]  # fmt: skip
    assert (patient.weight_kg, patient.age_y, patient.sex, patient.diagnosis, patient.scale) == (
        82.0, 51.0, "male", "mdd", "madrs",
    )  # fmt: skip
    assert patient.protocol == "iv-racemic"
    assert patient.planned.days[:3] == (28.0, 35.0, 42.0)
    assert patient.planned.days[-1] <= 21 + 182
    assert patient.planned.dose is not None
    assert (patient.planned.dose.dose_mg_per_kg, patient.planned.review_day) == (0.5, 42.0)
    assert mapped.left_out == (
        "The plan in force is taken to go on over 26 weeks: every 7 days.",
        "Not on record, so the model's typical values stand in: ancestry.",
    )


@pytest.mark.story("HF-FOR-026")
def test_what_is_not_on_record_is_left_out_of_the_file_and_said() -> None:
    bare = replace(RECORD, weight_kg=None, age_y=None, sex=None, indication="any")
    mapped = file_of(bare)
    assert not {"weight_kg", "age_y", "sex", "diagnosis"} & mapped.file.keys()
    assert mapped.left_out[-1] == (
        "Not on record, so the model's typical values stand in: weight (70 kg), age (45 years), sex, ancestry."
    )


@pytest.mark.story("HF-FOR-026")
def test_a_dose_of_unknown_amount_is_left_out_and_named_and_a_duration_is_the_protocols() -> None:
    doses = (*RECORD.doses, DoseOnRecord(14.0, "ketamine", "iv", None, 40.0, 3),
             DoseOnRecord(20.0, "ketamine", "iv", 41.0, None, 4))  # fmt: skip
    mapped = file_of(replace(RECORD, doses=doses))
    assert [one["day"] for one in mapped.file["doses"]] == [0.0, 7.0, 20.0]
    assert mapped.file["doses"][-1]["duration_min"] == 40.0
    assert "Treatment session 3 left out: the amount of the dose is not recorded." in mapped.left_out
    assert "Treatment session 4: duration not recorded, 40 min taken, as the protocol has it." in mapped.left_out


def test_a_spray_has_no_duration() -> None:
    dose = DoseOnRecord(0.0, "esketamine", "nasal", 56.0, None, 1)
    mapped = file_of(replace(RECORD, route="nasal", drug="esketamine", usual_duration_min=None, doses=(dose,)))
    assert mapped.file["doses"] == [{"day": 0.0, "drug": "esketamine", "route": "nasal", "dose_mg": 56.0}]


RATINGS = (
    ("another scale", RatingOnRecord(9.0, "gad-7", 11.0), "Ratings of other scales left out (GAD-7)"),
    ("half a point", RatingOnRecord(9.0, "madrs", 20.5), "1 rating left out: no total, or no whole number."),
    ("no total", RatingOnRecord(9.0, "madrs", None), "1 rating left out: no total, or no whole number."),
    ("after placebo", RatingOnRecord(9.0, "madrs", 31.0, leg="placebo"), "1 rating after placebo left out."),
    ("twice", RatingOnRecord(8.0, "madrs", 21.0), "1 rating left out: a later one of the same scale"),
)


@pytest.mark.parametrize(("rating", "said"), [row[1:] for row in RATINGS], ids=[row[0] for row in RATINGS])
def test_a_rating_that_cannot_be_used_is_named(rating: RatingOnRecord, said: str) -> None:
    mapped = file_of(replace(RECORD, ratings=(*RECORD.ratings, rating)))
    assert any(one.startswith(said) for one in mapped.left_out), mapped.left_out
    assert len(mapped.file["ratings"]) == 3
    read_patient(mapped.file)


def test_of_two_at_one_time_the_later_entered_counts() -> None:
    mapped = file_of(replace(RECORD, ratings=(*RECORD.ratings, RatingOnRecord(8.0, "madrs", 21.0))))
    assert [one["total"] for one in mapped.file["ratings"]] == [34, 21, 9]


def test_a_session_that_is_late_is_taken_as_today() -> None:
    mapped = file_of(replace(RECORD, plan=PlanOnRecord(days=(20.0, 28.0), intervals_d=(7,))))
    assert mapped.file["planned"]["days"][:3] == [21.0, 28.0, 35.0]
    assert "1 treatment session planned before today and not recorded: taken as today." in mapped.left_out


def test_two_intervals_are_taken_in_turn() -> None:
    mapped = file_of(replace(RECORD, plan=PlanOnRecord(days=(24.0,), intervals_d=(3, 4))))
    assert mapped.file["planned"]["days"][:4] == [24.0, 27.0, 31.0, 34.0]


def test_without_a_plan_the_gap_of_the_last_two_goes_on_and_it_is_said() -> None:
    mapped = file_of(replace(RECORD, plan=PlanOnRecord(days=(28.0,))))
    assert mapped.file["planned"]["days"][:2] == [28.0, 49.0]
    assert any(one.startswith("No plan is in force: after the last planned") for one in mapped.left_out)
    assert "days" not in file_of(replace(RECORD, plan=PlanOnRecord())).file["planned"]


def test_a_first_session_that_is_planned_without_a_plan_or_a_dose_is_no_error() -> None:
    record = replace(RECORD, doses=(), plan=PlanOnRecord(days=(22.0,)))
    mapped = file_of(record)
    assert mapped.why_none.startswith("Not enough data: no dose with its amount")
    assert "No plan is in force: after the last planned treatment session none is expected." in mapped.left_out


def test_no_rating_is_not_enough_data() -> None:
    assert file_of(replace(RECORD, ratings=())).why_none.startswith("Not enough data: no rating")


def test_more_ratings_than_a_forecast_takes_lose_the_oldest() -> None:
    many = tuple(RatingOnRecord(place / 100, "madrs", 20.0) for place in range(MOST_RATINGS + 5))
    mapped = file_of(replace(RECORD, ratings=many))
    assert len(mapped.file["ratings"]) == MOST_RATINGS
    assert "The oldest 5 ratings left out: a forecast takes 1000." in mapped.left_out


def test_a_review_that_is_past_is_no_review_to_come() -> None:
    plan = replace(RECORD.plan, review_day=20.0)
    assert "review_day" not in file_of(replace(RECORD, plan=plan)).file["planned"]


def test_the_scales_are_those_of_the_links() -> None:
    linked = {str(row["scale"]) for row in load().rows("scale_links")}
    assert set(SCALES) == linked | {"madrs"}
