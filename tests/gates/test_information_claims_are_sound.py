"""A claim with a typed number, a promise, or no ground is refused by file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gates.test_facts_are_sound import check, copied, spoil

__all__ = ["copied"]
FILE = "information_claims.csv"


@pytest.mark.story("HF-EVD-012")
@pytest.mark.parametrize(
    ("column", "cell", "named", "says"),
    [
        ("text", "It lasts 70 days in one study.", "text", "has '7' typed in"),
        ("text", "It lasts twice as long.", "text", "has 'twice' typed in"),
        ("text", "About a third got better.", "text", "has 'third' typed in"),
        ("text", "It will help you.", "text", "promises ('will help')"),
        ("text", "It lasted {T0048|d.", "text", "holds a brace"),
        ("text", "It lasted {T0048|d}.", "rests_on", "does not name 'T0048'"),
        ("rests_on", "dis.drive.moon", "rests_on", "'dis.drive.moon' is no fact"),
        ("jurisdictions", "MARS", "jurisdictions", "is not in jurisdictions.csv"),
        ("review_due", "2026-11-21", "review_due", "is not after reviewed_on"),
        ("section", "poems", "section", "is not one of"),
        ("status", "verified", "checked_by", "needs the second reader's name"),
    ],
)
def test_the_gate_can_go_red(
    copied: Path, capsys: pytest.CaptureFixture[str], column: str, cell: str, named: str, says: str
) -> None:
    line = spoil(copied, FILE, "claim.driving.spray", column, cell)
    code, err = check(copied, capsys)
    assert code == 4
    assert f"{FILE} line {line} column {named}: " in err
    assert says in err


@pytest.mark.story("HF-EVD-030")
@pytest.mark.parametrize(
    ("column", "cell", "named", "says"),
    [
        ("text", "It lasted 70 days.", "text", "has '7' typed in"),
        ("text", "A median of {T0046|people}.", "rests_on", "does not name 'T0046'"),
        ("text", "It lasted {T0048|d.", "text", "holds a brace"),
        ("rests_on", "T9999", "rests_on", "'T9999' is no fact"),
        ("study", "moon2020", "study", "is not in studies.csv"),
        ("part", "poems", "part", "is not one of"),
        ("status", "verified", "checked_by", "needs the second reader's name"),
    ],
)
def test_a_faulty_sentence_of_a_founding_study_is_refused(
    copied: Path, capsys: pytest.CaptureFixture[str], column: str, cell: str, named: str, says: str
) -> None:
    file = "founding_findings.csv"
    line = spoil(copied, file, "founding.diamond2014.duration", column, cell)
    code, err = check(copied, capsys)
    assert code == 4
    assert f"{file} line {line} column {named}: " in err
    assert says in err
