"""`holdfast facts` and `holdfast rule`: a number with its source, and a fingerprint of the tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli import main
from holdfast.facts import load
from holdfast.facts.digest import digest_of_files
from holdfast.facts.loader import PACKAGED, fact_files


def answer(capsys: pytest.CaptureFixture[str], words: str) -> Any:
    assert main([*words.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.story("HF-FCT-002")
def test_a_number_is_shown_with_unit_source_locator_and_status(capsys: pytest.CaptureFixture[str]) -> None:
    shown = answer(capsys, "facts show pre.bp.iv.sbp_max")
    assert (shown["value"], shown["unit"], shown["op"]) == ([140], "mmHg", ">")
    assert (shown["ref"], shown["status"]) == ("ppn_notes", "secondary")
    assert shown["locator"]
    assert shown["file"] == "care_thresholds.csv"
    line = (PACKAGED / shown["file"]).read_text(encoding="utf-8").splitlines()[shown["line"] - 1]
    assert line.startswith("pre.bp.iv.sbp_max,")


@pytest.mark.story("HF-FCT-002")
def test_a_citation_says_how_much_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    cited = answer(capsys, "facts cite pre.bp.iv.sbp_max")
    assert [reference["read"] for reference in cited["references"]] == ["retelling"]
    assert main(["facts", "cite", "pre.bp.iv.sbp_max"]) == 0
    assert "retells CANMAT 2021; read: retelling" in capsys.readouterr().out


@pytest.mark.story("HF-FCT-002")
def test_every_fact_can_be_shown_and_cited() -> None:
    known = load()
    for row in known.by_id.values():
        if "ref" in row.values:
            assert known.reference(row)["citation"], row.id
            assert row["locator"], row.id


def test_a_rule_is_shown_with_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    shown = answer(capsys, "rule show pre.bp.us")
    assert shown["class"] == "label"
    assert {(n["id"], n["value"][0]) for n in shown["thresholds"]} == {
        ("pre.bp.us.sbp_max", 140),
        ("pre.bp.us.dbp_max", 90),
    }


def test_the_parts_of_a_scale_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "phq-9.band.moderate" in answer(capsys, "facts list phq-9")
    assert "phq-9" in answer(capsys, "facts list scales")
    assert answer(capsys, "facts list")["care_rules"] >= 79


@pytest.mark.story("HF-FCT-003")
def test_the_digest_is_of_the_content_and_not_of_line_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in fact_files(PACKAGED):
        target = tmp_path / path.relative_to(PACKAGED)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    original = answer(capsys, "facts digest")["digest"]
    assert len(original) == 16

    def digest() -> str:
        return digest_of_files(fact_files(tmp_path), tmp_path)

    assert digest() == original
    table = tmp_path / "care_thresholds.csv"
    content = table.read_bytes()
    table.write_bytes(content.replace(b"\n", b"\r\n"))
    assert digest() == original
    table.write_bytes(content.replace(b">,140,", b">,141,", 1))
    assert digest() != original
