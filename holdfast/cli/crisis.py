"""`holdfast crisis`: prove that an alert about suicide risk reaches somebody today, and carry open alerts on."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from typing import TYPE_CHECKING

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit, number_argument, tell
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError, RefusedError

if TYPE_CHECKING:
    from holdfast.clinic.accounts.models import CommandLine
    from holdfast.clinic.alerts.models import CrisisAlert

LONGEST_WAIT_MIN = 24 * 60
LOOK_EVERY_S = 1.0
LONGEST_MESSAGE_S = 150.0  # the tries of a message and a slow mail server


def add_verbs(verbs: Verbs) -> None:
    """drill, carry-on."""
    drill = verbs.add(
        "drill", _drill, does="raise a drill alert, name what stands in its way, and wait until somebody acknowledges",
        example="holdfast crisis drill --programme example --wait 10", writes="the drill alert and its record",
    )  # fmt: skip
    drill.add_argument("--programme", required=True, metavar="KEY", help="whose path is tried")
    drill.add_argument(
        "--wait", type=number_argument, default=0, metavar="MIN", help="minutes to wait for somebody; default 0"
    )
    verbs.add(
        "carry-on", _carry_on, does="tell whoever is due of each alert that nobody took; the server does it by itself",
        example="holdfast crisis carry-on", writes="who was told",
    )  # fmt: skip


def _drill(arguments: argparse.Namespace) -> None:
    if not 0 <= arguments.wait <= LONGEST_WAIT_MIN:
        raise InputError(f"--wait {arguments.wait:g}: give 0 to {LONGEST_WAIT_MIN} minutes")
    actor = opened_by_command_line()
    from holdfast.clinic.alerts.actions import raise_drill
    from holdfast.clinic.alerts.drill import called_in_turn, path_faults, path_warnings, server_faults
    from holdfast.clinic.alerts.standing import duty_setting
    from holdfast.clinic.programmes.queries import programme_by_key

    programme = programme_by_key(actor=actor, key=arguments.programme)
    now = dt.datetime.now(dt.UTC)
    faults, warnings = [*path_faults(programme, now), *server_faults(now)], path_warnings(programme, now)
    called = [str(person) for person in called_in_turn(duty_setting(programme), now)]
    alert = raise_drill(actor=actor, programme=programme, now=now)
    taken_by = _awaited(actor, alert, arguments.wait)
    sent = _messages(actor, alert)
    faults += [f"the message to {one['to']} was not sent ({one['reason']})" for one in sent if one["reason"]]
    if arguments.wait and taken_by is None:
        faults.append(f"nobody acknowledged the drill in {arguments.wait:g} minutes")
    told = [str(one.person) for one in alert.told.filter(round=1).select_related("person")]
    answer = {
        "programme": programme.key, "alert": str(alert.public_id), "raised_at": alert.raised_at,
        "called_in_turn": called, "told": told, "messages": sent, "acknowledged_by": taken_by,
        "faults": faults, "warnings": warnings,
    }  # fmt: skip
    for warning in warnings:
        tell(f"warning: {warning}")
    if not faults:
        end = (
            f"acknowledged by {taken_by}" if taken_by else "not waited for; it stands on their page until acknowledged"
        )
        words = ", ".join(f"{one['to']} {one['state']}" for one in sent) or "none, nobody on duty set an address"
        emit(
            arguments, answer,
            f"The path works: told {', '.join(told)}; messages: {words}; in turn {', '.join(called)}; {end}",
        )  # fmt: skip
        return
    if arguments.json:
        emit(arguments, answer, "")
    raise RefusedError("the crisis path does not work today:\n" + "\n".join(faults))


def _awaited(actor: CommandLine, alert: CrisisAlert, minutes: float) -> str | None:
    """Who acknowledged within the minutes; open alerts are carried on meanwhile, as the server would."""
    from holdfast.clinic.alerts.actions import carry_on
    from holdfast.clinic.alerts.models import AlertTaken
    from holdfast.clinic.jobs.kinds import URGENT
    from holdfast.clinic.jobs.work import work_off

    end = time.monotonic() + minutes * 60
    if minutes:
        tell(f"waiting up to {minutes:g} minutes for somebody on duty to acknowledge the drill ...")
    while True:
        taken = AlertTaken.objects.select_related("by").filter(alert=alert).first()
        if taken is not None:
            return str(taken.by)
        if time.monotonic() >= end:
            return None
        carry_on(actor=actor, now=dt.datetime.now(dt.UTC))
        work_off(lane=URGENT)
        time.sleep(min(LOOK_EVERY_S, max(end - time.monotonic(), 0)))


def _messages(actor: CommandLine, alert: CrisisAlert) -> list[dict[str, str]]:
    """What became of each message of the drill, once it is known; the server's workers may have taken some."""
    from holdfast.clinic.duty_calls.queries import calls_by_alert
    from holdfast.clinic.jobs.kinds import URGENT
    from holdfast.clinic.jobs.work import work_off

    end = time.monotonic() + LONGEST_MESSAGE_S
    while True:
        work_off(lane=URGENT)
        found = calls_by_alert(actor=actor, alerts=[alert], now=dt.datetime.now(dt.UTC)).get(alert.pk, [])
        under_way = [one for one in found if one.stands.state in ("waiting", "failing")]
        if not under_way or time.monotonic() >= end:
            break
        time.sleep(LOOK_EVERY_S)
    return [
        {
            "to": f"{one.call.person} by {one.call.get_channel_display()}",
            "state": one.stands.state,
            "reason": one.stands.reason or ("still-waiting" if one in under_way else ""),
        }
        for one in found
    ]


def _carry_on(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.alerts.actions import carry_on

    told = carry_on(actor=actor, now=dt.datetime.now(dt.UTC))
    emit(arguments, {"told": told}, f"{told} told")
