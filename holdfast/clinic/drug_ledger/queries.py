"""The ledger as values for pages: balances, movements with what remains after each, drawings, days."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Min, Q, QuerySet

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.courses.due import Due
from holdfast.clinic.drug_ledger import standing
from holdfast.clinic.drug_ledger.models import DrugLot, Movement, StockCount
from holdfast.clinic.drug_ledger.standing import DayState
from holdfast.clinic.programmes.models import Programme, ProgrammeKind
from holdfast.clinic.programmes.queries import programmes
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.safety.drug_amounts import Amount, totals
from holdfast.safety.drug_ledger import Account, Kind, OfRecord, against_record
from holdfast.treatment_sessions.states import TERMINAL, State

# A treatment session that the ledger does not agree with is told so long after its day; the day sheets tell for ever.
LOOKED_BACK = dt.timedelta(days=14)


@dataclass(frozen=True)
class LotView:
    """One lot with what lies in the safe, mL or devices."""

    lot: DrugLot
    balance: Decimal
    expired: bool

    @property
    def counted(self) -> str:
        """`24 devices`."""
        return self.lot.strength.counted(self.balance)

    @property
    def amount(self) -> Amount:
        """In milligrams."""
        return self.lot.strength.amount(self.balance)


@dataclass(frozen=True)
class MovementView:
    """One movement. `after` is the stock of its lot once it was booked; None where nobody asked."""

    row: Movement
    after: Decimal | None = None

    @property
    def counted(self) -> str:
        """`2 devices`, signed where it corrects or adjusts."""
        return self.row.lot.strength.counted(self.row.quantity)

    @property
    def arithmetic(self) -> str:
        """`2 devices × 28 mg = 56 mg esketamine (base)`."""
        return self.row.lot.strength.arithmetic(self.row.quantity)

    @property
    def remains(self) -> str:
        """What lies in the safe afterwards."""
        return "" if self.after is None else self.row.lot.strength.counted(self.after)

    @property
    def entered_late(self) -> bool:
        """Was it written down in another minute than it took place?"""
        return self.row.entered_at - self.row.happened_at >= dt.timedelta(minutes=1)

    @property
    def of_closed_day(self) -> dt.date | None:
        """The day on which it took place, where that was over when it was entered: it stands on a later sheet."""
        on = self.row.programme.day_of(self.row.happened_at)
        return on if on < self.row.booked_on else None

    @property
    def is_first_entry(self) -> bool:
        """May it be corrected? Corrections and explained differences may not."""
        return self.row.corrects_id is None and self.row.kind != Kind.ADJUSTED


@dataclass(frozen=True)
class DrawingView:
    """A drawing and what became of it."""

    row: Movement
    account: Account

    @property
    def sentence(self) -> str:
        """`drawn 2 devices = given 2 devices + wasted 0 devices`."""
        return self.account.sentence(self.row.lot.strength)

    @property
    def open_words(self) -> str:
        """What is not accounted for yet: `0.2 mL`."""
        return self.row.lot.strength.counted(self.account.open)

    @property
    def arithmetic(self) -> tuple[str, ...]:
        """Each part that is not nothing, in milligrams with its sum."""
        of, account = self.row.lot.strength, self.account
        parts = {
            "Drawn": account.drawn, "Given": account.given, "Wasted": account.wasted, "Returned": account.returned,
            "Open": account.open,
        }  # fmt: skip
        return tuple(f"{name}: {of.arithmetic(quantity)}" for name, quantity in parts.items() if quantity)


@dataclass(frozen=True)
class LedgerView:
    """The page of one programme."""

    lots: list[LotView]
    totals: tuple[Amount, ...]
    open: list[DrawingView]
    movements: list[MovementView]
    days: DayState


@dataclass(frozen=True)
class SheetLine:
    """One lot on the sheet of a day."""

    lot: DrugLot
    opening: Decimal
    closing: Decimal
    movements: list[MovementView]

    @property
    def opened(self) -> str:
        """At the start of the day."""
        return self.lot.strength.counted(self.opening)

    @property
    def closed(self) -> str:
        """At its end, by the ledger."""
        return self.lot.strength.arithmetic(self.closing)


@dataclass(frozen=True)
class SessionLine:
    """A treatment session with what the ledger says was given in it."""

    treatment_session: TreatmentSession
    given: tuple[Amount, ...]
    on: dt.date  # when it was dosed, else the last day on whose sheet something was given in it

    @property
    def stands(self) -> OfRecord:
        """Beside the dose on record."""
        return against_record(recorded_mg=self.treatment_session.dose_mg, given=self.given)


@dataclass(frozen=True)
class CountLineView:
    """One lot of a count: what the ledger said, what was there."""

    lot: DrugLot
    expected_quantity: Decimal
    counted_quantity: Decimal

    @property
    def expected(self) -> str:
        """By the ledger."""
        return self.lot.strength.counted(self.expected_quantity)

    @property
    def counted(self) -> str:
        """In the safe."""
        return self.lot.strength.counted(self.counted_quantity)

    @property
    def differs(self) -> bool:
        """Is it not the same?"""
        return self.expected_quantity != self.counted_quantity

    @property
    def difference(self) -> str:
        """`1 device missing`; empty where there is none."""
        by = self.counted_quantity - self.expected_quantity
        word = "missing" if by < 0 else "too many" if self.lot.vial_ml is None else "too much"
        return f"{self.lot.strength.counted(abs(by))} {word}" if by else ""

    @property
    def arithmetic(self) -> str:
        """The difference in milligrams, with its sum."""
        return self.lot.strength.arithmetic(abs(self.counted_quantity - self.expected_quantity))


def ledger(*, actor: Actor, programme: Programme, now: dt.datetime) -> LedgerView:
    """Balances of lots in stock or moved on the open day, open drawings, the open day's movements."""
    require(actor, "drug_ledger.view", programme)
    days = standing.day_state(programme, now)
    stock = standing.balances(programme)
    moved = list(_movements(programme).filter(booked_on=days.open_day))
    shown = {lot for lot, quantity in stock.items() if quantity} | {row.lot_id for row in moved}
    lots = [
        LotView(lot, stock.get(lot.pk, Decimal(0)), expired=days.today > lot.expires_on)
        for lot in programme.drug_lots.filter(pk__in=shown)
    ]
    return LedgerView(
        lots=lots,
        totals=totals(lot.amount for lot in lots),
        open=open_drawings(programme),
        movements=[MovementView(row) for row in moved],
        days=days,
    )


