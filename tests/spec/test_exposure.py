"""Cumulative exposure: what was given, each drug by itself.

Esketamine and racemic ketamine are different drugs; their milligrams are never added. A dose whose amount was not
recorded counts as a treatment session, and the sum becomes "at least".
"""

from __future__ import annotations

import datetime

import pytest

from holdfast.errors import InputError
from holdfast.safety import DoseGiven, add, exposure
from tests.spec.spec import Spec

LEDGER = Spec(
    title="The exposure ledger",
    text="""Doses are written day drug mg, `?` for an amount that was not recorded; two doses on one day are two devices
    of one treatment session. Day 0 is 31 January 2026, so day 1 is in February and day 30 in March.""",
    table="""
    doses                                          | drug       | mg  | sessions | at_least | months
    0 ketamine 41, 3 ketamine 40                   | ketamine   |  81 |        2 | no       | 1 1
    0 ketamine 41, 3 ketamine ?                    | ketamine   |  41 |        2 | yes      | 1 1
    0 ketamine ?                                   | ketamine   |   0 |        1 | yes      | 1
    0 esketamine 28, 0 esketamine 28               | esketamine |  56 |        1 | no       | 1
    0 esketamine 56, 3 ketamine 41                 | esketamine |  56 |        1 | no       | 1
    0 esketamine 56, 3 ketamine 41                 | ketamine   |  41 |        1 | no       | 1
    0 esketamine 56, 30 esketamine 84              | esketamine | 140 |        2 | no       | 1 0 1
    """,
)


def doses(cell: str, **further) -> list[DoseGiven]:
    made = []
    for part in cell.split(","):
        day, drug, mg = part.split()
        on = datetime.date(2026, 1, 31) + datetime.timedelta(days=int(day))
        made.append(DoseGiven(drug, on, None if mg == "?" else float(mg), treatment_session=f"day {day}", **further))
    return made


@LEDGER.cases
@pytest.mark.story("HF-SAF-001")
def test_ledger(doses, drug, mg, sessions, at_least, months):
    found = {e.drug: e for e in exposure(globals()["doses"](doses))}[drug]
    assert (found.known_mg, found.sessions, found.at_least) == (mg, sessions, at_least)
    assert " ".join(str(count) for _, count in found.sessions_by_month) == str(months)
    assert ("at least" in found.text) is at_least


@pytest.mark.story("HF-SAF-001")
def test_milligrams_of_two_drugs_are_never_added():
    esketamine, ketamine = exposure(doses("0 esketamine 56, 3 ketamine 41"))
    with pytest.raises(InputError, match="different drugs: their mg are never added"):
        add(esketamine, ketamine)


def test_base_and_salt_are_never_added():
    base, salt = exposure([*doses("0 ketamine 50", amount_as="base"), *doses("3 ketamine 50", amount_as="salt")])
    assert (base.known_mg, salt.known_mg) == (50, 50)
    with pytest.raises(InputError, match="convert one of them first"):
        add(base, salt)


def test_years_run_from_the_first_to_the_last_dose():
    (found,) = exposure(doses("0 ketamine 41, 731 ketamine 41"))
    assert found.years == pytest.approx(2.0, abs=0.01)


def test_doses_of_study_days_are_summed_without_a_calendar():
    (found,) = exposure([DoseGiven("ketamine", None, 41.0), DoseGiven("ketamine", None, None)])
    assert found.text == "ketamine: at least 41 mg in 2 treatment sessions (1 dose of unknown amount)"
    assert (found.first_on, found.last_on, found.years, found.sessions_per_month) == (None, None, None, None)
    (dated,) = exposure(doses("0 ketamine 50"))
    both = add(found, dated)
    assert (both.known_mg, both.sessions, both.first_on, both.sessions_per_month) == (91, 3, dated.first_on, 1)


@pytest.mark.parametrize("mg", [0, -1, float("nan"), float("inf")])
def test_an_amount_that_is_no_dose_is_refused(mg):
    with pytest.raises(InputError, match="must be above 0"):
        exposure([DoseGiven("ketamine", datetime.date(2026, 1, 1), mg)])


def test_an_unknown_drug_is_refused():
    with pytest.raises(InputError, match="arketamine"):
        exposure([DoseGiven("arketamine", datetime.date(2026, 1, 1), 10)])
