"""Log likelihoods of many virtual patients at once, by machine code (`weighing_code`): the numbers of `likelihood`."""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.arithmetic import LEVELS, Odds
from holdfast.forecast.eights import blocks, handed_over, padded
from holdfast.forecast.histories import Lived
from holdfast.forecast.likelihood import Likelihood
from holdfast.forecast.weighing_code import ARGUMENTS, Row, weighing
from holdfast.model.integration.compiled.lanes import LANES

Values = NDArray[np.float64]
Who = NDArray[np.int_]


class Weighing:
    """The ratings of one patient and the histories of members, ready for own numbers."""

    def __init__(self, likelihood: Likelihood, history: Lived, odds: Odds, low_gain: float) -> None:
        ratings, members = likelihood.observed.at_h.shape[0], len(history)
        self._row = Row(tuple(history.grown), len(likelihood.prior.mean) - 1)
        self._ratings = ratings
        self._rows = np.zeros((members, self._row.length(ratings)))
        parts = likelihood.of_members()
        head = {**odds.against, **{name: getattr(odds, name) for name in self._row.head if hasattr(odds, name)}}
        head |= {"constant": parts.constant, **{f"towards {i}": one for i, one in enumerate(parts.towards)}}
        for place, name in enumerate(self._row.head):
            self._rows[:, place] = head[name]
        by_rating = {
            **dict(zip(LEVELS, history.levels, strict=True)), "expectancy": history.expected, **history.grown,
            "shown": parts.shown, "kept": parts.kept, "gain": parts.gain, "inverse_scale": 1.0 / parts.scale,
            "y": parts.y, **{f"bias {i}": one for i, one in enumerate(parts.biases)},
        }  # fmt: skip
        first, each = len(self._row.head), len(self._row.rating)
        inside = self._rows[:, first : first + ratings * each].reshape(members, ratings, each)
        for place, name in enumerate(self._row.rating):
            inside[:, :, place] = by_rating[name][:ratings].T
        before = 1.0 / likelihood.prior.sd[0] ** 2
        self._numbers = np.array([low_gain, before, before * likelihood.prior.mean[0]])
        self._workspace = np.empty((self._rows.shape[1] + len(ARGUMENTS)) * LANES)

    def where(self, chosen: NDArray[np.bool_], other: Weighing, who: Who) -> Weighing:
        """For members one by one: this one's where chosen, those of `other`'s members `who` elsewhere."""
        made = copy(self)
        made._rows = np.where(chosen[:, None], self._rows, other._rows[who])
        return made

    def log_likelihood(self, who: Who, own: Values) -> Values:
        """Of virtual patients with members' histories `who` and own numbers (5, patients)."""
        return self._weighed(who, own, None)

    def with_columns(self, who: Who, own: Values) -> tuple[Values, Values]:
        """The same, and the whitened column of the baseline, (ratings, patients)."""
        columns = np.empty((self._ratings, blocks(len(who)) * LANES))
        found = self._weighed(who, own, columns)
        return found, columns[:, : len(who)]

    def _weighed(self, who: Who, own: Values, columns: Values | None) -> Values:
        out = np.empty(blocks(len(who)) * LANES)
        handed_over(weighing(self._row, columns=columns is not None), ARGUMENTS, {
            "blocks": blocks(len(who)), "who": padded(who.astype(np.int64)), "own": padded(own), "rows": self._rows,
            "row": self._rows.shape[1], "chunks": self._rows.shape[1] // LANES, "ratings": self._ratings,
            "numbers": self._numbers, "out": out, "columns": columns, "workspace": self._workspace,
        })  # fmt: skip
        return out[: len(who)]
