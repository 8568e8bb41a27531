"""The compiled loop: weeks of each patient under each policy.

A week begins with what the clinic may see, a rating before a dose, on weeks when one is due; then the policy decides;
then the levels of the cascade are solved panel by panel (as forecast/mood_levels.py does, with tolerance where the
hypothesis has it). On a weekday of the patient's own an outside rating judges the week: no policy sees it, and no
policy gains by being judged just after its treatment sessions.

Arguments are plain arrays, since machine code is made of this; `coded` and `compare` say what stands in them.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

STOP, INTERVAL, BOOSTER, FORECAST, AT_RANDOM = range(5)  # kinds of policies; the last is for learning alone
# Columns of what a policy is, whole numbers and others.
KIND, DOSE, CHECK_IN, GAP, MOST, WINDOW, PLACES = range(7)
ABOVE, CHANCE, WORSENING = range(3)
# Columns of outcomes.
WELL, SESSIONS, RELAPSED, LEFT, MISSED, CHECKED = range(6)
OUTCOMES = 6
# Columns of the shares of attendance.
MISSES_CHECK_IN, MISSES_SESSION, LEAVES_WELL, LEAVES = range(4)
FEATURES = 14
# What is remembered from week to week, whole numbers; HISTORY and OWN are weeks with a dose as bits, the last one
# first, with those of induction and without.
SINCE, HISTORY, OWN, PLACE, HELD, ROW, NEXT, FRESH, ENDED, BEFORE = range(10)
STATES = 10
ENDS = -1  # in the table of intervals: treatment stops
_RECENT = 8  # weeks of which treatment sessions are counted for the forecast
_LONG = 12.0
_WEEK_H = 168.0
_BITS = 0xFFFFFFFF


def _compiled(function: Any) -> Any:
    """Machine code kept on disk; where no folder for it can be written, made anew in each run."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        return numba.njit(nogil=True, error_model="numpy")(function)


@_compiled
def panel(a, x, z, t, h, on, bound, rates):  # type: ignore[no-untyped-def]
    """A, X, Z and T after a panel of `h` hours; `on` (2,) is kin u in its halves, `bound` the mean occupancy."""
    ka, kx, kout, kc, kz = rates[0], rates[1], rates[2], rates[3], rates[4]
    open_share = 1.0
    if rates[7] > 0.0:
        gain = rates[5] * bound
        loss = gain + rates[6]
        after = gain / loss + (t - gain / loss) * np.exp(-h * loss)
        open_share = 1.0 - rates[7] * (t + after) / 2
        t = after
    half, mean_a = h / 2, 0.0
    for part in range(2):
        gain = on[part] * open_share
        loss = gain + ka
        left = np.exp(-half * loss)
        mean_a += (gain / loss + (a - gain / loss) * ((1.0 - left) / (half * loss))) / 2
        a = gain / loss + (a - gain / loss) * left
    gain = kx * mean_a
    loss = gain + kout
    left = np.exp(-h * loss)
    mean_x = gain / loss + (x - gain / loss) * ((1.0 - left) / (h * loss))
    x = gain / loss + (x - gain / loss) * left
    gain = kc * mean_x
    loss = gain + kz
    z = gain / loss + (z - gain / loss) * np.exp(-h * loss)
    return a, x, z, t


@_compiled
def rating(base, gone, removed, up, error):  # type: ignore[no-untyped-def]
    """A total, in whole points within the scale: score, fluctuation, error (model/mood/score.py)."""
    even = base * (1.0 - min(max(gone, 0.0), 1.0)) * max(1.0 - removed, 0.0)
    return np.rint(min(max(min(max(even + up, 0.0), 60.0) + error, 0.0), 60.0))


