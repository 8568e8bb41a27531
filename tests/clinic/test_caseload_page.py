"""The caseload page: a search is posted and kept out of addresses; a long list comes in pages."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.courses.actions import fix_baseline
from holdfast.clinic.patients import views
from tests.clinic.conftest import NOW, People, new_course, new_patient

LABELS = ("Ada", "Bea", "Cleo", "Dora", "Eve")


@pytest.fixture
def client(people: People) -> Client:
    for label in LABELS:
        new_course(people, new_patient(people, label))
    client = Client()
    client.force_login(people.nurse)
    return client


def shown(response) -> list[str]:
    return re.findall(r'class="who-link"[^>]*>([^<]+)<', response.content.decode())


def test_a_search_is_posted(client: Client) -> None:
    assert shown(client.post(reverse("caseload"), {"q": "cle"})) == ["Cleo"]


@pytest.mark.story("HF-CAS-001")
def test_a_name_in_an_address_searches_nothing(client: Client) -> None:
    response = client.get(reverse("caseload"), {"q": "Cleo"})
    assert shown(response) == list(LABELS)
    assert 'value="Cleo"' not in response.content.decode()


def test_sorting_keeps_the_search_and_turns_round(client: Client) -> None:
    assert shown(client.post(reverse("caseload"), {"q": "a", "sort": "-label"})) == ["Dora", "Bea", "Ada"]
    assert shown(client.post(reverse("caseload"), {"q": "a", "sorted": "-label"})) == ["Dora", "Bea", "Ada"]
    assert shown(client.post(reverse("caseload"), {"q": "a", "sort": "nonsense"})) == ["Ada", "Bea", "Dora"]


def test_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS_A_PAGE", 2)
    seen = [shown(client.post(reverse("caseload"), {"sorted": "label", "page": number})) for number in (1, 2, 3)]
    assert seen == [["Ada", "Bea"], ["Cleo", "Dora"], ["Eve"]]
    assert shown(client.post(reverse("caseload"), {"sorted": "label", "page": "ninety"})) == ["Ada", "Bea"]


def test_one_needs_the_token_of_the_form(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.nurse)
    assert client.post(reverse("caseload"), {"q": "Ada"}).status_code == 403


def test_a_course_with_a_baseline_alone_has_no_change_to_tell(people: People) -> None:
    course = new_course(people)
    rating = record_assessment(actor=people.nurse, course=course, scale="madrs", total=34, rated_at=NOW, now=NOW)
    fix_baseline(actor=people.nurse, course=course, assessment=rating.assessment, now=NOW)
    client = Client()
    client.force_login(people.nurse)
    page = client.get(reverse("caseload")).content.decode()
    assert "Baseline only" in page
    assert "unchanged" not in page


def test_today_is_the_day_where_the_programme_is(people: People) -> None:
    programme = people.programme
    programme.time_zone = "America/Los_Angeles"
    evening = dt.datetime(2026, 11, 3, 2, 0, tzinfo=dt.UTC)  # the evening of the 2nd there
    assert views._today([programme], evening) == dt.date(2026, 11, 2)
    assert views._today([], evening) == dt.date(2026, 11, 3)
