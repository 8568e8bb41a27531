"""What a link opens: one question at a time, the crisis text before anything else, one's own curve, nothing else."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import PatientByLink
from holdfast.clinic.alerts.models import CrisisAlert
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.checkins import actions, patient_views
from holdfast.clinic.checkins.models import CheckIn, CheckInAnswer, CheckInLink, CheckInRating
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import caseload
from holdfast.clinic.messaging import link_pages
from holdfast.clinic.messaging.models import RequestCount
from holdfast.errors import InputError
from tests.clinic.check_ins import AT_TEN, EVERYTHING, Kept, agree, answer, answer_phq9, kept, kinds, link, send
from tests.clinic.conftest import NOW, People, new_course, new_patient

pytestmark = pytest.mark.django_db
__all__ = ["kept"]
DAY = dt.timedelta(days=1)
CRISIS = "Your answers mention thoughts about death"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The pages' clock: five minutes after the link was sent, and wherever a test sets it."""

    class Clock:
        now = AT_TEN + dt.timedelta(minutes=5)

    monkeypatch.setattr(patient_views.timezone, "now", lambda: Clock.now)
    return Clock


@pytest.fixture
def path(people: People, course: Course, kept: Kept, clock: Any) -> str:
    """A link to PHQ-9 and mood."""
    return link(people, course, kept)


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.story("HF-CHK-004")
def test_a_link_needs_no_sign_in_no_cookie_and_shows_no_name(people: People, course: Course, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    shown = page(client, path)
    assert "Question 1 of 10" in shown
    assert "Little interest or pleasure in doing things" in shown
    assert course.patient.label not in shown
    assert people.programme.name not in shown
    assert answer(client, path, "phq-9", "item_1", 2).status_code == 303
    assert client.cookies == {}
    assert "Question 2 of 10" in page(client, path)


@pytest.mark.story("HF-CHK-004")
def test_each_answer_is_stored_at_once_and_the_link_resumes(path: str) -> None:
    answer_phq9(Client(), path, 1, 2, 3)
    assert list(CheckInAnswer.objects.values_list("question", "value")) == [("item_1", 1), ("item_2", 2), ("item_3", 3)]
    assert "Question 4 of 10" in page(Client(), path)  # another telephone, the same place
    assert not Assessment.objects.exists()


def test_the_question_before_can_be_answered_anew_and_the_older_answer_stays(path: str) -> None:
    client = Client()
    answer_phq9(client, path, 1, 2)
    shown = page(client, f"{path}?back=1")
    assert "Feeling down, depressed, or hopeless" in shown
    assert "✓ your answer" in shown
    assert "Where I was" in shown
    answer(client, path, "phq-9", "item_2", 0)
    assert list(CheckInAnswer.objects.filter(question="item_2").values_list("value", flat=True)) == [2, 0]
    answer_phq9(client, path, 1, 0, 1, 1, 1, 1, 1, 1, 0)
    assert Assessment.objects.get().answers == [1, 0, 1, 1, 1, 1, 1, 1, 0]


@pytest.mark.story("HF-CHK-004")
def test_a_whole_phq9_is_a_rating_by_the_patient_once(people: People, course: Course, path: str) -> None:
    client = Client()
    answer_phq9(client, path, 1, 1, 1, 1, 1, 1, 1, 1, 0)
    rating = Assessment.objects.get()
    assert (rating.total, rating.rater, rating.entered_by, rating.scale) == (8, "patient", None, "phq-9")
    assert rating.rated_at == AT_TEN + dt.timedelta(minutes=5)
    answer(client, path, "phq-9", "item_8", 3)  # too late for the link: staff correct a rating
    assert Assessment.objects.count() == CheckInRating.objects.count() == 1
    assert answer(client, path, "mood-tap", "mood", 4).status_code == 303
    assert kinds(CheckIn.objects.get())[-1] == "answered"
    assert send(AT_TEN + DAY).missed == 0


@pytest.mark.rule("sui.phq9.q9")
@pytest.mark.story("HF-CHK-005")
@pytest.mark.parametrize("item_9", [1, 2, 3])
def test_item_9_opens_the_crisis_text_in_the_answer_itself_and_the_alert_on_the_caseload(
    people: People, course: Course, path: str, clock: Any, item_9: int
) -> None:
    client = Client()
    response = answer_phq9(client, path, 0, 0, 0, 0, 0, 0, 0, 0, item_9)
    shown = response.content.decode()
    assert response.status_code == 200
    assert CRISIS in shown
    assert '<a href="tel:988">988</a>' in shown  # one tap calls
    assert "Question" not in shown
    (row,) = caseload(actor=people.nurse, now=clock.now)
    assert (row.due[0].kind, row.due[0].about) == ("alert", Assessment.objects.get().public_id)
    assert kinds(CheckIn.objects.get()) == ["scheduled", "sending", "sent", "crisis_shown"]


@pytest.mark.story("HF-CHK-005")
def test_nothing_else_is_shown_until_the_crisis_text_was_read_and_it_stays_on_the_last_page(path: str) -> None:
    client = Client()
    answer_phq9(client, path, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    for _ in range(2):
        shown = page(Client(), path)  # reloaded, or opened on another telephone
        assert CRISIS in shown
        assert "How is your mood" not in shown
    client.post(path, {"read": "yes"})
    assert "How is your mood" in page(client, path)
    assert "Where I was" not in page(client, path)
    answer(client, path, "mood-tap", "mood", 1)
    last = page(client, path)
    assert last.index(CRISIS) < last.index("Everything is saved")
    assert kinds(CheckIn.objects.get()).count("crisis_read") == 1


@pytest.mark.story("HF-CHK-005")
def test_the_crisis_text_outlives_the_link(people: People, path: str, clock: Any) -> None:
    client = Client()
    answer_phq9(client, path, 0, 0, 0, 0, 0, 0, 0, 0, 2)
    actions.revoke_link(actor=people.nurse, check_in=CheckIn.objects.get(), now=clock.now)
    assert CRISIS in page(client, path)
    clock.now = AT_TEN + 2 * DAY
    assert CRISIS in page(client, path)
    client.post(path, {"read": "yes"})
    assert "This check-in is over" in page(client, path, 410)


@pytest.mark.rule("sui.phq9.q9")
@pytest.mark.story("HF-CHK-005")
@pytest.mark.parametrize("ended", [False, True])
def test_item_9_answered_anew_after_the_last_question_is_never_passed_over(
    people: People, course: Course, path: str, ended: bool
) -> None:
    """The patient goes back in the browser and says it after all."""
    client = Client()
    answer_phq9(client, path, 1, 1, 1, 1, 1, 1, 1, 1, 0)
    if ended:
        answer(client, path, "mood-tap", "mood", 1)
    shown = answer(client, path, "phq-9", "item_9", 2)
    assert shown.status_code == 200
    assert "Please read this first" in shown.content.decode()
    assert CrisisAlert.objects.get().assessment.answers == [1] * 8 + [2]
    assert Assessment.objects.count() == 2
    assert "Please read this first" in page(client, path)
    answer(client, path, "phq-9", "item_9", 3)  # it speaks already: staff correct a rating
    assert Assessment.objects.count() == 2
    assert client.post(path, {"read": "yes"}).status_code == 303
    assert ("Everything is saved" if ended else "How is your mood") in page(client, path)
    answer(client, path, "mood-tap", "mood", 1)
    assert kinds(CheckIn.objects.get()).count("answered") == 1


def test_item_9_at_zero_shows_no_crisis_text(path: str) -> None:
    assert answer_phq9(Client(), path, 3, 3, 3, 3, 3, 3, 3, 3, 0).status_code == 303
    assert CRISIS not in page(Client(), path)


@pytest.mark.story("HF-CHK-004")
def test_at_the_end_the_patient_sees_the_plan_and_the_own_curve_and_no_forecast(
    people: People, course: Course, path: str
) -> None:
    client = Client()
    answer_phq9(client, path, 1, 1, 1, 1, 1, 1, 1, 1, 0)
    answer(client, path, "mood-tap", "mood", 4)
    shown = page(client, path)
    assert "Walk each morning." in shown
    assert '"y": 8' in shown
    assert '"response": null, "remission": null' in shown
    assert "<dd>Good</dd>" in shown
    assert "nothing is predicted" in shown
    still = re.search(r"<noscript>.*?</noscript>", shown, re.DOTALL)  # without JavaScript the curve is a picture
    assert still is not None
    assert 'cy="127.4"' in still[0]  # 8 of 27
    for word in ("moderate", 'dose_mg": 5', course.patient.label):
        assert word not in shown


def test_ratings_by_staff_and_other_courses_are_not_the_patients_curve(
    people: People, course: Course, path: str, clock: Any
) -> None:
    from holdfast.clinic.assessments.actions import record_assessment

    record_assessment(
        actor=people.nurse, course=course, scale="phq-9", total=27, rated_at=NOW, now=NOW, rater="clinician"
    )
    other = new_course(people, new_patient(people, "Bob Example"))
    record_assessment(actor=people.nurse, course=other, scale="phq-9", total=26, rated_at=NOW, now=NOW, rater="patient")
    client = Client()
    answer_phq9(client, path, 1, 1, 1, 1, 1, 1, 1, 1, 0)
    answer(client, path, "mood-tap", "mood", 4)
    shown = page(client, path)
    assert '"y": 8' in shown
    assert '"y": 27' not in shown
    assert '"y": 26' not in shown


@pytest.mark.story("HF-CHK-004")
def test_every_instrument_can_be_answered_by_taps(people: People, course: Course, kept: Kept, clock: Any) -> None:
    path = link(people, course, kept, instruments=EVERYTHING)
    client, taps = Client(), 0
    while "Everything is saved" not in (shown := page(client, path)):
        fields = {name: shown.split(f'name="{name}" value="')[1].split('"')[0] for name in ("instrument", "question")}
        value = shown.split('name="value" value="')[1].split('"')[0]
        assert client.post(path, {**fields, "value": value}).status_code == 303
        taps += 1
    assert taps == 9 + 7 + 4 + 1
    assert set(CheckInRating.objects.values_list("scale", flat=True)) == {"phq-9", "gad-7"}
    assert "GAD-7" in shown


@pytest.mark.rule("cum.uri.int")
def test_blood_in_the_urine_is_a_task_until_a_bladder_check_is_recorded(
    people: People, course: Course, kept: Kept, clock: Any
) -> None:
    from holdfast.clinic.programmes.actions import sign_rule
    from holdfast.clinic.safety.actions import record_safety_check

    path = link(people, course, kept, instruments=["urinary"])
    client = Client()
    for question, value in (("pain", 2), ("blood", 1), ("often", 0), ("sudden", 0)):
        answer(client, path, "urinary", question, value)
    (row,) = caseload(actor=people.nurse, now=clock.now)
    (task,) = [one for one in row.due if one.kind == "check:bladder"]
    assert (task.text, task.overdue) == ("Bladder answers of a check-in to be looked at", False)
    sign_rule(
        actor=people.prescriber, programme=people.programme, rule_id="cum.uri.int", physician="Dr Ada", now=clock.now
    )
    (row,) = caseload(actor=people.nurse, now=clock.now)
    (task,) = [one for one in row.due if one.kind == "check:bladder"]
    assert (task.text, task.overdue) == ("Blood in the urine: hold the treatment and refer to urology", True)
    check = {"actor": people.nurse, "course": course, "check_key": "bladder", "done_on": NOW.date(), "now": clock.now}
    record_safety_check(outcome="not_done", **check)  # the patient did not come: nothing was looked at
    (row,) = caseload(actor=people.nurse, now=clock.now)
    assert [one.overdue for one in row.due if one.kind == "check:bladder"] == [True]
    record_safety_check(outcome="acted_on", **check)
    (row,) = caseload(actor=people.nurse, now=clock.now)
    assert not [one for one in row.due if one.kind == "check:bladder"]


@pytest.mark.story("HF-CHK-004")
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"instrument": "phq-9", "question": "item_1", "value": "4"}, 422),
        ({"instrument": "phq-9", "question": "item_1", "value": "-1"}, 422),
        ({"instrument": "phq-9", "question": "item_1", "value": "9" * 30}, 422),
        ({"instrument": "phq-9", "question": "item_1", "value": "²"}, 422),
        ({"instrument": "phq-9", "question": "item_5", "value": "1"}, 422),
        ({"instrument": "gad-7", "question": "item_1", "value": "1"}, 422),
        ({"instrument": "madrs", "question": "item_1", "value": "1"}, 422),
        ({}, 422),
    ],
)
def test_what_was_not_asked_is_refused_in_a_sentence_and_not_stored(path: str, fields: dict, status: int) -> None:
    response = Client().post(path, fields)
    assert response.status_code == status
    assert "Not saved." in response.content.decode()
    assert not CheckInAnswer.objects.exists()