@_compiled
def remember(seen, share):  # type: ignore[no-untyped-def]
    """Ratings so far as the clinic has them, as shares of baseline: last, before, fast and slow mean, best."""
    if seen[5] == 0.0:
        seen[:5] = share
    else:
        seen[1] = seen[0]
        seen[0] = share
        seen[2] += 0.5 * (share - seen[2])
        seen[3] += 0.15 * (share - seen[3])
        seen[4] = min(seen[4], share)
    seen[5] += 1.0


@_compiled
def describe(found, seen, since, recent, baseline, well, week):  # type: ignore[no-untyped-def]
    """What a forecast may look at, into `found`: ratings the clinic obtained, and its own treatment sessions."""
    since = min(since, _LONG) / 4.0
    recent = recent / _RECENT
    found[0], found[1], found[2], found[3], found[4] = 1.0, seen[0], seen[2], seen[3], seen[4]
    found[5], found[6], found[7], found[8] = since, recent, seen[0] * since, seen[3] * since
    found[9], found[10], found[11] = seen[3] * recent, baseline / 30.0, well
    found[12], found[13] = seen[0] - seen[1], min(week, 26.0) / 26.0


@_compiled
def _sessions(history, weeks):  # type: ignore[no-untyped-def]
    count = 0
    for bit in range(weeks):
        count += (history >> bit) & 1
    return count


@_compiled
def offered(whole, real, chance, total, baseline, since, history):  # type: ignore[no-untyped-def]
    """Does a booster or a forecast-triggered policy call for a treatment session, after this rating?"""
    if since < whole[GAP] or _sessions(history, whole[WINDOW] - 1) >= whole[MOST]:
        return False
    if whole[KIND] == BOOSTER:
        return total > real[ABOVE] * baseline
    return chance > real[CHANCE]


@_compiled
def live_week(levels, on, bound, edges, rates, until):  # type: ignore[no-untyped-def]
    """The cascade from the start of the week to the edge at `until` hours, in place; places of panels are returned."""
    a, x, z, t = levels[0], levels[1], levels[2], levels[3]
    at = int(levels[4])
    while at < len(edges) - 1 and edges[at] < until:
        a, x, z, t = panel(a, x, z, t, edges[at + 1] - edges[at], on[at], bound[at], rates)
        at += 1
    levels[0], levels[1], levels[2], levels[3], levels[4] = a, x, z, t, at


@_compiled
def untreated(levels, expected, i, week, ahead, pattern, on, bound, quiet, person):  # type: ignore[no-untyped-def]
    """The rating `ahead` weeks on if nobody is treated until then: for learning and checking the forecast alone."""
    rates, base, removes, expects, fades, care, ups, errors = person
    here = levels.copy()
    for later in range(ahead):
        here[4] = 0.0
        place = pattern if later == 0 else 0
        live_week(here, on[i, place], bound[i, place], quiet, rates[i], _WEEK_H)
    gone = expects[i] * (
        expected[0] * np.exp(-_WEEK_H * ahead * fades[i, 0]) - expected[1] * np.exp(-_WEEK_H * ahead * fades[i, 1])
    )
    removed = removes[i, 0] * here[0] + removes[i, 1] * here[1] + removes[i, 2] * here[2]
    then = week + ahead
    return rating(base[i], gone + care[i, then, 0], removed, ups[i, then, 0], errors[i, then, 0])


@_compiled
def weekly_rating(i, week, expected, levels, state, last, whole, person, start, luck, shares, out):  # type: ignore[no-untyped-def]
    """The rating before a dose where one is due and obtained, else -1. Who leaves this week is never asked again."""
    _, base, removes, expects, _, care, ups, errors = person
    review, well = start[4], start[5]
    if out[LEFT] < 0 and week > 0:
        leaves = shares[LEAVES_WELL] if last <= well[i] else shares[LEAVES]
        if luck[i, week, 2] < leaves:
            out[LEFT] = week
    if out[LEFT] >= 0 or week < state[NEXT]:
        return -1.0
    if week == 0:
        total = review[i]
    elif luck[i, week, 0] >= shares[MISSES_CHECK_IN]:
        removed = removes[i, 0] * levels[0] + removes[i, 1] * levels[1] + removes[i, 2] * levels[2]
        gone = expects[i] * (expected[0] - expected[1]) + care[i, week, 0]
        total = rating(base[i], gone, removed, ups[i, week, 0], errors[i, week, 0])
    else:  # asked again a week later: what is missing is not taken for well
        return -1.0
    state[NEXT] = week + whole[CHECK_IN]
    state[FRESH] = 1
    out[CHECKED] += 1
    return total


