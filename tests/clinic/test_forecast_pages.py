"""Pages of forecasts: what a clinician reads, who does not, what is said where there is none, and the worklist."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import KEPT
from holdfast.clinic.forecasts import model_process
from holdfast.clinic.forecasts.actions import ask_forecast
from holdfast.clinic.forecasts.models import Forecast, ForecastDecision, ForecastRequest
from holdfast.clinic.programmes.actions import choose_setting, sign_rule
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.clinic.worklist.queries import work
from tests.clinic.conftest import NOW, People
from tests.clinic.forecasts import BEGUN, DAY, answering, decide, newest, rate, treated_course, worked

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(minutes=2)
SEEN = ("<polygon", "Chance of a response", "holdfast-2", "weeks well", "Weeks well", "Forecast</h2>")


@pytest.fixture
def treated(people: People) -> Course:
    return treated_course(people)


@pytest.fixture
def forecast(people: People, treated: Course, monkeypatch: pytest.MonkeyPatch) -> Forecast:
    answering(monkeypatch)
    rate(people, treated, 15, NOW)
    worked(LATER)
    return newest(treated)


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: Any, name: str, *args: Any) -> str:
    response = client_of(user).get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def form_of(user: Any, forecast: Forecast) -> dict[str, str]:
    """The hidden fields of the decision's form, as its page holds them."""
    seen = page(user, "forecast-compare", forecast.public_id)
    found = {name: re.search(f'name="{name}"(?: value="([^"]*)")?', seen) for name in ("basis", "after")}
    return {name: (match[1] or "") if match else "" for name, match in found.items()}


def of_patient(user: Any, course: Course) -> str:
    return page(user, "patient", course.patient.public_id)


@pytest.mark.story("HF-FOR-027")
def test_the_page_of_the_patient_draws_it_and_says_what_it_is(people: People, forecast: Forecast) -> None:
    seen = of_patient(people.nurse, forecast.course)
    for word in (
        "<polygon",
        "92 %",
        "80 % interval 84 % to 98 %",
        "It informs whoever decides and directs nothing",
        "What it rests on, and where the model fails",
        "The same as a table",
    ):
        assert word in seen, word
    assert "<script" not in seen.partition("h-forecast")[2].partition("</section>")[0]


@pytest.mark.story("HF-FOR-027")
def test_the_page_of_a_forecast_holds_answers_basis_and_known_misses(people: People, forecast: Forecast) -> None:
    seen = page(people.prescriber, "forecast-course", forecast.course.public_id)
    for word in (
        "Chance of relapse before the next treatment session",
        "12 %",
        "forecast version 1",
        "40dbd87ee8dfa44c",
        forecast.inputs_digest[:16],
        "typical values stand in",
        "Published numbers the model misses",
        "a rating came in",
    ):
        assert word in seen, word


@pytest.mark.story("HF-FOR-023")
def test_a_past_forecast_stands_beside_what_came(people: People, forecast: Forecast) -> None:
    ask_forecast(actor=people.prescriber, course=forecast.course, until=BEGUN + 10 * DAY, now=NOW)
    worked(LATER)
    past = Forecast.objects.order_by("day").first()
    assert past is not None
    seen = page(people.nurse, "forecast", past.public_id)
    assert "What came after that day" in seen
    assert "It looks back" in seen
    assert "Rating of a later day" in seen
    assert 'class="came"' in seen
    assert 'data-label="Within it">yes</td>' in seen, "16 on day 15, where 14 was the median and 8 to 20 the band"
    now = page(people.nurse, "forecast-course", forecast.course.public_id)
    assert 'class="earlier"' not in now, "made when those ratings were there already: no forecast of them"
    assert "What came since" not in now


