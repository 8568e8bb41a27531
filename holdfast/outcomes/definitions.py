"""Outcomes by named definition, from facts/outcome_definitions.csv.

Sources differ on what remission is (MADRS of 12, 10 or 9 and less), so there is no `remission` without a name.
A definition that speaks of one scale refuses another; `any` compares each scale with itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import NEEDS_SIGNATURE, Facts, Row, care_rule, chosen_settings, compare, load
from holdfast.facts.scale_names import scale_document, whole_total

PREFIX = "outcome."
ANY_SCALE = "any"
REMISSION_SETTING = {"madrs": "remission_madrs"}  # scales whose remission the programme chooses in its settings


@dataclass(frozen=True)
class OutcomeDefinition:
    """One named definition. `values` is in percent for a fall from baseline, else in points of the scale."""

    name: str
    outcome: str
    scale: str
    quantity: str
    op: str
    values: tuple[float, ...]
    unit: str
    repeat: int
    repeat_min_d: float | None
    repeat_max_d: float | None
    after_remission_d: float | None
    rule: str
    needs_signature: bool
    status: str
    row: Row = field(compare=False, repr=False)

    @property
    def text(self) -> str:
        """The definition in a phrase, such as `madrs total <= 10 score`."""
        number = ";".join(f"{value:g}" for value in self.values)
        phrase = f"{self.scale} {self.quantity} {self.op} {number} {self.unit}"
        if self.repeat > 1:
            phrase += f", {self.repeat} times, {self.repeat_min_d:g} to {self.repeat_max_d:g} days apart"
        if self.after_remission_d is not None:
            phrase += f", after {self.after_remission_d:g} days or more in remission"
        return phrase

    def speaks_of(self, scale: str) -> bool:
        """Does the definition judge this scale (an id)?"""
        return self.scale in (ANY_SCALE, scale)

    def met_by(self, total: float) -> bool:
        """Does one total meet the comparison? Only for definitions on the total."""
        return compare(total, self.op, self.values)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name, "outcome": self.outcome, "scale": self.scale, "definition": self.text,
            "rule": self.rule, "needs_signature": self.needs_signature, "status": self.status,
            "ref": self.row["ref"],
        }  # fmt: skip


def definitions(facts: Facts | None = None) -> Mapping[str, OutcomeDefinition]:
    """Every definition by its name, in the order of the table."""
    return _packaged() if facts is None or facts is load() else _read(facts)


@cache
def _packaged() -> Mapping[str, OutcomeDefinition]:
    """Those of the package, read once."""
    return MappingProxyType(_read(load()))


def _read(facts: Facts) -> dict[str, OutcomeDefinition]:
    found = (_definition(row, facts) for row in facts.rows("outcome_definitions"))
    return {one.name: one for one in found}


def definition(name: str, facts: Facts | None = None) -> OutcomeDefinition:
    """The definition of that name (`madrs_le10`, or its id `outcome.madrs_le10`). Raises `UnknownNameError`."""
    known = definitions(facts)
    try:
        return known[name.removeprefix(PREFIX)]
    except KeyError:
        raise UnknownNameError("outcome definition", name, list(known)) from None


def chosen_definitions(
    scale: str, choices: Mapping[str, str] | None = None, facts: Facts | None = None
) -> tuple[OutcomeDefinition, ...]:
    """The definitions a programme judges this scale by: one per outcome, disputed ones by its settings.

    `choices` are keys of settings.csv (`{"remission_madrs": "madrs_le12"}`). A scale without a sourced remission
    has none. Raises `InputError` on an unknown choice.
    """
    facts = facts or load()
    scale_id = scale_document(scale, facts).id
    settings = chosen_settings(choices or {}, facts)
    chosen: dict[str, OutcomeDefinition] = {}
    for one in definitions(facts).values():
        if not one.speaks_of(scale_id):
            continue
        setting = REMISSION_SETTING.get(scale_id) if one.outcome == "remission" else None
        if setting is None or settings[setting] == one.name:
            chosen.setdefault(one.outcome, one)
    return tuple(chosen.values())


def response(
    baseline_total: float | None,
    total: float | None,
    definition: OutcomeDefinition,
    *,
    scale: str,
    baseline_scale: str | None = None,
) -> bool | None:
    """Has the total fallen from baseline as far as the definition asks, on one and the same scale?

    None, never False, where it is undefined: baseline missing or 0, or total missing. Raises `InputError` for two
    different scales, a scale on which a higher total is better, a definition of another scale or outcome, and a
    total the scale cannot have. Rule out.response.
    """
    _must_be(definition, ("response", "partial_response"))
    document = _scale_for(definition, scale)
    if baseline_scale is not None and scale_document(baseline_scale).id != document.id:
        raise InputError(f"baseline is on {baseline_scale} and the total on {scale}; a scale is compared with itself")
    if document.header["higher_is"] != "worse":
        raise InputError(f"{document.id} rises with improvement; a fall from baseline is no response on it")
    for value in (baseline_total, total):
        if value is not None:
            whole_total(document, value)
    if baseline_total is None or total is None or baseline_total == 0:
        return None
    # Percent times baseline on both sides: no division, so that 50 % of 27 is not a matter of rounding.
    needed = tuple(percent * baseline_total for percent in definition.values)
    return compare((baseline_total - total) * 100, definition.op, needed)


def remission(total: float | None, definition: OutcomeDefinition, *, scale: str) -> bool | None:
    """Does the total meet the named definition of remission? None where the total is missing.

    Raises `InputError` where the definition is of another scale or not of remission. Rule out.remission.
    """
    _must_be(definition, ("remission",))
    document = _scale_for(definition, scale)
    if total is None:
        return None
    whole_total(document, total)
    return definition.met_by(total)


def names(chosen: Iterable[OutcomeDefinition]) -> str:
    """Their names, for a sentence."""
    return ", ".join(one.name for one in chosen)


def _scale_for(definition: OutcomeDefinition, scale: str) -> Any:
    document = scale_document(scale)
    if not definition.speaks_of(document.id):
        raise InputError(f"{definition.name} is defined on {definition.scale}, not on {document.id}")
    return document


def _must_be(definition: OutcomeDefinition, outcomes: tuple[str, ...]) -> None:
    if definition.outcome not in outcomes:
        raise InputError(f"{definition.name} defines {definition.outcome}, not {' or '.join(outcomes)}")


def _definition(row: Row, facts: Facts) -> OutcomeDefinition:
    return OutcomeDefinition(
        name=row.id.removeprefix(PREFIX),
        outcome=row["outcome"],
        scale=row["scale"],
        quantity=row["quantity"],
        op=row["op"],
        values=row["value"],
        unit=row["unit"],
        repeat=row.get("repeat", 1),
        repeat_min_d=row["repeat_min_d"],
        repeat_max_d=row["repeat_max_d"],
        after_remission_d=row["after_remission_d"],
        rule=row["rule"],
        needs_signature=care_rule(row["rule"], facts).class_ in NEEDS_SIGNATURE,
        status=row["status"],
        row=row,
    )
