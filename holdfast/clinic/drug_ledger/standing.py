"""How the ledger of a programme stands: balances, accounts of drawings, which days are closed.

A day is closed when its newest count agrees, or its difference is explained, and nothing was booked on it afterwards.
That is worked out each time; no row says "closed", so none can be wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Q, Sum

from holdfast.clinic.drug_ledger.models import Movement, StockCount
from holdfast.clinic.programmes.models import Programme
from holdfast.safety.drug_amounts import SMALLEST
from holdfast.safety.drug_ledger import Account, Difference, Kind, differences


def balances(programme: Programme, *, before: dt.date | None = None) -> dict[int, Decimal]:
    """Stock of each lot by its key, mL or devices; `before` a day, or as it is now. One query."""
    rows = programme.drug_movements.all() if before is None else programme.drug_movements.filter(booked_on__lt=before)
    summed = rows.order_by().values_list("lot").annotate(stock=Sum("stock_change"))
    return {lot: exact(stock) for lot, stock in summed}


def balance(lot_id: int) -> Decimal:
    """Stock of one lot."""
    return exact(Movement.objects.filter(lot=lot_id).aggregate(stock=Sum("stock_change"))["stock"])


def exact(summed: Decimal | None) -> Decimal:
    """A sum as the column keeps it; SQLite adds decimals as floats."""
    return Decimal(summed or 0).quantize(SMALLEST)


def accounts(drawings: Iterable[int]) -> dict[int, Account]:
    """What became of each drawing, by its key, corrections included. One query."""
    keys = list(drawings)
    summed: dict[int, dict[str, Decimal]] = {key: {} for key in keys}
    rows = Movement.objects.filter(Q(pk__in=keys) | Q(drawing__in=keys) | Q(corrects__in=keys, kind=Kind.DRAWN))
    for key, drawing, corrects, kind, quantity in rows.values_list("pk", "drawing", "corrects", "kind", "quantity"):
        of = drawing or (corrects if kind == Kind.DRAWN and corrects else key)
        summed[of][kind] = summed[of].get(kind, Decimal(0)) + quantity
    none = Decimal(0)
    return {
        key: Account(*(found.get(kind, none) for kind in (Kind.DRAWN, Kind.GIVEN, Kind.WASTED, Kind.RETURNED)))
        for key, found in summed.items()
    }


def effective(movement: Movement) -> Decimal:
    """What a movement stands for after its corrections."""
    return movement.quantity + exact(movement.corrections.aggregate(sum=Sum("quantity"))["sum"])


def open_drawings(programme: Programme) -> list[tuple[Movement, Account]]:
    """Drawings not accounted for yet, oldest first. Three queries.

    No day is counted while one is open, so only drawings touched since the newest count are looked at.
    """
    since = _first_open_day(programme)
    touched = Q(booked_on__gte=since) | Q(accounts__booked_on__gte=since) | Q(corrections__booked_on__gte=since)
    found = list(drawings_of(programme).filter(touched).distinct())
    known = accounts(row.pk for row in found)
    return [(row, known[row.pk]) for row in found if not known[row.pk].settled]


def drawings_of(programme: Programme):
    """Every drawing of a programme, with lot, people and treatment session."""
    rows = programme.drug_movements.filter(kind=Kind.DRAWN, corrects=None)
    return rows.select_related("lot", "entered_by", "treatment_session__course__patient")


@dataclass(frozen=True)
class DayState:
    """How far the days are. `open_day` is the one that entries go to and the next count closes."""

    open_day: dt.date
    today: dt.date
    unclosed: tuple[dt.date, ...]
    difference: StockCount | None  # the newest count, where it differs and is not explained
    newest: StockCount | None

    @property
    def late(self) -> bool:
        """Is an earlier day not closed?"""
        return self.open_day < self.today

    @property
    def closed_today(self) -> bool:
        """Was today counted, and nothing entered since?"""
        return self.newest is not None and self.newest.counted_on == self.today and self.today not in self.unclosed


def day_state(programme: Programme, now: dt.datetime) -> DayState:
    """Which days are closed, now. Four queries."""
    today = programme.day_of(now)
    since = _first_open_day(programme)
    newest = programme.stock_counts.order_by("-pk").first()
    difference = newest if newest is not None and stands(newest) else None
    moved = programme.drug_movements.filter(booked_on__gte=since).order_by().values("booked_on")
    unclosed = tuple(
        row["booked_on"] for row in moved.annotate(last=Max("pk")).order_by("booked_on")
        if not _closes(newest_of(programme, row["booked_on"]), row["last"])
    )  # fmt: skip
    earlier = [day for day in unclosed if day < today]
    return DayState(earlier[0] if earlier else today, today, unclosed, difference, newest)


def newest_of(programme: Programme, day: dt.date) -> StockCount | None:
    """The newest count of a day."""
    return programme.stock_counts.filter(counted_on=day).order_by("-pk").first()


def day_is_closed(programme: Programme, day: dt.date) -> bool:
    """Does the newest count of a day close it? False also where it was never counted."""
    last = programme.drug_movements.filter(booked_on=day).aggregate(last=Max("pk"))["last"]
    return _closes(newest_of(programme, day), last or 0)


def stands(count: StockCount) -> bool:
    """Does it differ from the ledger, and nobody has explained that?"""
    return bool(differing(count)) and not hasattr(count, "explanation")


def differing(count: StockCount) -> tuple[Difference, ...]:
    """Lots of a count that differ."""
    lines = count.lines.select_related("lot")
    return differences(Difference(str(line.lot), line.expected, line.counted) for line in lines)


def moved_since(count: StockCount) -> bool:
    """Was anything entered after the count but what its explanation adjusted?"""
    later = count.programme.drug_movements.filter(pk__gt=count.after_movement)
    return later.exclude(stock_count=count).exists()


def _closes(count: StockCount | None, last: int) -> bool:
    if count is None or stands(count):
        return False
    later = count.programme.drug_movements.filter(booked_on=count.counted_on, pk__gt=count.after_movement)
    return last <= count.after_movement or not later.exclude(stock_count=count).exists()


def _first_open_day(programme: Programme) -> dt.date:
    """No earlier day can be open: the counts close days in their order."""
    newest = programme.stock_counts.aggregate(day=Max("counted_on"))["day"]
    return newest or dt.date.min