@pytest.mark.story("HF-CHK-004")
def test_a_link_ends_with_its_time(path: str, clock: Any) -> None:
    client = Client()
    answer_phq9(client, path, 1, 2)
    clock.now = AT_TEN + DAY
    assert "This check-in is over" in page(client, path, 410)
    assert answer(client, path, "phq-9", "item_3", 1).status_code == 410
    assert CheckInAnswer.objects.count() == 2
    assert send(clock.now).missed == 1
    assert CheckIn.objects.get().events.get(kind="missed").reason == "partly-answered"


@pytest.mark.story("HF-CHK-004")
def test_a_revoked_link_opens_nothing_and_is_sent_no_more(people: People, path: str, clock: Any) -> None:
    actions.revoke_link(actor=people.nurse, check_in=CheckIn.objects.get(), now=clock.now)
    assert "This check-in is over" in page(Client(), path, 410)
    assert answer(Client(), path, "phq-9", "item_1", 1).status_code == 410
    assert not CheckInAnswer.objects.exists()
    with pytest.raises(InputError, match="this check-in is over"):
        actions.revoke_link(actor=people.nurse, check_in=CheckIn.objects.get(), now=clock.now)
    assert send(clock.now + DAY).missed == 0


def test_each_link_opens_its_own_check_in_only(people: People, course: Course, kept: Kept, clock: Any) -> None:
    first = link(people, course, kept)
    second = link(people, new_course(people, new_patient(people, "Bob Example")), kept)
    assert first != second
    answer_phq9(Client(), first, 1, 2)
    assert "Question 1 of 10" in page(Client(), second)
    assert CheckInAnswer.objects.filter(check_in__course=course).count() == 2


