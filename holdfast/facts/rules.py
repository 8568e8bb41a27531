"""Care rules as values: what a rule says, whether it is in force here, and the reason it gives.

A `RuleSet` answers three questions for every rule function: does the rule apply to this drug, route, indication
and jurisdiction; how does it weigh; what are its numbers. Rule functions never compare jurisdictions themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from holdfast.decision import Reason, Weight
from holdfast.errors import InputError, UnknownNameError
from holdfast.facts.loader import Facts, load
from holdfast.facts.plausible import is_finite_number
from holdfast.facts.schema import Row
from holdfast.facts.tables import DRUGS, INDICATIONS, ROUTES
from holdfast.units import convert

NEEDS_SIGNATURE = frozenset({"house", "unverified"})


@dataclass(frozen=True)
class Threshold:
    """One number of one rule, with its comparison. `values` has one number, two for between, many for in."""

    id: str
    quantity: str
    op: str
    values: tuple[float, ...]
    unit: str | None
    when: str | None
    key: str | None

    @property
    def value(self) -> float:
        """The number, where there is exactly one. Raises `InputError` where the clinic has not set it."""
        if len(self.values) != 1:
            raise InputError(f"threshold {self.id} has {len(self.values)} numbers, not one")
        return self.values[0]

    def in_unit(self, unit: str) -> float:
        """The number in another unit of the same family."""
        return convert(self.value, self.unit or "1", unit)

    def met_by(self, measured: float | None) -> bool | None:
        """Does the measured value meet the comparison? None, never False, where nothing was measured."""
        if measured is None:
            return None
        return compare(measured, self.op, self.values)


def compare(measured: float, op: str, values: tuple[float, ...]) -> bool:
    """`measured op values`; `between` is inclusive.

    Raises `InputError` where that cannot be told: `about` is no comparison, no value is set, or `measured` is no
    number. A NaN compares false with everything, and would read as "limit not reached".
    """
    if not is_finite_number(measured):
        raise InputError(f"{measured!r} is no measurement; give a number, or nothing where it is not known")
    if not values:
        raise InputError("the limit to compare with is not set; the clinic sets it")
    low = values[0]
    answers = {
        "<": measured < low,
        "<=": measured <= low,
        "==": measured == low,
        ">=": measured >= low,
        ">": measured > low,
        "between": low <= measured <= values[-1],
        "in": measured in values,
        "multiple_of": low != 0 and measured % low == 0,
    }
    if op not in answers:
        raise InputError(f"{op!r} cannot be tested; a tolerance is needed")
    return answers[op]


@dataclass(frozen=True)
class CareRule:
    """One row of care_rules.csv with its thresholds by name."""

    id: str
    stage: str
    text: str
    action: str
    class_: str
    status: str
    jurisdictions: tuple[str, ...]
    drugs: tuple[str, ...]
    routes: tuple[str, ...]
    indications: tuple[str, ...]
    extends_to: tuple[str, ...]
    hard_stop_for: tuple[str, ...]
    rule_version: int
    implemented_by: str
    recorded_only_because: str | None
    thresholds: Mapping[str, Threshold]
    row: Row

    def needs_signature(self, drug: str) -> bool:
        """House and unverified rules, and house extensions to another drug, wait for a named physician."""
        extended = drug in self.extends_to and drug not in self.drugs and "any" not in self.drugs
        return self.class_ in NEEDS_SIGNATURE or extended

    def threshold(self, name: str) -> Threshold:
        """The threshold of that name. Raises `UnknownNameError`."""
        try:
            return self.thresholds[name]
        except KeyError:
            raise UnknownNameError(f"threshold of {self.id}", name, sorted(self.thresholds)) from None


def care_rules(facts: Facts | None = None) -> Mapping[str, CareRule]:
    """Every care rule by id."""
    facts = facts or load()
    thresholds: dict[str, dict[str, Threshold]] = {}
    for row in facts.rows("care_thresholds"):
        thresholds.setdefault(row["rule"], {})[row["name"]] = Threshold(
            row.id, row["quantity"], row["op"], row.get("value", ()), row["unit"], row["when"], row["key"]
        )
    return MappingProxyType({row.id: _rule(row, thresholds.get(row.id, {})) for row in facts.rows("care_rules")})


def care_rule(rule_id: str, facts: Facts | None = None) -> CareRule:
    """One care rule. Raises `UnknownNameError` naming the rules of the same stage."""
    rules = care_rules(facts)
    if rule_id not in rules:
        stem = rule_id.split(".")[0]
        raise UnknownNameError("care rule", rule_id, [r for r in rules if r.startswith(stem)] or sorted(rules))
    return rules[rule_id]


def _rule(row: Row, thresholds: Mapping[str, Threshold]) -> CareRule:
    return CareRule(
        id=row.id,
        stage=row["stage"],
        text=row["text"],
        action=row["action"],
        class_=row["class"],
        status=row["status"],
        jurisdictions=row["jurisdictions"],
        drugs=row["drugs"],
        routes=row["routes"],
        indications=row["indications"],
        extends_to=row.get("extends_to", ()),
        hard_stop_for=row.get("hard_stop_for", ()),
        rule_version=row["rule_version"],
        implemented_by=row["implemented_by"],
        recorded_only_because=row["recorded_only_because"],
        thresholds=MappingProxyType(dict(thresholds)),
        row=row,
    )


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
        signed=_ids("signed", signed),
        adopted=_ids("adopted", adopted),
        choices=chosen_settings(choices or {}, facts),
    )


def _ids(what: str, given: Iterable[str]) -> frozenset[str]:
    listed = [given] if isinstance(given, str) else list(given)
    if isinstance(given, str) or not all(isinstance(one, str) for one in listed):
        raise InputError(f"{what} is {given!r}; give a list of ids of care rules")
    return frozenset(listed)


def existing_rules(ids: Iterable[str], facts: Facts | None = None) -> frozenset[str]:
    """Ids as somebody wrote them, each a care rule there is: a slip must not pass as a rule that nobody signed.

    Raises `UnknownNameError`; `InputError` where they are no words.
    """
    found = _ids("signed", ids)
    for one in sorted(found):
        care_rule(one, facts)
    return found


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
