"""The worklist: what waits, why, since when and for whom; ownership is the only thing it stores."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.actions import fix_baseline, open_course
from holdfast.clinic.courses.due import ALERT_OPEN, Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.programmes.actions import sign_rule
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions, record_treatment_session
from holdfast.clinic.worklist import queries
from holdfast.clinic.worklist.actions import assign_work, hand_back_work, take_work
from holdfast.clinic.worklist.models import WorkOwner
from holdfast.clinic.worklist.queries import MINE, NOBODY, work
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, new_patient
from tests.clinic.flow_sheet_days import Day, new_day
from tests.clinic.ledger import count, draw, receive

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def kinds(user: User, now: dt.datetime = NOW, **asked: str) -> list[str]:
    return [item.due.kind for item in work(actor=user, now=now, **asked)]


def find(user: User, kind: str, now: dt.datetime = NOW) -> Any:
    return next(item for item in work(actor=user, now=now) if item.due.kind == kind)


def treated(people: People, totals: tuple[int, ...], label: str = "Ada Example") -> Course:
    """In induction since a dose 30 days ago, with a baseline of 20 and one PHQ-9 total a week since."""
    course = open_course(
        actor=CommandLine(), patient=new_patient(people, label), protocol="esketamine-nasal", indication="trd",
        phase="induction", source="import", now=NOW - 40 * DAY,
    )  # fmt: skip
    at = NOW - 31 * DAY
    first = record_assessment(actor=people.nurse, course=course, scale="phq-9", total=20, rated_at=at, now=at)
    fix_baseline(actor=people.nurse, course=course, assessment=first.assessment, now=at)
    dosed = NOW - 30 * DAY
    wanted = [SessionToPlan(planned_on=dosed.date())]
    (planned,) = plan_treatment_sessions(actor=people.nurse, course=course, sessions=wanted, now=at)
    record_treatment_session(
        actor=people.nurse, treatment_session=planned, dosed_at=dosed, dose_mg=56,
        discharged_at=dosed + dt.timedelta(hours=3), now=dosed + dt.timedelta(hours=3),
    )  # fmt: skip
    for week, total in enumerate(totals, start=1):
        at = dosed + week * 7 * DAY
        record_assessment(actor=people.nurse, course=course, scale="phq-9", total=total, rated_at=at, now=at)
    return course


@pytest.mark.story("HF-WRK-001")
def test_who_is_slipping_stands_there_with_rule_and_values(people: People) -> None:
    treated(people, (12, 8, 14))
    item = find(people.nurse, "slipping")
    assert item.due.text == "Slipping, PHQ-9"
    assert "6 above the lowest since the first dose (8 on" in item.why
    assert (item.due.rule, item.due.unsigned) == ("out.slipping", True)
    assert item.due.on == (NOW - 30 * DAY + 21 * DAY).date()
    sign_rule(
        actor=people.prescriber, programme=people.programme, rule_id="out.slipping", physician="Dr Example", now=NOW
    )
    assert not find(people.nurse, "slipping").due.unsigned


def test_who_holds_is_not_slipping(people: People) -> None:
    treated(people, (12, 8, 12))
    assert "slipping" not in kinds(people.nurse)


def test_a_sheet_nobody_signed_waits_and_a_signature_ends_it(people: People) -> None:
    day: Day = new_day(people)
    day.begun_nasal()
    day.well(at=120)
    day.note("discharge", at=121)
    item = find(people.nurse, "sign", NOW + dt.timedelta(hours=3))
    assert (item.due.on, item.due.overdue, item.due.about) == (NOW.date(), False, day.treatment_session.public_id)
    assert find(people.nurse, "sign", NOW + DAY).due.overdue
    day.note("sign", at=150)
    assert "sign" not in kinds(people.nurse, NOW + DAY)


def test_the_ledger_waits_to_be_closed_and_only_for_who_may_see_it(people: People) -> None:
    lot = receive(people).lot
    assert kinds(people.nurse) == ["ledger:day"]
    assert find(people.nurse, "ledger:day", NOW + DAY).due.overdue
    draw(people, lot)
    assert "ledger:drawing" in kinds(people.prescriber, NOW + DAY)
    assert kinds(people.therapist, NOW + DAY) == []


def test_a_difference_waits_until_it_is_explained(people: People) -> None:
    counted = count(people, {receive(people).lot: 19})
    assert find(people.prescriber, "ledger:difference").due.about == counted.public_id


@pytest.mark.story("HF-WRK-002")
def test_take_give_and_hand_back_with_their_record(people: People) -> None:
    course = treated(people, (12, 8, 14))
    item = find(people.nurse, "slipping")
    named = {"programme": people.programme, "course": course, "item": item.due.key, "now": NOW}
    take_work(actor=people.nurse, **named)
    assert find(people.nurse, "slipping").owner.pk == people.nurse.pk
    assert "slipping" in kinds(people.nurse, owner=MINE)
    assert "slipping" not in kinds(people.nurse, owner=NOBODY)
    assert "slipping" in kinds(people.prescriber, owner=str(people.nurse.public_id))
    was = str(people.nurse.public_id)
    assign_work(actor=people.programme_lead, owner=people.prescriber, was=was, **named)
    assert kinds(people.nurse, owner=MINE) == []
    hand_back_work(actor=people.prescriber, was=str(people.prescriber.public_id), **named)
    assert find(people.nurse, "slipping").owner is None
    told = AuditEntry.objects.filter(action__startswith="work.").order_by("seq")
    assert [(e.action, e.details["kind"], e.details["who"]) for e in told] == [
        ("work.take", "slipping", str(people.nurse.public_id)),
        ("work.assign", "slipping", str(people.prescriber.public_id)),
        ("work.hand_back", "slipping", None),
    ]


@pytest.mark.story("HF-WRK-002")
def test_two_who_take_at_once_and_what_is_done_are_told(people: People) -> None:
    course = treated(people, (12, 8, 14))
    named = {"programme": people.programme, "course": course, "item": find(people.nurse, "slipping").due.key,
             "now": NOW}  # fmt: skip
    first = take_work(actor=people.nurse, **named)
    assert take_work(actor=people.nurse, **named) == first
    with pytest.raises(RefusedError, match="Meanwhile nurse looks after this"):
        take_work(actor=people.prescriber, **named)
    with pytest.raises(RefusedError, match="is not there any more"):
        take_work(actor=people.nurse, **{**named, "item": "slipping|2020-01-01|"})
    assert WorkOwner.objects.count() == 1


def test_who_may_not(people: People, others: People) -> None:
    course = treated(people, (12, 8, 14))
    named = {"programme": people.programme, "course": course, "item": find(people.nurse, "slipping").due.key,
             "now": NOW}  # fmt: skip
    for actor in (people.auditor, people.administrator, others.nurse):
        with pytest.raises(PermissionRefusedError):
            take_work(actor=actor, **named)
    with pytest.raises(PermissionRefusedError):
        assign_work(actor=people.therapist, owner=people.nurse, **named)
    for owner in (others.nurse, people.auditor):
        with pytest.raises(InputError, match="does not work in the programme"):
            assign_work(actor=people.nurse, owner=owner, **named)
    with pytest.raises(InputError, match="sees the course"):
        assign_work(actor=people.nurse, owner=people.front_desk, **named)
    take_work(actor=people.nurse, **named)
    with pytest.raises(PermissionRefusedError):
        hand_back_work(actor=people.therapist, was=str(people.nurse.public_id), **named)
    assert kinds(others.nurse) == []
    assert "slipping" not in kinds(people.front_desk)


def test_done_and_due_again_is_another_thing(people: People) -> None:
    """Ownership ends with the thing: a later slip is nobody's."""
    course = treated(people, (12, 8, 14))
    take_work(
        actor=people.nurse, programme=people.programme, course=course, item=find(people.nurse, "slipping").due.key,
        now=NOW,
    )  # fmt: skip
    for days, total in ((1, 9), (8, 15)):
        at = NOW + days * DAY
        record_assessment(actor=people.nurse, course=course, scale="phq-9", total=total, rated_at=at, now=at)
    assert find(people.nurse, "slipping", NOW + 9 * DAY).owner is None


