"""The learning check: which forecast meets which rating, who asks and sees, and what the page says without any."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.forecasts.actions import ask_forecast
from holdfast.clinic.jobs.kinds import FORECASTS
from holdfast.clinic.jobs.work import work_off
from holdfast.clinic.learning_checks import making
from holdfast.clinic.learning_checks.actions import ask_learning_check, keep_learning_check
from holdfast.clinic.learning_checks.gathered import BEFORE, LOOKING_BACK, Gathered, gathered
from holdfast.clinic.learning_checks.models import LearningCheck, LearningCheckRequest
from holdfast.clinic.learning_checks.pictures import calibration_of, places_of
from holdfast.clinic.learning_checks.queries import of_programme
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.errors import PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People
from tests.clinic.forecasts import DAY, answering, rate, treated_course, worked

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(minutes=2)
WEEK = 7 * DAY


def forecast_of_today(people: People, course: Course, *, until: dt.datetime | None = None) -> None:
    """A forecast of the course, made two minutes after `NOW`."""
    ask_forecast(actor=people.nurse, course=course, now=NOW, until=until)
    worked(LATER)


@pytest.fixture
def met(people: People, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course whose forecast of today, with 14 in the middle and 8 to 20 the 80 %, met 15 in a week and 30 in two."""
    answering(monkeypatch)
    course = treated_course(people)
    forecast_of_today(people, course)
    rate(people, course, 15, NOW + WEEK, source="simulated")
    rate(people, course, 30, NOW + 2 * WEEK, source="simulated")
    return course


def asked(people: People) -> dict[str, Any]:
    return gathered(people.programme).asked


@pytest.mark.story("HF-FOR-042")
def test_a_rating_meets_the_forecast_made_before_it_and_no_earlier_rating_does(people: People, met: Course) -> None:
    found = asked(people)[BEFORE]["madrs"]
    assert [one["total"] for one in found["met"]] == [15, 30]
    assert all(one["made"] < one["at"] for one in found["met"])
    assert found["met"][0]["bands"]["80"] == [8.0, 20.0]
    assert [one["total"] for one in found["ratings"]] == [34, 24, 20, 16, 15, 30]
    assert [one["after"] for one in found["ratings"]] == [False, True, True, True, True, True]
    assert {one["person"] for one in found["ratings"]} == {1}, "a number, and nobody's"


@pytest.mark.story("HF-FOR-042")
def test_a_forecast_that_looked_back_stands_apart(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch)
    course = treated_course(people)
    forecast_of_today(people, course, until=NOW - 10 * DAY)
    found = asked(people)
    assert set(found) == {LOOKING_BACK}
    assert [one["total"] for one in found[LOOKING_BACK]["madrs"]["met"]] == [16], "rated six days ago"


@pytest.mark.story("HF-FOR-042")
def test_a_forecast_without_a_curve_is_told_of_and_judged_by_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, unlike=True)
    course = treated_course(people)
    forecast_of_today(people, course)
    rate(people, course, 15, NOW + WEEK, source="simulated")
    found = gathered(people.programme)
    assert found.asked == {}
    assert found.left_out == ["1 forecast that were unlike the population and gave no curve"]


@pytest.mark.story("HF-FOR-042")
def test_a_check_is_computed_in_another_process_and_kept_with_its_date(people: People, met: Course) -> None:
    """The real command, and no stand-in for it."""
    when = NOW + 3 * WEEK
    ask_learning_check(actor=people.programme_lead, programme=people.programme, now=when)
    work_off(lane=FORECASTS, clock=lambda: when)
    row = LearningCheck.objects.get()
    found = row.found[BEFORE]["madrs"]
    assert (row.met, row.drift, row.at) == (2, False, when)
    assert found["methods"]["forecast"]["coverage"]["80"]["inside"] == 1
    assert found["methods"]["last value"]["crps"] == pytest.approx((1 + 14) / 2), "16 was the last one known"
    assert row.models_used == ["holdfast-2 version 1, population 40dbd87ee8dfa44c"]
    assert AuditEntry.objects.filter(action="learning_check.keep").count() == 1
    with pytest.raises(AppendOnlyError):
        row.delete()


