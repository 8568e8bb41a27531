"""The board of one programme as values: today's treatment sessions by chair, each as its flow-sheet tells it now.

A `DayReader` is asked again and again. It parses only the flow-sheets that got an entry since, and asks the rules
anew only for those, or when the clock has moved on. Whoever asks has asked for permission.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Q

from holdfast.clinic.alerts.models import CrisisAlert
from holdfast.clinic.board.models import BoardNames, Chair, Seating, Shown
from holdfast.clinic.board.naming import shown_as
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.sheets import entry_of, person_of, standings
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import protocol_rules_of, signed_rules
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.treatment_sessions.chairside import WATCHED, Chairside, chairside
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.flow_sheet import sheet as sheet_of
from holdfast.treatment_sessions.gates import Person
from holdfast.treatment_sessions.states import State

ASKED_AGAIN_AFTER = dt.timedelta(seconds=10)  # nothing was entered, but the clock moved on
_Number = tuple[int, int]  # course and number of a treatment session, which every version of its record shares


@dataclass(frozen=True)
class Card:
    """One treatment session of the day. `stands` None: the times on its sheet are out of order, nothing can be said.

    Times are instants, so that a card is the same until something happens.
    """

    session_id: UUID
    patient_id: UUID
    number: int
    shown: str  # what the programme lets a screen show of the person
    drug: str
    route: str
    state: State
    stands: Chairside | None
    chair: str
    shares_chair: bool
    other_day: dt.date | None  # planned for that day, and still under way
    alert_since: dt.datetime | None  # the oldest alert about an answer that nobody took

    @property
    def in_room(self) -> bool:
        """Is the patient here, and has not left?"""
        return self.state in WATCHED


@dataclass(frozen=True)
class Place:
    """One chair with whoever is in it; an empty one is free."""

    chair_id: UUID
    name: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Board:
    """The day of one programme. `expected` are to come, `left` have gone; everybody else is here."""

    programme: Programme
    at: dt.datetime
    places: tuple[Place, ...]
    without_chair: tuple[Card, ...]
    expected: tuple[Card, ...]
    left: tuple[Card, ...]
    alerts: int  # that nobody took, of the whole programme
    names: Shown = Shown.INITIALS

    @property
    def here(self) -> tuple[Card, ...]:
        """Everybody in the room."""
        return (*(card for place in self.places for card in place.cards), *self.without_chair)


@dataclass
class _Read:
    """The sheet of one treatment session as it was last read: what stands on it, by the key of its row."""

    protocol: str
    newest: int = 0
    entries: dict[int, Entry] = field(default_factory=dict)
    state: State | None = None
    asked_at: dt.datetime | None = None
    stands: Chairside | None = None

    def take(self, row: FlowSheetEntry) -> None:
        """One row more. It stands, unless it takes another one back; the one it names stands no more."""
        if row.pk <= self.newest:
            return
        self.newest, self.asked_at = row.pk, None
        if row.supersedes_id is not None:
            self.entries.pop(row.supersedes_id, None)
        if not row.withdrawn:
            self.entries[row.pk] = entry_of(row)

    def is_fresh(self, state: State, now: dt.datetime) -> bool:
        """Was the question asked a moment ago, of the same sheet?"""
        return state is self.state and self.asked_at is not None and now - self.asked_at < ASKED_AGAIN_AFTER

    def sheet(self) -> Sheet:
        """What stands on the sheet."""
        return sheet_of(protocol_named(self.protocol), self.entries.values())


@dataclass
class DayReader:
    """Reads the board of one programme; keep one to read it again."""

    programme_pk: int
    _read: dict[_Number, _Read] = field(default_factory=dict)

    def board(self, now: dt.datetime) -> Board:
        """The board as of now. A number of queries that does not grow with the number of patients."""
        programme = Programme.objects.get(pk=self.programme_pk)
        rows = list(_sessions_of_day(programme, now))
        self._refresh(programme, rows, now)
        seats, shares = _seats(rows)
        shown = _shown(programme)
        alerts, waiting = _open_alerts(programme)
        today = programme.day_of(now)
        cards = [self._card(row, seats.get(_number(row), ""), shares, shown, alerts, today) for row in rows]
        here = [card for card in cards if card.in_room]
        return Board(
            programme=programme,
            at=now,
            places=tuple(
                Place(chair.public_id, chair.name, tuple(c for c in here if c.chair == chair.name))
                for chair in Chair.objects.filter(programme=programme, ended__isnull=True)
            ),
            without_chair=tuple(c for c in here if not c.chair),
            expected=tuple(c for c in cards if c.state is State.PLANNED),
            left=tuple(c for c in cards if c.state is State.DISCHARGED),
            alerts=waiting,
            names=shown,
        )

    def _card(
        self, row: TreatmentSession, chair: str, shares: set[str], shown: Shown, alerts: dict[int | None, dt.datetime],
        today: dt.date,
    ) -> Card:  # fmt: skip
        patient, state = row.course.patient, State(row.state)
        return Card(
            session_id=row.public_id,
            patient_id=patient.public_id,
            number=row.number,
            shown=shown_as(patient.label, shown),
            drug=row.drug,
            route=row.route,
            state=state,
            stands=self._read[_number(row)].stands,
            chair=chair,
            shares_chair=state in WATCHED and chair in shares,
            other_day=row.planned_on if state in WATCHED and row.planned_on != today else None,
            alert_since=alerts.get(row.course_id),
        )

    def _refresh(self, programme: Programme, rows: Sequence[TreatmentSession], now: dt.datetime) -> None:
        """Bring what is known of each sheet up to now."""
        self._read = {_number(r): self._read.get(_number(r)) or _Read(r.course.protocol) for r in rows}
        _take_new(self._read, rows)
        stale = [row for row in rows if not self._read[_number(row)].is_fresh(State(row.state), now)]
        rules, standing = _Rules(programme), standings([row.course for row in stale], now)
        for row in stale:
            read, state = self._read[_number(row)], State(row.state)
            person = person_of(row.course, now, standing.get(row.course_id))
            read.stands = _stands(read.sheet(), state, now, person, rules.of(row.course))
            read.state, read.asked_at = state, now


class _Rules:
    """The care rules of each protocol and indication, looked up once a reading."""

    def __init__(self, programme: Programme) -> None:
        self._programme, self._signed = programme, signed_rules(programme)
        self._found: dict[tuple[str, str], RuleSet] = {}

    def of(self, course: Course) -> RuleSet:
        """Those of one course."""
        key = course.protocol, course.indication
        if key not in self._found:
            self._found[key] = protocol_rules_of(
                self._programme, protocol=course.protocol, indication=course.indication, signed=self._signed
            )
        return self._found[key]


def _number(row: TreatmentSession) -> _Number:
    return row.course_id, row.number


def _sessions_of_day(programme: Programme, now: dt.datetime) -> Iterable[TreatmentSession]:
    """Planned for today, under way whenever it was planned, or left today; in the order of their start."""
    today = programme.day_of(now)
    zone = ZoneInfo(programme.time_zone)
    begin, end = (dt.datetime.combine(day, dt.time(), zone) for day in (today, today + dt.timedelta(days=1)))
    wanted = (
        Q(planned_on=today, state=State.PLANNED.value)
        | Q(state__in=[s.value for s in WATCHED])
        | Q(state=State.DISCHARGED.value, discharged_at__gte=begin, discharged_at__lt=end)
    )
    rows = TreatmentSession.objects.current().filter(wanted, course__patient__programme=programme)
    rows = rows.filter(course__time_basis=TimeBasis.CALENDAR).select_related("course__patient")
    found = list(rows.order_by(F("dosed_at").asc(nulls_last=True), "pk"))
    for row in found:
        row.course.patient.programme = programme
    return found


def _take_new(reads: dict[_Number, _Read], rows: Sequence[TreatmentSession]) -> None:
    """Read the entries made since, of whichever version of a record. Three queries."""
    number_of = {row.pk: _number(row) for row in rows}
    replaced = TreatmentSession.objects.filter(course__in={r.course_id for r in rows}, replaced_at__isnull=False)
    for pk, course, number in replaced.values_list("pk", "course_id", "number"):
        if (course, number) in reads:
            number_of[pk] = course, number
    of_the_day = FlowSheetEntry.objects.filter(treatment_session__in=number_of).order_by()
    newest = of_the_day.values_list("treatment_session").annotate(newest=Max("pk"))
    behind = {pk: reads[number_of[pk]].newest for pk, entry in newest if entry > reads[number_of[pk]].newest}
    if behind:
        made = FlowSheetEntry.objects.filter(treatment_session__in=behind, pk__gt=min(behind.values()))
        for row in made.select_related("by").order_by("pk"):
            reads[number_of[row.treatment_session_id]].take(row)


def _stands(sheet: Sheet, state: State, now: dt.datetime, person: Person, rules: RuleSet) -> Chairside | None:
    try:
        return chairside(sheet, state=state, now=now, person=person, rules=rules)
    except InputError:  # entered out of order: said on the card, and mended on the flow-sheet
        return None


def _seats(rows: Sequence[TreatmentSession]) -> tuple[dict[_Number, str], set[str]]:
    """The name of each one's chair, and the chairs in which two are treated at once."""
    asked = Seating.objects.filter(treatment_session__course__in={r.course_id for r in rows}).order_by("pk")
    newest: dict[_Number, str] = {}
    for course, number, name in asked.values_list(
        "treatment_session__course_id", "treatment_session__number", "chair__name"
    ):
        newest[course, number] = name or ""
    taken = [newest.get(_number(r), "") for r in rows if State(r.state) in WATCHED]
    return newest, {name for name in taken if name and taken.count(name) > 1}


def _shown(programme: Programme) -> Shown:
    chosen = BoardNames.objects.filter(programme=programme).order_by("-pk").first()
    return Shown(chosen.shown) if chosen else Shown.INITIALS


def _open_alerts(programme: Programme) -> tuple[dict[int | None, dt.datetime], int]:
    """When the oldest alert of each course that nobody took was raised, and how many wait; a drill has no course."""
    found: dict[int | None, dt.datetime] = {}
    asked = CrisisAlert.objects.filter(programme=programme, taken__isnull=True).order_by("raised_at")
    waiting = list(asked.values_list("course_id", "raised_at"))
    for course, at in waiting:
        found.setdefault(course, at)
    return found, len(waiting)
