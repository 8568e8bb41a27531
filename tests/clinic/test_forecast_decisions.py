"""A decision is recorded with what was shown and with nothing else: stale forms, double clicks, forged ones."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import Role, User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.forecasts.actions import ask_forecast
from holdfast.clinic.forecasts.deciding import StaleDecisionError
from holdfast.clinic.forecasts.models import Forecast, ForecastDecision, ForecastRequest
from holdfast.clinic.learning_checks.models import LearningCheckRequest
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.errors import RefusedError
from tests.clinic.conftest import NOW, People
from tests.clinic.forecasts import BEGUN, DAY, answering, decide, newest, rate, treated_course, worked

pytestmark = [pytest.mark.django_db, pytest.mark.story("HF-FOR-024")]
LATER = NOW + dt.timedelta(minutes=2)
OF_ONE = ("forecast", "forecast-compare")


@pytest.fixture
def forecast(people: People, monkeypatch: pytest.MonkeyPatch) -> Forecast:
    answering(monkeypatch)
    course = treated_course(people)
    rate(people, course, 15, NOW)
    worked(LATER)
    return newest(course)


def client_of(user: Any, **how: Any) -> Client:
    client = Client(**how)
    client.force_login(user)
    return client


def address(forecast: Forecast) -> str:
    return reverse("forecast-compare", args=[forecast.public_id])


def opened(client: Client, forecast: Forecast, **answers: str) -> dict[str, str]:
    """The form of the page as it is opened now, filled in."""
    form = client.get(address(forecast)).context["form"]
    shown = {name: form.initial[name] for name in ("basis", "after")}
    return shown | {"choice": "keep", "reason": "Well so far"} | answers


def newer(people: People, course: Course) -> Forecast:
    rate(people, course, 9, NOW + DAY)
    worked(NOW + DAY + dt.timedelta(minutes=2))
    return newest(course)


def stopped(people: People, course: Course) -> None:
    end_course(
        actor=people.prescriber, course=course, way="stopped", reason="non_response", follow_up="referrer",
        note="No change.", now=LATER,
    )  # fmt: skip


def second_prescriber(people: People) -> User:
    other = User.objects.create_user("prescriber-2", "x", role=Role.PRESCRIBER)
    other.programmes.add(people.programme)
    return other


def test_the_form_sent_twice_is_one_decision(people: People, forecast: Forecast) -> None:
    client = client_of(people.prescriber)
    form = opened(client, forecast)
    for token in ("of-this-page", "of-this-page", "of-another-window"):
        assert client.post(address(forecast), form | {"csrfmiddlewaretoken": token}).status_code == 302
    assert ForecastDecision.objects.count() == 1
    assert AuditEntry.objects.filter(action="forecast.decide").count() == 1


def test_with_a_newer_forecast_made_since_nothing_is_recorded_and_no_word_is_lost(
    people: People, forecast: Forecast
) -> None:
    client = client_of(people.prescriber)
    form = opened(client, forecast, choice="schedule:stop", reason="She moves away <b>")
    newer(people, forecast.course)
    answer = client.post(address(forecast), form)
    assert answer.status_code == 409
    assert answer.text.count("A newer forecast of this course has been made") == 1
    assert "She moves away &lt;b&gt;" in answer.text
    assert "Record the decision</button>" not in answer.text
    assert not ForecastDecision.objects.exists()
    assert "A newer forecast of this course has been made" in client.get(address(forecast)).text


def test_what_another_clinician_decided_is_read_before_one_decides_again(people: People, forecast: Forecast) -> None:
    other = second_prescriber(people)
    mine, theirs = client_of(people.prescriber), client_of(other)
    form = opened(mine, forecast, choice="schedule:stop")
    assert theirs.post(address(forecast), opened(theirs, forecast, reason="Stable")).status_code == 302
    answer = mine.post(address(forecast), form)
    assert answer.status_code == 409
    assert f"{other} has recorded another decision since" in answer.text
    assert "Stable" in answer.text, "it stands on the page"
    assert ForecastDecision.objects.count() == 1
    again = {name: answer.context["form"].data[name] for name in ("basis", "after", "choice", "reason")}
    assert again["choice"] == "schedule:stop", "as it was filled in"
    assert mine.post(address(forecast), again).status_code == 302
    assert ForecastDecision.objects.count() == 2


def test_a_course_that_has_ended_has_nothing_to_decide(people: People, forecast: Forecast) -> None:
    client = client_of(people.prescriber)
    form = opened(client, forecast)
    stopped(people, forecast.course)
    answer = client.post(address(forecast), form)
    assert (answer.status_code, ForecastDecision.objects.count()) == (409, 0)
    assert "The course has ended" in answer.text


@pytest.mark.story("HF-FOR-022")
def test_switched_off_meanwhile_nothing_is_recorded(people: People, forecast: Forecast) -> None:
    client = client_of(people.prescriber)
    form = opened(client, forecast)
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=LATER)
    answer = client.post(address(forecast), form)
    assert answer.status_code == 404
    assert "This programme shows no forecasts" in answer.text
    with pytest.raises(RefusedError, match="shows no forecasts"):
        decide(people.prescriber, Forecast.objects.get(), now=LATER)
    assert not ForecastDecision.objects.exists()


@pytest.mark.parametrize("basis", ["", "0" * 64])
def test_a_form_of_another_forecast_is_refused(people: People, forecast: Forecast, basis: str) -> None:
    with pytest.raises(StaleDecisionError, match="not of the forecast as it is kept"):
        decide(people.prescriber, forecast, now=LATER, basis=basis)
    client = client_of(people.prescriber)
    answer = client.post(address(forecast), opened(client, forecast) | {"basis": basis})
    assert (answer.status_code, ForecastDecision.objects.count()) == (409, 0)


def test_nothing_is_decided_with_a_forecast_that_looked_back(people: People, forecast: Forecast) -> None:
    ask_forecast(actor=people.prescriber, course=forecast.course, until=BEGUN + 10 * DAY, now=NOW)
    worked(LATER)
    back = newest(forecast.course)
    assert back.looks_back
    with pytest.raises(StaleDecisionError, match="looked back"):
        decide(people.prescriber, back, now=LATER)
    assert decide(people.prescriber, forecast, now=LATER), "it does not stand in the way of the newest"


def test_what_is_recorded_names_model_population_and_inputs(people: People, forecast: Forecast) -> None:
    decide(people.prescriber, forecast, now=LATER)
    told = AuditEntry.objects.get(action="forecast.decide").details
    assert (told["model"], told["model_version"]) == (forecast.model, forecast.model_version)
    assert (told["population"], told["inputs"]) == (forecast.population_digest[:16], forecast.inputs_digest[:16])


def test_the_choice_of_a_schedule_stands_in_the_one_list_and_the_unchanged_one_is_going_on(
    people: People, forecast: Forecast
) -> None:
    form = client_of(people.prescriber).get(address(forecast)).context["form"]
    assert [key for key, _ in form.fields["choice"].choices] == [
        "keep", "schedule:stop", "schedule:every-2-weeks", "other"
    ]  # fmt: skip
    assert "schedule" not in form.fields


@pytest.mark.parametrize("choice", ["schedule:unchanged", "schedule:daily", "schedule", "", "keep:stop", "<script>"])
def test_a_choice_that_was_not_offered_is_one_sentence(people: People, forecast: Forecast, choice: str) -> None:
    client = client_of(people.prescriber)
    answer = client.post(address(forecast), opened(client, forecast, choice=choice))
    assert (answer.status_code, ForecastDecision.objects.count()) == (422, 0)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001, "a\x00b"])
def test_a_reason_that_is_none_is_marked(people: People, forecast: Forecast, reason: str) -> None:
    client = client_of(people.prescriber)
    answer = client.post(address(forecast), opened(client, forecast, reason=reason))
    assert (answer.status_code, ForecastDecision.objects.count()) == (422, 0)


# Attacks on every route of forecasts, comparisons, decisions and learning checks.


def routes(people: People, forecast: Forecast) -> list[tuple[str, str]]:
    course, key = forecast.course.public_id, people.programme.key
    return [
        ("get", reverse("forecast-course", args=[course])), ("post", reverse("forecast-ask", args=[course])),
        *(("get", reverse(name, args=[forecast.public_id])) for name in OF_ONE), ("post", address(forecast)),
        ("get", reverse("learning-check", args=[key])), ("post", reverse("learning-check-ask", args=[key])),
    ]  # fmt: skip


def kept() -> tuple[int, ...]:
    return tuple(one.objects.count() for one in (ForecastRequest, Forecast, ForecastDecision, LearningCheckRequest))


def test_whoever_is_not_signed_in_is_led_to_sign_in(people: People, forecast: Forecast) -> None:
    before = kept()
    for method, route in routes(people, forecast):
        answer = getattr(Client(), method)(route)
        assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True), route
    assert kept() == before


def test_without_its_token_no_form_is_taken(people: People, forecast: Forecast) -> None:
    before = kept()
    for method, route in routes(people, forecast):
        if method == "post":
            client = client_of(people.prescriber, enforce_csrf_checks=True)
            assert client.post(route, {"choice": "keep", "reason": "x"}).status_code == 403, route
    assert kept() == before


def test_another_programme_finds_none_of_it(others: People, people: People, forecast: Forecast) -> None:
    before = kept()
    for method, route in routes(people, forecast):
        for user in (others.prescriber, others.programme_lead):
            assert getattr(client_of(user), method)(route).status_code in (403, 404), route
    assert kept() == before


def test_an_id_of_nothing_is_not_found_and_a_broken_one_neither(people: People, forecast: Forecast) -> None:
    client = client_of(people.prescriber)
    for name in (*OF_ONE, "forecast-course"):
        assert client.get(reverse(name, args=[uuid.uuid4()])).status_code == 404
    assert client.get(reverse("forecast", args=[forecast.course.public_id])).status_code == 404, "an id of a course"
    for broken in ("x", "0", "%00", "..%2f", str(forecast.public_id)[:-1], f"{forecast.public_id}0"):
        for route in (f"/forecasts/{broken}/", f"/forecasts/{broken}/compare/", f"/courses/{broken}/forecast/"):
            assert client.get(route).status_code in (400, 404), route


def test_a_wrong_method_changes_nothing(people: People, forecast: Forecast) -> None:
    before, client = kept(), client_of(people.prescriber)
    assert client.get(reverse("forecast-ask", args=[forecast.course.public_id])).status_code == 405
    assert client.post(reverse("forecast", args=[forecast.public_id])).status_code == 405
    assert client.put(address(forecast)).status_code == 405
    assert client.get(reverse("learning-check-ask", args=[people.programme.key])).status_code == 405
    assert kept() == before


def test_asking_of_a_course_that_ended_says_so_once(people: People, forecast: Forecast) -> None:
    client = client_of(people.nurse)
    stopped(people, forecast.course)
    answer = client.post(reverse("forecast-ask", args=[forecast.course.public_id]), follow=True)
    assert "The course has ended" in answer.text