@pytest.mark.story("HF-FOR-024")
def test_schedules_are_compared_and_the_decision_is_kept_in_the_history(people: People, forecast: Forecast) -> None:
    address = reverse("forecast-compare", args=[forecast.public_id])
    seen = page(people.prescriber, "forecast-compare", forecast.public_id)
    for word in (
        "unchanged</span>",
        "Every 2 weeks",
        "22 of 26 (17 to 25)",
        "Hours in clinic",
        "Assumed in all of them",
    ):
        assert word in seen, word
    client = client_of(people.prescriber)
    assert client.post(address, {"choice": "schedule", "reason": "x"}).status_code == 422
    given = form_of(people.prescriber, forecast) | {"choice": "schedule:every-2-weeks", "reason": "Travel is hard"}
    assert client.post(address, given).status_code == 302
    made = ForecastDecision.objects.get()
    assert (made.forecast, made.schedule, made.by) == (forecast, "every-2-weeks", people.prescriber)
    seen = of_patient(people.prescriber, forecast.course)
    assert "change to a schedule that was compared: a treatment session every 2 weeks" in seen
    assert "Why: Travel is hard" in seen
    nurse = client_of(people.nurse)
    assert "Record the decision" not in page(people.nurse, "forecast-compare", forecast.public_id)
    assert nurse.post(address, given).status_code == 403


@pytest.mark.story("HF-FOR-028")
@pytest.mark.parametrize("role", ["front_desk", "therapist", "programme_lead"])
def test_nobody_who_does_not_prescribe_or_treat_sees_any_of_it(people: People, forecast: Forecast, role: str) -> None:
    user = people.by_role[role]
    seen = of_patient(user, forecast.course)
    assert not [word for word in SEEN if word in seen]
    client = client_of(user)
    for name, of in (("forecast-course", forecast.course), ("forecast", forecast), ("forecast-compare", forecast)):
        assert client.get(reverse(name, args=[of.public_id])).status_code == 403


def test_another_programme_finds_nothing(others: People, forecast: Forecast) -> None:
    for name, of in (("forecast-course", forecast.course), ("forecast", forecast), ("forecast-compare", forecast)):
        assert client_of(others.prescriber).get(reverse(name, args=[of.public_id])).status_code == 404


@pytest.mark.story("HF-FOR-022")
def test_switched_off_no_page_shows_it(people: People, forecast: Forecast) -> None:
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=LATER)
    seen = of_patient(people.prescriber, forecast.course)
    assert not [word for word in SEEN if word in seen]
    client = client_of(people.prescriber)
    for name in ("forecast", "forecast-compare"):
        answer = client.get(reverse(name, args=[forecast.public_id]))
        assert answer.status_code == 404
        assert "shows no forecasts" in answer.text
    assert "shows no forecasts" in page(people.prescriber, "forecast-course", forecast.course.public_id)


