"""Machine code of the likelihood that knows of the floor, eight virtual patients at a time: the formulas of `floor`.

It carries mean and covariances of fluctuation, baseline and biases of a block of eight through the ratings, and keeps
the log likelihood alone. What is then known of baseline and fluctuation `floor.fit_at_floor` tells, of the few who are
asked for. Ratings are of three kinds: `NORMAL` far from 0, `LOW` near it, `AT_0` a total of 0.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from scipy.special import erfcx

from holdfast.forecast.course_code import SOURCES
from holdfast.model.integration.compiled.code import Code
from holdfast.model.integration.compiled.lanes import LANES, Lanes, exp, log, root, splat
from holdfast.model.integration.compiled.machine_code import Call, kept_functions

NORMAL, LOW, AT_0 = range(3)
ARGUMENTS = (
    "blocks", "ratings", "nodes", "kinds", "tables", "gaps", "points", "bias", "prior", "places", "relative", "shown",
    "error", "fluctuation", "rate", "chances", "out", "workspace",
)  # fmt: skip
LEAST, LEAST_LEFT = 1e-300, 1e-6  # no piece has less weight, and v is never known more exactly than that
FAR = 4.0  # SDs of error above half a point beyond which no total is 0
_ROOT_2PI = math.sqrt(2.0 * math.pi)
_FOUND = ("log_z", "shift", "left", "zeroth", "first", "second")  # places of the workspace, after the state
_TERMS = 20


@cache
def log_likelihoods(biases: int) -> Call:
    """The function, for ratings on so many scales with a bias."""
    return kept_functions(
        ("floor",), ("floor", biases), (*SOURCES, Path(__file__)), lambda module: _Floor(module, biases).write()
    )[0]


def workspace(biases: int) -> int:
    """How many numbers the function needs to work with."""
    size = 2 + biases
    return LANES * (1 + size + size * (size + 1) // 2 + len(_FOUND))


class _Floor:
    """State in the workspace: log likelihood, means, covariances below the diagonal and on it."""

    def __init__(self, module: ir.Module, biases: int) -> None:
        self.code, self._biases, self._size = Code(module, "floor", ARGUMENTS), biases, 2 + biases
        self._found = {name: 1 + self._size + self._size * (self._size + 1) // 2 + i for i, name in enumerate(_FOUND)}

    def write(self) -> None:
        code = self.code
        with code.loop(0, code.word("blocks")) as block:
            self._block = block
            self._begin()
            with code.loop(0, code.word("ratings")) as rating:
                self._rated(rating)
            code.store(self._get(0), code.array("out"), block)
        code.end()

    def _get(self, place: int) -> Lanes:
        return self.code.load(self.code.array("workspace"), place)

    def _put(self, value: Lanes, place: int) -> None:
        self.code.store(value, self.code.array("workspace"), place)

    def _mean(self, i: int) -> int:
        return 1 + i

    def _spread(self, i: int, j: int) -> int:
        i, j = max(i, j), min(i, j)
        return 1 + self._size + i * (i + 1) // 2 + j

    def _same(self, value: float) -> Lanes:
        return Lanes(self.code.builder, splat(value))

    def _of_patient(self, name: str, rating: Any = 0) -> Lanes:
        code = self.code
        return code.load(code.array(name), code.plus(code.times(code.word("blocks"), rating), self._block))

    def _begin(self) -> None:
        code = self.code
        self._put(self._same(0.0), 0)
        for i in range(self._size):
            self._put(self._same(0.0) if i == 0 else code.load_same(code.array("prior"), i - 1), self._mean(i))
            for j in range(i):
                self._put(self._same(0.0), self._spread(i, j))
        self._put(self._of_patient("fluctuation") * self._of_patient("fluctuation"), self._spread(0, 0))
        for i in range(1, self._size):
            self._put(code.load_same(code.array("prior"), self._size - 2 + i), self._spread(i, i))

    def _rated(self, rating: Any) -> None:
        code = self.code
        self._pass_time(code.load_same(code.array("gaps"), rating))
        row = self._row(rating)
        with_v = [self._sum(self._get(self._spread(i, j)) * row[j] for j in range(self._size))
                  for i in range(self._size)]  # fmt: skip
        expected = self._sum(self._get(self._mean(i)) * row[i] for i in range(self._size))
        variance = self._sum(with_v[i] * row[i] for i in range(self._size))
        error, point = self._of_patient("error", rating), code.load_same(code.array("points"), rating)
        kind = code.load_word(code.array("kinds"), rating)
        with code.case(kind, NORMAL):
            self._keep("log_z shift left", _normal(expected, variance, point, error))
        with code.case(kind, LOW):
            self._low(expected, variance, point, error)
        with code.case(kind, AT_0):
            self._at_0(expected, variance, point, error, code.load_word(code.array("tables"), rating))
        self._learn(with_v, variance)

    def _sum(self, parts: Any) -> Lanes:
        first, *rest = parts
        for one in rest:
            first = first + one
        return first

    def _keep(self, names: str, values: Any) -> None:
        for name, value in zip(names.split(), values, strict=True):
            self._put(value, self._found[name])

    def _pass_time(self, gap_h: Lanes) -> None:
        kept = exp(-(self._of_patient("rate") * gap_h))
        own = self._of_patient("fluctuation")
        stationary, at = own * own, self._spread(0, 0)
        self._put(self._get(self._mean(0)) * kept, self._mean(0))
        self._put(stationary + (self._get(at) - stationary) * (kept * kept), at)
        for i in range(1, self._size):
            self._put(self._get(self._spread(i, 0)) * kept, self._spread(i, 0))

    def _row(self, rating: Any) -> list[Lanes]:
        """How much of fluctuation, baseline and each bias is in the rating."""
        code, shown = self.code, self._of_patient("shown", rating)
        biases = [code.load_same(code.array("bias"), code.plus(code.times(rating, self._biases), i))
                  for i in range(self._biases)]  # fmt: skip
        return [shown, 1.0 - shown + shown * self._of_patient("relative", rating), *biases]

    def _learn(self, with_v: list[Lanes], variance: Lanes) -> None:
        shift, less = self._get(self._found["shift"]), self._get(self._found["left"]) - variance
        gains = [one / variance for one in with_v]
        self._put(self._get(0) + self._get(self._found["log_z"]), 0)
        for i, gain in enumerate(gains):
            self._put(self._get(self._mean(i)) + gain * shift, self._mean(i))
            weighed = gain * less
            for j in range(i + 1):
                at = self._spread(i, j)
                self._put(self._get(at) + weighed * gains[j], at)

    def _low(self, expected: Lanes, variance: Lanes, point: Lanes, error: Lanes) -> None:
        sd = root(error)
        log_z, shift, left = _normal(expected, variance, point, error)
        mean, spread, z = expected + shift, root(left), exp(log_z)
        share, edge = _ndtr(mean / spread), spread * _density(mean / spread)
        above = z * share, z * (mean * share + edge), z * ((mean * mean + left) * share + mean * edge)
        self._pieces(expected, variance, _density(point / sd) / sd, above)

    def _at_0(self, expected: Lanes, variance: Lanes, half: Lanes, error: Lanes, table: Any) -> None:
        """Above 0 summed over nodes; the chance of a total of 0 there was made before."""
        code, error_sd, sd = self.code, root(error), root(variance)
        width, sums = half + error_sd * FAR, ("zeroth", "first", "second")
        self._keep(" ".join(sums), [self._same(0.0)] * 3)
        with code.loop(0, code.word("nodes")) as node:
            v = width * code.load_same(code.array("places"), node)
            chance = self._of_patient("chances", code.plus(code.times(code.word("nodes"), table), node))
            weighed = chance * _density((v - expected) / sd)
            for name in sums:
                self._put(self._get(self._found[name]) + weighed, self._found[name])
                weighed = weighed * v
        above = tuple(self._get(self._found[name]) / sd for name in sums)
        self._pieces(expected, variance, _ndtr(half / error_sd), above)

    def _pieces(self, expected: Lanes, variance: Lanes, shown: Lanes, above: tuple[Lanes, ...]) -> None:
        """Two pieces, v below 0 and above, together."""
        sd = root(variance)
        below = _ndtr(-(expected / sd))
        first = expected * below - sd * _density(expected / sd)
        second = expected * first + variance * below
        z = (shown * below + above[0]).at_least(LEAST)
        mean = (shown * first + above[1]) / z
        least = variance * LEAST_LEFT
        left = least + ((shown * second + above[2]) / z - mean * mean - least).at_least(0.0)
        self._keep("log_z shift left", (log(z), mean - expected, left))


def _normal(expected: Lanes, variance: Lanes, y: Lanes, error: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    whole, off = variance + error, y - expected
    log_z = (off * off / whole + log(whole * (2.0 * math.pi))) * -0.5
    return log_z, variance / whole * off, variance * error / whole


def _density(x: Lanes) -> Lanes:
    return exp(x * x * -0.5) * (1.0 / _ROOT_2PI)


def _ndtr(x: Lanes) -> Lanes:
    """The normal distribution function to 1e-12: t exp(polynomial - a^2) / 2, a = |x| / sqrt(2), t = 2 / (2 + a)."""
    a = abs(x) * math.sqrt(0.5)
    t = 2.0 / (a + 2.0)
    u, (last, *terms) = t * 2.0 - 1.0, _terms()[::-1]
    total = Lanes(x.builder, splat(last))
    for term in terms:
        total = total * u + term
    tail = t * exp(total - a * a) * 0.5
    return tail + (1.0 - tail * 2.0).where_above(x, 0.0)


@cache
def _terms() -> list[float]:
    """Of the polynomial in 2 t - 1: ln(erfcx(a) / t) at Chebyshev's nodes."""

    def of(u: Any) -> Any:
        t = (u + 1.0) / 2.0
        return np.log(erfcx(2.0 / t - 2.0) / t)

    chebyshev = np.polynomial.chebyshev
    terms: list[float] = chebyshev.cheb2poly(chebyshev.chebinterpolate(of, _TERMS)).tolist()
    return terms
