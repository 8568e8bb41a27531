"""Regulatory standing of a drug by route, indication, setting and jurisdiction; and dosing at home (dose.home)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.decision import Decision, Reason, Weight, decide
from holdfast.errors import InputError
from holdfast.facts import Facts, Row, RuleSet, jurisdiction_reach, load
from holdfast.facts.tables import DRUGS, INDICATIONS, ROUTES

SETTINGS = ("supervised", "home")


@dataclass(frozen=True)
class LabelStanding:
    """approved, off-label, refused, or unknown (no label was read); with the sentence that consent and pages repeat."""

    standing: str
    text: str
    rule: str | None
    fact_id: str
    status: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def label_standing(
    *,
    drug: str,
    route: str,
    indication: str,
    jurisdiction: str,
    setting: str = "supervised",
    facts: Facts | None = None,
) -> LabelStanding:
    """The standing by the most particular row of label_status.csv; a refusal beats every approval.

    Esketamine at home is refused in every jurisdiction. Raises `InputError` on a word no table knows.
    """
    facts = facts or load()
    asked = (drug, DRUGS), (route, ROUTES), (indication, INDICATIONS), (setting, SETTINGS)
    for what, (value, known) in zip(("drug", "route", "indication", "setting"), asked, strict=True):
        if value not in known:
            raise InputError(f"{what}: {value!r} is not known; known: {', '.join(known)}")
    reach = jurisdiction_reach(jurisdiction, facts)
    rows = [
        row
        for row in facts.rows("label_status")
        if (row["drug"], row["setting"]) == (drug, setting)
        and row["route"] in (route, "any")
        and row["indication"] in (indication, "any")
        and row["jurisdiction"] in reach
    ]
    row = max(rows, key=lambda row: _particular(row, jurisdiction))
    return LabelStanding(row["standing"], row["text"], row["rule"], row.id, row["status"])


def _particular(row: Row, jurisdiction: str) -> tuple[bool, int, bool, bool]:
    place = 2 if row["jurisdiction"] == jurisdiction else int(row["jurisdiction"] != "any")
    return row["standing"] == "refused", place, row["indication"] != "any", row["route"] != "any"


def home_dosing(rules: RuleSet) -> Decision:
    """May a dose be taken at home? Never for esketamine, in any jurisdiction; for ketamine strongly discouraged.

    The rule's source speaks for the US: elsewhere racemic ketamine at home is a caution, esketamine a hard stop.
    """
    rule = rules.rule("dose.home")
    if rules.drug in rule.hard_stop_for:
        text = "Esketamine is never taken at home: it is given under observation in every jurisdiction"
        return decide((Reason("esketamine-at-home", text, rule.id, Weight.HARD_STOP),))
    text = "Ketamine taken by the patient at home is strongly discouraged: no observation, misuse, diversion"
    return decide(rules.reason_or_caution(rule.id, "home-dosing", text))
