"""What somebody in a hurry, or with bad intent, sends to the pages: refused in a sentence, and no page breaks of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.courses.models import Course
from tests.clinic.conftest import NOW, People, new_course, study_course

HOUR_AGO, DAY = "2026-11-01T10:00", "2026-11-01"
TOO_LATE = ("0001-01-01", "0202-11-01", "9999-12-31")
PHQ_9 = {f"item_{number}": "1" for number in range(1, 10)}
PAGES = ("caseload", "patient", "session-plan", "session-record")


@pytest.fixture
def open_course(people: People) -> Course:
    return new_course(people)


@pytest.fixture
def counted_course(people: People) -> Course:
    """Counts study days, and is still under way."""
    return study_course(people, phase="maintenance")


def signed_in(people: People, role: str) -> Client:
    client = Client()  # an exception of a page is an exception of the test
    client.force_login(people.by_role[role])
    return client


def send(people: People, role: str, name: str, keys: dict[str, Any], **fields: str) -> Any:
    return signed_in(people, role).post(reverse(name, kwargs=keys), fields)


def pages_open(people: People, course: Course) -> None:
    """Every page that shows the course still does."""
    client = signed_in(people, "prescriber")
    for page in PAGES:
        keys = {"patient": [course.patient.public_id], "caseload": []}.get(page, [course.public_id])
        assert client.get(reverse(page, args=keys)).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("dose_mg", v) for v in ("100000", "1e10", "99999.9995", "1e308", "0.0001", "1e-9", "nan", "-1")]
    + [("duration_min", v) for v in ("100000", "99999.999", "1e10", "-1")]
    + [(f, f"{day}T10:00") for f in ("dosed_at", "discharged_at") for day in TOO_LATE],
)
@pytest.mark.story("HF-REC-001")
def test_a_slip_in_a_treatment_session_breaks_no_page(
    people: People, open_course: Course, field: str, value: str
) -> None:
    fields = {"treatment_session": "new", "dosed_at": HOUR_AGO, "discharged_at": HOUR_AGO, "dose_mg": "56"}
    if field == "dosed_at":
        fields["discharged_at"] = f"{value[:10]}T12:00"
    answer = send(people, "nurse", "session-record", {"course_id": open_course.public_id}, **{**fields, field: value})
    assert answer.status_code == 422
    assert open_course.treatment_sessions.count() == 0
    pages_open(people, open_course)


@pytest.mark.parametrize("value", ["9" * 30, "-9223372036854775809", "9223372036854775807", "2147483648", "36526"])
@pytest.mark.parametrize(
    ("name", "field", "rest"),
    [
        ("assessment-record", "study_day", {**PHQ_9, "rater": "patient"}),
        ("session-plan", "planned_day", {}),
        ("session-record", "dosed_on_day", {"treatment_session": "new"}),
        ("safety-record", "study_day", {"check_key": "blood_pressure", "outcome": "unremarkable"}),
    ],
)
def test_a_study_day_that_no_column_holds_is_refused(
    people: People, counted_course: Course, name: str, field: str, rest: dict, value: str
) -> None:
    keys: dict[str, Any] = {"course_id": counted_course.public_id}
    keys |= {"scale_id": "phq-9"} if name == "assessment-record" else {}
    assert send(people, "nurse", name, keys, **{**rest, field: value}).status_code == 422


@pytest.mark.parametrize("day", TOO_LATE)
@pytest.mark.parametrize(
    ("role", "name", "field", "rest"),
    [
        ("nurse", "session-plan", "planned_on", {}),
        ("nurse", "safety-record", "done_on", {"check_key": "blood_pressure", "outcome": "unremarkable"}),
        ("prescriber", "phase-change", "on", {"to_phase": "declined"}),
        ("prescriber", "course-open", "opened_on", {"protocol": "esketamine-nasal", "indication": "trd"}),
    ],
)
def test_a_year_nobody_meant_is_refused_beside_its_field(
    people: People, open_course: Course, role: str, name: str, field: str, rest: dict, day: str
) -> None:
    keys = (
        {"patient_id": open_course.patient.public_id} if name == "course-open" else {"course_id": open_course.public_id}
    )
    answer = send(people, role, name, keys, **{**rest, field: day})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    pages_open(people, open_course)


@pytest.mark.parametrize("day", TOO_LATE)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_rating_of_another_century_is_refused(people: People, open_course: Course, zone: str, day: str) -> None:
    people.programme.time_zone = zone
    people.programme.save()
    keys = {"course_id": open_course.public_id, "scale_id": "phq-9"}
    for moment in (f"{day}T00:00", f"{day}T23:59"):
        answer = send(people, "nurse", "assessment-record", keys, **PHQ_9, rated_at=moment, rater="patient")
        assert answer.status_code == 422
    assert open_course.assessments.count() == 0


@pytest.mark.parametrize("number", ["0", "01", "1000", "9" * 30, "9" * 5000, "x"])
def test_a_round_that_is_none_is_not_found(people: People, open_course: Course, number: str) -> None:
    keys = {"course_id": open_course.public_id, "review": f"end-of-induction-{number}"}
    assert signed_in(people, "prescriber").get(reverse("review-record", kwargs=keys)).status_code == 404


@pytest.mark.parametrize(
    "back", ["a\x00b", "caseload-x", "0", "a:b", "//evil.example", "/\\evil.example", "javascript:1", ""]
)
def test_the_way_back_is_a_page_of_this_clinic(db: None, back: str) -> None:
    answer = Client().post(reverse("theme"), {"theme": "dark", "back": back})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_moments_of_these_tests_lie_before_now() -> None:
    assert NOW.isoformat() > HOUR_AGO
