"""Goldens of the safety statistics, by other ways than ours: python tests/golden/safety/make_goldens.py

Chances are exact fractions, of a million people numbers of 50 digits (no floating number before the last step);
intervals are SciPy's `stats` (ours solve the incomplete beta and gamma functions themselves); the variance of a rate is
the sandwich of a Poisson regression, worked out row by row in matrices; quantiles are NumPy's. Rows are drawn with the
seeds stated. Writes goldens.json beside it.
"""

from __future__ import annotations

import json
from decimal import Decimal, getcontext
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

HERE = Path(__file__).parent
getcontext().prec = 50
SO_MANY = [((3, 20), (1, 40)), ((0, 12), (3, 30)), ((12, 12), (2, 5)), ((9, 102), (26, 227)), ((60, 102), (221, 587)),
           ((1, 400), (0, 228)), ((55, 802), (55, 802)), ((7, 35), (0, 0))]  # fmt: skip
OF_A_MILLION = [((260_000, 1_000_000), (46, 227)), ((205_000, 1_000_000), (46, 227))]
SO_HIGH = [((3, 60.0), (9, 3777.0)), ((0, 5.0), (9, 3777.0)), ((9, 12.5), (1, 2.0)), ((40, 100.0), (35, 100.0))]
RATES = [(0, 8.03), (1, 12.0), (30, 803.0), (1191, 37.5)]


def of_a_million(observed: tuple[int, int], reference: tuple[int, int]) -> float:
    """The same tail term by term in numbers of 50 digits, each term from the one before."""
    (events, people), (r, n) = observed, reference
    a, b = Decimal(2 * r + 1) / 2, Decimal(2 * (n - r) + 1) / 2
    term, below, above = Decimal(1), Decimal(0), Decimal(0)
    for k in range(people + 1):
        below, above = (below + term, above) if k < events else (below, above + term)
        if k < people:
            term *= Decimal(people - k) * (k + a) / (Decimal(k + 1) * (people - k - 1 + b))
    return float(above / (below + above))


def rising(x: Fraction, k: int) -> Fraction:
    """x (x + 1) ... k factors."""
    found = Fraction(1)
    for i in range(k):
        found *= x + i
    return found


def so_many(observed: tuple[int, int], reference: tuple[int, int]) -> float:
    """Upper tail of the beta-binomial with Jeffreys' prior, as a fraction."""
    (events, people), (r, n) = observed, reference
    a, b = Fraction(2 * r + 1, 2), Fraction(2 * (n - r) + 1, 2)
    every = rising(a + b, people)
    up = sum(comb(people, k) * rising(a, k) * rising(b, people - k) for k in range(events, people + 1))
    return float(up / every)


def so_high(observed: tuple[int, float], reference: tuple[int, float]) -> float:
    """Upper tail of the binomial, as a fraction."""
    (x, t), (y, u) = observed, reference
    share = Fraction(t) / (Fraction(t) + Fraction(u))
    return float(sum(comb(x + y, k) * share**k * (1 - share) ** (x + y - k) for k in range(x, x + y + 1)))


def sandwich(events: np.ndarray, exposure: np.ndarray) -> dict[str, float]:
    """Poisson regression of one log rate, solved by Newton; variance clustered by row, times n / (n - 1)."""
    design, beta = np.ones((len(events), 1)), np.zeros(1)
    for _ in range(100):
        mean = exposure * np.exp(design @ beta)
        beta = beta + np.linalg.solve(design.T @ (mean[:, None] * design), design.T @ (events - mean))
    mean = exposure * np.exp(design @ beta)
    bread = np.linalg.inv(design.T @ (mean[:, None] * design))
    meat = sum(np.outer(row, row) for row in (events - mean)[:, None] * design)
    variance = (bread @ meat @ bread)[0, 0] * len(events) / (len(events) - 1)
    z = stats.norm.ppf(0.975)
    return {"rate": float(np.exp(beta[0])), "low": float(np.exp(beta[0] - z * variance**0.5)),
            "high": float(np.exp(beta[0] + z * variance**0.5))}  # fmt: skip


def clustered() -> list[dict[str, object]]:
    found = []
    for seed, people, spread in ((1, 12, 0.0), (2, 40, 1.0), (3, 400, 2.0)):
        random = np.random.default_rng(seed)
        exposure = random.integers(1, 60, people)
        events = random.poisson(0.3 * exposure * np.exp(random.normal(0, spread, people)))
        found.append({"seed": seed, "events": events.tolist(), "exposure": exposure.tolist(),
                      **sandwich(events.astype(float), exposure.astype(float))})  # fmt: skip
    return found


def quantiles() -> list[dict[str, object]]:
    found = []
    for seed, n in ((1, 1), (2, 4), (3, 20), (4, 999)):
        values = np.random.default_rng(seed).integers(-20, 60, n)
        at = [np.quantile(values, p / 100, method="averaged_inverted_cdf") for p in (5, 25, 50, 75, 95)]
        sd = float(np.std(values, ddof=1)) if n > 1 else None
        found.append({"values": values.tolist(), "at": [float(x) for x in at], "mean": float(values.mean()), "sd": sd})
    return found


def _written(goldens: dict[str, object]) -> str:
    """One case a line."""
    lines = []
    for name, cases in goldens.items():
        told = json.dumps(cases)
        if isinstance(cases, list):
            told = "[\n  " + ",\n  ".join(json.dumps(one) for one in cases) + "\n ]"
        lines.append(f' "{name}": {told}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    goldens = {
        "made_with": f"scipy {scipy.__version__}, numpy {np.__version__}",
        "so_many": [{"observed": o, "reference": r, "chance": so_many(o, r)} for o, r in SO_MANY],
        "of_a_million": [{"observed": o, "reference": r, "chance": of_a_million(o, r)} for o, r in OF_A_MILLION],
        "so_high": [{"observed": o, "reference": r, "chance": so_high(o, r)} for o, r in SO_HIGH],
        "rates": [{"events": e, "exposure": t, "low": float(stats.chi2.ppf(0.025, 2 * e) / 2 / t) if e else 0.0,
                   "high": float(stats.chi2.ppf(0.975, 2 * e + 2) / 2 / t)} for e, t in RATES],
        "clustered": clustered(), "quantiles": quantiles(),
    }  # fmt: skip
    (HERE / "goldens.json").write_text(_written(goldens), encoding="utf-8")


if __name__ == "__main__":
    main()
