"""The board of the day: what it says by the rules of the flow-sheet, to whom, and who sits where."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.board import actions
from holdfast.clinic.board.day import Card, DayReader
from holdfast.clinic.board.lines import headline, level, lines_of
from holdfast.clinic.board.models import BoardNames, Seating, Shown
from holdfast.clinic.board.naming import initials
from holdfast.clinic.board.queries import programmes_with_a_day
from holdfast.clinic.flow_sheets.sheets import person_of, rows_of, rules_of, sheet_from
from holdfast.clinic.treatment_sessions.actions import cancel_treatment_session, correct_treatment_session
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.ui.templatetags.board import since, until
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from holdfast.treatment_sessions.chairside import chairside
from holdfast.treatment_sessions.states import State
from tests.clinic.conftest import NOW, People, new_patient, study_course
from tests.clinic.flow_sheet_days import CALM, SAFE, Day, new_day

pytestmark = pytest.mark.django_db
HIGH = CALM | {"sbp_mmhg": 168}
BOARD = "/programmes/clinic/board/"


def at(minutes: float) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def card_of(people: People, minutes: float) -> Card:
    """The only treatment session of the day."""
    board = DayReader(people.programme.pk).board(at(minutes))
    (card,) = (*board.here, *board.expected, *board.left)
    return card


def said(people: People, minutes: float) -> list[str]:
    return [f"{line.tone} {line.text}".strip() for line in lines_of(card_of(people, minutes))]


def another_day(day: Day, label: str) -> Day:
    """One more patient of the same programme."""
    return new_day(day.people, patient=new_patient(day.people, label))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the time of pages."""

    def set_to(minutes: float) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: at(minutes))

    return set_to


def page(user: Any, path: str = BOARD) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(path)


@pytest.mark.story("HF-BRD-001")
def test_a_nasal_day_from_expected_to_left(people: People) -> None:
    day = new_day(people)
    assert (headline(card_of(people, -60)).state, said(people, -60)) == ("Expected", [])
    day.begun_nasal()
    running = card_of(people, 20)
    assert (headline(running).state, headline(running).at) == ("Observation", at(0))
    assert said(people, 20)[0].startswith("Next: Blood pressure")
    assert said(people, 55)[0] == "late Overdue: Blood pressure, heart rate, SpO2, breathing, MOAA/S, CADSS"
    assert level(card_of(people, 55)) == "late"
    day.note("observation", CALM, at=56)
    assert level(card_of(people, 57)) == ""
    day.note("observation", CALM, at=100)
    assert "due Observation over: 7 things before leaving" in said(people, 122)
    day.well(124)
    assert (headline(card_of(people, 125)).state, level(card_of(people, 125))) == ("May leave", "good")
    day.note("discharge", at=130)
    left = card_of(people, 131)
    assert (headline(left).state, left.in_room, left.stands and left.stands.left_at) == ("Left", False, at(130))


@pytest.mark.story("HF-BRD-001")
def test_a_pressure_holds_the_dose_and_pauses_the_infusion(people: People) -> None:
    day = new_day(people, protocol="iv-racemic", indication="mdd")
    day.asked()
    day.note("observation", HIGH, at=-20)
    assert "late Dose held: blood pressure above the limit" in said(people, -19)
    day.dose(weight_kg=80, height_cm=180, concentration_mg_per_ml=1)
    day.note("observation", CALM, at=-10)
    day.note("clearance", at=-5)
    day.note("start", {"rate_ml_per_h": 60}, at=0)
    day.note("observation", CALM, at=5)
    day.note("observation", HIGH, at=20)
    assert "late Blood pressure above the limit: pause the infusion" in said(people, 20)
    day.note("pause", at=21)
    assert (headline(card_of(people, 24)).what, headline(card_of(people, 24)).at) == ("paused", at(21))
    assert "due Infusion paused: measure blood pressure" in said(people, 24)
    day.note("observation", HIGH, at=25)
    assert "late Infusion paused: blood pressure not below the limit yet" in said(people, 26)
    day.note("observation", CALM, at=27)
    assert "due Infusion paused: may go on" in said(people, 28)


