"""Every care rule is decided by a real function and shown by a spec, or recorded only, with its reason in print."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module

import pytest
from generator.specs import chapters

from holdfast.facts import CareRule, care_rule, care_rules
from tests.gates.repository import ROOT
from tests.shared_data import need, shared_folder


def rules_with_examples() -> set[str]:
    """Ids that some spec table names."""
    return {rule for chapter in chapters(ROOT / "tests" / "spec") for spec in chapter.specs for rule in spec.rules}


def missing_function(rule: CareRule) -> str | None:
    """Why the rule's `implemented_by` names no function, or None."""
    module, _, function = rule.implemented_by.rpartition(".")
    try:
        found = getattr(import_module(f"holdfast.{module}"), function, None)
    except ModuleNotFoundError as error:
        return f"{rule.id}: {error}"
    return None if callable(found) else f"{rule.id}: holdfast.{module} has no function {function}"


def faults(rules: Iterable[CareRule], with_examples: set[str], page: str) -> list[str]:
    """Every rule that is not accounted for."""
    found = []
    for rule in rules:
        if rule.implemented_by == "recorded-only":
            if f"| `{rule.id}` | {rule.recorded_only_because or '-'}"[:60] not in page:
                found.append(f"{rule.id}: is recorded only, and docs/reference does not say why")
            continue
        if (fault := missing_function(rule)) is not None:
            found.append(fault)
        if rule.id not in with_examples:
            found.append(f"{rule.id}: no Spec under tests/spec names it")
    return found


def care_rules_page() -> str:
    return (ROOT / "docs" / "reference" / "care_rules.md").read_text(encoding="utf-8")


@pytest.mark.story("HF-RUL-001")
def test_every_care_rule_is_accounted_for() -> None:
    assert faults(care_rules().values(), rules_with_examples(), care_rules_page()) == []


def test_every_spec_names_rules_that_exist() -> None:
    assert sorted(rules_with_examples() - care_rules().keys()) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"implemented_by": "safety.nowhere.decide"}, "No module named"),
        ({"implemented_by": "facts.loader.nothing"}, "has no function nothing"),
        ({"id": "pre.moon"}, "no Spec under tests/spec names it"),
        ({"implemented_by": "recorded-only", "recorded_only_because": "Nobody said"}, "does not say why"),
    ],
)
def test_the_gate_can_go_red(changed: dict[str, str], says: str) -> None:
    spoiled = replace(care_rule("pre.bp.us"), **changed)
    assert any(says in fault for fault in faults([spoiled], rules_with_examples(), care_rules_page()))


def cautions_by_hand(source: str) -> int:
    """How often a module weighs something as a caution itself. Words for it: `caution`, `softened`, `RuleSet`."""
    return source.count("Weight.CAUTION")


@pytest.mark.parametrize("folder", ["protocols", "eligibility", "treatment_sessions", "safety", "clinic"])
def test_a_caution_that_no_rule_weighs_is_made_in_one_place(folder: str) -> None:
    sources = sorted((ROOT / "holdfast" / folder).rglob("*.py"))
    assert len(sources) > 5
    assert [str(path) for path in sources if cautions_by_hand(path.read_text(encoding="utf-8"))] == []


def test_the_gate_of_cautions_can_go_red() -> None:
    assert cautions_by_hand("found = Reason(code, text, rule_id, Weight.CAUTION)") == 1


@pytest.mark.shared_data
def test_no_rule_of_the_care_review_was_lost() -> None:
    folder = shared_folder("care")
    path = need(folder and folder / "rules.json", "rules.json of the care review")
    content = json.loads(path.read_text(encoding="utf-8"))
    ids = {rule["id"] for rule in content["rules"]}
    assert len(ids) > 70
    assert ids - care_rules().keys() == set()
