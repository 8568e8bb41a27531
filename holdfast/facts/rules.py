"""Care rules as values: what a rule says, its numbers, and whether a physician must sign it first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts.loader import Facts, load
from holdfast.facts.schema import Row
from holdfast.facts.thresholds import Threshold

NEEDS_SIGNATURE = frozenset({"house", "unverified"})


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
    return _packaged() if facts is None or facts is load() else _read(facts)


@cache
def _packaged() -> Mapping[str, CareRule]:
    """Those of the package, read once: lists of thousands of courses ask for them one by one."""
    return _read(load())


def _read(facts: Facts) -> Mapping[str, CareRule]:
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


def rule_ids(what: str, given: Iterable[str]) -> frozenset[str]:
    """The ids as a set. Raises `InputError`, led by `what`, for one word alone and for what are no words."""
    listed = [given] if isinstance(given, str) else list(given)
    if isinstance(given, str) or not all(isinstance(one, str) for one in listed):
        raise InputError(f"{what} is {given!r}; give a list of ids of care rules")
    return frozenset(listed)


def existing_rules(ids: Iterable[str], facts: Facts | None = None) -> frozenset[str]:
    """Ids as somebody wrote them, each a care rule there is: a slip must not pass as a rule that nobody signed.

    Raises `UnknownNameError`; `InputError` where they are no words.
    """
    found = rule_ids("signed", ids)
    for one in sorted(found):
        care_rule(one, facts)
    return found