@pytest.mark.story("HF-BRD-003")
def test_what_holds_somebody_up_is_counted_and_not_named(people: People, clock: Any) -> None:
    day = new_day(people)
    high = {**SAFE, "q2": True, "q3": False, "q4": True, "q5": False}
    day.asked(cssrs=high, **{"mental-state": None})
    clock(-20)
    text = page(people.nurse).content.decode()
    assert "Dose held by 1 finding" in text
    assert "C-SSRS" not in text
    assert "suicid" not in text.split('<main id="main"')[1]


@pytest.mark.story("HF-BRD-001")
def test_an_alert_that_waits_stands_on_the_tile_until_somebody_took_it(people: People) -> None:
    day = new_day(people)
    day.note("arrival", at=-30)
    course = day.treatment_session.course
    record_assessment(actor=people.nurse, course=course, scale="phq-9", answers=[0] * 8 + [2], rated_at=NOW, now=NOW)
    assert "late An alert waits" in said(people, 1)
    board = DayReader(people.programme.pk).board(at(1))
    assert board.alerts == 1


@pytest.mark.story("HF-BRD-001")
def test_who_is_on_the_board_of_the_day(people: People) -> None:
    tomorrow = at(24 * 60)
    day = new_day(people)
    other = another_day(day, "Bea Example")
    cancel_treatment_session(actor=people.nurse, treatment_session=other.treatment_session, why="ill", now=NOW)
    study_course(people)
    board = DayReader(people.programme.pk).board(NOW)
    assert [card.session_id for card in board.expected] == [day.treatment_session.public_id]
    assert board.here == board.left == ()
    day.note("arrival", at=-30)
    next_morning = DayReader(people.programme.pk).board(tomorrow)
    (forgotten,) = next_morning.here
    assert [line.text for line in lines_of(forgotten)][-1] == "Planned for 02 Nov, not closed"
    assert next_morning.expected == ()


@pytest.mark.story("HF-BRD-001")
def test_a_reader_that_is_kept_says_what_a_new_one_says(people: People) -> None:
    """Only new entries are read; corrections and what was taken back must count all the same."""
    day, kept = new_day(people), DayReader(people.programme.pk)

    def agrees(minutes: float) -> None:
        fresh = DayReader(people.programme.pk).board(at(minutes))
        assert kept.board(at(minutes)) == fresh
        row = TreatmentSession.objects.current().select_related("course__patient__programme").get()
        found = chairside(
            sheet_from(row, rows_of(row)), state=State(row.state), now=at(minutes),
            person=person_of(row.course, at(minutes)), rules=rules_of(row.course),
        )  # fmt: skip
        assert (*fresh.here, *fresh.left)[0].stands == found

    day.note("arrival", at=-30)
    agrees(-29)
    high = day.note("observation", HIGH, at=-28)
    agrees(-27)
    day.note("observation", CALM, at=-28, received=-26, supersedes=high.entry.key, why="read from another patient")
    agrees(-25)
    newest = day.note_of("observation")
    day.note("observation", CALM, at=-28, received=-24, supersedes=newest.key, why="another patient", withdraw=True)
    agrees(-23)
    assert "Dose held" not in str(said(people, -23))


def test_the_number_of_queries_does_not_grow_with_the_patients(people: People) -> None:
    first = new_day(people)
    first.note("arrival", at=-30)
    reader = DayReader(people.programme.pk)
    with CaptureQueriesContext(connection) as one:
        reader.board(NOW)
    for label in ("Bea Example", "Cleo Example", "Dora Example"):
        another_day(first, label).note("arrival", at=-20)
    with CaptureQueriesContext(connection) as four:
        DayReader(people.programme.pk).board(NOW)
    assert len(four) == len(one) <= 14
    reader.board(NOW)
    with CaptureQueriesContext(connection) as again:
        reader.board(at(1))
    assert len(again) == len(one) - 1, "no entry is read where none was made"


