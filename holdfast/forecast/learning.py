"""The learning check of a programme: its kept forecasts beside the ratings that came, in plain values for JSON.

Asked with forecasts that met a rating (`met`) and every rating of the programme (`ratings`), of one scale:

    met       person, made (day it knew the record until), at (day of the rating), total, median, bands {"50": [..], ..}
    ratings   person, at, total, after (was there a treatment session before it?)

Days count from any one day for everybody, persons are numbers that mean nothing elsewhere. Each rating meets the last
forecast made before it, so that places are one step ahead. Rivals know what was on record when that forecast was made:

    last value, and with spread     SD of how far ratings of all went from their forecast's last value, so far
    mean of the programme           mean and SD of the ratings after treatment so far
    mixed model                     person, a step after treatment; REML, fitted anew every `REFIT` ratings

A rival that has too few to go by says nothing of that rating; each is compared on the ratings of which it speaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.facts.plain_values import plain_list, plain_object
from holdfast.facts.plausible import is_finite_number
from holdfast.facts.scale_names import scale_document
from holdfast.forecast import rivals
from holdfast.forecast.cohort_score import difference
from holdfast.forecast.drift import ALARM, drift
from holdfast.forecast.scoring import (
    chances_of_bands,
    chances_of_value,
    coverage,
    crps,
    pit_histogram,
    places,
    share_of,
    summary,
)

Values = NDArray[np.float64]
OURS = "forecast"
FEWEST = 10  # ratings from which a rival of the programme is made
REFIT, MOST_FITTED = 20, 300
MOST_MET = 5000
SEED = 1  # of the random part of places
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
HORIZONS = ((0.0, 7.0), (7.0, 28.0), (28.0, 366.0))  # days between forecast and rating
_BANDS = ("50", "80", "95")
_MET = ("person", "made", "at", "total", "median", "bands")
_RATING = ("person", "at", "total", "after")


@dataclass(frozen=True)
class Met:
    """A forecast and the rating it met."""

    person: int
    made: float
    at: float
    total: float
    chances: Values  # (1, totals)


@dataclass(frozen=True)
class Rating:
    """A rating on record."""

    person: int
    at: float
    total: float
    after: bool


def learning_check(content: Any) -> dict[str, Any]:
    """How good the programme's forecasts were. Raises `InputError`, one sentence. Of none, `n` is 0 and that is all."""
    values = plain_object(content, ("scale", "met", "ratings"), "the check")
    most = int(scale_document(str(values.get("scale", ""))).header["total_max"])
    met = [_met(one, f"met[{place}]", most) for place, one in enumerate(plain_list(values.get("met", []), "met"))]
    ratings = [
        _rating(one, f"ratings[{place}]", most)
        for place, one in enumerate(plain_list(values.get("ratings", []), "ratings"))
    ]
    if len(met) > MOST_MET:
        raise InputError(f"met holds {len(met)}; a check takes at most {MOST_MET}: leave out the oldest")
    met.sort(key=lambda one: (one.at, one.person))
    ratings.sort(key=lambda one: one.at)
    if not met:
        return {"n": 0}
    chances, came = np.concatenate([one.chances for one in met]), np.array([one.total for one in met])
    at = places(chances, came, np.random.default_rng(SEED).uniform(size=len(met)))
    found = drift(at.tolist())
    return {
        "n": len(met), "people": len({one.person for one in met}), "methods": _methods(met, ratings, most),
        "pit": pit_histogram(at), "levels": _levels(at), "horizons": _horizons(met),
        "drift": {**asdict(found), "raised": found.raised, "alarm": ALARM},
    }  # fmt: skip


def _number(values: Mapping[str, Any], name: str, where: str) -> float:
    if not is_finite_number(values.get(name)):
        raise InputError(f"{where}.{name} is {values.get(name)!r}; give a number")
    return float(values[name])


def _met(content: Any, where: str, most: int) -> Met:
    values = plain_object(content, _MET, where)
    bands = plain_object(values.get("bands"), _BANDS, f"{where}.bands")
    if not all(
        isinstance(ends, list) and len(ends) == 2 and all(map(is_finite_number, ends)) for ends in bands.values()
    ):
        raise InputError(f"{where}.bands holds something else than two numbers each")
    person, made, at, total, median = (_number(values, name, where) for name in _MET[:-1])
    if not made < at:
        raise InputError(f"{where}: the rating of day {at:g} did not come after the forecast of day {made:g}")
    _require_total(total, where, most)
    if not all(low <= median <= high for low, high in bands.values()):
        raise InputError(f"{where}.bands: the median, {median:g}, does not lie within each of them, low end first")
    return Met(int(person), made, at, total, chances_of_bands(median, bands, most))