def ledger_due(programme: Programme, now: dt.datetime) -> tuple[Due, ...]:
    """What the ledger waits for: a day nobody closed, a difference, drawings of another day. One query without stock.

    Today's close is due too, once something moved; a drawing of today may still be under way at a chair.
    """
    if not programme.drug_movements.exists():
        return ()
    days = standing.day_state(programme, now)
    found = [
        Due("ledger:day", "Ledger not closed for the day", day, overdue=day < days.today,
            why="Movements of the day were not counted by two people since the last of them")
        for day in days.unclosed
    ]  # fmt: skip
    if days.difference is not None:
        on = days.difference.counted_on
        found.append(Due("ledger:difference", "Count differs from the ledger", on, overdue=True,
                         about=days.difference.public_id, why="Nothing is drawn until it is explained"))  # fmt: skip
    found += _sessions_due(programme, days)
    for view in open_drawings(programme):
        on = programme.day_of(view.row.happened_at)
        if on < days.today:
            found.append(Due("ledger:drawing", "Drawing not accounted for", on, overdue=True, about=view.row.public_id,
                             why=f"{view.row.lot}: {view.sentence}"))  # fmt: skip
    return tuple(found)


def _sessions_due(programme: Programme, days: DayState) -> Iterator[Due]:
    """Treatment sessions beside which the ledger says something else, also after their day was closed.

    Not those of before the first of the drug was received. A dose that is in the ledger and not on record is told from
    the next day on: before, it may be under way.
    """
    kept = dict(programme.drug_movements.order_by().values_list("lot__drug").annotate(Min("booked_on")))
    for line in sessions_of(programme, min(days.open_day, days.today - LOOKED_BACK), until=days.today):
        told = {OfRecord.DIFFERS, OfRecord.NOT_IN_LEDGER} | ({OfRecord.NOT_RECORDED} if line.on < days.today else set())
        since = kept.get(line.treatment_session.drug)
        if line.stands in told and since is not None and since <= line.on:
            label = line.treatment_session.course.patient.label
            yield Due("ledger:session", "Flow-sheet and ledger do not agree", line.on, overdue=line.on < days.today,
                      about=line.treatment_session.public_id, why=f"{label}: {line.stands}")  # fmt: skip


def open_drawings(programme: Programme) -> list[DrawingView]:
    """Drawings not accounted for yet; the caller has asked for permission."""
    return [DrawingView(row, account) for row, account in standing.open_drawings(programme)]


@dataclass(frozen=True)
class LedgerOf:
    """One programme of the reader with what its ledger waits for."""

    programme: Programme
    due: tuple[Due, ...]


def ledgers(*, actor: Actor, now: dt.datetime) -> list[LedgerOf]:
    """The ledgers of the actor's programmes; those of an imported trial hold no drug and are left out."""
    rows = programmes(actor=actor).exclude(kind=ProgrammeKind.DEIDENTIFIED)
    return [LedgerOf(row, ledger_due(row, now)) for row in rows if may(actor, "drug_ledger.view", row)]