@pytest.mark.story("HF-BRD-003")
def test_a_board_names_nobody_in_full_unless_the_lead_chose_so(people: People, clock: Any) -> None:
    new_day(people).note("arrival", at=-30)
    clock(0)
    assert "A. E." in page(people.nurse).content.decode()
    assert "Ada Example" not in page(people.nurse).content.decode()
    with pytest.raises(PermissionRefusedError):
        actions.choose_board_names(actor=people.nurse, programme=people.programme, shown=Shown.NAME, now=NOW)
    with pytest.raises(InputError, match="shown"):
        actions.choose_board_names(actor=people.programme_lead, programme=people.programme, shown="all", now=NOW)
    assert not BoardNames.objects.exists()
    lead = Client()
    lead.force_login(people.programme_lead)
    assert lead.post("/programmes/clinic/board/names/", {"shown": "name"}).status_code == 302
    assert "Ada Example" in page(people.nurse).content.decode()
    lead.post("/programmes/clinic/board/names/", {"shown": "chair"})
    text = page(people.nurse).content.decode()
    assert "Ada Example" not in text
    assert "A. E." not in text
    chosen = AuditEntry.objects.filter(action="board.choose_names").order_by("seq")
    assert [entry.details for entry in chosen] == [{"shown": "name"}, {"shown": "chair"}]
    assert lead.post("/programmes/clinic/board/names/", {"shown": "all"}).status_code == 422


@pytest.mark.parametrize(
    ("label", "letters"),
    [("Ada Example", "A. E."), ("Example, Ada", "A. E."), ("sub-01", "S."), ("van der Berg, Jan Piet", "J. P. V."),
     ("  ", ""), ("4 Élodie", "4. É."), ("(Bo) O'Neil", "B. O.")],
)  # fmt: skip
def test_initials(label: str, letters: str) -> None:
    assert initials(label) == letters


@pytest.mark.story("HF-BRD-003")
def test_who_keeps_the_desk_sees_who_is_here_and_nothing_of_how_they_are(people: People, clock: Any) -> None:
    day = new_day(people)
    day.begun_nasal()
    clock(60)
    nurse, desk = page(people.nurse).content.decode(), page(people.front_desk).content.decode()
    assert "Overdue: Blood pressure" in nurse
    assert f"/sessions/{day.treatment_session.public_id}/flow-sheet/" in nurse
    assert f"/sessions/{day.treatment_session.public_id}/chair/" in nurse
    for text in (desk, page(people.therapist).content.decode()):
        assert "60 min" in text
        assert "A. E." in text
        assert "lood pressure" not in text
        assert "verdue" not in text
        assert "devices" not in text
        assert "flow-sheet" not in text
        assert f"/patients/{day.treatment_session.course.patient.public_id}/" in text
    assert f"/sessions/{day.treatment_session.public_id}/chair/" in desk
    assert "/chair/" not in page(people.programme_lead).content.decode()


@pytest.mark.story("HF-BRD-003")
def test_another_programme_sees_neither_board_nor_patient(people: People, others: People, clock: Any) -> None:
    new_day(people).note("arrival", at=-30)
    clock(0)
    for path in (BOARD, f"{BOARD}live/", f"{BOARD}chairs/"):
        assert page(others.nurse, path).status_code == 404
    assert "A. E." not in page(others.nurse, "/programmes/other/board/").content.decode()
    assert page(people.administrator).status_code == 403
    assert page(others.nurse, "/board/").headers["Location"] == "/programmes/other/board/"
    assert [p.key for p in programmes_with_a_day(actor=people.nurse)] == ["clinic"]


