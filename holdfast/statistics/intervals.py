"""Exact intervals of shares and of rates, and what a count says against a reference.

    share   events in n people            references.csv `clopper_pearson_1934`
    rate    events in an exposure         references.csv `garwood_1936` (exact, Poisson); of sessions, patient-months
    surprise  a count against r in n      beta-binomial: the reference is uncertain itself
              a rate against another      binomial, given both counts together, one-sided

An exact interval holds its level or more, never less. Each raises `InputError` for counts that cannot be.
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

from holdfast.errors import InputError
from holdfast.statistics.estimate import LEVEL, Estimate, check_share, normal_quantile


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


def _check_rate(events: int, exposure: float) -> None:
    if not isinstance(events, Integral) or isinstance(events, bool) or events < 0:
        raise InputError(f"events: {events!r} is no count; give a whole number, 0 or more")
    if not math.isfinite(exposure) or exposure < 0:
        raise InputError(f"exposure: {exposure!r} cannot be; give sessions or patient-months, 0 or more")
    if events and not exposure:
        raise InputError(f"{events} events without exposure cannot be; give the exposure in which they came")
