"""Pages speak in words: no key of a definition or a setting is shown to the people who treat."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from holdfast import facts
from holdfast.clinic.accounts.models import User
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.outcomes import definitions
from tests.clinic.conftest import NOW, People
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db
KEYS = {*definitions(), *(row["key"] for row in facts.load().rows("settings") if "_" in row["key"])}


def read(user: User, address: str) -> str:
    """What a reader sees of a page: its text without tags and scripts."""
    client = Client()
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    page = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def keys_in(text: str) -> list[str]:
    return sorted(key for key in KEYS if re.search(rf"\b{re.escape(key)}\b", text))


@pytest.mark.parametrize("role", ["nurse", "prescriber", "therapist", "programme_lead"])
def test_the_patient_page_words_the_definitions(people: People, role: str) -> None:
    course = treated(people, "Ada")
    at = NOW - dt.timedelta(days=1)
    for total in (14, 4):
        record_assessment(
            actor=people.nurse,
            course=course,
            scale="phq-9",
            total=total,
            rated_at=at - dt.timedelta(days=total),
            now=at,
        )
    page = reverse("patient", args=[course.patient.public_id])
    for scale, remission in (("madrs", "MADRS total ≤ 10"), ("phq-9", "PHQ-9 total &lt; 5")):
        text = read(people.by_role[role], f"{page}?scale={scale}")
        assert keys_in(text) == []
        assert f"Remission: {remission}" in text
        assert "fall from baseline ≥ 50 %" in text


@pytest.mark.parametrize("role", ["nurse", "prescriber", "programme_lead"])
def test_the_programme_page_words_what_was_chosen(people: People, role: str) -> None:
    text = read(people.by_role[role], reverse("programme", args=["clinic"]))
    assert keys_in(text) == []
    assert "Remission is a MADRS total of 10 or less" in text
    assert "Hawley CJ et al. 2002" in text


def test_a_key_would_be_found() -> None:
    assert keys_in("Remission by phq9_lt5: PHQ-9 total < 5") == ["phq9_lt5"]
