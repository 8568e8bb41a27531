"""Ratings: scored by the scales, acted on before they are saved, corrected by a newer version."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.assessments.actions import correct_assessment, record_assessment, withdraw_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.assessments.queries import ratings_by_course
from holdfast.clinic.assessments.scoring import CrisisInputError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.errors import InputError, PermissionRefusedError, UnknownNameError
from holdfast.scales import scales
from tests.clinic.conftest import NOW, People, study_course

pytestmark = pytest.mark.django_db
CALM = [2, 2, 2, 2, 1, 1, 2, 0, 0]


def rate(people: People, course: Course, scale: str = "phq-9", **values: object):
    values = {"rated_at": NOW, "now": NOW, **values}
    return record_assessment(actor=people.nurse, course=course, scale=scale, **values)


def test_answers_are_scored_and_the_facts_of_the_day_are_kept(people: People, course: Course) -> None:
    recorded = rate(people, course, answers=CALM, rater="patient")
    row = Assessment.objects.get(pk=recorded.assessment.pk)
    assert (row.total, row.answers, row.rater, row.version) == (12, CALM, "patient", 1)
    assert recorded.scored.score.band == "moderate"
    assert recorded.scored.crisis is None
    assert row.facts_digest


@pytest.mark.parametrize("scale", ["phq-9", "gad-7"])
@pytest.mark.story("HF-SCL-002")
def test_the_difficulty_item_is_kept_and_never_scored(people: People, course: Course, scale: str) -> None:
    calm = CALM if scale == "phq-9" else CALM[:7]
    row = rate(people, course, scale, answers=calm, unscored={"difficulty": 3}).assessment
    assert (row.total, row.answers, row.unscored) == (sum(calm), calm, {"difficulty": 3})
    assert rate(people, course, scale, answers=calm, unscored={"difficulty": None}).assessment.unscored is None
    newer = correct_assessment(
        actor=people.nurse, assessment=row, answers=calm, unscored={"difficulty": 1}, why="read again", now=NOW
    ).assessment
    assert (newer.total, newer.unscored) == (sum(calm), {"difficulty": 1})


def test_a_wrong_answer_to_an_unscored_item_is_refused_and_item_9_acts_all_the_same(
    people: People, course: Course
) -> None:
    for unscored in ({"difficulty": 4}, {"difficulty": -1}, {"difficulty": True}, {"mood": 1}):
        with pytest.raises(InputError, match="difficulty"):
            rate(people, course, answers=CALM, unscored=unscored)
    with pytest.raises(CrisisInputError):
        rate(people, course, answers=[*CALM[:8], 2], unscored={"difficulty": 4})
    assert Assessment.objects.count() == 0


def test_a_name_of_the_scale_is_stored_as_its_id(people: People, course: Course) -> None:
    assert rate(people, course, "PHQ9", total=3).assessment.scale == "phq-9"


@pytest.mark.parametrize(
    ("scale", "values", "says"),
    [
        ("phq-9", {"total": 28}, "out of range"),
        ("phq-9", {"answers": [1] * 8}, "9"),
        ("phq-9", {}, "one of the two"),
        ("phq-9", {"answers": CALM, "total": 12}, "one of the two"),
        ("madrs", {"total": 61}, "out of range"),
        ("c-ssrs-screener", {"total": 2}, "never summed"),
        ("moca", {"total": 26}, "certified rater"),
        ("moaa-s", {"total": 5}, "anchor set"),
        ("phq-9", {"total": 3, "rated_at": NOW + dt.timedelta(minutes=1)}, "in the future"),
        ("phq-9", {"total": 3, "rated_at": NOW.replace(tzinfo=None)}, "no time zone"),
        ("phq-9", {"total": 3, "rated_at": None}, "moment of the rating"),
        ("phq-9", {"total": 3, "rated_at": None, "study_day": 2}, "calendar dates"),
        ("phq-9", {"total": 3, "rater": "robot"}, "'robot'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    people: People, course: Course, scale: str, values: dict, says: str
) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(InputError, match=says):
        rate(people, course, scale, **values)
    assert Assessment.objects.count() == 0
    assert AuditEntry.objects.count() == before


def test_an_unknown_scale_is_named(people: People, course: Course) -> None:
    with pytest.raises(UnknownNameError, match="madrs"):
        rate(people, course, "madrz", total=3)


@pytest.mark.parametrize(("item_9", "tells"), [(1, False), (2, True), (3, True)])
def test_item_9_asks_for_a_crisis_response_at_once(people: People, course: Course, item_9: int, tells: bool) -> None:
    crisis = rate(people, course, answers=[*CALM[:8], item_9]).scored.crisis
    assert crisis is not None
    assert crisis.show_crisis_text
    assert "988" in crisis.patient_text
    assert bool(crisis.tell) is tells
    entry = AuditEntry.objects.filter(action="assessment.record").last()
    assert entry.details == {"scale": "phq-9", "crisis": True}


@pytest.mark.story("HF-CRI-001")
def test_item_9_acts_although_the_form_is_incomplete(people: People, course: Course) -> None:
    with pytest.raises(CrisisInputError) as refused:
        rate(people, course, answers=[None, *CALM[1:8], 2])
    assert refused.value.crisis.tell
    assert Assessment.objects.count() == 0


@pytest.mark.story("HF-SCL-003")
def test_the_cssrs_is_triaged_and_never_summed(people: People, course: Course) -> None:
    answers = {"q1": False, "q2": False, "q6_lifetime": True, "q6_3_months": True}
    recorded = rate(people, course, "c-ssrs-screener", answers=answers)
    assert (recorded.assessment.total, recorded.assessment.level) == (None, "high")
    assert recorded.scored.crisis.level == "high"


def test_a_cssrs_with_open_questions_is_at_least_what_was_said(people: People, course: Course) -> None:
    recorded = rate(people, course, "c-ssrs-screener", answers={"q1": True, "q2": True, "q3": True})
    assert recorded.assessment.level == "at_least_moderate"
    assert ratings_by_course([course.pk])[course.pk][0].alert


def test_a_contradictory_cssrs_is_refused_and_still_acted_on(people: People, course: Course) -> None:
    with pytest.raises(CrisisInputError) as refused:
        rate(people, course, "c-ssrs-screener", answers={"q1": True, "q2": False, "q4": True})
    assert refused.value.crisis.level == "high"


@pytest.mark.story("HF-REC-002")
def test_a_correction_is_a_newer_version_and_the_older_stays(people: People, course: Course) -> None:
    first = rate(people, course, total=21).assessment
    second = correct_assessment(actor=people.nurse, assessment=first, total=12, why="typing error", now=NOW).assessment
    assert [(a.version, int(a.total)) for a in Assessment.objects.all()] == [(1, 21), (2, 12)]
    assert second.chain == first.chain
    assert [r.total for r in ratings_by_course([course.pk])[course.pk]] == [12]
    with pytest.raises(InputError, match="newest version"):
        correct_assessment(actor=people.nurse, assessment=first, total=13, why="again", now=NOW)
    with pytest.raises(InputError, match="needs its reason"):
        correct_assessment(actor=people.nurse, assessment=second, total=13, why=" ", now=NOW)


def test_a_withdrawn_rating_counts_nowhere_and_stays_readable(people: People, course: Course) -> None:
    first = rate(people, course, total=21).assessment
    withdrawn = withdraw_assessment(actor=people.nurse, assessment=first, why="another patient's", now=NOW)
    assert ratings_by_course([course.pk]) == {}
    assert Assessment.objects.count() == 2
    with pytest.raises(InputError, match="withdrawn"):
        correct_assessment(actor=people.nurse, assessment=withdrawn, total=3, why="back", now=NOW)


def test_a_late_entry_shows_as_late(people: People, course: Course) -> None:
    row = rate(people, course, total=3, rated_at=NOW - dt.timedelta(hours=30)).assessment
    assert row.late_by_s == 30 * 3600


def test_study_days_have_no_dates(people: People) -> None:
    course = study_course(people)
    row = rate(people, course, "madrs", total=30, rated_at=None, study_day=-1).assessment
    assert (row.study_day, row.rated_at, row.late_by_s) == (-1, None, None)
    with pytest.raises(InputError, match="study_day"):
        rate(people, course, "madrs", total=30)


@pytest.mark.parametrize("role", ["front_desk", "auditor", "administrator", "programme_lead"])
@pytest.mark.story("HF-ACC-002")
def test_who_may_not_rate(people: People, course: Course, role: str) -> None:
    with pytest.raises(PermissionRefusedError):
        record_assessment(actor=people.by_role[role], course=course, scale="phq-9", total=3, rated_at=NOW, now=NOW)


@pytest.mark.parametrize("scale", sorted(scales()))
def test_every_scale_has_a_page(people: People, course: Course, scale: str) -> None:
    client = Client()
    client.force_login(people.nurse)
    page = client.get(reverse("assessment-record", args=[course.public_id, scale]))
    assert page.status_code == 200


def test_a_level_of_sedation_is_entered_by_the_anchors_it_was_read_by(people: People, course: Course) -> None:
    client = Client()
    client.force_login(people.nurse)
    address = reverse("assessment-record", args=[course.public_id, "moaa-s"])
    assert "six-levels" not in client.get(address).content.decode()  # its 5 is not alert
    sent = {"total": "4", "anchor_set": "trapezius-squeeze", "rated_at": "2026-11-02T08:00", "rater": "clinician"}
    assert client.post(address, {**sent, "anchor_set": "six-levels"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    row = Assessment.objects.get()
    assert (row.total, row.anchor_set) == (4, "trapezius-squeeze")
    corrected = reverse("assessment-correct", args=[row.public_id])
    assert "anchor_set" not in client.get(corrected).content.decode()
    assert client.post(corrected, {**sent, "total": "3", "why": "misread"}).status_code == 302
    assert Assessment.objects.current().get().total == 3


def test_a_rating_withdrawn_by_two_says_so_to_the_second(people: People, course: Course) -> None:
    row = rate(people, course, answers=CALM).assessment
    client = Client()
    client.force_login(people.nurse)
    address = reverse("assessment-correct", args=[row.public_id])
    sent = {f"item_{number}": str(value) for number, value in enumerate(CALM, start=1)}
    sent |= {"rated_at": "2026-11-02T08:00", "rater": "clinician", "withdraw": "yes"}
    assert client.post(address, {**sent, "why": "entered twice"}).status_code == 302
    second = client.post(address, {**sent, "why": "not hers"})
    assert second.status_code == 422
    assert "already corrected" in second.content.decode()
