"""How well a virtual patient explains the ratings: exact, with fluctuation, error, baseline and biases summed out.

    y(k) = c(k) base + sum over scales of bias + h(k) x(k) + error        x: fluctuation (model/mood/fluctuation.py)

c is the score as a share of the baseline, h what shows of an up or down (1, or the share of self-ratings). The Kalman
filter of x turns ratings, and each column, into innovations: independent, of variance 1. What is left is a linear
regression with a normal prior of baseline and biases, which has a closed form. Taken as normal: ratings are not cut off
at the ends of the scale here, as they are when they are simulated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.histories import Members, Population
from holdfast.forecast.observed import Observed
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
Who = NDArray[np.int_]


@dataclass(frozen=True)
class Noise:
    """Fluctuation and errors of members: SD in points, rate in 1/h, share that shows in self-ratings; (members,)."""

    fluctuation: Values
    rate_per_h: Values
    clinician: Values
    by_self: Values
    share: Values

    def take(self, who: Who) -> Noise:
        """The same for some of them."""
        return Noise(
            self.fluctuation[who], self.rate_per_h[who], self.clinician[who], self.by_self[who], self.share[who]
        )

    def shown(self, observed: Observed) -> Values:
        """How much of a change each rating shows, (ratings, members): 1, or the share of self-ratings."""
        return np.where(observed.by_patient[:, None], self.share, 1.0)

    def error_variance(self, observed: Observed) -> Values:
        """Of the error of each rating, rounding included, (ratings, members)."""
        return np.where(observed.by_patient[:, None], self.by_self, self.clinician) ** 2 + observed.rounding[:, None]


def noise(people: Population, of: Members) -> Noise:
    """Of each member, by their draw of the population."""
    values = people.values
    by_self = people.model.value("rating_self", "sigma", unit="SD points")
    return Noise(
        fluctuation=values["fluctuation.sigma"][of.draw],
        rate_per_h=np.log(2) / (values["fluctuation_half_life"][of.draw] * H_PER_D),
        clinician=values["rating_clinician.sigma"][of.draw],
        by_self=np.full(len(of), by_self),
        share=values["self_rating_share"][of.draw],
    )


@dataclass(frozen=True)
class Prior:
    """Baseline and biases before any rating: means and SDs in points, baseline first."""

    mean: Values
    sd: Values


@dataclass(frozen=True)
class Fit:
    """What the ratings say of each virtual patient, arrays with patients first.

    `log_likelihood` (patients,); `mean` and `precision` of baseline and biases; the fluctuation at the last rating is
    `end_y - end_columns @ (baseline, biases)` with the variance `end_variance`.
    """

    log_likelihood: Values
    mean: Values
    precision: Values
    end_y: Values
    end_columns: Values
    end_variance: Values


@dataclass(frozen=True)
class OfMembers:
    """What of the likelihood is the same for all virtual patients with one member's history, arrays members last.

    Of the filter: what `shown`, `kept`, `gain` and `scale` are by rating, and ratings `y` as innovations, (ratings,
    members). Biases, whitened among themselves with their prior: columns (biases, ratings, members), and `towards`
    (biases, members). `constant` is all of the log likelihood that no own number moves, (members,).
    """

    shown: Values
    kept: Values
    gain: Values
    scale: Values
    y: Values
    biases: Values
    towards: Values
    constant: Values


class Likelihood:
    """The ratings of one patient, prepared for members."""

    def __init__(self, observed: Observed, of: Noise, prior: Prior) -> None:
        self.observed, self.noise, self.prior = observed, of, prior
        self._shown = of.shown(observed)  # h
        self._filter()
        self._y, self._end_y = self._whitened(np.broadcast_to(observed.points[:, None], self._shown.shape), None)
        count = len(prior.mean) - 1
        made = [self._whitened(np.broadcast_to((observed.bias == i)[:, None] * 1.0, self._shown.shape), None)
                for i in range(count)]  # fmt: skip
        self._biases = np.stack([one[0] for one in made]) if made else np.zeros((0, *self._shown.shape))
        self._end_biases = np.stack([one[1] for one in made]) if made else np.zeros((0, self._shown.shape[1]))
        self._log_scale = -0.5 * np.log(2.0 * np.pi * self._scale**2).sum(axis=0)

    def _filter(self) -> None:
        """Gains and innovation SDs of the scalar Kalman filter, (ratings, members)."""
        of, seen = self.noise, self.observed
        error = of.error_variance(seen)
        gaps = np.diff(seen.at_h, prepend=seen.at_h[:1])
        self._kept = np.exp(-of.rate_per_h * gaps[:, None])
        self._gain, self._scale = np.empty_like(error), np.empty_like(error)
        variance = of.fluctuation**2
        for k, h in enumerate(self._shown):
            variance = of.fluctuation**2 + (variance - of.fluctuation**2) * self._kept[k] ** 2
            total = h**2 * variance + error[k]
            self._scale[k], self._gain[k] = np.sqrt(total), variance * h / total
            variance = variance * (1.0 - self._gain[k] * h)
        self._end_variance = variance

    def _whitened(self, column: Values, who: Who | None) -> tuple[Values, Values]:
        """Innovations of a column over their SD, (ratings, patients), and what the filter holds at the end."""
        parts = (self._kept, self._gain, self._shown, self._scale)
        kept, gain, shown, scale = parts if who is None else tuple(one[:, who] for one in parts)
        out, held = np.empty(column.shape), np.zeros(column.shape[1])
        for k in range(len(column)):
            held = held * kept[k]
            innovation = column[k] - shown[k] * held
            out[k] = innovation / scale[k]
            held = held + gain[k] * innovation
        return out, held

    def of_members(self) -> OfMembers:
        """For `weighing`: biases summed out of what is left, so that the baseline stands alone."""
        before, mean = 1.0 / self.prior.sd[1:] ** 2, self.prior.mean[1:]
        precision = np.einsum("ikn,jkn->nij", self._biases, self._biases) + np.diag(before)
        towards = np.einsum("ikn,kn->ni", self._biases, self._y) + before * mean
        factor = np.linalg.cholesky(precision)
        biases = np.moveaxis(np.linalg.solve(factor, np.moveaxis(self._biases, 2, 0)), 0, 2)
        towards = np.linalg.solve(factor, towards[..., None])[..., 0].T
        log_determinant = 2.0 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
        every = 1.0 / self.prior.sd**2
        constant = self._log_scale + 0.5 * (
            (towards**2).sum(axis=0) - (self._y**2).sum(axis=0) - (every * self.prior.mean**2).sum()
            + np.log(every).sum() - log_determinant
        )  # fmt: skip
        return OfMembers(
            self._shown, self._kept, self._gain, self._scale, self._y, biases, np.ascontiguousarray(towards), constant
        )

    def columns(self, relative: Values, who: Who) -> tuple[Values, Values]:
        """Whitened columns of baseline and biases, (1 + biases, ratings, patients), and their ends."""
        share = self._shown[:, who]
        base, end = self._whitened(1.0 - share + share * relative, who)
        return (
            np.concatenate([base[None], self._biases[:, :, who]]),
            np.concatenate([end[None], self._end_biases[:, who]]),
        )

    def fit(self, relative: Values, who: Who) -> Fit:
        """Of virtual patients `who` (places of members, each any number of times), `relative` (ratings, patients)."""
        columns, ends = self.columns(relative, who)
        y, before = self._y[:, who], 1.0 / self.prior.sd**2
        precision = np.einsum("ikn,jkn->nij", columns, columns) + np.diag(before)
        towards = np.einsum("ikn,kn->ni", columns, y) + before * self.prior.mean
        mean = np.linalg.solve(precision, towards[..., None])[..., 0]
        explained = np.einsum("ni,ni->n", mean, towards)
        log_likelihood = self._log_scale[who] + 0.5 * (
            explained - (y**2).sum(axis=0) - (before * self.prior.mean**2).sum()
            + np.log(before).sum() - np.linalg.slogdet(precision)[1]
        )  # fmt: skip
        return Fit(log_likelihood, mean, precision, self._end_y[who], ends.T, self._end_variance[who])

    def one_by_one(self, base: Values, who: Who) -> tuple[Values, Values]:
        """Each rating against what those before it predict: deviation in SDs and log density, (ratings, patients).

        `base` is the whitened column of the baseline, as `columns` has it.
        """
        columns = np.concatenate([base[None], self._biases[:, :, who]])
        size, count = columns.shape[0], len(who)
        mean = np.repeat(self.prior.mean[:, None], count, axis=1)
        spread = np.repeat(np.diag(self.prior.sd**2)[:, :, None], count, axis=2)
        deviations, densities = np.empty((2, *columns.shape[1:]))
        for k in range(columns.shape[1]):
            column = columns[:, k]
            with_spread = np.einsum("ijn,jn->in", spread, column) if size > 1 else spread[0] * column
            sd = np.sqrt(1.0 + (column * with_spread).sum(axis=0))
            off = self._y[k, who] - (column * mean).sum(axis=0)
            deviations[k] = off / sd
            densities[k] = -0.5 * deviations[k] ** 2 - np.log(sd * self._scale[k, who]) - 0.5 * np.log(2.0 * np.pi)
            mean = mean + with_spread * (off / sd**2)
            spread = spread - with_spread[:, None] * (with_spread / sd**2)[None]
        return deviations, densities
