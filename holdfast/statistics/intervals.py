"""Exact intervals of shares and of rates, and what a count says against a reference.

    share   events in n people            references.csv `clopper_pearson_1934` (Wilson's score interval: `wilson`)
    rate    events in an exposure         references.csv `garwood_1936` (exact, Poisson); of sessions, patient-months
    ratio   one rate over another         exact, given both counts together: binomial (as R's poisson.test)
    surprise  a count against r in n      beta-binomial: the reference is uncertain itself
              a rate against another      binomial, given both counts together, one-sided

An exact interval holds its level or more, never less. Each raises `InputError` for counts that cannot be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from holdfast.errors import InputError
from holdfast.statistics.estimate import LEVEL, Estimate, check_share, normal_quantile

DAYS_PER_MONTH = 365.25 / 12  # of a patient-month
_SAME = 1e-7  # probabilities this near each other, relatively, are alike (as R's binom.test has it)


def exact_share(events: int, people: int, level: float = LEVEL) -> Estimate:
    """Events in people, with the interval of Clopper and Pearson; of nobody: no value, 0 to 1."""
    from scipy.special import betaincinv

    check_share(events, people, level)
    tail = (1.0 - level) / 2.0
    low = float(betaincinv(events, people - events + 1, tail)) if events else 0.0
    high = float(betaincinv(events + 1, people - events, 1.0 - tail)) if events < people else 1.0
    return Estimate(events / people if people else None, low, high)


def exact_rate(events: int, exposure: float, level: float = LEVEL) -> Estimate:
    """Events per unit of exposure (sessions, patient-months), with Garwood's interval. Without exposure: nothing."""
    from scipy.special import gammaincinv

    _check_rate(events, exposure)
    normal_quantile(level)
    if not exposure:
        return Estimate(None, None, None)
    tail = (1.0 - level) / 2.0
    low = float(gammaincinv(events, tail)) if events else 0.0
    return Estimate(events / exposure, low / exposure, float(gammaincinv(events + 1, 1.0 - tail)) / exposure)


@dataclass(frozen=True)
class Compared:
    """One rate over another, and the chance of a split at least as unlikely if both rates were equal."""

    ratio: Estimate
    p_value: float | None


def compare_rates(one: tuple[int, float], other: tuple[int, float], level: float = LEVEL) -> Compared:
    """The first rate over the second, each as (events, exposure), exactly: all events together split by exposure.

    Without an event in either there is no ratio and nothing to test; without one in the second the ratio has no end.
    """
    for events, exposure in (one, other):
        _check_rate(events, exposure)
        if not exposure:
            raise InputError("a rate without exposure cannot be compared; leave that group out")
    events, together = one[0], one[0] + other[0]
    if not together:
        return Compared(Estimate(None, 0.0, None), None)
    share, per = exact_share(events, together, level), other[1] / one[1]
    p_value = binomial_test(events, together, one[1] / (one[1] + other[1]))
    return Compared(Estimate(*(_odds(end, per) for end in (share.value, share.low, share.high))), p_value)


def binomial_test(events: int, people: int, share: float) -> float:
    """Chance of a count no likelier than this one, if the true share is `share` (two-sided, exact)."""
    check_share(events, people, LEVEL)
    if not 0.0 <= share <= 1.0:
        raise InputError(f"a share of {share!r} is none; give a number from 0 to 1")
    from scipy.special import bdtr, bdtrc

    own = _log_binomial(events, people, share)
    if math.isinf(own):
        return 0.0
    most = min(people, math.floor((people + 1) * share))  # the likeliest count: chances fall on either side of it
    if events == most:
        return 1.0
    limit = own + math.log1p(_SAME)
    if events < most:
        first = _first(lambda k: _log_binomial(k, people, share) <= limit, most, people + 1)
        return min(
            1.0,
            float(bdtr(events, people, share)) + (float(bdtrc(first - 1, people, share)) if first <= people else 0.0),
        )
    last = people - _first(lambda k: _log_binomial(people - k, people, share) <= limit, people - most, people + 1)
    return min(1.0, (float(bdtr(last, people, share)) if last >= 0 else 0.0) + float(bdtrc(events - 1, people, share)))


