"""The compiled loop: weeks of each patient under each policy.

A week begins with what the clinic may see, a rating before a dose, on weeks when one is due; then the policy decides;
then the levels of the cascade are solved panel by panel (as forecast/mood_levels.py does, with tolerance where the
hypothesis has it). On a weekday of the patient's own an outside rating judges the week: no policy sees it, and no policy
gains by being judged just after its treatment sessions.

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
ENDS = -1  # in the table of intervals: treatment stops
_RECENT = 8  # weeks of which treatment sessions are counted for the forecast
_LONG = 12.0


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
    """Ratings so far as the clinic keeps them in mind: last, before, fast and slow mean, best, as shares of baseline."""
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
        live_week(here, on[i, place], bound[i, place], quiet, rates[i], 168.0)
    gone = expects[i] * (
        expected[0] * np.exp(-168.0 * ahead * fades[i, 0]) - expected[1] * np.exp(-168.0 * ahead * fades[i, 1])
    )
    removed = removes[i, 0] * here[0] + removes[i, 1] * here[1] + removes[i, 2] * here[2]
    then = week + ahead
    return rating(base[i], gone + care[i, then, 0], removed, ups[i, then, 0], errors[i, then, 0])


@_compiled
def one_course(i, whole, real, weeks_of, table, weights, person, start, luck, shares, on, bound, edges, out, record):  # type: ignore[no-untyped-def]
    """Everything that happens to patient `i` under one policy; its counts go into `out` (outcomes,)."""
    rates, base, removes, expects, fades, care, ups, errors = person
    levels0, expected0, rated, baseline, review, well, judged_h, random_share, relapse = start
    dosed_edges, quiet_edges = edges
    described, labels, chances, ahead = record
    levels, expected, seen, found = np.zeros(5), expected0[i].copy(), np.zeros(6), np.zeros(FEATURES)
    levels[:4] = levels0[i]
    for total in rated[i]:
        if total >= 0:
            remember(seen, total / baseline[i])
    out[:] = 0
    out[LEFT] = -1
    since, history, own, place, held, row, next_check = 1, 1, 0, 0, 0, 0, 0
    last, fresh, ended, before = review[i], False, False, 0
    watching, risk = len(labels) > 0, review[i] <= well[i]
    for week in range(luck.shape[1]):
        total, chance, call = -1.0, 0.0, False
        removed = removes[i, 0] * levels[0] + removes[i, 1] * levels[1] + removes[i, 2] * levels[2]
        here = out[LEFT] < 0
        if here and week > 0:
            share = shares[LEAVES_WELL] if last <= well[i] else shares[LEAVES]
            if luck[i, week, 2] < share:
                out[LEFT], here = week, False
        if here and week >= next_check:
            if week == 0:
                total = review[i]
            elif luck[i, week, 0] >= shares[MISSES_CHECK_IN]:
                gone = expects[i] * (expected[0] - expected[1]) + care[i, week, 0]
                total = rating(base[i], gone, removed, ups[i, week, 0], errors[i, week, 0])
        pattern = 4 if week == 0 else 2 * before
        if total >= 0:
            remember(seen, total / baseline[i])
            last, fresh, next_check = total, True, week + whole[CHECK_IN]
            out[CHECKED] += 1
            if whole[KIND] == FORECAST or whole[KIND] == AT_RANDOM:
                recent = float(_sessions(history, _RECENT))
                describe(found, seen, float(since), recent, baseline[i], 1.0 if last <= well[i] else 0.0, float(week))
                chance = 1.0 / (1.0 + np.exp(-np.dot(weights, found)))
                if watching and week + ahead < luck.shape[1]:
                    described[i, week], chances[i, week] = found, chance
                    later = untreated(
                        levels,
                        expected,
                        i,
                        week,
                        ahead,
                        pattern,
                        on[whole[DOSE]],
                        bound[whole[DOSE]],
                        quiet_edges,
                        person,
                    )
                    labels[i, week] = 1 if later > well[i] else 0
        if here and not ended:
            if whole[KIND] == INTERVAL:
                call = since >= weeks_of[place]
            elif whole[KIND] == AT_RANDOM:
                call = luck[i, week, 3] < random_share[i]
            elif whole[KIND] != STOP and total >= 0:
                call = offered(whole, real, chance, total, baseline[i], since, own)
        dosed = 0
        if call:
            dosed = 1 if luck[i, week, 1] >= shares[MISSES_SESSION] else 0
            out[MISSED] += 1 - dosed
        if dosed == 1:
            out[SESSIONS] += 1
            expected += 1.0
            if whole[KIND] == INTERVAL:
                worse = fresh and last >= review[i] + real[WORSENING]
                course = 2 if not fresh else 1 if worse else 0
                counted = min(0 if course == 1 else held + (1 if course == 0 else 0), table.shape[2] - 1)
                following = table[course, place, counted]
                ended = following == ENDS
                held = counted if following == place else 0
                place = place if ended else following
            fresh, since = False, 0
        levels[4] = 0.0
        edges_now = dosed_edges if dosed == 1 else quiet_edges
        panels_on, panels_bound = on[whole[DOSE], i, pattern + dosed], bound[whole[DOSE], i, pattern + dosed]
        live_week(levels, panels_on, panels_bound, edges_now, rates[i], judged_h[i])
        faded0 = expected[0] * np.exp(-judged_h[i] * fades[i, 0])
        faded1 = expected[1] * np.exp(-judged_h[i] * fades[i, 1])
        removed = removes[i, 0] * levels[0] + removes[i, 1] * levels[1] + removes[i, 2] * levels[2]
        gone = expects[i] * (faded0 - faded1) + care[i, week, 1]
        judged = rating(base[i], gone, removed, ups[i, week, 1], errors[i, week, 1])
        out[WELL] += 1 if judged <= well[i] else 0
        row = row + 1 if judged >= relapse[0] else 0
        if risk and row >= relapse[1]:
            out[RELAPSED] = 1
        live_week(levels, panels_on, panels_bound, edges_now, rates[i], 168.0)
        expected[0] *= np.exp(-168.0 * fades[i, 0])
        expected[1] *= np.exp(-168.0 * fades[i, 1])
        since += 1
        before, history, own = dosed, (history << 1 | dosed) & 0xFFFFFFFF, (own << 1 | dosed) & 0xFFFFFFFF


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
