"""What a care rule answers: a `Decision` with every reason, never the first one only.

A reason carries the id of the rule it comes from, so that a reader can go from a refusal on a page to the
row in `facts/care_rules.csv` and from there to the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Weight(StrEnum):
    """How a reason weighs. The words are those of the `action` column of care_rules.csv."""

    HARD_STOP = "hard_stop"  # cannot proceed, no override
    STOP = "stop_unless_overridden"  # a physician may override, with a reason on record
    CAUTION = "caution"  # shown and acknowledged
    RECORD = "record"  # must be recorded
    INACTIVE = "inactive"  # a house or unverified rule that no physician has signed; told, never enforced


@dataclass(frozen=True)
class Reason:
    """One finding of one rule.

    `code` is a short stable word for tests and forms; `text` is a whole sentence for a clinician with the
    value found and the limit; `missing` is true when the finding is that something was not measured.
    """

    code: str
    text: str
    rule: str
    weight: Weight
    missing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "code": self.code,
            "text": self.text,
            "rule": self.rule,
            "weight": self.weight.value,
            "missing": self.missing,
        }


@dataclass(frozen=True)
class Decision:
    """Outcome of a rule. Allowed exactly when nothing stands against it."""

    against: tuple[Reason, ...] = ()
    cautions: tuple[Reason, ...] = ()
    to_record: tuple[Reason, ...] = ()
    inactive: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        """True when no stop, hard or overridable, stands."""
        return not self.against

    @property
    def hard_stops(self) -> tuple[Reason, ...]:
        """Stops that nobody may override."""
        return tuple(r for r in self.against if r.weight is Weight.HARD_STOP)

    @property
    def overridable(self) -> tuple[Reason, ...]:
        """Stops that a physician may override with a recorded reason."""
        return tuple(r for r in self.against if r.weight is Weight.STOP)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the stops, in the order the rules were asked."""
        return tuple(r.code for r in self.against)

    def allowed_after(self, overridden_rules: Iterable[str]) -> bool:
        """Would the decision be allowed if these rules were overridden? Hard stops never yield."""
        overridden = set(overridden_rules)
        return all(r.weight is Weight.STOP and r.rule in overridden for r in self.against)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Decision:
        """The decision that `as_dict` wrote."""
        groups = (stored[name] for name in stored if name != "allowed")
        return decide(Reason(**{**one, "weight": Weight(one["weight"])}) for group in groups for one in group)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: `allowed`, then each group of reasons."""
        return {
            "allowed": self.allowed,
            "hard_stops": [r.as_dict() for r in self.hard_stops],
            "stops_a_physician_may_override": [r.as_dict() for r in self.overridable],
            "cautions": [r.as_dict() for r in self.cautions],
            "to_record": [r.as_dict() for r in self.to_record],
            "inactive": [r.as_dict() for r in self.inactive],
        }


def caution(code: str, text: str, told_by: str, *, missing: bool = False) -> Reason:
    """A caution that no rule weighs: worth knowing, although no care rule speaks of it here.

    `told_by` is the rule nearest to it, or the protocol, the review or the part of one that it comes from.
    """
    return Reason(code, text, told_by, Weight.CAUTION, missing)


def softened(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The same findings, each overridable stop turned into a caution; hard stops stay."""
    return tuple(replace(r, weight=Weight.CAUTION) if r.weight is Weight.STOP else r for r in reasons)


def decide(reasons: Iterable[Reason]) -> Decision:
    """Sort reasons into a `Decision` by their weight; order within a group is kept."""
    groups: dict[Weight, list[Reason]] = {weight: [] for weight in Weight}
    for reason in reasons:
        groups[reason.weight].append(reason)
    against = [r for w in (Weight.HARD_STOP, Weight.STOP) for r in groups[w]]
    return Decision(
        against=tuple(against),
        cautions=tuple(groups[Weight.CAUTION]),
        to_record=tuple(groups[Weight.RECORD]),
        inactive=tuple(groups[Weight.INACTIVE]),
    )