def is_kept(programme: Programme, drug: str) -> bool:
    """Does the programme keep the ledger of this drug: was any of it ever received? One query."""
    return programme.drug_lots.filter(drug=drug).exists()


def open_lots(programme: Programme, drug: str, now: dt.datetime, *, form: str | None = None) -> list[LotView]:
    """Lots of the drug with stock that have not expired, the one that expires first in front. Two queries."""
    today = programme.day_of(now)
    stock = {pk: quantity for pk, quantity in standing.balances(programme).items() if quantity > 0}
    rows = programme.drug_lots.filter(pk__in=stock, drug=drug, expires_on__gte=today)
    rows = rows.filter(form=form) if form else rows
    return [LotView(lot, stock[lot.pk], expired=False) for lot in rows.order_by("expires_on", "pk")]


def drawings_of_session(*, actor: Actor, treatment_session: TreatmentSession) -> list[DrawingView]:
    """Every drawing for one treatment session, whichever version of its record it named."""
    require(actor, "drug_ledger.view", treatment_session)
    rows = standing.drawings_of(treatment_session.programme).filter(
        treatment_session__course=treatment_session.course_id, treatment_session__number=treatment_session.number
    )
    found = list(rows)
    known = standing.accounts(row.pk for row in found)
    return [DrawingView(row, known[row.pk]) for row in found]


def drawing_view(drawing: Movement) -> DrawingView:
    """One drawing; the caller has asked for permission."""
    return DrawingView(drawing, standing.accounts([drawing.pk])[drawing.pk])


def lot_view(lot: DrugLot, now: dt.datetime) -> tuple[LotView, list[MovementView]]:
    """A lot with every movement and what remained after each, newest first; the caller has asked for permission."""
    told = _running(_movements(lot.programme).filter(lot=lot), Decimal(0))
    balance = told[-1].after if told else None
    seen = LotView(lot, balance or Decimal(0), expired=lot.programme.day_of(now) > lot.expires_on)
    return seen, told[::-1]


def sheet(programme: Programme, day: dt.date) -> list[SheetLine]:
    """Each lot that was in stock or moved on a day; the caller has asked for permission."""
    opening = standing.balances(programme, before=day)
    moved: dict[int, list[Movement]] = {}
    for row in _movements(programme).filter(booked_on=day):
        moved.setdefault(row.lot_id, []).append(row)
    shown = {lot for lot, quantity in opening.items() if quantity} | set(moved)
    lines = []
    for lot in programme.drug_lots.filter(pk__in=shown):
        start = opening.get(lot.pk, Decimal(0))
        told = _running(moved.get(lot.pk, []), start)
        lines.append(SheetLine(lot, start, told[-1].after or Decimal(0) if told else start, told))
    return lines


def entered_after(programme: Programme, day: dt.date) -> list[MovementView]:
    """What took place on a day and stands on the sheet of a later one; the caller has asked for permission."""
    start, end = (
        dt.datetime.combine(one, dt.time(), ZoneInfo(programme.time_zone)) for one in (day, day + dt.timedelta(days=1))
    )
    rows = _movements(programme).filter(booked_on__gt=day, happened_at__gte=start, happened_at__lt=end)
    return [MovementView(row) for row in rows]


def sheet_totals(lines: Iterable[SheetLine]) -> tuple[Amount, ...]:
    """Stock at the end of a day in milligrams, each drug by itself."""
    return totals(line.lot.strength.amount(line.closing) for line in lines)


def sessions_of(programme: Programme, day: dt.date, *, until: dt.date | None = None) -> list[SessionLine]:
    """Treatment sessions dosed on a day, or with drug given on its sheet, each beside the ledger; `until` another day,
    that included. Four queries."""
    last = until or day
    given = programme.drug_movements.filter(kind=Kind.GIVEN, treatment_session__isnull=False).select_related("lot")
    start, end = (
        dt.datetime.combine(one, dt.time(), ZoneInfo(programme.time_zone)) for one in (day, last + dt.timedelta(days=1))
    )
    on_sheet = given.filter(booked_on__range=(day, last)).values_list(
        "treatment_session__course", "treatment_session__number", "booked_on"
    )
    sheet_of = {(course, number): on for course, number, on in on_sheet.order_by("pk")}
    named = Q(course__in={course for course, _ in sheet_of}, number__in={number for _, number in sheet_of})
    rows = TreatmentSession.objects.current().filter(
        Q(dosed_at__gte=start, dosed_at__lt=end) | named, course__patient__programme=programme
    )
    found = [
        s for s in rows.select_related("course__patient").order_by("course__patient__label", "number")
        if (s.dosed_at and start <= s.dosed_at < end) or (s.course_id, s.number) in sheet_of
    ]  # fmt: skip
    amounts: dict[tuple[int, int], list[Amount]] = {}
    lately = Q(booked_on__gte=day) | Q(happened_at__gte=start - dt.timedelta(days=1))  # not every dose of the course
    in_these = given.filter(lately, treatment_session__course__in=[s.course_id for s in found])
    keys = in_these.values_list("treatment_session__course", "treatment_session__number")
    for row, key in zip(in_these.order_by("pk"), keys.order_by("pk"), strict=True):
        amounts.setdefault(key, []).append(row.lot.strength.amount(row.quantity))
    lines = []
    for s in found:
        key = (s.course_id, s.number)
        on = programme.day_of(s.dosed_at) if s.dosed_at else sheet_of[key]
        lines.append(SessionLine(s, totals(amounts.get(key, [])), on))
    return lines


