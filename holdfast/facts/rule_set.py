"""The care rules as they stand in one place: which are in force here, and how a finding of each weighs.

A `RuleSet` answers three questions for every rule function: does the rule apply to this drug, route, indication
and jurisdiction; how does it weigh; what are its numbers. Rule functions never compare jurisdictions themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from holdfast.decision import Reason, Weight, caution
from holdfast.errors import InputError, UnknownNameError
from holdfast.facts.loader import Facts, load
from holdfast.facts.rules import CareRule, care_rules, rule_ids
from holdfast.facts.tables import DRUGS, INDICATIONS, ROUTES
from holdfast.facts.thresholds import Threshold


@dataclass(frozen=True)
class RuleSet:
    """The care rules as they stand for one drug, route, indication and jurisdiction.

    A rule is in force when its source speaks for the jurisdiction (or names none) and for the drug, route and
    indication, or when the protocol adopts it. A contraindication that only another jurisdiction prints is a
    caution; where the contraindications of this one were not read (`contraindications_read` false; with jurisdiction
    `none` too) it is a stop that a physician may override. A rule of class house or unverified is told as inactive
    until its id is among `signed`.
    """

    rules: Mapping[str, CareRule]
    drug: str
    route: str
    indication: str
    jurisdiction: str
    holds_in: frozenset[str]
    contraindications_read: bool
    signed: frozenset[str]
    adopted: frozenset[str]
    choices: Mapping[str, str]
    _weights: dict[str, Weight | None] = field(default_factory=dict, repr=False, compare=False)  # as asked so far

    def rule(self, rule_id: str) -> CareRule:
        """The rule, in force or not. Raises `UnknownNameError`."""
        if rule_id not in self.rules:
            raise UnknownNameError("care rule", rule_id, sorted(self.rules))
        return self.rules[rule_id]

    def concerns(self, rule_id: str) -> bool:
        """Does the rule speak of this drug, route and indication at all?"""
        rule = self.rule(rule_id)
        if rule_id in self.adopted:
            return True
        drugs = {*rule.drugs, *rule.extends_to}
        return all(
            "any" in said or asked in said or asked == "any"
            for said, asked in (
                (drugs, self.drug),
                (rule.routes, self.route),
                (rule.indications, self.indication),
            )
        )

    def in_force(self, rule_id: str) -> bool:
        """Does the rule hold in this jurisdiction, for this drug, route and indication, signed or not?"""
        rule = self.rule(rule_id)
        if rule_id in self.adopted:
            return True
        return self.concerns(rule_id) and bool(self.holds_in & set(rule.jurisdictions))

    def active(self, rule_id: str) -> bool:
        """In force, and signed where a signature is needed."""
        return self.in_force(rule_id) and self._signed(self.rule(rule_id))

    def weight(self, rule_id: str) -> Weight | None:
        """How a finding of the rule weighs here; None where the rule has nothing to say here."""
        if rule_id not in self._weights:
            self._weights[rule_id] = self._weighed(rule_id)
        return self._weights[rule_id]

    def _weighed(self, rule_id: str) -> Weight | None:
        rule = self.rule(rule_id)
        if not self.concerns(rule_id):
            return None
        printed = self._printed_weight(rule)
        here = printed if self.in_force(rule_id) else self._foreign_weight(rule, printed)
        return Weight.INACTIVE if here is not None and not self._signed(rule) else here

    def reason(self, rule_id: str, code: str, text: str, *, missing: bool = False) -> tuple[Reason, ...]:
        """The finding as a reason of the rule's weight here, or nothing where the rule does not speak."""
        weight = self.weight(rule_id)
        if weight is None:
            return ()
        return (Reason(code, text, rule_id, weight, missing),)

    def reason_or_caution(
        self, rule_id: str, code: str, text: str, *, missing: bool = False, told_by: str | None = None
    ) -> tuple[Reason, ...]:
        """The finding as its rule weighs here, and where that does not speak a caution told by `told_by` (the rule)."""
        spoken = self.reason(rule_id, code, text, missing=missing)
        return spoken or (caution(code, text, told_by or rule_id, missing=missing),)

    def threshold(self, rule_id: str, name: str) -> Threshold:
        """A number of a rule."""
        return self.rule(rule_id).threshold(name)

    def _signed(self, rule: CareRule) -> bool:
        return not rule.needs_signature(self.drug) or rule.id in self.signed

    def _printed_weight(self, rule: CareRule) -> Weight:
        if self.drug in rule.hard_stop_for:
            return Weight.HARD_STOP
        if rule.action in ("compute", "route"):
            return Weight.RECORD
        return Weight(rule.action)

    def _foreign_weight(self, rule: CareRule, printed: Weight) -> Weight | None:
        """Only eligibility speaks across borders: a danger printed elsewhere is worth knowing here."""
        if rule.stage != "eligibility":
            return None
        if printed is Weight.HARD_STOP and not self.contraindications_read:
            return Weight.STOP
        return Weight.CAUTION if printed in (Weight.HARD_STOP, Weight.STOP) else None


