"""Order of the caseload. Plain functions over its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.courses.phases import Phase
from holdfast.clinic.courses.queries import CaseloadRow


def _due_key(row: CaseloadRow) -> tuple[Any, ...]:
    return (False, *row.due[0].rank) if row.due else (True,)


def _last_key(row: CaseloadRow) -> float:
    last = row.last_session
    if last is None:
        return -1.0
    return last.dosed_at.timestamp() if last.dosed_at else float(last.dosed_on_day or 0)


def _score_key(row: CaseloadRow) -> tuple[Any, ...]:
    rated = row.standing.latest if row.standing else None
    return (rated is None, row.standing.scale if row.standing else "", -(rated.total or 0) if rated else 0)


def _change_key(row: CaseloadRow) -> tuple[Any, ...]:
    fall = row.standing.fall_percent if row.standing else None
    return (fall is None, fall or 0)


SORTS: dict[str, Callable[[CaseloadRow], Any]] = {
    "due": _due_key,
    "label": lambda row: row.label.casefold(),
    "phase": lambda row: (list(Phase).index(Phase(row.phase)), row.week or 0),
    "score": _score_key,
    "change": _change_key,
    "last": _last_key,
}
# column, heading; what ascending means there
COLUMNS = (
    ("label", "Patient"),
    ("phase", "Where in the course"),
    ("score", "Latest score"),
    ("change", "Change from baseline"),
    ("last", "Last treatment session"),
    ("due", "Due"),
)


@dataclass(frozen=True)
class Order:
    """One column, upwards or downwards. `word` is what a form sends: `label`, or `-label` for downwards."""

    column: str
    backwards: bool

    @property
    def word(self) -> str:
        """The order as one word."""
        return f"-{self.column}" if self.backwards else self.column


@dataclass(frozen=True)
class Heading:
    """A column heading, how it is sorted now (`ascending`, `descending` or empty), and the word that sorts by it."""

    text: str
    sorted: str
    press: str


def order_named(word: str) -> Order:
    """The order of that word; what is due first where the word is none."""
    column = word.removeprefix("-")
    return Order(column, word.startswith("-")) if column in SORTS else Order("due", backwards=False)


def headings(order: Order) -> list[Heading]:
    """The columns as they stand under this order; pressing the sorted one turns it round."""
    found = []
    for key, text in COLUMNS:
        here = key == order.column
        now = ("descending" if order.backwards else "ascending") if here else ""
        found.append(Heading(text, now, f"-{key}" if here and not order.backwards else key))
    return found


def in_order(rows: Sequence[CaseloadRow], order: Order) -> list[CaseloadRow]:
    """The rows by one column; equal ones stay by label."""
    return sorted(rows, key=SORTS[order.column], reverse=order.backwards)