@pytest.mark.story("HF-FOR-021")
def test_each_absence_has_its_sentence(people: People, treated: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No forecast was made yet" in of_patient(people.nurse, treated)
    ask_forecast(actor=people.nurse, course=treated, now=dt.datetime.now(dt.UTC))
    assert "it is made within minutes" in of_patient(people.nurse, treated)

    def broken(*_: Any, **__: Any) -> Any:
        raise numerics.NumericsError("took-too-long")

    monkeypatch.setattr(model_process, "forecast_of", broken)
    soon = dt.datetime.now(dt.UTC)
    worked(soon)
    assert "at first it could not be made: the model took longer than it is given" in of_patient(people.nurse, treated)
    for minutes in (2, 30):
        worked(soon + dt.timedelta(minutes=minutes))
    assert "could not be made: the model took longer than it is given. It was tried 3 times" in of_patient(
        people.nurse, treated
    )
    monkeypatch.setattr(numerics, "find_spec", lambda name: None)
    assert "The model is not installed here" in of_patient(people.nurse, treated)


@pytest.mark.story("HF-FOR-021")
def test_a_request_nobody_takes_says_so(people: People, treated: Course) -> None:
    ask_forecast(actor=people.nurse, course=treated, now=NOW - dt.timedelta(days=400))
    assert "the worker that makes them is not running" in of_patient(people.nurse, treated)


@pytest.mark.parametrize(
    ("how", "said", "drawn"),
    [
        ({"unlike": True}, "Unlike the population: check the entries.", False),
        ({"enough": False}, "Not enough data", True),
    ],
)
def test_the_verdict_comes_first(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch, how: dict[str, bool], said: str, drawn: bool
) -> None:
    answering(monkeypatch, **how)
    rate(people, treated, 15, NOW)
    worked(LATER)
    seen = page(people.nurse, "forecast-course", treated.public_id)
    assert said in seen
    assert ("<polygon" in seen) is drawn
    if drawn:
        assert seen.index(said) < seen.index("<polygon")
    else:
        assert "Chance of" not in seen


@pytest.mark.story("HF-FOR-025")
def test_a_risk_that_rose_is_on_the_worklist_of_those_who_see_forecasts(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_rule(
        actor=people.prescriber, programme=people.programme, rule_id="out.relapse.risk", physician="Dr A", now=NOW
    )
    for chance, at in ((0.05, NOW), (0.24, NOW + 2 * DAY)):
        answering(monkeypatch, relapse=chance)
        rate(people, treated, 15, at)
        worked(at + dt.timedelta(minutes=2))
    now = NOW + 3 * DAY
    KEPT.forget()
    (item,) = work(actor=people.nurse, now=now, kind="forecast")
    assert "24 % (12 % to 48 %)" in item.why
    assert "risen from 5 % at the one before, limit 15 points" in item.why
    assert item.due.on == dt.date(2026, 11, 4)
    assert not item.due.overdue
    for role in ("therapist", "programme_lead", "front_desk"):
        assert not list(work(actor=people.by_role[role], now=now, kind="forecast")), role
    answering(monkeypatch, relapse=0.22)
    rate(people, treated, 14, now)
    worked(now + dt.timedelta(minutes=2))
    assert not list(work(actor=people.nurse, now=now + dt.timedelta(minutes=3), kind="forecast"))


@pytest.mark.story("HF-FOR-022")
def test_switched_off_no_list_offers_forecasts_to_choose(people: People, forecast: Forecast) -> None:
    option, button = '<option value="forecast"', reverse("learning-check", args=[people.programme.key])

    def offered(user: Any) -> list[bool]:
        return [option in page(user, "worklist"), button in page(user, "programme", people.programme.key)]

    assert offered(people.nurse) == [True, True]
    assert option not in page(people.therapist, "worklist"), "who sees no forecast has none to choose"
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=LATER)
    assert offered(people.nurse) == [False, False]
    listed = client_of(people.nurse).get(reverse("worklist"), {"kind": "forecast"})
    assert listed.context["page"].paginator.count == len(work(actor=people.nurse, now=dt.datetime.now(dt.UTC)))


@pytest.mark.story("HF-FOR-023")
def test_only_forecasts_made_before_are_drawn_behind_one(
    people: People, forecast: Forecast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_forecast(actor=people.prescriber, course=forecast.course, until=BEGUN + 10 * DAY, now=NOW)
    worked(LATER)
    back = newest(forecast.course)
    answering(monkeypatch, median=11.0)
    rate(people, forecast.course, 12, NOW + 7 * DAY)
    worked(NOW + 7 * DAY + dt.timedelta(minutes=2))
    newer = newest(forecast.course)

    def drawn(row: Forecast) -> int:
        return page(people.nurse, "forecast", row.public_id).count('<polyline class="earlier"')

    assert [drawn(row) for row in (newer, forecast, back)] == [1, 0, 0]
    assert "Medians of forecasts made before it" in page(people.nurse, "forecast", newer.public_id)


@pytest.mark.story("HF-FOR-023")
def test_a_rating_entered_late_is_none_that_the_forecast_knew(people: People, forecast: Forecast) -> None:
    def drawn() -> tuple[int, int]:
        seen = page(people.nurse, "forecast", forecast.public_id).partition('<ul class="legend">')[0]
        return seen.count('<circle class="rating"'), seen.count('<path class="came"')

    assert drawn() == (5, 0)
    rate(people, forecast.course, 25, NOW - 3 * DAY, now=LATER + DAY)
    assert drawn() == (5, 1), "of a day before it, and not known to it"


@pytest.mark.parametrize("due", [True, False])
def test_a_session_due_that_day_is_told_as_taken_for_given(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch, due: bool
) -> None:
    answering(monkeypatch)
    if due:
        on = people.programme.day_of(NOW)
        plan_treatment_sessions(
            actor=people.nurse, course=treated, sessions=[SessionToPlan(planned_on=on)], now=NOW, source="simulated"
        )
    evening = NOW + dt.timedelta(hours=6)  # a day alone says noon, which is over
    rate(people, treated, 15, evening)
    worked(evening + dt.timedelta(minutes=2))
    seen = page(people.nurse, "forecast-course", treated.public_id)
    assert seen.count("the treatment session due on the day of the forecast counts as given") == (2 if due else 0), (
        "picture and chance"
    )


@pytest.mark.story("HF-FOR-022")
def test_switched_off_nothing_is_on_the_worklist(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, relapse=0.6)
    rate(people, treated, 15, NOW)
    worked(LATER)
    assert len(list(work(actor=people.nurse, now=LATER, kind="forecast"))) == 1
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=LATER)
    assert not list(work(actor=people.nurse, now=LATER, kind="forecast"))


@pytest.mark.story("HF-FOR-027")
def test_what_a_page_asks_does_not_grow_with_forecasts(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch)

    def queries(name: str, course: Course) -> int:
        client = client_of(people.nurse)
        address = reverse(name, args=[course.public_id if name == "forecast-course" else course.patient.public_id])
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    rate(people, treated, 15, NOW)
    worked(LATER)
    before = [queries(name, treated) for name in ("patient", "forecast-course")]
    for day in range(1, 6):
        rate(people, treated, 14, NOW + day * DAY)
        worked(NOW + day * DAY + dt.timedelta(minutes=2))
    assert Forecast.objects.count() == 6
    assert [queries(name, treated) for name in ("patient", "forecast-course")] == before


@pytest.mark.story("HF-FOR-027")
def test_the_lists_ask_one_query_more_for_any_number_of_courses(
    people: People, treated: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch)
    rate(people, treated, 15, NOW)
    worked(LATER)

    def queries() -> int:
        KEPT.forget()
        with CaptureQueriesContext(connection) as asked:
            KEPT.rows(LATER)
        return sum("forecasts_forecast" in one["sql"] for one in asked)

    assert queries() == 1


def test_asking_twice_in_a_row_is_told(people: People, treated: Course) -> None:
    client, address = client_of(people.nurse), reverse("forecast-ask", args=[treated.public_id])
    assert client.post(address).status_code == 302
    seen = client.post(address, follow=True).content.decode()
    assert "A forecast was asked for just now" in seen
    assert ForecastRequest.objects.count() == 1


def test_a_decision_stays_in_the_history_when_forecasts_are_switched_off(people: People, forecast: Forecast) -> None:
    decide(people.prescriber, forecast, now=LATER)
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=LATER)
    seen = of_patient(people.prescriber, forecast.course)
    assert "Why: Well so far" in seen
    assert reverse("forecast-compare", args=[forecast.public_id]) not in seen


