"""The compiled loop over courses: when each first met a definition, and when the illness came back.

The rules are those of `holdfast.outcomes` (course, relapse); a test holds the two together over thousands of courses.
Whether a total meets a definition is looked up in tables that the rules themselves filled in. Arguments are plain
arrays, since machine code is made of this; `judged` says what stands in them.
"""

from __future__ import annotations

import numpy as np

from holdfast.registry.compiled import compiled

RESPONSE, REMISSION, RELAPSE, RECURRENCE = range(4)  # columns of what is told of a course
UNDEFINED, INACTIVE, NOT_AT_RISK, CENSORED, REACHED = range(5)  # states
NONE = -1  # no total, no day, no limit, no answer
REPEAT, LEAST_D, MOST_D, AFTER_D = range(4)  # what a definition of relapse asks besides the total


@compiled
def confirmed(day, total, first, last, since, meets, asked):  # type: ignore[no-untyped-def]
    """Day of the first rating after `since` that confirms a row of ratings which all meet; NONE without one."""
    for place in range(first, last):
        if total[place] == NONE or day[place] <= since:
            continue
        length = 0
        for before in range(place, first - 1, -1):
            if total[before] == NONE:
                continue
            if day[before] <= since or not meets[total[before]]:
                break
            length += 1
            apart = day[place] - day[before]
            if (
                length >= asked[REPEAT]
                and apart >= asked[LEAST_D]
                and (asked[MOST_D] == NONE or apart <= asked[MOST_D])
            ):
                return day[place]
    return NONE


@compiled
def returned(day, total, first, last, events, since, meets, asked):  # type: ignore[no-untyped-def]
    """Day after `since` on which the criterion was met first, by ratings or by an event."""
    found = confirmed(day, total, first, last, since, meets, asked)
    for came in events:
        if came > since and (found == NONE or came < found):
            found = came
    return found


@compiled
def end_of_remission(day, total, first, last, remits, least_d):  # type: ignore[no-untyped-def]
    """Last day of the first unbroken row of ratings in remission that lasted `least_d`; NONE without one."""
    start, end = NONE, NONE
    for place in range(first, last):
        if total[place] == NONE:
            continue
        if remits[total[place]]:
            start = day[place] if start == NONE else start
            end = day[place]
            continue
        if start != NONE and end - start >= least_d:
            return end
        start = NONE
    return end if start != NONE and end - start >= least_d else NONE


@compiled
def recurred(day, total, first, last, events, remits, meets, asked):  # type: ignore[no-untyped-def]
    """Day on which the criterion was met after a time in remission; NONE without such a time, or without a return."""
    well = end_of_remission(day, total, first, last, remits, asked[AFTER_D])
    return NONE if well == NONE else returned(day, total, first, last, events, well, meets, asked)


@compiled
def answered(total, first, last, base, responds, remits, plan, answers):  # type: ignore[no-untyped-def]
    """Fill in the answers to the ratings first..last - 1; returns the place of the last one obtained, or NONE."""
    final = NONE
    for place in range(first, last):
        if total[place] == NONE:
            continue
        final = place
        if plan[RESPONSE] == CENSORED and base != NONE:
            answers[place, RESPONSE] = responds[base, total[place]]
        if plan[REMISSION] == CENSORED:
            answers[place, REMISSION] = remits[total[place]]
    return final


@compiled
def first_yes(answers, outcome, first, last):  # type: ignore[no-untyped-def]
    """Place of the first rating of which the answer is yes; NONE without one."""
    for place in range(first, last):
        if answers[place, outcome] == 1:
            return place
    return NONE


@compiled
def got_well(day, base, first, last, final, plan, answers, state, on):  # type: ignore[no-untyped-def]
    """Fill in response and remission of one course; returns the first day of either, NONE without."""
    since = NONE
    for outcome in (RESPONSE, REMISSION):
        if plan[outcome] != CENSORED:
            continue
        if final == NONE or (outcome == RESPONSE and base <= 0):
            state[outcome] = UNDEFINED
            continue
        yes = first_yes(answers, outcome, first, last)
        on[outcome] = day[final] if yes == NONE else day[yes]
        if yes != NONE:
            state[outcome] = REACHED
            since = day[yes] if since == NONE else min(since, day[yes])
    return since


@compiled
def came_back(day, total, first, last, final, since, events, remits, relapsing, recurring, asked, plan, state, on):  # type: ignore[no-untyped-def]
    """Fill in relapse and recurrence of one course that was well on day `since`."""
    for outcome in (RELAPSE, RECURRENCE):
        if plan[outcome] != CENSORED:
            continue
        found = NONE
        if outcome == RELAPSE:
            found = returned(day, total, first, last, events, since, relapsing, asked[0])
        elif plan[REMISSION] == CENSORED:
            found = recurred(day, total, first, last, events, remits, recurring, asked[1])
        state[outcome] = CENSORED if found == NONE else REACHED
        on[outcome] = day[final] if found == NONE else found
    if state[RELAPSE] == REACHED and state[RECURRENCE] == REACHED and on[RELAPSE] == on[RECURRENCE]:
        state[RELAPSE] = CENSORED  # one return is not both


@compiled
def judge(starts, day, total, base, event_starts, events, responds, remits, relapsing, recurring, asked, plan):  # type: ignore[no-untyped-def]
    """States, days and the days they fall on, each (courses, 4); and the answer to each rating, (ratings, 2).

    `plan` (4,) holds the state of an outcome that is not judged at all, CENSORED for one that is. `base` and `total`
    are NONE where there is none. `asked` (2, 4) is of relapse and recurrence.
    """
    courses = len(starts) - 1
    state, on = np.empty((courses, 4), dtype=np.int8), np.full((courses, 4), NONE, dtype=np.int32)
    days, answers = np.full((courses, 4), NONE, dtype=np.int32), np.full((len(day), 2), NONE, dtype=np.int8)
    for course in range(courses):
        state[course] = plan
        first, last = starts[course], starts[course + 1]
        while first < last and day[first] <= 0:
            first += 1
        final = answered(total, first, last, base[course], responds, remits, plan, answers)
        since = got_well(day, base[course], first, last, final, plan, answers, state[course], on[course])
        if since != NONE:
            own = events[event_starts[course] : event_starts[course + 1]]
            came_back(day, total, first, last, final, since, own, remits, relapsing, recurring, asked, plan,
                      state[course], on[course])  # fmt: skip
        for outcome in range(4):
            returns = outcome >= RELAPSE
            if returns and since == NONE and plan[outcome] == CENSORED:
                state[course, outcome] = NOT_AT_RISK
            elif on[course, outcome] != NONE:
                days[course, outcome] = on[course, outcome] - (since if returns else 0)
    return state, days, on, answers
