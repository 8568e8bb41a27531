"""The protocols say the same numbers as the care rules they follow, and are read whole."""

from __future__ import annotations

from itertools import pairwise

import pytest

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import care_rule
from holdfast.protocols.protocol import protocol, protocol_rules, protocols

IDS = ["esketamine-nasal", "im-racemic", "iv-racemic", "oral-racemic", "sc-racemic", "sublingual-racemic"]


def number(rule, name):
    return care_rule(rule).threshold(name)


def test_every_protocol_is_there_and_whole():
    assert sorted(protocols()) == IDS
    for chosen in protocols().values():
        assert chosen.checks
        assert chosen.reviews
        assert chosen.maintenance is not None
        for indication in chosen.indications:
            assert chosen.phase_at(indication, 1) is not None


@pytest.mark.parametrize("name", IDS)
def test_phases_of_an_indication_meet_without_gap_or_overlap(name):
    chosen = protocol(name)
    for indication in chosen.indications:
        phases = chosen.phases_for(indication)
        assert phases[0].first_week == 1
        for earlier, later in pairwise(phases):
            assert later.first_week is None or later.first_week == earlier.last_week + 1


@pytest.mark.parametrize("name", IDS)
def test_keys_of_doses_name_phases_that_exist(name):
    chosen = protocol(name)
    keys = {phase.key for phase in chosen.phases}
    assert {key for dose in chosen.doses for key in dose.phases} <= keys
    assert all(set(phase.interval_d) and phase.min_interval_d <= phase.interval_d[0] for phase in chosen.phases)
    assert all(phase.usual_interval_d in phase.interval_d for phase in chosen.phases)


def test_esketamine_says_the_numbers_of_its_rules():
    nasal = protocol("esketamine-nasal")
    phases = {phase.key: phase for phase in nasal.phases}
    doses = {dose.key: dose.amounts for dose in nasal.doses}
    assert nasal.administration.device_mg == number("dose.es.device", "device_mg").value == 28
    assert nasal.administration.device_rest_min == number("dose.es.device", "rest_min").value == 5
    assert nasal.observation.min_min == number("mon.obs.es", "observation_min").value == 120
    assert nasal.observation.min_min == number("dis.time", "esketamine_min").value
    assert nasal.observation.clock_from == "first-device"
    for key, rule in (("trd-induction", "dose.es.ind"), ("trd-weeks-5-8", "dose.es.m1")):
        phase = phases[key]
        assert (phase.first_week, phase.last_week) == number(rule, "weeks").values
        assert phase.sessions_per_week == number(rule, "per_week").value
    assert phases["trd-from-week-9"].first_week == number("dose.es.m2", "weeks").value == 9
    assert phases["trd-from-week-9"].interval_d == number("dose.es.m2", "interval").values == (7, 14)
    assert phases["mdsi"].last_week == number("dose.es.mdsi", "duration").value == 4
    assert doses["trd-day-1"] == number("dose.es.day1", "dose").values == (56,)
    assert doses["trd-day-1-from-65"] == number("dose.es.day1", "dose_from_65").values == (28,)
    assert doses["trd-induction"] == number("dose.es.ind", "dose").values == (56, 84)
    assert doses["trd-induction-from-65"] == number("dose.es.ind", "dose_from_65").values == (28, 56, 84)
    reduced = number("dose.es.mdsi", "reduced_dose").value
    assert doses["mdsi"] == (number("dose.es.mdsi", "dose").value, reduced) == (84, 56)
    check = next(check for check in nasal.checks if check.key == "at-40")
    assert check.at_min == number("mon.bp.es", "check_at").value == 40
    review = next(review for review in nasal.reviews if review.key == "end-of-induction")
    assert review.after_weeks == number("series.stop", "induction_weeks").value == 4


def test_iv_says_the_numbers_of_its_rules():
    iv = protocol("iv-racemic")
    how, series = iv.administration, iv.phases[0]
    assert iv.doses[0].amounts == (number("dose.iv.std", "dose").value,) == (0.5,)
    assert how.duration_min == number("dose.iv.std", "duration").value == 40
    assert (how.per_kg_low, how.per_kg_high) == number("dose.iv.range", "dose_no_reason").values
    assert (how.duration_low_min, how.duration_high_min) == number("dose.iv.range", "duration_published").values
    assert number("series.iv", "infusions").met_by(series.max_sessions)
    assert number("series.iv", "per_week").met_by(series.sessions_per_week)
    assert iv.observation.min_min == number("mon.iv.points", "after_stop_min").value == 60
    assert iv.observation.min_min == number("dis.time", "iv_min").value
    assert iv.observation.clock_from == "dose-end"
    assert iv.drive_free.hours == number("dis.drive.iv", "hours").value == 24
    practice = [check.at_min for check in iv.checks if check.rule == "mon.iv.15"]
    assert (0, *practice) == number("mon.iv.15", "record_at").values
    assert iv.reviews[0].after_sessions == number("series.stop", "infusions").value == 3


@pytest.mark.parametrize("jurisdiction", ["US", "EU", "UK", "HK", "none"])
def test_adopted_rules_hold_in_every_jurisdiction(jurisdiction):
    for chosen in protocols().values():
        rules = protocol_rules(chosen, jurisdiction=jurisdiction, indication=chosen.indications[0])
        assert all(rules.in_force(rule) for rule in chosen.adopts)


def test_home_is_no_place_for_esketamine_under_its_protocol():
    assert "dose.home" in protocol("esketamine-nasal").adopts


def test_wrong_names_are_refused_with_those_there_are():
    with pytest.raises(UnknownNameError, match="iv-racemic"):
        protocol("iv")
    with pytest.raises(InputError, match="it has trd, mdsi, psychiatric-emergency"):
        protocol_rules(protocol("esketamine-nasal"), jurisdiction="US", indication="mdd")