def rule_set(
    *,
    drug: str,
    route: str,
    indication: str = "any",
    jurisdiction: str = "none",
    signed: Iterable[str] = (),
    adopted: Iterable[str] = (),
    choices: Mapping[str, str] | None = None,
    facts: Facts | None = None,
) -> RuleSet:
    """The rules for one drug, route, indication and jurisdiction. Raises `InputError` on a word no table knows.

    `signed` are ids of house or unverified rules that a named physician of the programme has signed; `adopted` are
    those the protocol takes up wherever it is used; `choices` are keys of disputed definitions (settings.csv), and
    settings not named take their default.
    """
    facts = facts or load()
    for what, value, known in (
        ("drug", drug, DRUGS),
        ("route", route, ROUTES),
        ("indication", indication, INDICATIONS),
    ):
        if not isinstance(value, str) or (value not in known and value != "any"):
            raise InputError(f"{what} {value!r} is not known; known: {', '.join(known)}")
    return RuleSet(
        rules=care_rules(facts),
        drug=drug,
        route=route,
        indication=indication,
        jurisdiction=jurisdiction,
        holds_in=jurisdiction_reach(jurisdiction, facts),
        contraindications_read=contraindications_read(jurisdiction, facts),
        signed=rule_ids("signed", signed),
        adopted=rule_ids("adopted", adopted),
        choices=chosen_settings(choices or {}, facts),
    )


def jurisdiction_reach(jurisdiction: str, facts: Facts) -> frozenset[str]:
    """The jurisdictions whose rules hold in this one, `any` among them. Raises `InputError` on an unknown one."""
    rows = {row.id.removeprefix("jurisdiction."): row for row in facts.rows("jurisdictions")}
    if not isinstance(jurisdiction, str) or jurisdiction not in rows:
        raise InputError(f"jurisdiction {jurisdiction!r} is not known; known: {', '.join(rows)}")
    return frozenset({jurisdiction, "any", *rows[jurisdiction].get("includes", ())})


def contraindications_read(jurisdiction: str, facts: Facts) -> bool:
    """Was a list of contraindications read for this jurisdiction? Not read is not "none printed"."""
    asked = f"jurisdiction.{jurisdiction}"
    return any(row["contraindications_read"] for row in facts.rows("jurisdictions") if row.id == asked)


def chosen_settings(choices: Mapping[str, str], facts: Facts) -> Mapping[str, str]:
    """Every setting with the key chosen for it, defaults filled in. Raises `InputError` on an unknown choice."""
    chosen: dict[str, str] = {}
    known: dict[str, list[str]] = {}
    for row in facts.rows("settings"):
        known.setdefault(row["setting"], []).append(row["key"])
        if row["default"]:
            chosen[row["setting"]] = row["key"]
    if not isinstance(choices, Mapping) or not all(isinstance(key, str) for key in choices.values()):
        raise InputError(f'choices is {choices!r}; give an object of words, like {{"dose_weight": "actual"}}')
    for setting, key in choices.items():
        if setting not in known:
            raise InputError(f"setting {setting!r} is not known; known: {', '.join(known)}")
        if key not in known[setting]:
            raise InputError(f"setting {setting!r} cannot be {key!r}; choose one of {', '.join(known[setting])}")
        chosen[setting] = key
    return MappingProxyType(chosen)