@pytest.mark.story("HF-FOR-042")
def test_a_programme_without_any_rating_met_keeps_that_and_its_page_says_so(
    people: People, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_apart: list[Any] = []
    monkeypatch.setattr(numerics, "asked_apart", lambda *a, **k: asked_apart.append(a))
    client.force_login(people.prescriber)
    address = reverse("learning-check", args=[people.programme.key])
    assert "No check was made yet" in client.get(address).text
    ask_learning_check(actor=people.prescriber, programme=people.programme, now=NOW)
    assert "it is made within minutes" in client.get(address).text
    work_off(lane=FORECASTS, clock=lambda: LATER)
    assert LearningCheck.objects.get().met == 0
    assert asked_apart == []
    assert "No forecast has met a rating yet" in client.get(address).text


@pytest.mark.story("HF-FOR-043")
def test_the_page_draws_what_was_found_and_warns_of_drift(people: People, met: Course, client: Client) -> None:
    found = numerics.asked_apart(("cohort", "check", "docs/examples/cohort/met.json", "--json"), {}, longest_s=100,
                                 nice=0).given  # fmt: skip
    request = LearningCheckRequest.objects.create(programme=people.programme, by=people.programme_lead, at=NOW)
    far = {**found, "drift": {**found["drift"], "raised": True, "raised_at": 12}}
    keep_learning_check(
        actor=CommandLine(), request=request, asked=Gathered(), found={BEFORE: {"madrs": far}}, took_ms=1, now=NOW
    )
    client.force_login(people.programme_lead)
    page = client.get(reverse("learning-check", args=[people.programme.key])).text
    assert "Forecasts have drifted" in page
    assert "at rating 12; evidence" in page
    assert "It stands until a person closes it" in page
    assert "on median and bands alone for 32 of 32 ratings" in page
    assert page.count("<svg") >= 2
    assert "Last value, with spread" in page
    assert "Check again now" in page


def test_a_rival_that_is_better_for_certain_is_named(people: People) -> None:
    found = numerics.asked_apart(("cohort", "check", "docs/examples/cohort/met.json", "--json"), {}, longest_s=100,
                                 nice=0).given  # fmt: skip
    methods = {**found["methods"]}
    methods["last value"] = {**methods["last value"], "worse_than_ours": {"mean": -2.0, "low": -3.0, "high": -1.0}}
    request = LearningCheckRequest.objects.create(programme=people.programme, at=NOW)
    LearningCheck(request=request, found={BEFORE: {"madrs": {**found, "methods": methods}}}, met=32, took_ms=1,
                  at=NOW).save()  # fmt: skip
    told = of_programme(actor=people.nurse, programme=people.programme, now=NOW)
    assert told is not None
    assert told.parts[0].beaten_by == ["last value"]


def test_who_may_ask_and_who_may_not(people: People) -> None:
    with pytest.raises(PermissionRefusedError):
        ask_learning_check(actor=people.nurse, programme=people.programme, now=NOW)
    ask_learning_check(actor=people.prescriber, programme=people.programme, now=NOW)
    with pytest.raises(RefusedError, match="just now"):
        ask_learning_check(actor=people.prescriber, programme=people.programme, now=NOW)


def test_a_programme_that_shows_no_forecasts_has_no_check(people: People, client: Client) -> None:
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=NOW)
    people.programme.refresh_from_db()
    with pytest.raises(RefusedError, match="shows no forecasts"):
        ask_learning_check(actor=people.prescriber, programme=people.programme, now=NOW)
    client.force_login(people.programme_lead)
    assert "shows no forecasts" in client.get(reverse("learning-check", args=[people.programme.key])).text


def test_the_week_asks_where_there_are_forecasts(people: People, met: Course) -> None:
    making.ask_for_all(subject="", clock=lambda: NOW + WEEK)
    making.ask_for_all(subject="", clock=lambda: NOW + WEEK)
    assert [one.by for one in LearningCheckRequest.objects.all()] == [None]


def test_no_page_of_it_loads_the_numerics() -> None:
    source = (
        "import sys, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'holdfast.clinic.config.settings_test'\n"
        "import django; django.setup()\n"
        "import holdfast.clinic.learning_checks.urls, holdfast.clinic.learning_checks.making\n"
        "print([name for name in ('numpy', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pictures_stay_within_their_frame() -> None:
    levels = [{"level": 0.5, "inside": 1.0, "low": 0.2, "high": 1.0}, {"level": 0.95, "inside": 0.0, "low": 0.0,
                                                                     "high": 0.5}]  # fmt: skip
    found = calibration_of(levels)
    assert [dot.y for dot in found.dots] == [12.0, 190.0]
    bars = places_of([0, 4, 0, 0, 0, 0, 0, 0, 0, 2]).bars
    assert (bars[1].y, bars[1].height, bars[0].height) == (12.0, 178.0, 0.0)
