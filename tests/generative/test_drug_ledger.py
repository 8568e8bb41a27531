"""Whatever is entered in whatever order, the ledger adds up: the book agrees with a safe kept by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.safety import drug_ledger
from holdfast.safety.drug_amounts import Amount, Basis, Form, Strength, totals
from holdfast.safety.drug_ledger import Account, Kind

DAY = dt.date(2026, 11, 2)
VIAL = Strength("ketamine", Form.VIAL, Decimal(50), Basis.BASE, Decimal(10))
QUANTITIES = st.integers(min_value=1, max_value=30_000).map(lambda n: Decimal(n) / 1000)
STEPS = st.lists(st.tuples(st.sampled_from(list(Kind)), QUANTITIES), max_size=40)


@given(STEPS)
@settings(deadline=None, max_examples=200)
@pytest.mark.story("HF-LED-002")
def test_the_book_and_a_safe_kept_by_hand_agree(steps):
    """The book sums changes of stock; by hand the safe and the one open syringe are two heaps."""
    book = safe = syringe = gone = came = Decimal(0)
    account = Account(Decimal(0))
    for kind, quantity in steps:
        of_a_drawing = kind is Kind.WASTED and syringe >= quantity
        if kind in (Kind.GIVEN, Kind.RETURNED) or of_a_drawing:
            name = kind.value
            after = Account(**{**vars(account), name: getattr(account, name) + quantity})
            allowed = drug_ledger.accounting(of=VIAL, account=after).allowed
            assert allowed == (syringe >= quantity and (kind is not Kind.RETURNED or after.returned % 10 == 0))
            if not allowed:
                continue
            account, syringe = after, syringe - quantity
            safe, gone = (safe + quantity, gone) if kind is Kind.RETURNED else (safe, gone + quantity)
        elif kind in (Kind.RECEIVED, Kind.ADJUSTED):
            safe, came = safe + quantity, came + quantity
        else:
            if not drug_ledger.removal(of=VIAL, quantity=quantity, balance=book).allowed:
                assert quantity > safe
                continue
            safe -= quantity
            if kind is Kind.DRAWN:
                account = Account(account.drawn + quantity, account.given, account.wasted, account.returned)
                syringe += quantity
            else:
                gone += quantity
        book += drug_ledger.stock_change(kind, quantity, of_a_drawing=of_a_drawing)
        assert book == safe >= 0
        assert account.open == syringe >= 0
        assert came == safe + syringe + gone


@given(st.lists(st.tuples(st.sampled_from(["ketamine", "esketamine"]), st.sampled_from(["base", "salt"]), QUANTITIES)))
@pytest.mark.story("HF-LED-001")
def test_totals_keep_every_milligram_and_mix_none(amounts):
    found = {(t.drug, t.basis): t.mg for t in totals(Amount(*amount) for amount in amounts)}
    by_hand: dict[tuple[str, str], Decimal] = {}
    for drug, basis, mg in amounts:
        by_hand[drug, basis] = by_hand.get((drug, basis), Decimal(0)) + mg
    assert found == by_hand


@given(QUANTITIES, QUANTITIES)
def test_drawing_is_allowed_exactly_as_far_as_the_stock_goes(quantity, balance):
    decision = drug_ledger.drawing(
        of=VIAL, quantity=quantity, balance=balance, expires_on=DAY, on=DAY, unclosed=None, difference_stands=False
    )
    assert decision.allowed == (quantity <= balance)
