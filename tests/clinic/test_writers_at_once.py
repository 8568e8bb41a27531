"""Several people write at the same moment, as PostgreSQL lets them: nothing is lost, doubled or stuck.

SQLite lets one writer in at a time (`transaction_mode` IMMEDIATE) and has nothing to show here.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from holdfast.clinic.accounts.models import CommandLine, PatientByLink
from holdfast.clinic.alerts.actions import add_duty_turn, carry_on, end_duty_turn, raise_drill, take_alert
from holdfast.clinic.alerts.models import AlertTaken, AlertTold, CrisisAlert
from holdfast.clinic.assessments.actions import correct_assessment, record_assessment, withdraw_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.checkins.actions import ask_check_ins, open_check_in
from holdfast.clinic.courses.actions import override_stop, record_evaluation
from holdfast.clinic.drug_ledger import standing
from holdfast.clinic.flow_sheets.actions import KeyTakenError
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.messaging.actions import count_request
from holdfast.clinic.patients.actions import register_patient
from holdfast.clinic.programmes.actions import sign_rule
from holdfast.clinic.safety.actions import record_safety_check
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.errors import InputError, RefusedError
from tests.clinic import ledger
from tests.clinic.check_ins import AT_TEN, agree, kinds
from tests.clinic.conftest import NOW, People, new_course, new_patient, new_people, new_programme, sound_evaluation
from tests.clinic.flow_sheet_days import CALM, new_day

LIMIT_S = 60
# Asked before the fixtures: one named by hand (getfixturevalue) marks no test as one of the database.
pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="several writers at once need PostgreSQL: make test-postgresql"
)


@pytest.fixture
def committed(without_transaction: None) -> People:
    """People in a database whose changes other connections see."""
    return new_people(new_programme("at-once"), suffix="-at-once")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gave, or the fault it raised, all let go at the same moment, each on a connection of its own."""
    ready, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            ready.wait(LIMIT_S)
            found[place] = call()
        except Exception as fault:  # the test says which faults may be
            found[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert not any(thread.is_alive() for thread in threads), "writers wait for each other"
    return found


def faults(found: list[Any]) -> list[Exception]:
    return [one for one in found if isinstance(one, Exception)]


@pytest.mark.story("HF-AUD-001")
def test_the_chain_holds_when_many_record_at_once(committed: People) -> None:
    course = new_course(committed)
    before = AuditEntry.objects.count()

    def rate(total: int) -> Callable[[], Any]:
        return lambda: record_assessment(
            actor=committed.nurse, course=course, scale="phq-9", total=total, rated_at=NOW, now=NOW
        )

    assert faults(at_once(*[rate(total) for total in range(8)])) == []
    assert AuditEntry.objects.count() == before + 8
    assert verify(actor=CommandLine()).faults == ()


def test_the_ledger_and_the_rest_of_the_clinic_do_not_wait_for_each_other_for_ever(committed: People) -> None:
    """A drawing locks the programme and then asks for the chain; a rating holds the chain and names the programme."""
    lot, course = ledger.receive(committed).lot, new_course(committed)

    def rate() -> Any:
        return record_assessment(actor=committed.nurse, course=course, scale="phq-9", total=7, rated_at=NOW, now=NOW)

    def draw() -> Any:
        return ledger.draw(committed, lot, 1)

    def register() -> Any:
        return register_patient(
            actor=committed.nurse, programme=committed.programme, label=f"P {uuid.uuid4().hex[:6]}", now=NOW
        )

    for _ in range(3):
        assert faults(at_once(rate, draw, register, draw, rate, register)) == []
    assert standing.balance(lot.pk) == 14
    assert verify(actor=CommandLine()).faults == ()


def test_the_last_device_is_drawn_once(committed: People) -> None:
    label = {**ledger.DEVICES, "containers": 2}
    lot = ledger.receive(committed, label).lot
    found = at_once(*[lambda: ledger.draw(committed, lot, 1)] * 6)
    assert len([one for one in found if isinstance(one, RefusedError)]) == 4
    assert len(faults(found)) == 4
    assert standing.balance(lot.pk) == 0


@pytest.mark.parametrize("same", [True, False])
def test_entries_of_one_flow_sheet_come_one_by_one(committed: People, same: bool) -> None:
    day = new_day(committed)
    day.asked()
    before, key = FlowSheetEntry.objects.count(), uuid.uuid4()
    calls = [lambda: day.note("observation", CALM, at=-10, key=key if same else uuid.uuid4())] * 6
    found = at_once(*calls)
    assert faults(found) == []
    assert FlowSheetEntry.objects.count() == before + (1 if same else 6)
    assert sum(one.is_new for one in found) == (1 if same else 6)
    assert verify(actor=CommandLine()).faults == ()


@pytest.mark.story("HF-SES-021")
def test_one_key_for_two_treatment_sessions_is_refused_plainly(committed: People) -> None:
    """Each of them looked before the other had stored; a few rounds, for the two have to meet."""
    days = [new_day(committed, patient=new_patient(committed, label)) for label in ("Ada Example", "Bea Example")]
    for number in range(8):
        key = uuid.uuid4()
        said = {"given": CALM | {"hr_per_min": 60 + number}, "at": -20, "key": key}
        found = at_once(*[partial(day.note, "observation", **said) for day in days])
        (fault,) = faults(found)
        assert isinstance(fault, KeyTakenError)
        assert FlowSheetEntry.objects.filter(key=key).count() == 1


@pytest.mark.story("HF-CRI-005")
def test_servers_that_carry_on_at_once_call_each_round_once(committed: People) -> None:
    given = {"actor": committed.programme_lead, "programme": committed.programme, "now": NOW}
    for place, person in enumerate((committed.nurse, committed.therapist), start=1):
        add_duty_turn(**given, person=person, place=place)
    alert = raise_drill(actor=CommandLine(), programme=committed.programme, now=NOW)
    at = NOW + dt.timedelta(minutes=30)
    found = at_once(*[lambda: carry_on(actor=CommandLine(), now=at)] * 4)
    assert sorted(found) == [0, 0, 0, 2]
    assert AlertTold.objects.filter(alert=alert, round=2).count() == 2


def test_two_who_plan_at_once_give_two_numbers(committed: People) -> None:
    course = new_course(committed)
    wanted = [SessionToPlan(planned_on=NOW.date())]
    found = at_once(
        *[lambda: plan_treatment_sessions(actor=committed.nurse, course=course, sessions=wanted, now=NOW)] * 4
    )
    assert faults(found) == []
    assert sorted(course.treatment_sessions.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_one_person_takes_an_alert(committed: People) -> None:
    alert = raise_drill(actor=CommandLine(), programme=committed.programme, now=NOW)
    people = [committed.nurse, committed.prescriber, committed.therapist, committed.programme_lead]
    found = at_once(*[lambda who=who: take_alert(actor=who, alert=alert, now=NOW) for who in people])
    assert len(faults(found)) == 3
    assert all(isinstance(fault, InputError) for fault in faults(found))


def test_who_takes_an_alert_who_screens_and_the_servers_do_not_wait_for_each_other(committed: People) -> None:
    """Four at once at the same alert: it is taken once, each person is told once, and every rating stands."""
    course = new_course(committed)
    given = {"actor": committed.programme_lead, "programme": committed.programme, "now": NOW}
    for place, person in enumerate((committed.nurse, committed.therapist), start=1):
        add_duty_turn(**given, person=person, place=place)
    minute = dt.timedelta(minutes=1)

    def rate(scale: str, answers: Any, at: dt.datetime) -> Any:
        return record_assessment(
            actor=committed.nurse, course=course, scale=scale, answers=answers, rated_at=at, now=at
        ).assessment

    no = dict.fromkeys(("q1", "q2", "q6_lifetime", "q6_3_months"), False) | dict.fromkeys(("q3", "q4", "q5"))
    for number in range(1, 7):
        at = NOW + 10 * number * minute
        answer = rate("phq-9", [1] * 8 + [2], at)
        alert = CrisisAlert.objects.get(assessment=answer)
        found = at_once(
            lambda alert=alert, at=at: take_alert(actor=committed.prescriber, alert=alert, now=at + minute),
            lambda at=at: rate("c-ssrs-screener", no, at + minute),
            lambda at=at: carry_on(actor=CommandLine(), now=at + minute),
            lambda at=at: carry_on(actor=CommandLine(), now=at + minute),
        )
        assert [fault for fault in faults(found) if not isinstance(fault, InputError)] == []  # "somebody else took it"
        assert AlertTaken.objects.filter(alert=alert).count() == 1
        assert AlertTold.objects.filter(alert=alert).count() == 2
    assert Assessment.objects.filter(course=course, scale="c-ssrs-screener").count() == 6
    assert verify(actor=CommandLine()).faults == ()


def test_no_request_is_left_out_of_the_count(committed: People) -> None:
    found = at_once(*[lambda: count_request(key="k", window=NOW, now=NOW)] * 8)
    assert faults(found) == []
    assert max(found) == 8
    assert sorted(found) == list(range(1, 9)), "two requests took the same place"


def test_a_link_opened_twice_at_once_is_opened_once(committed: People) -> None:
    """A patient and a mail filter: the second was an error of the server."""
    course = new_course(committed)
    agree(committed, course, every_d=1)
    patient = PatientByLink(course.pk, committed.programme.pk)
    for days in range(4):
        now = AT_TEN + dt.timedelta(days=days)
        ask_check_ins(actor=CommandLine(), course=course, now=now)
        check_in = course.check_ins.latest("on")
        assert faults(at_once(*[partial(open_check_in, actor=patient, check_in=check_in, now=now)] * 4)) == []
        assert kinds(check_in) == ["scheduled", "opened"]


def refused_in_words(found: list[Any]) -> bool:
    """All but one were refused, in a sentence."""
    return len(faults(found)) == len(found) - 1 and all(isinstance(one, InputError) for one in faults(found))


def test_two_who_correct_a_rating_at_once_make_one_version(committed: People) -> None:
    """The second was an error of the server: its version stood in the place of the first one's."""
    course = new_course(committed)
    for _ in range(4):
        first = record_assessment(
            actor=committed.nurse, course=course, scale="phq-9", answers=[0] * 9, rated_at=NOW, now=NOW
        ).assessment
        given = {"assessment": first, "why": "misread", "now": NOW}
        found = at_once(
            lambda given=given: correct_assessment(actor=committed.nurse, answers=[0] * 8 + [2], **given),
            lambda given=given: correct_assessment(actor=committed.prescriber, answers=[0] * 8 + [1], **given),
            lambda given=given: withdraw_assessment(actor=committed.prescriber, **given),
        )
        assert refused_in_words(found), found
    assert verify(actor=CommandLine()).faults == ()


def test_two_who_correct_a_safety_check_at_once_make_one_entry(committed: People) -> None:
    course = new_course(committed)
    given = {"course": course, "check_key": "bladder", "outcome": "unremarkable", "done_on": NOW.date(), "now": NOW}
    for _ in range(4):
        first = record_safety_check(actor=committed.nurse, **given)
        call = partial(record_safety_check, actor=committed.nurse, **given, supersedes=first, note="misread")
        assert refused_in_words(found := at_once(call, call, call)), found


def test_a_turn_taken_off_by_two_at_once_is_off(committed: People) -> None:
    given = {"actor": committed.programme_lead, "now": NOW}
    for place in range(1, 5):
        turn = add_duty_turn(**given, programme=committed.programme, person=committed.nurse, place=place)
        assert faults(at_once(*[partial(end_duty_turn, **given, turn=turn)] * 4)) == []


def test_two_who_sign_a_rule_or_override_a_stop_at_once_do_it_once(committed: People) -> None:
    course, given = new_course(committed), sound_evaluation()
    given["evaluation"] = {**given["evaluation"], "psychosis": True}
    for rule_id in ("cum.lft", "sui.noack", "out.slipping"):
        said = {"programme": committed.programme, "rule_id": rule_id, "physician": "Dr A", "now": NOW}
        assert refused_in_words(found := at_once(*[partial(sign_rule, actor=committed.prescriber, **said)] * 3)), found
    for _ in range(3):
        row = record_evaluation(actor=committed.prescriber, course=course, given=given, now=NOW)
        why = {"evaluation": row, "rule_id": "elig.rc.psychosis", "why": "benefit outweighs risk", "now": NOW}
        assert refused_in_words(found := at_once(*[partial(override_stop, actor=committed.prescriber, **why)] * 3)), (
            found
        )
