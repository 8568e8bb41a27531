"""Published scoring vectors, and vectors that follow by arithmetic from a named rule: exact, no tolerance.

`scale_vectors.json` says of each vector where it comes from and how far that was checked. Seventy-eight vectors:
totals, bands, C-SSRS triage, refusals and PHQ-9 item 9; Maudsley Staging; remission and response.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.eligibility.staging import SEVERITIES, maudsley
from holdfast.errors import InputError
from holdfast.facts import care_rule
from holdfast.outcomes.definitions import definition, remission, response
from holdfast.scales import band_of, score, triage

FILE = Path(__file__).with_name("scale_vectors.json")
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
KINDS = {
    "total": 7, "band": 28, "triage": 8, "staging": 8, "remission": 12, "response": 8, "refuse": 6, "item9": 1,
}  # fmt: skip


def total(vector: dict[str, Any]) -> None:
    assert score(vector["scale"], vector["input"]).total == vector["expect"]


def band(vector: dict[str, Any]) -> None:
    assert band_of(vector["scale"], vector["input"]) == vector["expect"]


def triaged(vector: dict[str, Any]) -> None:
    assert triage(vector["input"]).level == vector["expect"]


def staging(vector: dict[str, Any]) -> None:
    given = vector["input"]
    found = maudsley(
        duration_months=given["duration_months"],
        severity=SEVERITIES[given["severity_code"] - 1],
        failed_antidepressants=given["failed_antidepressants"],
        augmentation=bool(given["augmentation"]),
        ect=bool(given["ect"]),
    )
    assert {"total": found.value, "band": found.band} == vector["expect"]


def remitted(vector: dict[str, Any]) -> None:
    given = vector["input"]
    assert remission(given["total"], definition(given["definition"]), scale=vector["scale"]) is vector["expect"]


def responded(vector: dict[str, Any]) -> None:
    """The vectors speak of any scale; MADRS has room for all their totals."""
    given = vector["input"]
    found = response(given["baseline"], given["total"], definition("response_50"), scale="madrs")
    assert found is vector["expect"]


def refused(vector: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refusal:
        score(vector["scale"], vector["input"])
    for part in vector["expect"].removeprefix("item out of range").split(": "):
        assert part in str(refusal.value)
    if vector["expect"] == "item out of range":
        assert "item 1 out of range" in str(refusal.value)


def item_9(vector: dict[str, Any]) -> None:
    found = score(vector["scale"], vector["input"])
    (flag,) = found.flags
    shown = care_rule("sui.phq9.q9").threshold("crisis_text").met_by(flag.value)
    assert {"total": found.total, "item_9": flag.value, "crisis_text": shown} == vector["expect"]


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "total": total, "band": band, "triage": triaged, "staging": staging, "remission": remitted,
    "response": responded, "refuse": refused, "item9": item_9,
}  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
@pytest.mark.story("HF-SCL-001")
def test_vector(vector: dict[str, Any]) -> None:
    CHECKS[vector["kind"]](vector)


def test_no_vector_was_lost() -> None:
    assert Counter(vector["kind"] for vector in VECTORS) == KINDS
    assert all(vector["source"] for vector in VECTORS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_wrong_expectation_is_seen(kind: str) -> None:
    """Each kind of check can fail."""
    vector = next(vector for vector in VECTORS if vector["kind"] == kind)
    wrong = {"refuse": "no such sentence"}.get(kind, "wrong")
    with pytest.raises(AssertionError):
        CHECKS[kind](vector | {"expect": wrong})
