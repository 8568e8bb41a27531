"""The fire drill: does the path work today? Everything that would stop an alert, as sentences."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from holdfast.clinic.accounts.models import User
from holdfast.clinic.alerts.standing import DutySetting, duty_setting
from holdfast.clinic.assessments.actions import crisis_setting
from holdfast.clinic.assessments.crisis import crisis_of_items
from holdfast.clinic.duty_calls.sending import not_set_up
from holdfast.clinic.duty_calls.standing import channels_of
from holdfast.clinic.jobs.queries import carried_on
from holdfast.clinic.messaging.models import Channel
from holdfast.clinic.programmes.models import Programme
from holdfast.safety.crisis_lines import lines_for
from holdfast.scales import scale as scale_named

_ALL_BUT_THE_LAST = 8  # items of the PHQ-9 before the ninth


def path_faults(programme: Programme, now: dt.datetime) -> list[str]:
    """What stands in the way of an alert raised now, in the order an alert goes."""
    setting = duty_setting(programme)
    return [*_answer_faults(programme, now), *_duty_faults(setting, now), *_message_faults(programme, setting, now)]


def server_faults(now: dt.datetime) -> list[str]:
    """Nothing that carries alerts on by itself. To be asked before a drill, which carries its own alert on."""
    if carried_on(now=now):
        return []
    return ["nothing carries alerts on by itself now; start holdfast serve, or holdfast jobs run beside another server"]


def path_warnings(programme: Programme, now: dt.datetime) -> list[str]:
    """What a person must look after: people no message goes to; crisis lines that are none, never checked, or stale.

    They stop no alert.
    """
    called = called_in_turn(duty_setting(programme), now)
    by = channels_of(called)
    unset = [
        f"{person} has set no address for duty: an alert reaches them on a page of Holdfast only"
        for person in called if person.pk not in by
    ]  # fmt: skip
    return [*unset, *lines_for(programme.country, programme.day_of(now)).warnings]


def called_in_turn(setting: DutySetting, now: dt.datetime) -> list[User]:
    """Who would be told of an alert raised now that nobody takes, one after the other."""
    if setting.minutes is None:
        where = setting.escalation(raised_at=now, now=now)
        return [setting.people[ref] for ref in where.told]
    later = now + dt.timedelta(minutes=setting.minutes * (len(setting.rota) + 1))
    where = setting.escalation(raised_at=now, now=later)
    return [setting.people[ref] for ref in where.told]


def _message_faults(programme: Programme, setting: DutySetting, now: dt.datetime) -> list[str]:
    """Addresses that are set, and no way to send to them."""
    missing = not_set_up(programme)
    used = {channel for channels in channels_of(called_in_turn(setting, now)).values() for channel in channels}
    return [
        f"people on duty are to be reached by {Channel(channel).label}, and {missing[channel]} is not set up; "
        "set it where the server is started, or have them take the address back"
        for channel in sorted(used & missing.keys())
    ]


def _answer_faults(programme: Programme, now: dt.datetime) -> list[str]:
    """A made-up answer of 1 on item 9, and nothing else, must open the path."""
    response = crisis_of_items(scale_named("phq-9"), [0] * _ALL_BUT_THE_LAST + [1], crisis_setting(programme, now))
    if response is None or not response.show_crisis_text:
        return ["an answer above 0 to item 9 of the PHQ-9 opens nothing; the care rules are not whole"]
    return []


def _duty_faults(setting: DutySetting, now: dt.datetime) -> list[str]:
    page = f"the programme's page On duty, {reverse('duty', args=[setting.programme.key])}"
    missing = [f for f in setting.escalation(raised_at=now, now=now).missing if not f.startswith("the rota")]
    faults = [f"{fault}; set it on {page}" for fault in missing]
    called = called_in_turn(setting, now)
    if not called:
        faults.append(f"nobody is on duty now; an alert would call no single person: put two people on {page}")
    elif len(called) == 1:
        faults.append(f"one person alone is on duty now; an alert they miss goes to nobody: add a second on {page}")
    return faults