@pytest.mark.story("HF-CHK-004")
def test_guesses_are_told_nothing_and_are_limited_without_locking_out_who_holds_a_link(path: str) -> None:
    client = Client()
    answers = [client.get(f"/c/{'x' * 32}/").status_code for _ in range(link_pages.MOST_WRONG_LINKS + 1)]
    assert answers == [404] * link_pages.MOST_WRONG_LINKS + [429]
    assert client.get(path).status_code == 200
    assert not RequestCount.objects.filter(key__contains="127").exists()


def test_one_link_is_limited_too_and_the_next_window_is_open_again(path: str, clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(link_pages, "MOST_OF_A_LINK", 3)
    assert [Client().get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    clock.now += link_pages.WINDOW
    assert Client().get(path).status_code == 200


def test_counts_are_forgotten_after_a_day(path: str, clock: Any) -> None:
    page(Client(), path)
    assert RequestCount.objects.count() == 1
    clock.now += 2 * DAY
    Client().get("/c/unknown/")
    assert RequestCount.objects.count() == 1


@pytest.mark.parametrize("token", ["x" * 65, "%00", "ä", "a b"])
def test_a_link_that_cannot_be_one_breaks_nothing(token: str, path: str) -> None:
    assert Client().get(f"/c/{token}/").status_code == 404


def test_opened_is_noted_once_and_a_head_request_opens_nothing(path: str) -> None:
    Client().head(path)
    assert "opened" not in kinds(CheckIn.objects.get())
    page(Client(), path)
    page(Client(), path)
    assert kinds(CheckIn.objects.get()).count("opened") == 1


def test_two_taps_at_once_are_one_answer(people: People, course: Course, path: str, clock: Any) -> None:
    for _ in range(3):
        answer_phq9(Client(), path, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert Assessment.objects.count() == 1
    assert CheckInAnswer.objects.count() == 9


def test_a_link_reaches_no_page_of_the_clinic(people: People, course: Course, path: str) -> None:
    client = Client()
    page(client, path)
    for name in ("caseload", "check-ins", "assessment-choose"):
        args = [] if name == "caseload" else [course.public_id]
        assert client.get(reverse(name, args=args)).status_code == 302


@pytest.mark.story("HF-CHK-003")
def test_staff_read_the_ledger_agree_pause_and_follow_up(people: People, course: Course, path: str, clock: Any) -> None:
    answer_phq9(Client(), path, 1, 1, 1, 1, 1, 1, 1, 1, 0)
    nurse = Client()
    nurse.force_login(people.nurse)
    ledger = reverse("check-ins", args=[course.public_id])
    shown = nurse.get(ledger).content.decode()
    for words in ("ada@mail.example", "Every week at 10:00", "phq-9 8", "Revoke link", "Scheduled 2 Nov, 10:00"):
        assert words in shown
    pause = reverse("check-ins-pause", args=[course.public_id])
    refused = nurse.post(pause, {"why": " "})
    assert refused.status_code == 422
    assert "Say why the check-ins are paused" in refused.content.decode()
    assert nurse.post(pause, {"why": "On a journey"}).status_code == 302
    assert "● Paused" in nurse.get(ledger).content.decode()
    check_in = CheckIn.objects.get()
    nurse.post(reverse("check-in-revoke", args=[check_in.public_id]))
    assert "revoked" in kinds(check_in)
    follow_up = nurse.post(reverse("check-ins-follow-up", args=[course.public_id]), {"note": "Called"})
    assert follow_up.status_code == 422
    assert "no check-in waits to be followed up" in follow_up.content.decode()


@pytest.mark.story("HF-CHK-001")
def test_the_form_of_an_agreement_keeps_what_was_entered_and_names_what_is_wrong(
    people: People, course: Course
) -> None:
    nurse = Client()
    nurse.force_login(people.nurse)
    address = reverse("check-ins-agree", args=[course.public_id])
    fields = {
        "instruments": ["phq-9", "urinary"], "every_d": "3", "at_local": "18:30", "open_h": "36", "agreed": "on",
        "starts_on": "2026-11-02", "channel": "sms", "address": "0199", "plan": "Walk.",
    }  # fmt: skip
    refused = nurse.post(address, fields)
    assert refused.status_code == 422
    assert "Give the number with its country" in refused.content.decode()
    assert 'value="18:30"' in refused.content.decode()
    assert nurse.post(address, {**fields, "address": "+49 30 1234567"}).status_code == 302
    agreement = course.check_in_agreements.get()
    assert (agreement.every_d, agreement.at_local, agreement.address) == (3, dt.time(18, 30), "+49301234567")
    again = nurse.get(address).content.decode()
    assert "This becomes version 2" in again
    assert "Walk." in again


def test_links_of_every_attempt_open_until_the_check_in_ends(
    people: People, course: Course, kept: Kept, clock: Any
) -> None:
    agree(people, course)
    kept.failures = ["no-connection"]
    send(AT_TEN)
    send(AT_TEN + dt.timedelta(minutes=5))
    assert CheckInLink.objects.count() == 2
    assert {row.expires_at for row in CheckInLink.objects.all()} == {AT_TEN + DAY}


def test_a_patient_of_another_course_cannot_answer(people: People, course: Course, path: str, clock: Any) -> None:
    from holdfast.errors import PermissionRefusedError

    stranger = PatientByLink(new_course(people, new_patient(people, "Bob")).pk, people.programme.pk)
    with pytest.raises(PermissionRefusedError):
        actions.answer_question(
            actor=stranger,
            check_in=CheckIn.objects.get(),
            instrument="phq-9",
            question="item_1",
            value=1,
            now=clock.now,
        )


LOST = "The answer you just gave was not saved"


@pytest.mark.story("HF-CHK-004")
def test_an_answer_that_comes_too_late_is_told_as_lost_and_item_9_shows_the_words_that_help(
    path: str, clock: Any
) -> None:
    """The page said that answers were kept, to somebody who had just said that they thought of death."""
    client = Client()
    answer_phq9(client, path, *[0] * 8)
    clock.now = AT_TEN + DAY
    assert LOST not in page(client, path, 410)
    again = answer(client, path, "phq-9", "item_8", 0).content.decode()  # a second tap: it is kept
    assert LOST not in again
    calm = answer(client, path, "phq-9", "item_9", 0)
    assert (calm.status_code, LOST in calm.content.decode(), CRISIS in calm.content.decode()) == (410, True, False)
    said = answer(client, path, "phq-9", "item_9", 3)
    assert (said.status_code, LOST in said.content.decode(), CRISIS in said.content.decode()) == (410, True, True)
    assert "Your answer is saved" not in said.content.decode()
    assert CheckInAnswer.objects.count() == 8


@pytest.mark.story("HF-CHK-004")
def test_where_nothing_can_be_saved_item_9_shows_the_words_that_help(
    path: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk was answered with whom to tell of the installation."""
    client = Client()
    answer_phq9(client, path, *[0] * 8)

    def full(**given: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(actions, "answer_question", full)
    said = answer(client, path, "phq-9", "item_9", 3)
    assert (said.status_code, LOST in said.content.decode(), CRISIS in said.content.decode()) == (503, True, True)
    monkeypatch.setattr(link_pages, "count_request", full)
    assert "I need help now" in page(client, path, 503)
    assert LOST not in page(client, path, 503)


@pytest.mark.story("HF-CHK-004")
def test_too_many_requests_hide_no_words_that_help(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_pages, "MOST_OF_A_LINK", 8)
    answer_phq9(Client(), path, *[0] * 8)
    said = answer(Client(), path, "phq-9", "item_9", 3)
    assert (said.status_code, LOST in said.content.decode(), CRISIS in said.content.decode()) == (429, True, True)
