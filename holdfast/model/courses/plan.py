"""What a simulation is of: which protocol, for how long, by which policies, in whom. Plain values, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast import __version__
from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import load
from holdfast.model.courses.attendance import ATTENDANCE, PERFECT
from holdfast.model.courses.decisions import DoseRule, dose_rule_named, policy_named
from holdfast.model.courses.ratings import Definitions, definitions
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS, law
from holdfast.model.mood.placebo import Care
from holdfast.model.named_models import DEFAULT_MODEL, named_model
from holdfast.model.population.named_populations import DEFAULT_POPULATION, named_population
from holdfast.model.population.random_numbers import require_draw
from holdfast.protocols.intervals import Policy
from holdfast.protocols.protocol import Protocol, protocol
from holdfast.protocols.schedule import MOST_WEEKS

STOP, CONTINUE = "stop", "continue"
WITHOUT_RESPONSE = (STOP, CONTINUE)
MOST_DAYS = MOST_WEEKS * 7
SAID = (
    "A hypothesis, not a prediction for a patient. How levels move mood is uncalibrated: shares of response, "
    "remission and relapse are what the named hypothesis gives, not evidence."
)


@dataclass(frozen=True)
class CoursePlan:
    """One simulation. Names are checked when it is made; `policy` and `dose_rule` may be functions of your own.

    `without_response` says what happens at the review that ends induction where the last rating is no response by the
    named definition: the protocols call it a review and never an automatic stop, so the choice stands here, by name.
    Nobody is stopped whose response is not known.
    """

    protocol: Protocol
    patients: int
    days: int
    seed: int
    indication: str = "trd"
    jurisdiction: str = "none"
    model: str = DEFAULT_MODEL
    hypothesis: str = DEFAULT_HYPOTHESIS
    population: str = DEFAULT_POPULATION
    policy: str | Policy = "fixed"
    dose_rule: str | DoseRule = "usual"
    attendance: str = PERFECT
    without_response: str = STOP
    maintenance: bool = True  # False: no dose after induction; check-ins go on
    first_interval_d: int | None = None
    care: Care = field(default_factory=Care)  # how treatment is given, as far as it moves what people expect
    definitions: Definitions = field(default_factory=definitions)

    def __post_init__(self) -> None:
        self.protocol.require_indication(self.indication)
        if self.patients < 1:
            raise InputError(f"{self.patients} patients are none; the population is empty, give at least one")
        if not 1 <= self.days <= MOST_DAYS:
            raise InputError(f"{self.days} days are no course; give 1 to {MOST_DAYS}")
        require_draw(self.seed, 0, self.patients)
        named_model(self.model).require(self.protocol.drug, self.protocol.route)
        law(self.hypothesis)
        named_population(self.population)
        policy_named(self.policy)
        dose_rule_named(self.dose_rule)
        for kind, word, known in (
            ("attendance", self.attendance, ATTENDANCE),
            ("choice without response", self.without_response, WITHOUT_RESPONSE),
        ):
            if word not in known:
                raise UnknownNameError(kind, word, list(known))

    def about(self) -> Mapping[str, Any]:
        """What every stored result carries: model, facts, seed, choices. Plain values for JSON."""
        model = named_model(self.model)
        return {
            "holdfast": __version__, "facts_digest": load().digest, "model": model.id,
            "model_version": model.row["version"], "hypothesis": self.hypothesis, "population": self.population,
            "protocol": self.protocol.id, "protocol_version": self.protocol.version, "indication": self.indication,
            "jurisdiction": self.jurisdiction, "patients": self.patients, "days": self.days, "seed": self.seed,
            "policy": _name(self.policy), "dose_rule": _name(self.dose_rule), "attendance": self.attendance,
            "without_response": self.without_response, "maintenance": self.maintenance,
            "first_interval_d": self.first_interval_d, "definitions": dict(self.definitions.names()),
            "care": vars(self.care), "below_verified": dict(model.below_verified()), "said": SAID,
        }  # fmt: skip


def _name(chosen: Any) -> str:
    return chosen if isinstance(chosen, str) else f"{chosen.__module__}.{chosen.__qualname__}"


def course_plan(protocol_id: str, **choices: Any) -> CoursePlan:
    """A plan for the protocol of that name; `choices` are the fields of `CoursePlan`."""
    return CoursePlan(protocol(protocol_id), **choices)
