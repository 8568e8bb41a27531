"""From doses to the levels A, X and Z of the cascade (model/mood/laws.py, `nmda-driven`), for many virtual patients.

    A' = kin u - (kin u + kA) A        X' = kX A - (kX A + kout) X        Z' = kC X - (kC X + kZ) Z

Nothing runs backwards, so on a panel of time each level is solved exactly with the mean of the one before it: u by two
Gauss-Legendre nodes in each half, then A, then X by the mean of A, then Z by the mean of X. Panels are short after a
dose and long later. What a panel does to A depends on the doses alone, so that regular doses cost it once. Against the
product's own solver the score is off by a hundredth of its share at most: tests/generative/test_forecast_levels.py.

`arithmetic` holds the formulas, `course_steps` the panels, `course_code` the machine code that lives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.bodies import FORGOTTEN_H, Bodies
from holdfast.forecast.course_code import ARGUMENTS, OWN, READ, SOME, WORKSPACE, course
from holdfast.forecast.course_steps import Event, Panels, Request, Whole, edges, occupancy, steps
from holdfast.forecast.eights import handed_over, padded
from holdfast.model.integration.compiled.lanes import LANES

__all__ = ["Cascade", "Event", "Levels", "Request"]
Values = NDArray[np.float64]
Who = NDArray[np.int_]


@dataclass(frozen=True)
class Cascade:
    """Parameters of virtual patients, arrays of shape (patients,), rates in 1/h; `body` is a place in `Bodies`.

    `fades` and `fades_early` are the rates of what is expected of a treatment session, `weight` how much it counts.
    """

    body: Who
    o50: Values
    gamma: Values
    kin: Values
    ka: Values
    kx: Values
    kout: Values
    kc: Values
    kz: Values
    fades: Values
    fades_early: Values
    weight: Values

    def rows(self) -> Values:
        """As the machine code takes them, (numbers, patients)."""
        return np.stack([np.log(self.o50) if name == "log_half" else getattr(self, name) for name in OWN])


@dataclass(frozen=True)
class Shares:
    """What each virtual patient makes of levels: `rows` as `course_code.SHARES` has them, (rows, patients)."""

    rows: Values
    grows: int  # how many shares grow under care


class Levels:
    """Courses of virtual patients. Panels that doses share are prepared once; with `keep` they serve later calls."""

    def __init__(self, cascade: Cascade, bodies: Bodies, *, keep: bool = False) -> None:
        self._of, self._bodies, self._count, self._keep = cascade, bodies, len(cascade.body), keep
        self._own, self._body = padded(cascade.rows()), padded(cascade.body.astype(np.int64))
        self._blocks = self._own.shape[-1] // LANES
        self._panels, self._known = Panels(), np.empty((self._blocks, 0, 4, LANES))
        self._workspace = np.empty(WORKSPACE)
        self._spans: dict[object, Whole] = {}
        self._occupancy, self._widths = np.zeros(0), np.zeros(0)  # of the panels that were prepared last
        self._first_rows = np.zeros(0, dtype=np.int64)

    def start(self) -> Values:
        """Nothing given yet: A, X, Z of shape (3, patients)."""
        return np.zeros((3, self._count))

    def lived(self, state: Values, request: Request) -> Values:
        """A, X, Z and what is expected of treatment sessions at the times that are read, (times, 4, patients)."""
        return self._run([request], state, None, len(request.reads) * 4).reshape(-1, 4, self._count)

    def shares(self, state: Values, requests: Sequence[Request], shares: Shares) -> list[Values]:
        """The score as a share of the baseline at the times of each request, all from one state, (times, patients)."""
        count = sum(len(one.reads) for one in requests)
        made = self._run(requests, state, shares, count)
        return np.split(made, np.cumsum([len(one.reads) for one in requests])[:-1])

    def expected(self, since_h: Values) -> Values:
        """What is expected of one treatment session at hours since it, (times, patients); 0 before it."""
        of, since = self._of, np.maximum(since_h, 0.0)[:, None]
        return np.asarray(of.weight * (np.exp(-of.fades * since) - np.exp(-of.fades_early * since)), dtype=float)

    def span_of_some(
        self, levels: Values, begin: float, end: float, dosed: NDArray[np.bool_], doses: Sequence[Event], booster: Event
    ) -> Values:
        """From `begin` to `end`, where the paths `dosed` (repeats, patients) had one more dose by `begin`: `booster`.

        `levels` (3, repeats, patients).
        """
        made = self._span(begin, end, [event for event in doses if event[0] <= begin], booster)
        repeats = dosed.size // self._count
        out = np.empty((4, repeats, self._blocks * LANES))
        self._call(
            made, numbers=np.zeros(1), start=padded(levels), marked=padded(dosed.astype(float)), out=out,
            repeats=repeats, grows=None,
        )  # fmt: skip
        return out[:3, :, : self._count].reshape(levels.shape)

    def _span(self, begin: float, end: float, given: Sequence[Event], booster: Event) -> Whole:
        """Steps of a span; those of one week serve the next, once doses of before are forgotten."""
        active = tuple((round(begin - hour, 6), kind) for hour, kind in [*given, booster] if begin - hour < FORGOTTEN_H)
        key = (round(end - begin, 6), active)
        if key not in self._spans:
            marks = edges(begin, (booster,), (end,))
            pairs = zip(self._panels.of(marks, [*given, booster]), self._panels.of(marks, given), strict=True)
            self._spans[key] = np.array([*([SOME, *pair] for pair in pairs), [READ, 0, 0]])
        return self._spans[key]

    def _run(self, requests: Sequence[Request], state: Values, shares: Shares | None, rows: int) -> Values:
        made, numbers = steps(requests, self._panels)
        out = np.empty((rows, self._blocks * LANES))
        self._call(
            made, numbers=numbers, start=padded(state), out=out, repeats=1,
            shares=None if shares is None else padded(shares.rows), grows=None if shares is None else shares.grows,
        )  # fmt: skip
        return out[:, : self._count]

    def _call(self, made: Whole, *, grows: int | None, repeats: int, **arrays: Values | None) -> None:
        count, fresh = len(self._panels.widths), len(self._panels.widths) - len(self._panels.fresh)
        if self._panels.fresh:
            self._occupancy, self._widths = occupancy(self._bodies, self._panels.fresh), np.array(self._panels.widths)
            self._first_rows = 4 * (np.arange(count) - fresh)
        values: dict[str, object] = {
            "blocks": self._blocks, "repeats": repeats, "own": self._own, "body": self._body,
            "bodies": self._bodies.log_binding[0].shape[1], "occupancy": self._occupancy,
            "panels": self._first_rows, "widths": self._widths, "fresh": fresh, "panel_count": count,
            "known": self._room(fresh), "room": 4 * self._known.shape[1] if self._keep else 0,
            "steps": np.ascontiguousarray(made),
            "step_count": len(made), "workspace": self._workspace, "marked": None, "shares": None, **arrays,
        }  # fmt: skip
        handed_over(course(grows), ARGUMENTS, values)
        self._panels.fresh.clear()
        if not self._keep:
            self._panels = Panels()

    def _room(self, known: int) -> Values:
        """Memory for what is known of panels, (blocks, panels, 4, 8); of one block alone where nothing is kept."""
        count = len(self._panels.widths)
        if self._known.shape[1] < count:
            larger = np.empty((self._blocks if self._keep else 1, 2 * count, 4, LANES))
            if self._keep:
                larger[:, :known] = self._known[:, :known]
            self._known = larger
        return self._known
