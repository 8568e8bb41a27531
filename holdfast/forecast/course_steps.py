"""The steps of a course, for `course_code`: panels of time between marks, what is expected, and when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.bodies import FORGOTTEN_H, Bodies
from holdfast.forecast.course_code import BEGIN, FADE, GIVE, PANEL, READ, STEP_WORDS

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
Event = tuple[float, int]  # hour, kind of dose
_EDGES_H = np.array([
    0.0, 0.33, 0.667, 1.2, 2.0, 3.5, 6.0, 10.0, 15.0, 21.0, 28.0, 36.0, 46.0, 58.0, 72.0, 88.0, 106.0, 128.0, 148.0,
    168.0,
])  # fmt: skip
_LONGEST_H = 42.0  # of a panel long after a dose
SAME_H = 1e-6  # two times that near are one
_AT = np.array([0.5 - 0.5 / 3**0.5, 0.5 + 0.5 / 3**0.5]) / 2  # Gauss-Legendre nodes of the first half of a panel
_NODES = np.concatenate([_AT, 0.5 + _AT])


@dataclass(frozen=True)
class Request:
    """A course to live from a state at `from_h`: doses in order, those before it included, and when it is read.

    `reads` are hours from the first treatment session, and rise.
    """

    from_h: float
    doses: Sequence[Event]
    reads: Sequence[float]


@dataclass
class Panels:
    """Distinct panels, by width and by how long before it doses were given; each is prepared once."""

    numbers: dict[bytes, int] = field(default_factory=dict)
    widths: list[float] = field(default_factory=list)
    fresh: list[tuple[float, float, Sequence[Event]]] = field(default_factory=list)  # not yet prepared

    def of(self, edges: Values, doses: Sequence[Event]) -> list[int]:
        """The number of each panel between these edges, under these doses."""
        begins, ends = edges[:-1], edges[1:]
        hours = np.array([hour for hour, _ in doses])
        last = np.searchsorted(hours, begins + SAME_H, side="right")
        first = np.minimum(np.searchsorted(hours, ends - FORGOTTEN_H, side="right"), last)
        most = int((last - first).max(initial=0))
        place = first[:, None] + np.arange(most)
        acts, place = place < last[:, None], np.minimum(place, max(len(hours) - 1, 0))
        keys = np.full((len(begins), 1 + 2 * most), -1, dtype=np.int64)
        keys[:, 0] = np.rint((ends - begins) / SAME_H)
        if most:
            kinds = np.array([kind for _, kind in doses], dtype=np.int64)
            keys[:, 1::2] = np.where(acts, np.rint((begins[:, None] - hours[place]) / SAME_H), -1)
            keys[:, 2::2] = np.where(acts, kinds[place], -1)
        return [self._number(key, begin, end, doses[low:high]) for key, begin, end, low, high in zip(
            (row.tobytes().rstrip(b"\xff") for row in keys), begins.tolist(), ends.tolist(), first.tolist(),
            last.tolist(), strict=True)]  # fmt: skip

    def _number(self, key: bytes, begin: float, end: float, active: Sequence[Event]) -> int:
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.widths)
            self.widths.append(end - begin)
            self.fresh.append((begin, end, active))
        return found


def occupancy(bodies: Bodies, panels: Sequence[tuple[float, float, Sequence[Event]]]) -> Values:
    """Logarithm of the occupancy at the nodes of panels, (panels * nodes, bodies); -1000 for none at all."""
    found = np.zeros((len(panels) * len(_NODES), bodies.log_binding[0].shape[1]))
    by_kind: dict[int, tuple[list[int], list[float], list[float]]] = {}
    for number, (begin, end, active) in enumerate(panels):
        for hour, kind in active:
            places, offsets, widths = by_kind.setdefault(kind, ([], [], []))
            places.append(number)
            offsets.append(begin - hour)
            widths.append(end - begin)
    for kind, (places, offsets, widths) in by_kind.items():
        since = np.array(offsets)[:, None] + np.array(widths)[:, None] * _NODES
        rows = (np.array(places)[:, None] * len(_NODES) + np.arange(len(_NODES))).ravel()
        starts = np.flatnonzero(np.diff(places, prepend=-1))  # doses of one panel stand together
        s = bodies.binding(kind, since.ravel()).reshape(*since.shape, -1)
        found[rows.reshape(since.shape)[starts].ravel()] += np.add.reduceat(s, starts).reshape(-1, s.shape[-1])
    return np.asarray(np.log(np.maximum(found / (1.0 + found), 1e-300)), dtype=float)


def edges(from_h: float, doses: Sequence[Event], reads: Sequence[float]) -> Values:
    """Marks from `from_h` to the last time that is read; panels lie between them."""
    until = max(reads[-1], from_h) if len(reads) else from_h
    hours = [hour for hour, _ in doses if hour < until]
    marks = [np.array([from_h, until]), np.asarray(reads, dtype=float)]
    for hour, last in pairwise([*hours, until]):  # none where nothing was given before that
        if last >= from_h:
            short = hour + _EDGES_H
            marks += [short[short < last], np.arange(short[-1], last, _LONGEST_H)]
    found = np.sort(np.concatenate(marks))
    found = found[(found >= from_h) & (found <= until)]
    return found[np.diff(found, prepend=-np.inf) > SAME_H]


def steps(requests: Sequence[Request], panels: Panels) -> tuple[Whole, Values]:
    """Steps (steps, 3) and the numbers they name, of courses one after the other; readings count on over them all."""
    made, numbers, read, filled = [np.zeros((0, STEP_WORDS), dtype=np.int64)], [np.zeros(1)], 0, 1
    for one in requests:
        rows, values = _steps(one, panels, read, filled)
        made.append(rows)
        numbers.append(values)
        read, filled = read + len(one.reads), filled + len(values)
    return np.concatenate(made), np.concatenate(numbers)


def _steps(one: Request, panels: Panels, read: int, filled: int) -> tuple[Whole, Values]:
    """Of one course: `read` readings and `filled` numbers stand before its own."""
    until = max([*one.reads[-1:], one.from_h])
    doses = [event for event in one.doses if event[0] < until]
    marks = edges(one.from_h, doses, one.reads)
    of_panels = panels.of(marks, doses)
    kinds = np.repeat([PANEL, READ, GIVE], [len(of_panels), len(one.reads), len(doses)])
    at = np.concatenate([marks[1:] - SAME_H, np.maximum(one.reads, one.from_h), [hour for hour, _ in doses]])
    first = np.concatenate([of_panels, read + np.arange(len(one.reads)), np.zeros(len(doses))]).astype(np.int64)
    order = np.lexsort((np.arange(len(at)), at))  # at one time: a panel ends, it is read, then dosed
    kinds, at, first = kinds[order], at[order], first[order]
    fades = kinds != PANEL
    twice = 1 + fades
    rows = np.repeat(np.stack([kinds, first, np.zeros_like(first)], axis=1), twice, axis=0)
    before = np.cumsum(twice) - 1 - fades  # the first row of each
    numbers = np.concatenate([np.diff(at[fades], prepend=at[fades][:1]), one.reads])
    rows[before[fades], 0] = FADE
    rows[before[fades], 1] = filled + np.arange(int(fades.sum()))
    reads = np.flatnonzero(rows[:, 0] == READ)
    rows[reads, 2] = filled + int(fades.sum()) + rows[reads, 1] - read
    return np.concatenate([[[BEGIN, 0, 0]], rows]), numbers
