"""Numbers of the registry's report stand in a table with why; methods are rows of the references they are cited by."""

from __future__ import annotations

import re

import pytest

from holdfast.errors import UnknownNameError
from holdfast.facts import load
from holdfast.registry.chosen import chosen
from holdfast.registry.report.windows import window
from tests.gates.repository import ROOT

pytestmark = pytest.mark.story("HF-REG-211")


def test_every_number_is_read_by_its_symbol_somewhere_and_says_why() -> None:
    rows = load().rows("registry_choices")
    code = "".join(one.read_text(encoding="utf-8") for one in (ROOT / "holdfast" / "registry").rglob("*.py"))
    for row in rows:
        assert re.search(rf"chosen\(['\"]{row['symbol']}['\"]", code), row.id
        assert (row["status"], row["ref"]) == ("assumed", "holdfast_house")
        assert row["note"]
        assert chosen(row["symbol"], row["unit"]) == row["value"][0]
    assert len(rows) == 10
    assert window(chosen("judged_week")).high == chosen("response_by", "d")
    with pytest.raises(UnknownNameError):
        chosen("nothing")


def test_methods_that_code_cites_by_a_row_are_rows_and_claim_nothing_read() -> None:
    known = {row.id: row for row in load().rows("references")}
    cited = {
        name for folder in ("statistics", "registry") for one in (ROOT / "holdfast" / folder).rglob("*.py")
        for name in re.findall(r"`([a-z_]+_(?:19|20)\d\d)`", one.read_text(encoding="utf-8"))
    }  # fmt: skip
    assert cited >= {"garwood_1936", "clopper_pearson_1934", "greenwood_1926", "holm_1979", "korn_graubard_1998",
                     "aalen_johansen_1978"}  # fmt: skip
    assert cited <= set(known)
    assert {known[name]["read"] for name in cited} == {"not-read"}