def counts_of(programme: Programme, day: dt.date) -> QuerySet[StockCount]:
    """Every count of a day, first to last, with lines and explanation."""
    found = programme.stock_counts.filter(counted_on=day).select_related(
        "entered_by", "witness", "explanation__entered_by"
    )
    return found.prefetch_related("lines__lot")


def count_lines(count: StockCount) -> list[CountLineView]:
    """Each lot of a count beside the ledger."""
    return [CountLineView(line.lot, line.expected, line.counted) for line in count.lines.all()]


def lots_to_count(programme: Programme, now: dt.datetime) -> list[DrugLot]:
    """Lots in stock, and those moved on the open day."""
    days = standing.day_state(programme, now)
    moved = Q(movements__booked_on=days.open_day)
    stock = [lot for lot, quantity in standing.balances(programme).items() if quantity]
    return list(programme.drug_lots.filter(Q(pk__in=stock) | moved).distinct())


def sessions_to_draw_for(lot: DrugLot, now: dt.datetime) -> list[TreatmentSession]:
    """Treatment sessions of the lot's drug that are under way, planned about today, or were dosed today."""
    today = lot.programme.day_of(now)
    near = (today - dt.timedelta(days=1), today + dt.timedelta(days=1))
    under_way = ~Q(state__in=[*(s.value for s in TERMINAL), State.PLANNED.value])
    rows = TreatmentSession.objects.current().filter(
        course__patient__programme=lot.programme, drug=lot.drug
    ).exclude(state=State.CANCELLED.value)  # fmt: skip
    wanted = rows.filter(under_way | Q(planned_on__range=near) | Q(dosed_at__date__range=near))
    return list(wanted.select_related("course__patient").order_by("course__patient__label", "number"))


def entered_before(entry_key: uuid.UUID | None) -> bool:
    """Was the entry of this page carried out already? Also where it made several rows."""
    if entry_key is None:
        return False
    keys = [entry_key, *(uuid.uuid5(entry_key, kind.value) for kind in Kind)]
    return (
        Movement.objects.filter(entry_key__in=keys).exists()
        or StockCount.objects.filter(entry_key=entry_key).exists()
    )  # fmt: skip


def lots_visible_to(actor: Actor) -> QuerySet[DrugLot]:
    """Lots of the actor's programmes."""
    return _visible(DrugLot.objects.select_related("programme"), actor)


def movements_visible_to(actor: Actor) -> QuerySet[Movement]:
    """Movements of the actor's programmes, with lot, people and treatment session."""
    rows = Movement.objects.select_related(
        "programme", "lot__programme", "drawing__lot", "entered_by", "treatment_session__course__patient__programme"
    )
    return _visible(rows, actor)


def counts_visible_to(actor: Actor) -> QuerySet[StockCount]:
    """Counts of the actor's programmes, by public id."""
    rows = StockCount.objects.select_related("programme", "entered_by", "witness", "explanation__entered_by")
    return _visible(rows, actor)


def lot_by_id(actor: Actor, public_id: UUID) -> DrugLot | None:
    """One lot; None where it is of another programme."""
    return lots_visible_to(actor).filter(public_id=public_id).first()


def _visible(rows: QuerySet, actor: Actor) -> QuerySet:
    return rows if isinstance(actor, CommandLine) else rows.filter(programme__in=actor.programme_ids())


def _movements(programme: Programme) -> QuerySet[Movement]:
    rows = programme.drug_movements.select_related(
        "lot", "entered_by", "witness", "corrects", "treatment_session__course__patient"
    )
    return rows.order_by("pk")


def _running(rows: Iterable[Movement], stock: Decimal) -> list[MovementView]:
    told = []
    for row in rows:
        stock += row.stock_change
        told.append(MovementView(row, stock))
    return told
