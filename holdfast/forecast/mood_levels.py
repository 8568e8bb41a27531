"""From doses to the levels A, X and Z of the cascade (model/mood/laws.py, `nmda-driven`), for many virtual patients.

    A' = kin u - (kin u + kA) A        X' = kX A - (kX A + kout) X        Z' = kC X - (kC X + kZ) Z

Nothing runs backwards, so on a panel of time each level is solved exactly with the mean of the one before it: u by two
Gauss-Legendre nodes, then A, then X by the mean of A, then Z by the mean of X. Panels are short after a dose and long
later. What a panel does to A depends on the doses alone, so that regular doses cost it once. Against the product's own
solver the score is off by a hundredth of its share at most: tests/generative/test_forecast_levels.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.bodies import FORGOTTEN_H, Bodies

Values = NDArray[np.float64]
Who = NDArray[np.int_]
Event = tuple[float, int]  # hour, kind of dose
_EDGES_H = (
    0.0, 0.33, 0.667, 1.2, 2.0, 3.5, 6.0, 10.0, 15.0, 21.0, 28.0, 36.0, 46.0, 58.0, 72.0, 88.0, 106.0, 128.0, 148.0,
    168.0,
)  # fmt: skip
_LONGEST_H = 42.0  # of a panel long after a dose
_NODES = (0.5 - 0.5 / 3**0.5, 0.5 + 0.5 / 3**0.5)
_SAME = 6  # decimals of an hour to which two times are one


@dataclass(frozen=True)
class Cascade:
    """Parameters of virtual patients, arrays of shape (patients,), rates in 1/h; `body` is a place in `Bodies`."""

    body: Who
    o50: Values
    gamma: Values
    kin: Values
    ka: Values
    kx: Values
    kout: Values
    kc: Values
    kz: Values

    def take(self, who: Who) -> Cascade:
        """The same for some of them."""
        return Cascade(*(getattr(self, one.name)[who] for one in fields(self)))


class Levels:
    """A, X and Z of virtual patients from time to time. Panels that doses share are prepared once."""

    def __init__(self, cascade: Cascade, bodies: Bodies) -> None:
        self._of, self._bodies = cascade, bodies
        self._log_half = np.log(cascade.o50)
        self._known: dict[tuple[object, ...], tuple[Values, ...]] = {}

    def start(self) -> Values:
        """Nothing given yet: A, X, Z of shape (3, patients)."""
        return np.zeros((3, len(self._of.body)))

    def lived(self, state: Values, from_h: float, doses: Sequence[Event], times_h: Sequence[float]) -> Values:
        """A, X and Z at the rising `times_h`, (times, 3, patients), from `state` at `from_h`.

        `doses` stand in order; those before `from_h` are part of `state` and go on acting. A time is read before a
        dose at that time.
        """
        out = np.empty((len(times_h), *state.shape))
        edges = _edges(from_h, doses, times_h)
        levels, at = state.copy(), 0
        while at < len(times_h) and times_h[at] <= from_h:
            out[at], at = levels, at + 1
        for begin, end in edges:
            known = self._known_panel(begin, end, _active(doses, begin, end))
            levels = self._after(levels, end - begin, *known)
            while at < len(times_h) and times_h[at] <= end + 10.0**-_SAME:
                out[at], at = levels, at + 1
        return out

    def span_of_some(
        self, levels: Values, begin: float, end: float, dosed: NDArray[np.bool_], doses: Sequence[Event], booster: Event
    ) -> Values:
        """From `begin` to `end`, where the patients `dosed` had one more dose by `begin` than the others: `booster`."""
        for start, stop in _edges(begin, (booster,), (end,)):
            before = _active(doses, start, stop)
            with_booster, without = (self._known_panel(start, stop, one) for one in ([*before, booster], before))
            mixed = [np.where(dosed, *pair) for pair in zip(with_booster, without, strict=True)]
            levels = self._after(levels, stop - start, *mixed)
        return levels

    def _known_panel(self, begin: float, end: float, active: Sequence[Event]) -> tuple[Values, ...]:
        key = (round(end - begin, _SAME), *((round(begin - hour, _SAME), kind) for hour, kind in active))
        if key not in self._known:
            self._known[key] = self._signalling(begin, end, active)
        return self._known[key]

    def _signalling(self, begin: float, end: float, active: Sequence[Event]) -> tuple[Values, ...]:
        """What a panel does to A, which is linear in its start: share kept and what is added, of end and of mean.

        In two halves, since the drive falls while a panel lasts.
        """
        half = (end - begin) / 2
        kept, (added, mean_kept, mean_added) = np.ones(len(self._log_half)), np.zeros((3, len(self._log_half)))
        for start in (begin, begin + half):
            on = self._of.kin * self._drive(start, half, active)
            rate = on + self._of.ka
            towards, left = on / rate, np.exp(-half * rate)
            weight = (1.0 - left) / (half * rate)
            mean_kept = mean_kept + kept * weight / 2
            mean_added = mean_added + (towards + (added - towards) * weight) / 2
            kept, added = kept * left, towards + (added - towards) * left
        return kept, added, mean_kept, mean_added

    def _drive(self, begin: float, h: float, active: Sequence[Event]) -> Values:
        """Mean of u over the panel, (patients,)."""
        if not active:
            return np.zeros(len(self._of.body))
        nodes = begin + h * np.array(_NODES)
        s = sum((self._bodies.binding(kind, nodes - hour) for hour, kind in active), start=np.zeros(()))
        with np.errstate(divide="ignore"):
            log_occupancy = np.log(s / (1.0 + s))
        found = np.zeros(len(self._of.body))
        for row in log_occupancy:
            raised = np.exp(self._of.gamma * (row[self._of.body] - self._log_half))
            found += raised / (1.0 + raised) / len(_NODES)
        return found

    def _after(
        self, levels: Values, h: float, kept: Values, added: Values, mean_kept: Values, mean_added: Values
    ) -> Values:
        of, (a, x, z) = self._of, levels
        made = of.kx * (a * mean_kept + mean_added)
        loss = made + of.kout
        target, exponent = made / loss, h * loss
        left = np.exp(-exponent)
        gain = of.kc * (target + (x - target) * ((1.0 - left) / exponent))
        total = gain + of.kz
        to = gain / total
        after = np.empty_like(levels)
        after[0] = a * kept + added
        after[1] = target + (x - target) * left
        after[2] = to + (z - to) * np.exp(-h * total)
        return after


def _active(doses: Sequence[Event], begin: float, end: float) -> list[Event]:
    """Doses that act in a panel."""
    return [(hour, kind) for hour, kind in doses if end - FORGOTTEN_H < hour <= begin]


def _edges(from_h: float, doses: Sequence[Event], times_h: Sequence[float]) -> list[tuple[float, float]]:
    """Panels from `from_h` to the last time."""
    until = times_h[-1] if len(times_h) else from_h
    hours = [hour for hour, _ in doses if hour < until]
    marks = {from_h, until, *times_h}
    for hour, following in itertools.zip_longest(hours, hours[1:]):
        last = until if following is None else following
        marks.update(hour + edge for edge in _EDGES_H if hour + edge < last)
        marks.update(np.arange(hour + _EDGES_H[-1], last, _LONGEST_H).tolist())
    kept = sorted(mark for mark in marks if from_h <= mark <= until)
    distinct = [kept[0], *(later for earlier, later in itertools.pairwise(kept) if later - earlier > 10.0**-_SAME)]
    return list(itertools.pairwise(distinct))
