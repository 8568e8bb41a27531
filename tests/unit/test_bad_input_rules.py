"""Rule functions given what is no number, no real day or a contradiction: refused, and never read as normal."""

from __future__ import annotations

import datetime as dt
import math
from zoneinfo import ZoneInfo

import pytest

from holdfast import safety
from holdfast.eligibility.staging import mgh_s
from holdfast.errors import InputError
from holdfast.facts import care_rules, rule_set
from holdfast.facts.scale_names import scale_document, whole_total
from holdfast.protocols.body_weight import body_mass_index
from holdfast.protocols.intervals import IntervalState
from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.protocols.reviews import review_points
from holdfast.protocols.schedule import schedule
from holdfast.protocols.stopping import stopping
from holdfast.safety.escalation import OnDuty, escalate
from holdfast.safety.triggers import urinary_trigger
from holdfast.scales import check_total
from holdfast.treatment_sessions.clock import aware

NO_NUMBERS = (math.nan, math.inf, -math.inf, 10**400)
NO_DAYS = (dt.date.min, dt.date.max)
NOW = dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)
pytestmark = pytest.mark.story("HF-RUL-001")


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_no_threshold_is_met_or_missed_by_what_is_no_number(value):
    for rule in care_rules().values():
        for threshold in rule.thresholds.values():
            with pytest.raises(InputError):
                threshold.met_by(value)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_urinary_finding_that_is_no_number_is_refused(value):
    rules = rule_set(drug="ketamine", route="iv", signed=["cum.uri.int"])
    for given in ({"dysuria_d": value, "bpic_ss_total": 3}, {"dysuria_d": 0, "bpic_ss_total": value}):
        with pytest.raises(InputError):
            urinary_trigger(haematuria=False, rules=rules, **given)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_totals_and_measures_that_are_no_numbers_are_refused(value):
    for asked in (
        lambda: check_total("madrs", value),
        lambda: whole_total(scale_document("madrs"), value),
        lambda: body_mass_index(value, 178),
        lambda: body_mass_index(82, value),
        lambda: mgh_s(failed_trials=value, optimised_trials=0, augmented_trials=0, ect=False),
        lambda: safety.exposure([safety.DoseGiven("ketamine", NOW.date(), value)]),
    ):
        with pytest.raises(InputError):
            asked()


@pytest.mark.parametrize("day", NO_DAYS)
def test_a_day_outside_any_life_is_refused(day):
    iv = protocol("iv-racemic")
    rules = protocol_rules(iv, jurisdiction="none", indication="trd")
    for asked in (
        lambda: schedule(iv, start=day, indication="trd", jurisdiction="none"),
        lambda: review_points(iv, given=(), until=day),
        lambda: stopping(improved_on=day, now=day, rules=rules),
        lambda: aware(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC), "now"),
        lambda: safety.exposure([safety.DoseGiven("ketamine", day, 1)]),
    ):
        with pytest.raises(InputError):
            asked()


def test_an_interval_policy_needs_intervals():
    with pytest.raises(InputError):
        IntervalState((), 7, None, 0, 2, 4)


def alert(**changes):
    values = {
        "raised_at": NOW, "now": NOW, "acknowledged_at": None, "acknowledge_within_min": 5, "rota": [OnDuty("a")],
    }  # fmt: skip
    return escalate(**(values | changes))


@pytest.mark.parametrize("minutes", [*NO_NUMBERS, 0, -1, 1e-300, 1e300])
def test_minutes_to_acknowledge_that_cannot_be_waited_are_refused(minutes):
    with pytest.raises(InputError):
        alert(acknowledge_within_min=minutes)


def test_a_rota_without_a_zone_is_refused():
    with pytest.raises(InputError, match="since"):
        alert(rota=[OnDuty("a", since=dt.datetime(2026, 1, 1))])  # noqa: DTZ001


def test_an_old_alert_is_answered_at_once_and_reaches_whoever_came_on_duty():
    raised = NOW.replace(year=1950)
    late = OnDuty("b", since=NOW - dt.timedelta(minutes=12))
    found = alert(raised_at=raised, acknowledge_within_min=1, rota=[OnDuty("a"), late, OnDuty("c", until=raised)])
    assert found.told == ("a", "b")
    assert (found.state, found.next_person) == ("exhausted", None)


def test_the_next_one_to_come_on_duty_is_not_told_before():
    late = OnDuty("b", since=NOW + dt.timedelta(minutes=7))
    found = alert(now=NOW + dt.timedelta(minutes=6), rota=[OnDuty("a"), late])
    assert (found.told, found.state) == (("a",), "waiting")
    assert (found.next_person, found.next_at) == ("b", NOW + dt.timedelta(minutes=10))


def test_five_minutes_are_five_minutes_when_the_clocks_go_back():
    vienna = ZoneInfo("Europe/Vienna")
    raised = dt.datetime(2026, 10, 25, 2, 58, tzinfo=vienna)  # summer time, two minutes before it is 2:00 again
    six_min_later = (raised.astimezone(dt.UTC) + dt.timedelta(minutes=6)).astimezone(vienna)
    found = alert(raised_at=raised, now=six_min_later, rota=[OnDuty("a"), OnDuty("b"), OnDuty("c")])
    assert found.told == ("a", "b")
    assert found.next_at is not None
    assert found.next_at.astimezone(dt.UTC) == raised.astimezone(dt.UTC) + dt.timedelta(minutes=10)
