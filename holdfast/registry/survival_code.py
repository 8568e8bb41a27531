"""The compiled loops behind follow-ups and their curves: counting people by day, and a curve with its intervals.

Exponentials and logarithms are those of the system's library, as Python's own are: no machine's wide registers change
the last digit. `follow_up` and `survival` say what stands in the arrays.
"""

from __future__ import annotations

import math

import numpy as np

from holdfast.registry.compiled import compiled

SOUND, BAD_DAY, BAD_STATUS = range(3)


@compiled
def counted(day, status, kinds, longest):  # type: ignore[no-untyped-def]
    """People by day and how they left, (days, 1 + kinds); with what is wrong, and with whom first."""
    first, last = 0, 0
    for place in range(len(day)):  # without a way out of it, so that several are looked at in one instruction
        first, last = min(first, day[place]), max(last, day[place])
    if first < 0 or last > longest:
        for place in range(len(day)):
            if day[place] < 0 or day[place] > longest:
                return np.zeros((0, 0), dtype=np.int64), BAD_DAY, place
    table = np.zeros((last + 1, 1 + kinds), dtype=np.int64)
    for place in range(len(day)):
        how = np.int64(status[place])
        if how < 0 or how > kinds:
            return table, BAD_STATUS, place
        table[day[place], how] += 1
    return table, SOUND, -1


@compiled
def curve(at_risk, events, z, log_log):  # type: ignore[no-untyped-def]
    """Share still without the event after each step, Greenwood's variance and the ends of the interval.

    NaN where there is none: variance at 0, ends at 0 and at 1.
    """
    steps = len(at_risk)
    share, variance = np.empty(steps), np.full(steps, np.nan)
    low, high = np.full(steps, np.nan), np.full(steps, np.nan)
    staying, total = 1.0, 0.0
    for place in range(steps):
        people, gone = at_risk[place], events[place]
        staying = staying * ((people - gone) / people)
        share[place] = staying
        if staying <= 0.0:
            continue
        total += gone / (people * (people - gone))
        variance[place] = staying * staying * total
        if staying >= 1.0:
            continue
        error = math.sqrt(total)
        if log_log:
            half = z * error / math.log(staying)  # below 0
            low[place], high[place] = staying ** math.exp(-half), staying ** math.exp(half)
        else:
            low[place] = max(0.0, staying - z * staying * error)
            high[place] = min(1.0, staying + z * staying * error)
    return share, variance, low, high
