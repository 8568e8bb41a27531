"""Where an alert stands, by the rule in holdfast.safety.escalation and what the programme has set. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.alerts.models import AlertMinutes, CrisisAlert, DutyTurn
from holdfast.clinic.duty_calls.standing import unreached
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import signed_rules
from holdfast.safety.escalation import Escalation, NextRound, OnDuty, escalate, next_round


@dataclass(frozen=True)
class DutySetting:
    """What a programme set: minutes (None = not set), the rota in order of calling, and its people by their ids."""

    programme: Programme
    minutes: float | None
    rota: tuple[OnDuty, ...]
    people: dict[str, User]
    signed: frozenset[str]

    def escalation(
        self,
        *,
        raised_at: dt.datetime,
        now: dt.datetime,
        taken_at: dt.datetime | None = None,
        unreached: Mapping[str, dt.datetime] | None = None,
    ) -> Escalation:
        """Who was told of an alert by `now`, and who is next."""
        return escalate(
            raised_at=raised_at,
            now=max(now, raised_at),
            acknowledged_at=taken_at,
            acknowledge_within_min=self.minutes,
            rota=self.rota,
            out_of_hours_text=self.programme.out_of_hours_text or None,
            signed=self.signed,
            unreached=unreached,
        )

    def next_round(self, alert: CrisisAlert, where: Escalation, now: dt.datetime) -> NextRound | None:
        """When everybody is called again of an alert that stands so, and whom; None where nobody is."""
        return next_round(
            where,
            rota=self.rota,
            now=now,
            last_told_at=alert.last_told_at,
            rounds=alert.last_round,
            acknowledge_within_min=self.minutes,
            drill=alert.drill,
        )


def duty_setting(programme: Programme) -> DutySetting:
    """What counts in the programme today. Whoever can take no alert there is passed over.

    Their account was closed, they left, or their role became another: called first, they would see nothing, and
    everybody after them would wait for their minutes.
    """
    turns = [turn for turn in turns_of(programme) if may(turn.person, "alert.take")]
    mine = set(programme.people.values_list("pk", flat=True))
    turns = [turn for turn in turns if turn.person_id in mine]
    newest = AlertMinutes.objects.filter(programme=programme).order_by("-pk").first()
    return DutySetting(
        programme=programme,
        minutes=newest.minutes if newest else None,
        rota=tuple(OnDuty(str(turn.person.public_id), turn.since, turn.until) for turn in turns),
        people={str(turn.person.public_id): turn.person for turn in turns},
        signed=signed_rules(programme),
    )


def turns_of(programme: Programme) -> list[DutyTurn]:
    """The turns that count, in order of calling."""
    rows = DutyTurn.objects.select_related("person", "by").filter(programme=programme, ended__isnull=True)
    return list(rows.order_by("place", "pk"))


def stands(alert: CrisisAlert, setting: DutySetting, now: dt.datetime) -> Escalation:
    """Where one alert stands. Whom no message reached counts as one who does not answer."""
    taken = getattr(alert, "taken", None)
    if taken is not None:
        return setting.escalation(raised_at=alert.raised_at, now=now, taken_at=taken.at)
    return setting.escalation(raised_at=alert.raised_at, now=now, unreached=unreached(alert.pk, now))
