"""What a flow-sheet says of the REMS form, and what it leaves open."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from holdfast.facts import rule_set
from holdfast.protocols.protocol import protocol
from holdfast.treatment_sessions.entries import Kind, read_given
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet, sheet
from holdfast.treatment_sessions.rems_from_sheet import FormAnswers, form_from_sheet, suggested

START = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
RULES = rule_set(drug="esketamine", route="nasal", indication="trd", jurisdiction="US")
AWAKE = {"moaas": 5, "moaas_anchor_set": "trapezius-squeeze"}
DROWSY = AWAKE | {"moaas": 4}


def entry(kind: str, given: dict[str, Any], minutes: float) -> Entry:
    at = START + dt.timedelta(minutes=minutes)
    return Entry(f"{kind}{minutes}", Kind(kind), read_given(Kind(kind), given), at, at, "somebody", physician=False)


def sheet_of(*seen: tuple[float, dict[str, Any]], more: tuple[Entry, ...] = ()) -> Sheet:
    devices = [entry("device", {"lot": "A1"}, 0), entry("device", {"lot": "A1"}, 5)]
    return sheet(protocol("esketamine-nasal"), [*devices, *(entry("observation", g, m) for m, g in seen), *more])


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], (None, None, None)),
        ([(40, {"hr_per_min": 70})], (None, None, None)),
        ([(-10, DROWSY), (40, AWAKE)], (False, None, None)),
        ([(40, DROWSY)], (True, 40, None)),
        ([(20, AWAKE), (40, DROWSY), (60, AWAKE)], (True, 40, 60)),
        ([(40, DROWSY), (60, AWAKE), (80, DROWSY), (100, AWAKE)], (True, 40, 100)),
    ],
)
def test_sedation_is_what_was_seen_after_the_first_device(seen: list, expected: tuple) -> None:
    found = suggested(sheet_of(*seen))
    assert (found.sedation_occurred, found.sedation_onset_min, found.sedation_resolved_min) == expected


def test_dissociation_is_the_clinicians_rating_and_a_total_above_0_says_nothing() -> None:
    assert suggested(sheet_of((40, {"cadss_total": 9}))).dissociation_occurred is None
    assert suggested(sheet_of((40, {"cadss_total": 0}))).dissociation_occurred is False
    assert suggested(sheet_of((40, {"cadss_total": 0, "dissociation": "mild"}))).dissociation_occurred is True


def test_a_total_that_nobody_rated_and_a_later_0_is_no_no() -> None:
    seen = (-5, {"cadss_total": 0}), (40, {"cadss_total": 15}), (120, {"cadss_total": 0})
    assert suggested(sheet_of(*seen)).dissociation_occurred is None
    assert "dissociation.occurred" in form_from_sheet(sheet_of(*seen), suggested(sheet_of(*seen)), rules=RULES).missing
    rated = seen[0], (40, {"cadss_total": 15, "dissociation": "none"}), seen[2]
    assert suggested(sheet_of(*rated)).dissociation_occurred is False
    before = (-5, {"cadss_total": 3}), (120, {"cadss_total": 0})
    assert suggested(sheet_of(*before)).dissociation_occurred is False


def test_pressures_are_those_before_about_40_minutes_and_the_last() -> None:
    def pressure(sbp: float) -> dict[str, Any]:
        return {"sbp_mmhg": sbp, "dbp_mmhg": 80}

    seen = ((-20, pressure(120)), (-5, pressure(125)), (10, pressure(150)), (35, pressure(140)), (90, pressure(130)))
    form = form_from_sheet(sheet_of(*seen), FormAnswers(), rules=RULES)
    assert (form.bp_before, form.bp_about_40_min, form.bp_end) == ("125/80", "140/80", "130/80")
    far = form_from_sheet(sheet_of((-5, pressure(125)), (61, pressure(130))), FormAnswers(), rules=RULES)
    assert (far.bp_about_40_min, far.bp_end) == (None, "130/80")


def test_dose_lot_and_an_untouched_sheet() -> None:
    form = form_from_sheet(sheet_of(), FormAnswers(ready_without_rule_min=75), rules=RULES)
    assert (form.dose_mg, form.dose_box, form.lot, form.ready_without_rule_min) == (56, "56", "A1", 75)
    nothing = form_from_sheet(sheet(protocol("esketamine-nasal"), []), FormAnswers(), rules=RULES)
    assert nothing.dose_mg is None
    assert len(nothing.missing) == 15


def test_a_serious_event_on_the_sheet_is_suggested_and_none_is_never_a_no() -> None:
    event = {"term": "syncope", "onset_at": START.isoformat(), "severity": "severe", "causality": "possible",
             "action_taken": "none", "outcome": "recovered"}  # fmt: skip
    grave = entry("adverse-event", event | {"seriousness": "hospitalisation"}, 30)
    slight = entry("adverse-event", event | {"seriousness": "not-serious"}, 30)
    assert suggested(sheet_of(more=(grave,))).other_serious_event is True
    assert suggested(sheet_of(more=(slight,))).other_serious_event is None
