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
    from holdfast.clinic.alerts.drill import called_in_turn, path_faults, path_warnings
    from holdfast.clinic.alerts.standing import duty_setting
    from holdfast.clinic.programmes.queries import programme_by_key

    programme = programme_by_key(actor=actor, key=arguments.programme)
    now = dt.datetime.now(dt.UTC)
    faults, warnings = path_faults(programme, now), path_warnings(programme, now)
    called = [str(person) for person in called_in_turn(duty_setting(programme), now)]
    alert = raise_drill(actor=actor, programme=programme, now=now)
    taken_by = _awaited(actor, alert, arguments.wait)
    if arguments.wait and taken_by is None:
        faults.append(f"nobody acknowledged the drill in {arguments.wait:g} minutes")
    told = [str(one.person) for one in alert.told.select_related("person")]
    answer = {
        "programme": programme.key, "alert": str(alert.public_id), "raised_at": alert.raised_at,
        "called_in_turn": called, "told": told, "acknowledged_by": taken_by, "faults": faults, "warnings": warnings,
    }  # fmt: skip
    for warning in warnings:
        tell(f"warning: {warning}")
    if not faults:
        end = (
            f"acknowledged by {taken_by}" if taken_by else "not waited for; it stands on their page until acknowledged"
        )
        emit(arguments, answer, f"The path works: told {', '.join(told)}; in turn {', '.join(called)}; {end}")
        return
    if arguments.json:
        emit(arguments, answer, "")
    raise RefusedError("the crisis path does not work today:\n" + "\n".join(faults))


def _awaited(actor: CommandLine, alert: CrisisAlert, minutes: float) -> str | None:
    """Who acknowledged within the minutes; open alerts are carried on meanwhile, as the server would."""
    from holdfast.clinic.alerts.actions import carry_on
    from holdfast.clinic.alerts.models import AlertTaken

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
        time.sleep(min(LOOK_EVERY_S, max(end - time.monotonic(), 0)))


def _carry_on(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.alerts.actions import carry_on

    told = carry_on(actor=actor, now=dt.datetime.now(dt.UTC))
    emit(arguments, {"told": told}, f"{told} told")
