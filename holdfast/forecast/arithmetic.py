"""Arithmetic of a forecast that NumPy and machine code share: each function works on arrays and on `Lanes` alike.

`exp` and `least` are those of whoever computes: NumPy's, or those of eight virtual patients in one vector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Exp = Callable[[Any], Any]
LEVELS = "AXZ"


def signalling(half_h: Any, kin: Any, ka: Any, drives: Sequence[Any], exp: Exp) -> tuple[Any, Any, Any, Any]:
    """What a panel does to A, which is linear in its start: share kept and what is added, of end and of mean.

    In two halves of `half_h` hours, since the drive (mean of u over each half) falls while a panel lasts.
    """
    kept, added, mean_kept, mean_added = 1.0, 0.0, 0.0, 0.0
    for drive in drives:
        on = kin * drive
        rate = on + ka
        towards, left = on / rate, exp(-(rate * half_h))
        weight = (1.0 - left) / (rate * half_h)
        mean_kept = mean_kept + weight * kept * 0.5
        mean_added = mean_added + (towards + (added - towards) * weight) * 0.5
        kept, added = left * kept, towards + (added - towards) * left
    return kept, added, mean_kept, mean_added


def after(levels: Sequence[Any], h: Any, of: Any, known: Sequence[Any], exp: Exp) -> tuple[Any, Any, Any]:
    """A, X and Z after a panel of `h` hours, of which `signalling` is known; `of` has kx, kout, kc and kz."""
    (a, x, z), (kept, added, mean_kept, mean_added) = levels, known
    made = of.kx * (a * mean_kept + mean_added)
    loss = made + of.kout
    target, exponent = made / loss, loss * h
    left = exp(-exponent)
    gain = of.kc * (target + (x - target) * ((1.0 - left) / exponent))
    total = gain + of.kz
    to = gain / total
    return a * kept + added, target + (x - target) * left, to + (z - to) * exp(-(total * h))


@dataclass(frozen=True)
class Odds:
    """What a member makes of levels before own numbers act: odds against each share (1/share - 1), and spreads."""

    against: Mapping[str, Any]  # A, X, Z, expectancy, then what grows under care
    tau_drug: Any
    tau_placebo: Any
    of_drug: Any  # where racemate and esketamine stand apart
    cut: Any  # standard normal number below which somebody gains next to nothing
    gain_of_others: Any
    gain_omega: Any
    placebo_omega: Any


@dataclass(frozen=True)
class Person:
    """What a virtual patient makes of levels: shares that levels, expectancy and care remove, and own factors."""

    removes: Sequence[Any]  # A, X, Z
    expectancy: Any
    grows: Sequence[Any]
    placebo: Any
    gain: Any


def person_of(odds: Odds, own: Sequence[Any], low_gain: Any, exp: Exp, where_below: Callable[..., Any]) -> Person:
    """Of the standard normal numbers of `histories.OWN`. `where_below(a, b, then, otherwise)` chooses."""
    drug, placebo, answer, gain, person_placebo = own
    at = {True: exp(-(odds.tau_drug * drug + odds.of_drug)), False: exp(-(odds.tau_placebo * placebo))}
    shares = {name: 1.0 / (1.0 + against * at[name in LEVELS]) for name, against in odds.against.items()}
    part = where_below(answer, odds.cut, low_gain, odds.gain_of_others)
    return Person(
        removes=[shares.pop(name) for name in LEVELS], expectancy=shares.pop("expectancy"),
        grows=list(shares.values()), placebo=exp(_centred(odds.placebo_omega, person_placebo)),
        gain=part * exp(_centred(odds.gain_omega, gain)),
    )  # fmt: skip


def _centred(omega: Any, number: Any) -> Any:
    """Logarithm of a factor whose mean is 1."""
    return omega * (number - omega * 0.5)


def share_left(
    levels: Sequence[Any], expected: Any, grown: Sequence[Any], of: Person, clipped: Callable[[Any], Any],
    positive: Callable[[Any], Any],
) -> Any:  # fmt: skip
    """The score as a share of the baseline, as model/mood/score.py has it. `clipped` keeps within 0 and 1."""
    gone = of.expectancy * expected
    for share, much in zip(of.grows, grown, strict=True):
        gone = gone + share * much
    removed = of.removes[0] * levels[0] + of.removes[1] * levels[1] + of.removes[2] * levels[2]
    return (1.0 - clipped(of.placebo * gone)) * positive(1.0 - of.gain * removed)