@_compiled
def forecast(found, weights, seen, state, week, baseline, is_well):  # type: ignore[no-untyped-def]
    """The chance of no response at the next check-in without treatment; what it rests on goes into `found`."""
    recent = float(_sessions(state[HISTORY], _RECENT))
    describe(found, seen, float(state[SINCE]), recent, baseline, is_well, float(week))
    return 1.0 / (1.0 + np.exp(-np.dot(weights, found)))


@_compiled
def calls(i, week, whole, real, weeks_of, state, total, chance, baseline, luck, by_lot):  # type: ignore[no-untyped-def]
    """Does the policy call for a treatment session today? A rating that was not obtained calls for none."""
    if state[ENDED] == 1 or whole[KIND] == STOP:
        return False
    if whole[KIND] == INTERVAL:
        return state[SINCE] >= weeks_of[state[PLACE]]
    if whole[KIND] == AT_RANDOM:
        return luck[i, week, 3] < by_lot[i]
    return total >= 0 and offered(whole, real, chance, total, baseline, state[SINCE], state[OWN])


@_compiled
def next_interval(state, table, last, reference, worsening):  # type: ignore[no-untyped-def]
    """The clinic's interval policy after a treatment session, looked up (protocols/intervals.py)."""
    course = 2
    if state[FRESH] == 1:
        course = 1 if last >= reference + worsening else 0
    held = 0 if course == 1 else state[HELD] + (1 if course == 0 else 0)
    held = min(held, table.shape[2] - 1)
    following = table[course, state[PLACE], held]
    state[HELD] = held if following == state[PLACE] else 0
    if following == ENDS:
        state[ENDED] = 1
    else:
        state[PLACE] = following


@_compiled
def week_to_come(i, week, levels, expected, on, bound, edges, person, start, state, out):  # type: ignore[no-untyped-def]
    """Seven days, and the outside rating on one of them."""
    rates, base, removes, expects, fades, care, ups, errors = person
    review, well, judged_h, relapse = start[4], start[5], start[6], start[8]
    levels[4] = 0.0
    live_week(levels, on, bound, edges, rates[i], judged_h[i])
    removed = removes[i, 0] * levels[0] + removes[i, 1] * levels[1] + removes[i, 2] * levels[2]
    bumps = expected[0] * np.exp(-judged_h[i] * fades[i, 0]) - expected[1] * np.exp(-judged_h[i] * fades[i, 1])
    judged = rating(base[i], expects[i] * bumps + care[i, week, 1], removed, ups[i, week, 1], errors[i, week, 1])
    out[WELL] += 1 if judged <= well[i] else 0
    state[ROW] = state[ROW] + 1 if judged >= relapse[0] else 0
    if review[i] <= well[i] and state[ROW] >= relapse[1]:
        out[RELAPSED] = 1
    live_week(levels, on, bound, edges, rates[i], _WEEK_H)
    expected[0] *= np.exp(-_WEEK_H * fades[i, 0])
    expected[1] *= np.exp(-_WEEK_H * fades[i, 1])


@_compiled
def begun(i, start, levels, seen, state, out):  # type: ignore[no-untyped-def]
    """The day maintenance begins: levels, ratings of induction, and that the last dose was a week before."""
    levels[:4] = start[0][i]
    seen[:] = 0.0
    for total in start[2][i]:
        if total >= 0:
            remember(seen, total / start[3][i])
    state[:] = 0
    state[SINCE], state[HISTORY] = 1, 1
    out[:] = 0
    out[LEFT] = -1


