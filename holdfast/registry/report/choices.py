"""What a report is judged by: definitions of outcomes by name, which rules are signed, and the facts behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.outcomes import OutcomeDefinition, chosen_definitions, definitions
from holdfast.registry.judged_by import SCALES, judged_by
from holdfast.registry.manifest import Manifest


@dataclass(frozen=True)
class Choices:
    """`settings` are keys of settings.csv; `signed` are ids of rules that need a signature and are judged by.

    Of those, `as_if` are judged as if signed: no physician of the programme signed them, whoever made the report asked
    for them. `scale` is the one that outcomes are told on; None takes the one that `scales.main_scale` finds.
    `simulated`: courses of virtual patients are among them.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    signed: tuple[str, ...] = ()
    scale: str | None = None
    as_if: tuple[str, ...] = ()
    simulated: bool = False

    def definitions(self, scale: str) -> tuple[OutcomeDefinition, ...]:
        """What a scale is judged by, at most one an outcome."""
        return chosen_definitions(scale, self.settings)

    def definition(self, scale: str, outcome: str) -> OutcomeDefinition | None:
        """What one outcome is judged by; None where no source defines it on that scale."""
        return next((one for one in self.definitions(scale) if one.outcome == outcome), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "settings": dict(sorted(self.settings.items())), "signed": sorted(set(self.signed) - set(self.as_if)),
            "judged_as_if_signed": sorted(self.as_if), "scale": self.scale,
            "facts_digest": load().digest,
        }  # fmt: skip


def choices_of(manifests: Iterable[Manifest], *, signed: Iterable[str] = (), scale: str | None = None) -> Choices:
    """Those of one set or of several. Raises `InputError` where sets are judged by different definitions.

    A rule is signed where every set says so; what `signed` names besides is judged as if it were.
    """
    every = tuple(manifests)
    if len({judged_by(one.definitions) for one in every}) > 1:
        raise InputError("the sets are judged by different definitions; report each by itself")
    known = {one.rule for one in definitions().values() if one.needs_signature}
    if unknown := sorted(set(signed) - known):
        raise InputError(f"{unknown[0]} is no rule that waits for a signature; there are {', '.join(sorted(known))}")
    if scale is not None and scale not in SCALES:
        raise InputError(f"{scale} is no scale outcomes are told on; there are {', '.join(SCALES)}")
    own = set.intersection(*(set(one.signed) for one in every)) if every else set()
    return Choices(
        dict(every[0].definitions) if every else {}, tuple(sorted(own | set(signed))), scale,
        as_if=tuple(sorted(set(signed) - own)), simulated=any(one.kind == "simulated" for one in every),
    )  # fmt: skip
