"""The example programme that `holdfast serve` loads on first start: simulated, and labelled so on every page.

Built only through actions, in the order in which things would have happened, so that every state is a reachable one
and the record of actions reads like that of a real programme. Same `now`, same programme.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from django.db import transaction

from holdfast import facts
from holdfast.clinic import numerics
from holdfast.clinic.accounts.actions import set_programmes
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.alerts.actions import add_duty_turn, set_alert_minutes
from holdfast.clinic.board.actions import add_chair
from holdfast.clinic.example.cast import CAST, Person
from holdfast.clinic.example.forecasts import ask_forecasts
from holdfast.clinic.example.life import ZONE, life
from holdfast.clinic.example.pathway import keep_consent_text
from holdfast.clinic.example.stock import stock
from holdfast.clinic.programmes.actions import create_programme, sign_rule
from holdfast.clinic.programmes.models import Programme, ProgrammeKind
from holdfast.clinic.registry.actions import ask_report
from holdfast.facts import NEEDS_SIGNATURE

KEY = "example"
NAME = "Example programme (simulated)"
BEGUN_DAYS_AGO = 400
MINUTES_TO_TAKE = 15  # an alert of the example; a real programme sets its own
# An invented number of the range kept for fiction: nobody is reached by it, and the text says so.
OUT_OF_HOURS = "This clinic is invented and nobody answers. A real programme says here whom to call: such as 555-0100."
CHAIRS = ("Chair 1", "Chair 2", "Chair 3", "Room 1")
PHYSICIAN = "Dr Example Physician (invented)"
# Left for the reader to sign, so that the programme page shows what an unsigned rule looks like.
UNSIGNED = frozenset({"dose.iv.ibw", "pre.bp.eu65"})


@transaction.atomic
def load_example(
    *,
    people: Mapping[Role, User],
    now: dt.datetime,
    progress: Callable[[int, int], None] = lambda done, all_: None,
    cast: Sequence[Person] = CAST,
    chairs: Sequence[str] = CHAIRS,
    zone: ZoneInfo = ZONE,
) -> Programme:
    """Create the example programme, with `people` (a prescriber and a nurse at least) as those who act in it."""
    begun = now - dt.timedelta(days=BEGUN_DAYS_AGO)
    programme = create_programme(
        actor=CommandLine(),
        key=KEY,
        name=NAME,
        kind=ProgrammeKind.SIMULATED,
        jurisdiction="US",
        country="US",
        time_zone=zone.key,
        out_of_hours_text=OUT_OF_HOURS,
        source_note="Invented people, mood curves drawn by a formula: nothing to learn about ketamine.",
        now=begun,
    )
    imported = Programme.objects.filter(kind=ProgrammeKind.DEIDENTIFIED)  # before the first start
    for user in people.values():
        set_programmes(actor=CommandLine(), user=user, programmes=[*imported, programme], now=begun)
        user.__dict__.pop("_programme_ids", None)
    _sign_rules(programme, people[Role.PRESCRIBER], begun + dt.timedelta(days=1))
    keep_consent_text(programme, people[Role.PRESCRIBER], begun + dt.timedelta(days=1))
    if Role.PROGRAMME_LEAD in people:
        _put_on_duty(programme, people, begun + dt.timedelta(days=1))
        for name in chairs:
            add_chair(
                actor=people[Role.PROGRAMME_LEAD], programme=programme, name=name, now=begun + dt.timedelta(days=1)
            )
    lives = [event for number, person in enumerate(cast) for event in life(programme, people, person, number, now)]
    events = sorted([*lives, *stock(programme, people, now)])
    happened = [event for event in events if event.at <= now]
    for done, event in enumerate(happened, start=1):
        event.do(event.at)
        progress(done, len(happened))
    ask_forecasts(programme, now)
    if Role.PROGRAMME_LEAD in people and numerics.is_installed():
        ask_report(actor=people[Role.PROGRAMME_LEAD], programme=programme, now=now)
    return programme


def _put_on_duty(programme: Programme, people: Mapping[Role, User], at: dt.datetime) -> None:
    lead = people[Role.PROGRAMME_LEAD]
    for place, role in enumerate((Role.NURSE, Role.PRESCRIBER), start=1):
        add_duty_turn(actor=lead, programme=programme, person=people[role], place=place, now=at)
    set_alert_minutes(actor=lead, programme=programme, minutes=MINUTES_TO_TAKE, now=at)


def _sign_rules(programme: Programme, prescriber: User, at: dt.datetime) -> None:
    for rule in facts.care_rules().values():
        if (rule.class_ in NEEDS_SIGNATURE or rule.extends_to) and rule.id not in UNSIGNED:
            sign_rule(actor=prescriber, programme=programme, rule_id=rule.id, physician=PHYSICIAN, now=at)
