"""No patient sees what a model says: not on a check-in, not in the information, not in a letter."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.checkins import patient_views
from holdfast.clinic.courses.models import Course
from holdfast.clinic.forecasts.models import ForecastRequest
from holdfast.clinic.letters.drafts import draft_of
from tests.clinic.check_ins import AT_TEN, Kept, answer, answer_phq9, kept, link
from tests.clinic.conftest import NOW, People
from tests.clinic.forecasts import answering, newest, rate, treated_course, worked

pytestmark = pytest.mark.django_db
__all__ = ["kept"]
LATER = NOW + dt.timedelta(minutes=2)
# Words and numbers of `an_answer` that no other page has.
OF_A_MODEL = ("forecast", "holdfast-2", "relapse", "weeks well", "<polygon", "0.92", "92 %", "23.4", "unlike the pop")


@pytest.fixture
def treated(people: People, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course with a forecast, and the pages' clock at its check-in."""
    monkeypatch.setattr(patient_views.timezone, "now", lambda: AT_TEN + dt.timedelta(minutes=5))
    answering(monkeypatch, relapse=0.7)
    course = treated_course(people)
    rate(people, course, 15, NOW)
    worked(LATER)
    assert newest(course).relapse_chance == 0.7
    return course


@pytest.mark.story("HF-FOR-028")
def test_no_page_of_a_check_in_holds_any_of_it(people: People, treated: Course, kept: Kept) -> None:
    path = link(people, treated, kept)
    client = Client()
    pages = [client.get(path)]
    pages.append(answer_phq9(client, path, *[1] * 8, 0))
    pages += [answer(client, path, "mood-tap", "mood", 5), client.get(path)]
    for shown in pages:
        text = shown.content.decode().lower()
        assert not [word for word in OF_A_MODEL if word in text]
    assert not [word for word in OF_A_MODEL for message in kept.messages if word in str(message).lower()]


@pytest.mark.story("HF-FOR-020")
def test_a_finished_check_in_asks_for_a_forecast(people: People, treated: Course, kept: Kept) -> None:
    before = ForecastRequest.objects.count()
    answer_phq9(Client(), link(people, treated, kept), *[1] * 8, 0)
    assert ForecastRequest.objects.count() == before + 1
    newest_request = ForecastRequest.objects.last()
    assert newest_request is not None
    assert newest_request.by is None, "the patient is nobody of the staff"


@pytest.mark.story("HF-FOR-028")
def test_neither_information_nor_a_letter_holds_any_of_it(people: People, treated: Course) -> None:
    pages = [reverse("information"), reverse("information-programme", args=[people.programme.key])]
    for address in pages:
        text = Client().get(address).content.decode().lower()
        assert not [word for word in OF_A_MODEL[1:] if word in text and word != "relapse"]
    draft: Any = draft_of(people.prescriber, treated, LATER)
    text = json.dumps(draft.as_dict() if hasattr(draft, "as_dict") else str(draft)).lower()
    assert "forecast" not in text
    assert "holdfast-2" not in text
