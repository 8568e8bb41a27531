"""The learning check of a programme: its kept forecasts beside the ratings that came, in plain values for JSON.

Asked with forecasts that met a rating (`met`) and every rating of the programme (`ratings`), of one scale:

    met       person, made (day it knew the record until), at (day of the rating), total, median, bands {"50": [..], ..}
              and may have counts {"from": .., "counts": [..]} (the forecast whole: how many of its ratings fell on each
              total), known (day the rating was entered) and key (a word of this rating that never changes)
    ratings   person, at, total, after (was there a treatment session before it?)

Scores, coverage and pictures are of the newest `MOST_SCORED` that met. The drift alarm counts every one that was
entered after `drift_since` (all, without it), in the order they were entered. The random part of a rating's place comes
from its key, so that what is entered later moves none of those before.

Days count from any one day for everybody, persons are numbers that mean nothing elsewhere. Each rating meets the last
forecast made before it, so that places are one step ahead. Rivals know what was on record when that forecast was made:

    last value, and with spread     SD of how far ratings of all went from their forecast's last value, so far
    mean of the programme           mean and SD of the ratings after treatment so far
    mixed model                     person, a step after treatment; REML, fitted anew every `REFIT` ratings

A rival that has too few to go by says nothing of that rating; each is compared on the ratings of which it speaks.
"""

from __future__ import annotations

import hashlib
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
    chances_of_counts,
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
MOST_MET, MOST_SCORED = 20_000, 5000
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
HORIZONS = ((0.0, 7.0), (7.0, 28.0), (28.0, 366.0))  # days between forecast and rating
_BANDS = ("50", "80", "95")
_MOST_COUNTED = 10**9
_MET = ("person", "made", "at", "total", "median", "bands")
_MAY_HAVE = ("counts", "known", "key")
_RATING = ("person", "at", "total", "after")


@dataclass(frozen=True)
class Met:
    """A forecast and the rating it met."""

    person: int
    made: float
    at: float
    total: float
    chances: Values  # (1, totals)
    is_whole: bool  # was the forecast kept whole, and not only its median and bands?
    known: float  # day the rating was entered
    uniform: float  # the random part of its place, of 0 to 1


@dataclass(frozen=True)
class Rating:
    """A rating on record."""

    person: int
    at: float
    total: float
    after: bool


def learning_check(content: Any) -> dict[str, Any]:
    """How good the programme's forecasts were. Raises `InputError`, one sentence. Of none, `n` is 0 and that is all."""
    values = plain_object(content, ("scale", "met", "ratings", "drift_since"), "the check")
    most = int(scale_document(str(values.get("scale", ""))).header["total_max"])
    since = None if values.get("drift_since") is None else _number(values, "drift_since", "the check")
    listed = plain_list(values.get("met", []), "met")
    if len(listed) > MOST_MET:
        raise InputError(f"met holds {len(listed)}; a check takes at most {MOST_MET}: leave out the oldest")
    met = [_met(one, f"met[{place}]", most) for place, one in enumerate(listed)]
    ratings = [
        _rating(one, f"ratings[{place}]", most)
        for place, one in enumerate(plain_list(values.get("ratings", []), "ratings"))
    ]
    ratings.sort(key=lambda one: one.at)
    return _found(sorted(met, key=lambda one: (one.at, one.person)), ratings, most, since) if met else {"n": 0}


def _found(met: Sequence[Met], ratings: Sequence[Rating], most: int, since: float | None) -> dict[str, Any]:
    """The whole answer, from what met in the order of the days rated."""
    scored = met[-MOST_SCORED:]
    at, whole = _places(scored), sum(one.is_whole for one in scored)
    return {
        "n": len(scored), "people": len({one.person for one in scored}),
        "rests_on": {"whole": whole, "bands": len(scored) - whole},
        "methods": _methods(scored, ratings, most), "pit": pit_histogram(at), "levels": _levels(at),
        "horizons": _horizons(scored), "drift": _drift(met, since),
    }  # fmt: skip


def _drift(met: Sequence[Met], since: float | None) -> dict[str, Any]:
    """The alarm over what was entered after `since`, in the order it was entered."""
    counts = [one for one in met if since is None or one.known > since]
    counts.sort(key=lambda one: (one.known, one.at, one.person))
    found = drift(_places(counts).tolist())
    return {**asdict(found), "raised": found.raised, "alarm": ALARM, "n": len(counts)}


def _places(met: Sequence[Met]) -> Values:
    if not met:
        return np.empty(0)
    chances = np.concatenate([one.chances for one in met])
    return places(chances, [one.total for one in met], [one.uniform for one in met])


def uniform_of(key: str) -> float:
    """A number of 0 to 1 that belongs to a word, even over words and the same for ever."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2.0**64


def _number(values: Mapping[str, Any], name: str, where: str) -> float:
    if not is_finite_number(values.get(name)):
        raise InputError(f"{where}.{name} is {values.get(name)!r}; give a number")
    return float(values[name])


def _met(content: Any, where: str, most: int) -> Met:
    values = plain_object(content, (*_MET, *_MAY_HAVE), where)
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
    whole = None if values.get("counts") is None else _whole(values["counts"], f"{where}.counts", most)
    known = _number(values, "known", where) if values.get("known") is not None else at
    return Met(
        int(person), made, at, total, chances_of_bands(median, bands, most) if whole is None else whole,
        whole is not None, known, uniform_of(str(values.get("key") or f"{int(person)} {made!r} {at!r}")),
    )  # fmt: skip


def _whole(content: Any, where: str, most: int) -> Values:
    values = plain_object(content, ("from", "counts"), where)
    first, counts = values.get("from"), plain_list(values.get("counts"), f"{where}.counts")
    if not all(type(one) is int and 0 <= one <= _MOST_COUNTED for one in (first, *counts)) or not any(counts):
        raise InputError(f"{where} holds something else than whole numbers of ratings on each total")
    if int(str(first)) + len(counts) - 1 > most:
        raise InputError(f"{where} goes beyond the highest total of the scale, {most}")
    return chances_of_counts(int(str(first)), counts, most)


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