def test_a_course_of_study_days_shows_days_and_no_date(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.clinic.forecasts import treated_study_course

    answering(monkeypatch)
    course = treated_study_course(people)
    ask_forecast(actor=CommandLine(), course=course, now=NOW)
    worked(LATER)
    row = newest(course)
    assert (row.day, row.day_zero_at) == (10.0, None)
    seen = page(people.nurse, "forecast-course", course.public_id)
    assert "study day 10; this course counts days and has no dates" in seen
    assert "Chance of a response on day 38" in seen


def test_how_long_benefit_lasts_is_told_only_where_there_is_likely_some(people: People, forecast: Forecast) -> None:
    from holdfast.clinic.forecasts.words import answers_of

    row = Forecast.objects.get(pk=forecast.pk)
    row.answer["answers"]["benefit"]["lasts"] |= {"in_benefit_now": 0.005, "median_d": None}
    told = next(one for one in answers_of(row, str) if one.question.startswith("Benefit to last"))
    assert told.number == ""
    assert told.detail == "this patient is likely not in benefit today (chance below 1 %)"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (0, "No treatment session so far: chance of a response by 28"),
        (1, "No response after 1 treatment session: chance of one by 28"),
        (4, "No response after 4 treatment sessions: chance of one by 28"),
    ],
)
def test_a_chance_of_a_later_response_says_after_how_many_treatment_sessions(
    forecast: Forecast, given: int, asked: str
) -> None:
    from holdfast.clinic.forecasts.words import answers_of

    row = Forecast.objects.get(pk=forecast.pk)
    row.answer["answers"]["later_response"] = {
        "chance": 0.4, "low": 0.2, "high": 0.7, "until_day": 28, "after_treatment_sessions": given,
        "by": "any weekly rating until then",
    }  # fmt: skip
    assert answers_of(row, str)[-1].question == asked