def _require_total(total: float, where: str, most: int) -> None:
    if not (0 <= total <= most and total.is_integer()):
        raise InputError(f"{where}.total is {total:g}; give a whole number of 0 to {most}")


def _rating(content: Any, where: str, most: int) -> Rating:
    values = plain_object(content, _RATING, where)
    person, at, total = (_number(values, name, where) for name in _RATING[:-1])
    _require_total(total, where, most)
    return Rating(int(person), at, total, values.get("after") is True)


def _levels(at: Values) -> list[dict[str, float]]:
    """How many ratings lay in the middle of their forecasts, by how much that holds: the same, if all is right."""
    off = np.abs(at - 0.5)
    found = []
    for level in LEVELS:
        one = share_of(int((off <= level / 2).sum()), len(at))
        found.append({"level": level, "inside": one.share, "low": one.low, "high": one.high})
    return found


def _horizons(met: Sequence[Met]) -> list[dict[str, Any]]:
    """By how many days ahead, where there are any."""
    found = []
    for low, high in HORIZONS:
        mine = [one for one in met if low < one.at - one.made <= high]
        if mine:
            chances, came = np.concatenate([one.chances for one in mine]), [one.total for one in mine]
            inside = coverage(chances, came)["80"]
            score = float(crps(chances, came).mean())
            found.append({"from": low, "to": high, "n": len(mine), "crps": score, "inside_80": inside})
    return found


def _methods(met: Sequence[Met], ratings: Sequence[Rating], most: int) -> dict[str, Any]:
    """Scores of ours and of every rival, each on the ratings of which it speaks."""
    said: dict[str, list[tuple[int, Values]]] = {}
    knowing = _Knowing(ratings, most)
    for number, one in sorted(enumerate(met), key=lambda pair: pair[1].made):
        for name, chances in knowing.rivals_of(one).items():
            said.setdefault(name, []).append((number, chances))
    ours = np.concatenate([one.chances for one in met])
    came = np.array([one.total for one in met])
    found: dict[str, Any] = {OURS: dict(summary(ours, came))}
    for name, every in said.items():
        of = np.array([number for number, _ in every])
        chances = np.concatenate([one for _, one in every])
        apart = difference(crps(chances, came[of]), crps(ours[of], came[of]))
        found[name] = {**summary(chances, came[of]), "worse_than_ours": apart}
    return found


class _Knowing:
    """Rivals that learn as ratings come: asked in the order in which forecasts were made, so that none knows more."""

    def __init__(self, ratings: Sequence[Rating], most: int) -> None:
        self._ratings, self._most = ratings, most
        self._moves: list[tuple[float, float]] = []  # when known, rating less the last value
        self._model: rivals.MixedModel | None = None
        self._asked = 0

    def rivals_of(self, one: Met) -> dict[str, Values]:
        """What each says of a rating, with what was on record when the forecast was made."""
        known = [rating for rating in self._ratings if rating.at <= one.made]
        own = [rating for rating in known if rating.person == one.person]
        found = self._by_last(one, own)
        treated = np.array([rating.total for rating in known if rating.after])
        if len(treated) >= FEWEST:
            found["mean of the programme"] = rivals.of_group(treated, self._most)
        if self._asked % REFIT == 0:
            self._model = _fitted(known) or self._model
        self._asked += 1
        if self._model is not None and own:
            after = np.array([float(rating.after) for rating in own])
            mean, sd = self._model.prediction(after, np.array([rating.total for rating in own]))
            found["mixed model"] = rivals.normal(mean, sd, self._most)
        return found

    def _by_last(self, one: Met, own: Sequence[Rating]) -> dict[str, Values]:
        if not own:
            return {}
        last = own[-1].total
        moves = np.array([move for at, move in self._moves if at <= one.made])
        found = {"last value": chances_of_value(last, self._most)}
        if len(moves) >= FEWEST:
            found["last value, with spread"] = rivals.around(last, moves, self._most)
        self._moves.append((one.at, one.total - last))
        return found


def _fitted(known: Sequence[Rating]) -> rivals.MixedModel | None:
    """The mixed model of the newest ratings, None where they do not tell people apart."""
    newest = known[-MOST_FITTED:]
    if len(newest) < FEWEST:
        return None
    numbers = {person: place for place, person in enumerate(dict.fromkeys(one.person for one in newest))}
    try:
        return rivals.mixed_model(
            np.array([numbers[one.person] for one in newest]), np.array([float(one.after) for one in newest]),
            np.array([one.total for one in newest]),
        )  # fmt: skip
    except InputError:
        return None