@pytest.mark.story("HF-BRD-003")
def test_opening_the_board_and_keeping_it_live_is_one_reading(people: People) -> None:
    client = Client()
    client.force_login(people.nurse)
    client.get(BOARD)
    client.get(f"{BOARD}live/")
    client.get(BOARD)
    (entry,) = AuditEntry.objects.filter(action="board.read")
    assert (entry.actor, entry.details) == (people.nurse, {"programmes": ["clinic"]})
    Client().get(f"{BOARD}live/")
    client.force_login(people.prescriber)
    client.get(f"{BOARD}live/")
    assert AuditEntry.objects.filter(action="board.read").count() == 2, "a stream without its page is a reading too"


@pytest.fixture
def two_chairs(people: People) -> Any:
    given = itertools.count()
    return [
        actions.add_chair(actor=people.programme_lead, programme=people.programme, name=name, now=at(next(given)))
        for name in ("Chair 1", "Room 2")
    ]


def test_chairs_are_named_once_and_taken_off(people: People, two_chairs: Any) -> None:
    lead = people.programme_lead
    with pytest.raises(InputError, match="name: there is a chair 1 already"):
        actions.add_chair(actor=lead, programme=people.programme, name=" chair  1 ", now=NOW)
    with pytest.raises(InputError, match="name: give 1 to 40"):
        actions.add_chair(actor=lead, programme=people.programme, name="  ", now=NOW)
    with pytest.raises(PermissionRefusedError):
        actions.add_chair(actor=people.nurse, programme=people.programme, name="Chair 3", now=NOW)
    actions.end_chair(actor=lead, chair=two_chairs[0], now=NOW)
    actions.end_chair(actor=lead, chair=two_chairs[0], now=NOW)
    board = DayReader(people.programme.pk).board(NOW)
    assert [(place.name, place.cards) for place in board.places] == [("Room 2", ())]
    actions.add_chair(actor=lead, programme=people.programme, name="Chair 1", now=NOW)
    assert AuditEntry.objects.filter(action__startswith="board.").count() == 4


@pytest.mark.story("HF-BRD-001")
def test_somebody_gets_a_chair_and_moves(people: People, two_chairs: Any) -> None:
    day = new_day(people)
    asked = {"actor": people.front_desk, "treatment_session": day.treatment_session, "now": NOW}
    assert actions.seat_patient(chair=None, **asked) is None
    actions.seat_patient(chair=two_chairs[0], **asked)
    assert actions.seat_patient(chair=two_chairs[0], **asked) is None, "the same chair again is no move"
    day.note("arrival", at=-30)
    actions.seat_patient(chair=two_chairs[1], **asked)
    board = DayReader(people.programme.pk).board(NOW)
    assert {place.name: len(place.cards) for place in board.places} == {"Chair 1": 0, "Room 2": 1}
    with pytest.raises(RefusedError, match="Somebody is treated in Room 2"):
        actions.end_chair(actor=people.programme_lead, chair=two_chairs[1], now=NOW)
    actions.seat_patient(chair=None, **asked)
    assert len(DayReader(people.programme.pk).board(NOW).without_chair) == 1
    assert Seating.objects.count() == 3
    assert AuditEntry.objects.filter(action="board.seat").count() == 3


def test_a_chair_holds_one_patient_at_a_time(people: People, others: People, two_chairs: Any) -> None:
    first = new_day(people)
    second = another_day(first, "Bea Example")
    for day in (first, second):  # both may be planned for it, one after the other
        actions.seat_patient(actor=people.nurse, treatment_session=day.treatment_session, chair=two_chairs[0], now=NOW)
    first.note("arrival", at=-30)
    second.note("arrival", at=-20)
    board = DayReader(people.programme.pk).board(NOW)
    assert ["Two people in this chair" in [line.text for line in lines_of(c)] for c in board.here] == [True, True]
    actions.seat_patient(actor=people.nurse, treatment_session=second.treatment_session, chair=None, now=NOW)
    with pytest.raises(RefusedError, match="Chair 1 is taken"):
        actions.seat_patient(
            actor=people.nurse, treatment_session=second.treatment_session, chair=two_chairs[0], now=NOW
        )
    theirs = actions.add_chair(actor=others.programme_lead, programme=others.programme, name="Chair 9", now=NOW)
    with pytest.raises(InputError, match="chair: is not one of this programme"):
        actions.seat_patient(actor=people.nurse, treatment_session=first.treatment_session, chair=theirs, now=NOW)
    cancelled = another_day(first, "Cleo Example")
    cancel_treatment_session(actor=people.nurse, treatment_session=cancelled.treatment_session, why="ill", now=NOW)
    with pytest.raises(RefusedError, match="is cancelled; it takes no chair"):
        actions.seat_patient(
            actor=people.nurse, treatment_session=cancelled.treatment_session, chair=two_chairs[1], now=NOW
        )