@pytest.mark.story("HF-WRK-003")
def test_the_number_of_queries_does_not_grow(people: People) -> None:
    from holdfast.clinic.courses.queries import KEPT

    def asked() -> int:
        KEPT.forget()
        client = Client()
        client.force_login(people.nurse)
        client.get(reverse("worklist"))
        KEPT.forget()
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("worklist")).status_code == 200
        return len(caught)

    treated(people, (12, 8, 14))
    few = asked()
    for label in ("Bea", "Cleo", "Dora"):
        treated(people, (12, 8, 14), label)
    assert asked() == few <= 32


def page(user: User, **asked: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse("worklist"), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_says_why_and_takes_by_a_form(people: People) -> None:
    course = treated(people, (12, 8, 14))
    shown = page(people.nurse)
    assert "Slipping, PHQ-9" in shown
    assert "% of the baseline of 20" in shown
    assert "House rule, not signed here" in shown
    assert "Nobody yet" in shown
    client = Client()
    client.force_login(people.nurse)
    item = find(people.nurse, "slipping").due.key
    sent = {"item": item, "was": "", "to": "me", "back": reverse("worklist") + "?kind=slipping"}
    answer = client.post(reverse("work-own", args=[course.public_id]), sent)
    assert (answer.status_code, answer.url) == (302, "/worklist/?kind=slipping")
    assert "Yours" in page(people.nurse)
    assert ">nurse<" in page(people.prescriber)
    assert "Yours" in client.get(reverse("patient", args=[course.patient.public_id])).content.decode()
    refused = client.post(reverse("work-own", args=[course.public_id]), {**sent, "to": "somebody"}, follow=True)
    assert "Nothing was changed" in refused.content.decode()
    away = client.post(reverse("work-own", args=[course.public_id]), {**sent, "back": "https://evil.example/"})
    assert away.url == "/worklist/"


def test_an_alert_nobody_took_goes_before_what_waits_longest() -> None:
    old = Due("rems", "REMS form", NOW.date() - 300 * DAY, overdue=True)
    alert = Due(ALERT_OPEN, "Alert nobody has taken", NOW.date(), overdue=True)
    assert sorted([old, alert], key=lambda due: due.rank) == [alert, old]


@pytest.mark.story("HF-WRK-003")
def test_items_are_made_of_the_part_that_is_looked_at(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    for label in ("Ada", "Bea", "Cleo"):
        treated(people, (12, 8, 14), label)
    made: list[Any] = []
    listed = queries._listed
    monkeypatch.setattr(queries, "_listed", lambda kept, due: made.append(due) or listed(kept, due))
    found = work(actor=people.nurse, now=NOW)
    assert (len(found) >= 6, found.overdue > 0, made) == (True, True, [])
    assert [item.due for item in found[2:4]] == made
    assert len(made) == 2
    assert found.overdue == sum(item.due.overdue for item in found)


def test_filters(people: People) -> None:
    treated(people, (12, 8, 14))
    assert "Slipping, PHQ-9" not in page(people.nurse, kind="review")
    assert "Slipping, PHQ-9" in page(people.nurse, kind="nonsense", programme="nonsense", page="9")
    assert "Nothing of that is to do" in page(people.nurse, owner="mine")
    assert "Nothing of that is to do" in page(people.nurse, owner="not-an-id")


def test_the_programmes_own_work_is_taken_too(people: People) -> None:
    receive(people)
    client = Client()
    client.force_login(people.nurse)
    item = find(people.nurse, "ledger:day").due.key
    address = reverse("programme-work-own", args=[people.programme.key])
    assert client.post(address, {"item": item, "was": "", "to": "me"}).status_code == 302
    assert kinds(people.nurse, owner=MINE) == ["ledger:day"]
    assert "Count and close the day" in page(people.nurse)


def test_a_treatment_session_of_today_leads_to_its_flow_sheet(people: People) -> None:
    now = timezone.now()
    course = open_course(
        actor=CommandLine(), patient=new_patient(people), protocol="esketamine-nasal", indication="trd",
        phase="induction", source="import", now=now - DAY,
    )  # fmt: skip
    today = people.programme.day_of(now)
    (planned,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=today)], now=now
    )
    assert find(people.nurse, "treatment_session", now).due.sheet == planned.public_id
    assert find(people.nurse, "treatment_session", now + 2 * DAY).due.sheet is None  # over: it is recorded whole
    client, sheet = Client(), reverse("flow-sheet", args=[planned.public_id])
    client.force_login(people.nurse)
    page = client.get(reverse("worklist"), {"kind": "treatment_session"}).content.decode()
    assert f'<a class="button" href="{sheet}">Flow-sheet</a>' in page
    assert "Record session" not in page