@_compiled
def one_course(i, whole, real, weeks_of, table, weights, person, start, luck, shares, on, bound, edges, out, record):  # type: ignore[no-untyped-def]
    """Everything that happens to patient `i` under one policy; its counts go into `out` (outcomes,)."""
    baseline, last, well = start[3][i], start[4][i], start[5][i]
    described, labels, chances, ahead = record
    levels, expected, seen, found = np.zeros(5), start[1][i].copy(), np.zeros(6), np.zeros(FEATURES)
    state = np.zeros(STATES, dtype=np.int64)
    begun(i, start, levels, seen, state, out)
    asks = whole[KIND] == FORECAST or whole[KIND] == AT_RANDOM
    for week in range(luck.shape[1]):
        chance = 0.0
        pattern = 4 if week == 0 else 2 * state[BEFORE]
        total = weekly_rating(i, week, expected, levels, state, last, whole, person, start, luck, shares, out)
        if total >= 0:
            last = total
            remember(seen, total / baseline)
            if asks:
                chance = forecast(found, weights, seen, state, week, baseline, 1.0 if last <= well else 0.0)
                if week + ahead < luck.shape[1] and len(labels) > 0:
                    described[i, week], chances[i, week] = found, chance
                    later = untreated(
                        levels, expected, i, week, ahead, pattern, on[whole[DOSE]], bound[whole[DOSE]], edges[1], person
                    )
                    labels[i, week] = 1 if later > well else 0
        dosed = 0
        if out[LEFT] < 0 and calls(i, week, whole, real, weeks_of, state, total, chance, baseline, luck, start[7]):
            dosed = 1 if luck[i, week, 1] >= shares[MISSES_SESSION] else 0
            out[MISSED] += 1 - dosed
        if dosed == 1:
            out[SESSIONS] += 1
            expected += 1.0
            if whole[KIND] == INTERVAL:
                next_interval(state, table, last, start[4][i], real[WORSENING])
            state[FRESH], state[SINCE] = 0, 0
        now = pattern + dosed
        week_to_come(
            i, week, levels, expected, on[whole[DOSE], i, now], bound[whole[DOSE], i, now],
            edges[0] if dosed == 1 else edges[1], person, start, state, out,
        )  # fmt: skip
        state[SINCE] += 1
        state[BEFORE] = dosed
        state[HISTORY], state[OWN] = (state[HISTORY] << 1 | dosed) & _BITS, (state[OWN] << 1 | dosed) & _BITS


@_compiled
def live(whole, real, weeks_of, table, weights, person, start, luck, shares, on, bound, edges, out, record):  # type: ignore[no-untyped-def]
    """All patients under all policies; `out` (policies, patients, outcomes)."""
    for i in range(out.shape[1]):
        for p in range(out.shape[0]):
            one_course(
                i, whole[p], real[p], weeks_of[p], table[p], weights[p], person, start, luck, shares, on, bound, edges,
                out[p, i], record,
            )  # fmt: skip


@_compiled
def panel_of_all(state, h, on, bound, rates):  # type: ignore[no-untyped-def]
    """The same panel for everybody, in place: `state` (patients, 4), `on` (patients, 2), `bound` (patients,)."""
    for i in range(len(state)):
        a, x, z, t = panel(state[i, 0], state[i, 1], state[i, 2], state[i, 3], h, on[i], bound[i], rates[i])
        state[i, 0], state[i, 1], state[i, 2], state[i, 3] = a, x, z, t


@_compiled
def ratings_of_all(base, gone, removed, up, error):  # type: ignore[no-untyped-def]
    """The same rating for everybody, (patients,)."""
    found = np.empty(len(base))
    for i in range(len(base)):
        found[i] = rating(base[i], gone[i], removed[i], up[i], error[i])
    return found