def test_a_corrected_record_keeps_its_sheet_on_the_board(people: People) -> None:
    day = new_day(people)
    day.begun_nasal()
    for minute in (40, 70, 100):
        day.note("observation", CALM, at=minute)
    day.well(122)
    day.note("discharge", at=130)
    correct_treatment_session(
        actor=people.nurse, treatment_session=TreatmentSession.objects.current().get(), why="watch was slow",
        dosed_at=at(0), discharged_at=at(131), dose_mg=56, now=at(140),
    )  # fmt: skip
    left = card_of(people, 141)
    assert left.stands is not None
    assert left.stands.dosed_at == at(0)
    assert headline(left).state == "Left"


def test_the_forms_of_chairs(people: People, two_chairs: Any, clock: Any) -> None:
    day = new_day(people)
    clock(0)
    lead, nurse = Client(), Client()
    lead.force_login(people.programme_lead)
    nurse.force_login(people.nurse)
    assert lead.post("/programmes/clinic/board/chairs/add/", {"name": "Chair 1"}).status_code == 422
    assert lead.post("/programmes/clinic/board/chairs/add/", {"name": "Chair 3"}).status_code == 302
    address = reverse("session-chair", args=[day.treatment_session.public_id])
    text = nurse.get(address).content.decode()
    assert [name in text for name in ("Chair 1", "Room 2", "Chair 3", "No chair")] == [True] * 4
    assert nurse.post(address, {"chair": str(two_chairs[1].public_id)}).headers["Location"] == BOARD
    assert nurse.post(address, {"chair": "elsewhere"}).status_code == 422
    assert "Room 2" in nurse.get(BOARD).content.decode()
    ended = reverse("chair-end", args=["clinic", two_chairs[0].public_id])
    assert lead.post(ended).status_code == 302
    assert "Chair 1" not in nurse.get(BOARD).content.decode()


@pytest.mark.story("HF-BRD-002")
def test_the_page_without_a_script_says_how_old_it_is_and_renews_itself(people: People, clock: Any) -> None:
    new_day(people).note("arrival", at=-30)
    clock(0)
    text = page(people.nurse).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in text
    assert "As of 09:00:00" in text
    assert "30 min</b> here" in text


@pytest.mark.parametrize(
    ("minutes", "passed", "remains"),
    [(0, "0 min", "now"), (0.5, "0 min", "now"), (1, "1 min", "1 min ago"), (-0.5, "0 min", "in 1 min"),
     (-4, "0 min", "in 4 min"), (119.9, "119 min", "119 min ago"), (125, "2 h 05 min", "2 h 05 min ago"),
     (-130, "0 min", "in 2 h 10 min")],
)  # fmt: skip
def test_minutes_as_they_are_said(minutes: float, passed: str, remains: str) -> None:
    assert (since(NOW, at(minutes)), until(NOW, at(minutes))) == (passed, remains)


def test_every_role_that_sees_the_board_finds_it_in_the_menu(people: People) -> None:
    for role in Role:
        text = page(people.by_role[role], "/rules/").content.decode()
        assert ('href="/board/"' in text) is (role not in (Role.AUDITOR, Role.ADMINISTRATOR))
