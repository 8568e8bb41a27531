"""Forecasts: asked for when data arrive, made by a job, kept whole, and told plainly where there is none."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any

import pytest
from django.db import connection, transaction

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.assessments.actions import correct_assessment, withdraw_assessment
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course, Source
from holdfast.clinic.forecasts import model_process
from holdfast.clinic.forecasts.actions import ask_forecast, renew_forecast
from holdfast.clinic.forecasts.models import Forecast, ForecastDecision, ForecastRequest, Why, digest_of
from holdfast.clinic.forecasts.on_record import on_record
from holdfast.clinic.forecasts.patient_file import file_of
from holdfast.clinic.jobs.models import Job, State
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, new_patient
from tests.clinic.forecasts import BEGUN, DAY, answering, decide, give, newest, rate, treated_course, worked

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(minutes=2)


@pytest.fixture
def treated(people: People) -> Course:
    return treated_course(people)


def requests() -> list[str]:
    return list(ForecastRequest.objects.order_by("pk").values_list("why", flat=True))


@pytest.mark.story("HF-FOR-020")
def test_data_ask_for_a_forecast_and_several_in_a_row_get_one(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch)
    assert requests() == [], "what an example or an import brings asks for nothing"
    rating = rate(people, treated, 15, NOW)
    rate(people, treated, 9, NOW, scale="phq-9")
    give(people, treated, NOW - dt.timedelta(hours=5))
    correct_assessment(actor=people.nurse, assessment=rating, total=17.0, why="typed wrongly", now=NOW)
    rate(people, treated, 11, NOW, scale="gad-7")
    assert requests() == ["rating", "rating", "dose", "rating"], "a scale no forecast takes asks for nothing"
    assert worked(NOW).done == 0, "entries that follow each other settle first"
    assert worked(LATER).done == 4
    assert len(asked) == 1
    assert Forecast.objects.count() == 1
    newest_rating = max(asked[0]["ratings"], key=lambda one: one["day"])
    assert newest_rating["total"] in (17, 9)
    assert {"day": pytest.approx(21.0), "scale": "madrs", "total": 17} in asked[0]["ratings"]
    assert len(asked[0]["doses"]) == 4


@pytest.mark.story("HF-FOR-020")
def test_a_withdrawal_asks_and_what_was_withdrawn_is_not_told(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch)
    wrong = rate(people, treated, 55, NOW, source=Source.CLINIC)
    withdraw_assessment(actor=people.nurse, assessment=wrong, why="another patient", now=NOW)
    worked(LATER)
    assert 55 not in [one["total"] for one in asked[-1]["ratings"]]


@pytest.mark.story("HF-FOR-020")
def test_a_forecast_is_kept_whole_with_what_it_rests_on(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch)
    rate(people, treated, 15, NOW)
    worked(LATER)
    row = newest(treated)
    assert (row.model, row.model_version, row.forecast_version, row.seed) == ("holdfast-2", "1", 1, 1)
    assert row.population_digest == "40dbd87ee8dfa44c"
    assert row.inputs_digest == digest_of(row.patient_file)
    assert row.day_zero_at == BEGUN
    assert row.day == pytest.approx(21.0, abs=0.01)
    assert (row.relapse_chance, row.relapse_low, row.unlike, row.enough_data) == (0.12, 0.06, False, True)
    assert "Ada" not in json.dumps(row.patient_file)
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE forecasts_forecast SET day = 0")
    told = AuditEntry.objects.filter(action="forecast.keep").get()
    assert told.details == {"inputs": row.inputs_digest[:16], "refused": False, "model": "holdfast-2"}


def test_an_unlike_patient_is_kept_without_a_curve_or_a_chance(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, unlike=True)
    rate(people, treated, 15, NOW)
    worked(LATER)
    row = newest(treated)
    assert row.unlike
    assert row.answer["curve"] is None
    assert row.relapse_chance is None
    with pytest.raises(RefusedError, match="no forecast here to decide with"):  # no schedule was shown
        decide(people.prescriber, row, now=LATER)


def test_what_cannot_be_forecast_says_why_and_asks_no_model(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch)
    from tests.clinic.conftest import new_course

    course = new_course(people, protocol="iv-racemic", indication="mdd")
    ask_forecast(actor=people.nurse, course=course, now=NOW)
    worked(LATER)
    assert asked == []
    assert newest(course).refused.startswith("Not enough data: no rating is on record")


@pytest.mark.story("HF-FOR-021")
def test_a_model_that_is_late_or_breaks_is_tried_again_and_then_left(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: Any, **__: Any) -> Any:
        raise numerics.NumericsError("took-too-long")

    monkeypatch.setattr(model_process, "forecast_of", late)
    rate(people, treated, 15, NOW)
    for minutes in (2, 4, 20):
        worked(NOW + dt.timedelta(minutes=minutes))
    job = Job.objects.get(kind="forecasts.make")
    assert (job.state, job.reason, job.tries) == (State.FAILED, "took-too-long", 3)
    assert not Forecast.objects.exists()


@pytest.mark.story("HF-FOR-021")
def test_without_the_packages_nothing_is_asked_and_data_are_kept(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numerics, "find_spec", lambda name: None)
    rate(people, treated, 15, NOW)
    assert requests() == []
    with pytest.raises(RefusedError, match="not installed"):
        ask_forecast(actor=people.nurse, course=treated, now=NOW)


@pytest.mark.story("HF-FOR-022")
def test_a_programme_that_hides_forecasts_has_no_job(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch)
    rate(people, treated, 15, NOW)
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=NOW)
    worked(LATER)
    treated.refresh_from_db()
    rate(people, Course.objects.get(pk=treated.pk), 14, LATER)
    assert requests() == ["rating"], "the one from before"
    assert asked == []
    with pytest.raises(RefusedError, match="shows no forecasts"):
        ask_forecast(actor=people.nurse, course=Course.objects.get(pk=treated.pk), now=LATER)


def test_a_request_is_answered_once_whoever_comes_second(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    from holdfast.clinic.forecasts.making import make_forecast

    asked = answering(monkeypatch)
    request = ask_forecast(actor=people.prescriber, course=treated, now=NOW)
    for _ in range(2):
        make_forecast(subject=str(request.public_id), clock=lambda: LATER)
    assert (len(asked), Forecast.objects.count()) == (1, 1)


@pytest.mark.story("HF-FOR-023")
def test_looking_back_takes_only_what_was_there(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch)
    rate(people, treated, 15, NOW)
    until = BEGUN + 10 * DAY
    ask_forecast(actor=people.prescriber, course=treated, until=until, now=NOW)
    worked(LATER)
    back = Forecast.objects.get(request__why=Why.LOOKING_BACK)
    assert back.day == pytest.approx(10.0)
    assert back.known_until == until
    assert {one["day"] <= 10 for one in [*back.patient_file["ratings"], *back.patient_file["doses"]]} == {True}
    assert len(asked) == 2, "one that looks back and one of today do not stand for each other"
    with pytest.raises(InputError, match="future"):
        ask_forecast(actor=people.prescriber, course=treated, until=LATER, now=NOW)


@pytest.mark.story("HF-FOR-024")
def test_a_decision_names_the_very_forecast_and_changes_nothing(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch)
    rate(people, treated, 15, NOW)
    worked(LATER)
    row = newest(treated)
    made = decide(
        people.prescriber, row, decided="schedule", schedule="every-2-weeks", reason="Travel is hard for her", now=LATER
    )
    assert made.schedule_words == "a treatment session every 2 weeks"
    told = AuditEntry.objects.filter(action="forecast.decide").get().details
    assert told["forecast"] == str(row.public_id)
    assert told["inputs"] == row.inputs_digest[:16]
    assert told["population"] == row.population_digest[:16]
    assert "Travel" not in json.dumps(told)
    assert treated.plans.count() == 0
    for wrong, said in (
        ({"decided": "schedule", "schedule": "daily"}, "schedule: choose one of those compared"),
        ({"decided": "schedule", "schedule": "unchanged"}, "schedule: choose one of those compared"),
        ({"decided": "keep", "schedule": "every-2-weeks"}, "schedule: goes with “change to a schedule that was"),
        ({"decided": "perhaps"}, "decided: 'perhaps' is not known"),
        ({"decided": "keep", "reason": " "}, "say why"),
    ):
        with pytest.raises(InputError, match=said):
            decide(people.prescriber, row, now=LATER, **wrong)
    assert ForecastDecision.objects.count() == 1


@pytest.mark.parametrize("role", ["nurse", "front_desk", "therapist", "programme_lead", "auditor", "administrator"])
def test_only_a_prescriber_decides(people: People, treated: Course, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    answering(monkeypatch)
    rate(people, treated, 15, NOW)
    worked(LATER)
    with pytest.raises(PermissionRefusedError):
        decide(people.by_role[role], newest(treated), now=LATER)


def test_nobody_at_the_front_desk_asks(people: People, treated: Course) -> None:
    with pytest.raises(PermissionRefusedError):
        ask_forecast(actor=people.front_desk, course=treated, now=NOW)
    with pytest.raises(PermissionRefusedError):
        renew_forecast(actor=people.front_desk, course=treated, why=Why.RATING, source=Source.CLINIC, now=NOW)


@pytest.mark.slow
@pytest.mark.story("HF-FOR-020")
def test_the_real_model_answers_in_another_process(people: People, treated: Course) -> None:
    loaded = {name for name in ("scipy", "numba", "jax") if name in sys.modules}
    rate(people, treated, 15, NOW)
    assert worked(LATER).done == 1
    row = newest(treated)
    assert row.refused == ""
    assert row.model == "holdfast-2"
    assert row.scale == "madrs"
    median = row.answer["curve"]["median"]
    assert len(median) == 183
    assert 5 < median[0] < 25
    assert {name for name in ("scipy", "numba", "jax") if name in sys.modules} == loaded


@pytest.mark.slow
def test_the_real_model_refuses_by_one_sentence_and_is_cut_off_in_time() -> None:
    assert (
        "no dose was given"
        in model_process.forecast_of({"today": 1, "ratings": [{"day": 0, "scale": "madrs", "total": 30}]}).refused
    )
    with pytest.raises(numerics.NumericsError, match="took-too-long"):
        model_process.forecast_of({"today": 1}, longest_s=0.01)


def test_a_course_of_study_days_counts_days_and_no_date(people: People) -> None:
    from tests.clinic.conftest import study_course

    course = study_course(people)
    record, zero = on_record(course, NOW)
    assert zero is None
    assert file_of(record).why_none.startswith("Not enough data")


def test_the_age_on_record_is_told_and_a_name_is_not(people: People) -> None:
    from tests.clinic.conftest import new_course

    patient = new_patient(people, "Bea Example", sex="female", date_of_birth=dt.date(1980, 5, 1))
    course = new_course(people, patient, protocol="iv-racemic", indication="mdd")
    record, _ = on_record(course, NOW)
    assert (record.age_y, record.sex, record.indication) == (46.0, "female", "mdd")


def test_the_command_line_asks_too(people: People, treated: Course) -> None:
    assert ask_forecast(actor=CommandLine(), course=treated, now=NOW).by is None