def _first(holds: object, low: int, high: int) -> int:
    """The least k of low..high - 1 for which `holds`, which once true stays true; `high` where it never is."""
    assert callable(holds)
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _log_binomial(k: int, n: int, share: float) -> float:
    if share in (0.0, 1.0):
        return 0.0 if k == (0 if share == 0.0 else n) else -math.inf
    choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return choose + k * math.log(share) + (n - k) * math.log1p(-share)


def chance_of_so_many(observed: tuple[int, int], reference: tuple[int, int]) -> float:
    """Chance of `observed` events or more in its people, if they were like the reference: beta-binomial upper tail.

    Both are (events, people). What is known of the reference is its likelihood with Jeffreys' prior of half an event
    and half a person without, so that a small reference makes large counts less surprising.
    """
    import numpy as np
    from scipy.special import logsumexp

    (events, people), (r, n) = observed, reference
    check_share(events, people, LEVEL)
    check_share(r, n, LEVEL)
    if not events:
        return 1.0
    logs = _log_beta_binomial(people, r, n)
    upper, lower = logs[events:], logs[:events]
    if events > people * (r + 0.5) / (n + 1):
        return min(1.0, float(np.exp(logsumexp(upper))))
    return min(1.0, max(0.0, 1.0 - float(np.exp(logsumexp(lower)))))


def fewest_so_many(people: int, reference: tuple[int, int], limit: float) -> int | None:
    """The smallest count in `people` whose `chance_of_so_many` is `limit` or less; None where not even all would do."""
    import numpy as np

    check_share(0, people, LEVEL)
    check_share(*reference, LEVEL)
    upper = np.cumsum(np.exp(_log_beta_binomial(people, *reference))[::-1])[::-1]  # small ones first: none is lost
    rare = np.flatnonzero(upper <= limit)
    return int(rare[0]) if len(rare) else None


def _log_beta_binomial(people: int, r: int, n: int) -> Any:
    """Log chance of 0 to `people` events, given r events in n with Jeffreys' prior.

    By ratios of neighbours from the likeliest count outwards, then made to add up to 1: no large logarithms are
    subtracted from each other, so that it is exact for a million people too.
    """
    import numpy as np
    from scipy.special import logsumexp

    a, b = r + 0.5, n - r + 0.5
    k = np.arange(people, dtype=float)
    steps = np.log((people - k) * (k + a) / ((k + 1) * (people - k - 1 + b)))  # of k + 1 over k
    top = min(people, round(people * a / (a + b)))
    logs = np.zeros(people + 1)
    logs[top + 1 :] = np.cumsum(steps[top:])
    logs[:top] = -np.cumsum(steps[:top][::-1])[::-1]
    return logs - logsumexp(logs)


def chance_of_so_high_a_rate(observed: tuple[int, float], reference: tuple[int, float]) -> float:
    """Chance of `observed` events or more, if its rate were that of the reference: all events split by exposure.

    Both are (events, exposure). Exact, given both counts together; the reference is as uncertain as its count.
    """
    from scipy.special import bdtrc

    for events, exposure in (observed, reference):
        _check_rate(events, exposure)
        if not exposure:
            raise InputError("a rate without exposure cannot be compared; leave that group out")
    if not observed[0]:
        return 1.0
    share = observed[1] / (observed[1] + reference[1])
    return float(bdtrc(observed[0] - 1, observed[0] + reference[0], share))


def _odds(share: float | None, per: float) -> float | None:
    assert share is not None
    return None if share >= 1.0 else share / (1.0 - share) * per


def _check_rate(events: int, exposure: float) -> None:
    if not isinstance(events, Integral) or isinstance(events, bool) or events < 0:
        raise InputError(f"events: {events!r} is no count; give a whole number, 0 or more")
    if not math.isfinite(exposure) or exposure < 0:
        raise InputError(f"exposure: {exposure!r} cannot be; give sessions or patient-months, 0 or more")
    if events and not exposure:
        raise InputError(f"{events} events without exposure cannot be; give the exposure in which they came")
