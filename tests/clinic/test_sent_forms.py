"""The same form sent twice is one entry; another page, another person or another answer is another."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.sent_forms import actions
from holdfast.clinic.sent_forms.models import SentForm
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from tests.clinic.conftest import NOW, People

TOKEN = "csrfmiddlewaretoken"
ANSWERS = {f"item_{number}": "1" for number in range(1, 10)}
RATING = {**ANSWERS, "rated_at": "2026-11-01T10:00", "rater": "patient"}
DOSE = {
    "treatment_session": "new", "dosed_at": "2026-11-01T10:00", "discharged_at": "2026-11-01T12:00", "dose_mg": "56",
}  # fmt: skip


def signed_in(people: People, role: str = "nurse") -> Client:
    client = Client()
    client.force_login(people.by_role[role])
    return client


def address(course: Course, name: str) -> str:
    keys: dict[str, Any] = {"course_id": course.public_id}
    if name == "assessment-record":
        keys["scale_id"] = "phq-9"
    return reverse(name, kwargs={} if name == "patient-add" else keys)


@pytest.mark.parametrize(
    ("name", "fields", "kind"),
    [
        ("assessment-record", RATING, Assessment),
        ("session-record", DOSE, TreatmentSession),
        ("session-plan", {"planned_on": "2026-11-30"}, TreatmentSession),
        ("patient-add", {"programme": "clinic", "label": "Ada Again"}, Patient),
    ],
)
@pytest.mark.story("HF-REC-001")
def test_a_form_sent_twice_is_one_entry_with_one_answer(
    people: People, course: Course, name: str, fields: dict, kind: Any
) -> None:
    before = kind.objects.count()
    # Two windows of one browser: the session is the same, the page is the same.
    answers = [signed_in(people).post(address(course, name), {**fields, TOKEN: "of-this-page"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302] * 3
    assert len({answer["Location"] for answer in answers}) == 1
    assert kind.objects.count() == before + 1


@pytest.mark.parametrize(
    ("role", "changes"),
    [("nurse", {TOKEN: "of-another-page"}), ("nurse", {"item_1": "0"}), ("prescriber", {})],
)
def test_another_page_answer_or_person_is_another_entry(
    people: People, course: Course, role: str, changes: dict
) -> None:
    page = address(course, "assessment-record")
    signed_in(people).post(page, {**RATING, TOKEN: "of-this-page"})
    signed_in(people, role).post(page, {**RATING, TOKEN: "of-this-page", **changes})
    assert Assessment.objects.count() == 2


def test_a_refused_form_may_be_sent_again(people: People, course: Course) -> None:
    page, wrong = address(course, "assessment-record"), {**RATING, "item_1": "", TOKEN: "of-this-page"}
    assert [signed_in(people).post(page, wrong).status_code for _ in range(2)] == [422, 422]
    assert signed_in(people).post(page, {**wrong, "item_1": "1"}).status_code == 302
    assert SentForm.objects.count() == 1


def test_a_refusal_is_worded_as_ever(people: People, others: People, course: Course) -> None:
    page = address(course, "assessment-record")
    assert signed_in(people, "front_desk").post(page, {**RATING, TOKEN: "x"}).status_code == 403
    assert signed_in(others).post(page, {**RATING, TOKEN: "x"}).status_code == 404
    wrong_scale = page.replace("phq-9", "no-such-scale")
    assert signed_in(people).post(wrong_scale, {**RATING, TOKEN: "x"}).status_code == 404
    assert not SentForm.objects.exists()


def test_entry_and_note_of_the_form_stand_or_fall_together(
    people: People, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the machine stopped")

    monkeypatch.setattr(actions, "done", fail)
    entries = AuditEntry.objects.count()
    with pytest.raises(RuntimeError):
        signed_in(people).post(address(course, "assessment-record"), {**RATING, TOKEN: "of-this-page"})
    assert (Assessment.objects.count(), SentForm.objects.count()) == (0, 0)
    assert AuditEntry.objects.count() == entries


def test_what_was_sent_is_forgotten_after_a_day_and_says_nothing(people: People, course: Course) -> None:
    old = actions.take("0" * 64, now=NOW - dt.timedelta(days=400))
    assert old is not None
    signed_in(people).post(address(course, "patient-add"), {"programme": "clinic", "label": "Ada Again", TOKEN: "x"})
    (kept,) = SentForm.objects.values()
    assert "Ada" not in str(kept)
    assert kept["digest"] != old.digest
