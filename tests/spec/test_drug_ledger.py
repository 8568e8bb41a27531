"""The controlled-drug ledger.

What lies in the safe is the stock. Drawing takes from it; what was drawn is given, wasted before a second person, or
put back sealed: drawn = given + wasted + returned. At the close of day two people count. A day that was not closed,
and a difference that nobody has explained, stop the next drawing. No table holds these as care rules; witnessed waste
is practice (care review, section 13), and the rest is arithmetic.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from holdfast.errors import InputError
from holdfast.safety import drug_ledger
from holdfast.safety.drug_amounts import (
    Amount,
    Basis,
    Form,
    Strength,
    quantity_of,
    quantity_of_dose,
    strength,
    totals,
)
from holdfast.safety.drug_ledger import Account, Difference, Kind
from tests.spec.spec import Spec

VIAL = Strength("ketamine", Form.VIAL, Decimal(50), Basis.BASE, Decimal(10))
DEVICE = Strength("esketamine", Form.DEVICE, Decimal(28), Basis.BASE)
TODAY = dt.date(2026, 11, 2)

ARITHMETIC = Spec(
    title="The arithmetic shown",
    text="A vial is counted in mL and a device in devices; the milligrams follow from the strength on the label.",
    table="""
    lot    | quantity | shown
    vial   |      0.7 | 0.7 mL × 50 mg/mL = 35 mg ketamine (base)
    vial   |       10 | 10 mL × 50 mg/mL = 500 mg ketamine (base)
    device |        1 | 1 device × 28 mg = 28 mg esketamine (base)
    device |        3 | 3 devices × 28 mg = 84 mg esketamine (base)
    """,
)


@ARITHMETIC.cases
@pytest.mark.story("HF-LED-001")
def test_arithmetic(lot, quantity, shown):
    assert (VIAL if lot == "vial" else DEVICE).arithmetic(Decimal(str(quantity))) == shown


DRAWING = Spec(
    title="May it be drawn today?",
    text="""Today is 2 November 2026. `unclosed` is an earlier day that nobody closed; `difference` says that the last
    count differs and is not explained. The day of expiry is the last good day.""",
    table="""
    lot    | quantity | balance | expires    | unclosed   | difference | against
    device |        2 |       2 | 2026-11-02 |            | no         |
    device |        2 |       1 | 2026-11-02 |            | no         | not-in-stock
    vial   |     0.71 |     0.7 | 2027-01-31 |            | no         | not-in-stock
    device |        1 |       5 | 2026-11-01 |            | no         | expired
    device |        1 |       5 | 2027-01-31 | 2026-11-01 | no         | day-not-closed
    device |        1 |       5 | 2027-01-31 | 2026-11-02 | no         |
    device |        1 |       5 | 2027-01-31 |            | yes        | difference-unexplained
    device |        9 |       9 | 2026-10-31 | 2026-10-30 | yes        | expired day-not-closed difference-unexplained
    """,
)


@DRAWING.cases
@pytest.mark.story("HF-LED-002")
@pytest.mark.story("HF-LED-004")
def test_drawing(lot, quantity, balance, expires, unclosed, difference, against):
    decision = drug_ledger.drawing(
        of=VIAL if lot == "vial" else DEVICE, quantity=Decimal(str(quantity)), balance=Decimal(str(balance)),
        expires_on=dt.date.fromisoformat(expires), on=TODAY, difference_stands=difference,
        unclosed=dt.date.fromisoformat(unclosed) if unclosed else None,
    )  # fmt: skip
    assert " ".join(decision.codes) == (against or "")
    assert all(reason.weight == "hard_stop" for reason in decision.against)


@pytest.mark.story("HF-LED-005")
@pytest.mark.parametrize(("on", "why", "against"), [(1, "", "late-without-a-reason"), (1, "off", ""), (2, "", "")])
def test_a_drawing_before_the_open_day_needs_its_reason(on: int, why: str, against: str) -> None:
    day = dt.date(2026, 11, 2)
    decision = drug_ledger.drawing(
        of=DEVICE, quantity=Decimal(1), balance=Decimal(5), expires_on=day, on=day.replace(day=on), open_day=day,
        unclosed=None, difference_stands=False, why_late=why,
    )  # fmt: skip
    assert " ".join(decision.codes) == against


ACCOUNTING = Spec(
    title="What became of a drawing",
    text="Vials hold 10 mL. Open is what is not accounted for; a day cannot be counted while any is.",
    table="""
    lot    | drawn | given | wasted | returned | open | against
    vial   |    10 |   0.7 |    9.3 |        0 |    0 |
    vial   |    10 |   0.7 |      9 |        0 |  0.3 |
    vial   |    10 |   0.7 |    9.4 |        0 | -0.1 | more-than-drawn
    vial   |    20 |   0.7 |    9.3 |       10 |    0 |
    vial   |    10 |     0 |      0 |        5 |    5 | not-sealed
    device |     3 |     2 |      1 |        0 |    0 |
    device |     3 |     2 |      0 |        1 |    0 |
    device |     2 |     3 |      0 |        0 |   -1 | more-than-drawn
    """,
)


@ACCOUNTING.cases
@pytest.mark.story("HF-LED-001")
def test_accounting(lot, drawn, given, wasted, returned, open, against):
    account = Account(*(Decimal(str(value)) for value in (drawn, given, wasted, returned)))
    assert account.open == Decimal(str(open))
    assert account.settled == (open == 0)
    found = drug_ledger.accounting(of=VIAL if lot == "vial" else DEVICE, account=account)
    assert " ".join(found.codes) == (against or "")


STOCK = Spec(
    title="What an entry does to the stock",
    text="What was drawn has left the safe: giving or wasting it takes nothing more.",
    table="""
    kind     | drawn_before | change
    received | no           |      2
    drawn    | no           |     -2
    given    | yes          |      0
    wasted   | yes          |      0
    wasted   | no           |     -2
    returned | yes          |      2
    sent     | no           |     -2
    adjusted | no           |      2
    """,
)


@STOCK.cases
@pytest.mark.story("HF-LED-002")
def test_stock(kind, drawn_before, change):
    assert drug_ledger.stock_change(Kind(kind), Decimal(2), of_a_drawing=drawn_before) == change


CLOSE = Spec(
    title="The close of day",
    text="""A count that agrees closes the day. One that differs is explained by a prescriber or the programme lead who
    did not enter it, while nothing was counted or entered since.""",
    table="""
    own_count | counted_again | moved_since | against
    no        | no            | no          |
    yes       | no            | no          | own-count
    no        | yes           | no          | counted-again
    no        | no            | yes         | moved-since
    yes       | yes           | yes         | own-count counted-again moved-since
    """,
)


@CLOSE.cases
@pytest.mark.story("HF-LED-004")
def test_explanation(own_count, counted_again, moved_since, against):
    decision = drug_ledger.explanation(
        entered_by_same_person=own_count, counted_again=counted_again, moved_since=moved_since
    )
    assert " ".join(decision.codes) == (against or "")


RECORD = Spec(
    title="The ledger beside the record of a treatment session",
    text="A difference is shown on the day sheet. The record states base; a label that states salt is not compared.",
    table="""
    recorded_mg | given_mg | basis | stands
             56 |       56 | base  | agrees
             35 |    35.04 | base  | agrees
             56 |       28 | base  | differs
             56 |          | base  | not in the ledger
                |       56 | base  | dose not recorded
             35 |       35 | salt  | not compared
    """,
)


@RECORD.cases
@pytest.mark.story("HF-LED-001")
def test_record(recorded_mg, given_mg, basis, stands):
    given = () if given_mg is None else (Amount("ketamine", basis, Decimal(str(given_mg))),)
    recorded = None if recorded_mg is None else Decimal(str(recorded_mg))
    assert drug_ledger.against_record(recorded_mg=recorded, given=given) == stands


def test_every_open_drawing_is_named_against_the_count():
    assert drug_ledger.count(open_drawings=()).allowed
    against = drug_ledger.count(open_drawings=("lot 1", "lot 2")).against
    assert [reason.text for reason in against] == ["Not accounted for yet: lot 1.", "Not accounted for yet: lot 2."]


def test_a_difference_has_its_sign():
    lines = [Difference("a", Decimal(5), Decimal(5)), Difference("b", Decimal(5), Decimal(4))]
    (found,) = drug_ledger.differences(lines)
    assert (found.lot, found.by) == ("b", -1)


def test_two_people_are_two():
    assert drug_ledger.second_person(one="a", other="b").allowed
    assert drug_ledger.second_person(one="a", other="a").codes == ("same-person",)


@pytest.mark.story("HF-LED-001")
def test_milligrams_of_two_drugs_or_of_base_and_salt_are_never_added():
    esketamine, ketamine = DEVICE.amount(Decimal(2)), VIAL.amount(Decimal("0.7"))
    with pytest.raises(InputError, match="never added"):
        esketamine + ketamine
    salt = Amount("ketamine", "salt", Decimal(40))
    with pytest.raises(InputError, match="ketamine base is never added to ketamine salt"):
        ketamine + salt
    assert [(t.drug, t.basis, t.mg) for t in totals([ketamine, esketamine, salt, ketamine])] == [
        ("esketamine", "base", Decimal(56)), ("ketamine", "base", Decimal(70)), ("ketamine", "salt", Decimal(40)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "value", "says"),
    [
        (DEVICE, "1.5", "a device is whole"), (VIAL, "0.0005", "from 0.001"), (VIAL, "1.2345", "at most 3 decimals"),
        (VIAL, "0", "from 0.001"), (VIAL, "-1", "cannot be"), (VIAL, "nan", "cannot be"), (VIAL, "x", "not a number"),
        (VIAL, "1e9", "cannot be"),
    ],
)  # fmt: skip
def test_a_quantity_that_cannot_be(of, value, says):
    with pytest.raises(InputError, match=says):
        quantity_of(of, "given", value)


def test_a_dose_in_mg_becomes_what_is_counted():
    assert quantity_of_dose(VIAL, 35) == Decimal("0.700")
    assert quantity_of_dose(DEVICE, 56) == 2
    with pytest.raises(InputError, match="a device is whole"):
        quantity_of_dose(DEVICE, 57)


def test_a_label_that_cannot_be():
    with pytest.raises(InputError, match="one holds 28 mg"):
        strength("esketamine", "device", Decimal(56), "base", None)
    with pytest.raises(InputError, match="stronger than any vial"):
        strength("ketamine", "vial", Decimal(500), "base", Decimal(10))
    assert strength("ketamine", "vial", Decimal(50), "base", Decimal(10)) == VIAL
