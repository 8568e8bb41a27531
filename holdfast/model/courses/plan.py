"""What a simulation is of: which protocol, for how long, by which policies, in whom. Plain values, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from holdfast.errors import InputError, UnknownNameError
from holdfast.model.courses.attendance import ATTENDANCE, PERFECT
from holdfast.model.courses.decisions import DoseRule, dose_rule_named, policy_named
from holdfast.model.courses.ratings import RELAPSE, REMISSION, RESPONSE, Definitions, definitions
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS, law
from holdfast.model.mood.placebo import Care
from holdfast.model.named_models import DEFAULT_MODEL, NamedModel, named_model
from holdfast.model.population.named_populations import DEFAULT_POPULATION, named_population
from holdfast.model.population.random_numbers import require_draw
from holdfast.model.posteriors.reading import posterior, posterior_names
from holdfast.model.provenance import NO_PREDICTION, provenance
from holdfast.protocols.intervals import Policy
from holdfast.protocols.protocol import Protocol, protocol
from holdfast.protocols.schedule import MOST_WEEKS

STOP, CONTINUE = "stop", "continue"
KEEP, OVERRIDE = "keep", "override"
CHOICES = (STOP, CONTINUE)
GATES = (KEEP, OVERRIDE)
MOST_DAYS = MOST_WEEKS * 7
SAID = (
    f"A hypothesis, {NO_PREDICTION}. How levels move mood is uncalibrated: shares of response, "
    "remission and relapse are what the named hypothesis gives, not evidence."
)


def said_of(model: str, hypothesis: str) -> str:
    """What an answer of that model says of itself: whether its mood rests on a posterior, and what is not held."""
    if model not in posterior_names() or posterior(model).hypothesis != hypothesis:
        return SAID
    drawn = posterior(model).named
    return (
        f"How levels move mood is calibrated to published trials (posterior of {drawn['name']} of {drawn['date']}), "
        f"here by its medians: what differs is who is drawn, not how unsure the model is. {NO_PREDICTION.capitalize()}."
    )


def course_model(name: str) -> NamedModel:
    """The model of that name. Raises `UnknownNameError`, and `InputError` for one without effects and mood."""
    model = named_model(name)
    if not (model.has("kout") and model.has("CADSS_Emax")):
        raise InputError(f"model {name} ends at levels; a course has effects and mood too: use {DEFAULT_MODEL}")
    return model


@dataclass(frozen=True)
class CoursePlan:
    """One simulation. Names are checked when it is made; `policy` and `dose_rule` may be functions of your own.

    `without_response` says what happens at the review that ends induction where the last rating is no response by the
    named definition: the protocols call it a review and never an automatic stop, so the choice stands here, by name.
    Nobody is stopped whose response is not known. `pressure_gate` says what becomes of a dose that the clinic's gate
    stops: it is withheld (`keep`), or the physician overrides every such stop (`override`).
    """

    protocol_id: str
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
    when_raised: str = CONTINUE  # a policy raises stopping, for the clinician to decide: here it stands by name
    pressure_gate: str = KEEP
    first_interval_d: int | None = None
    care: Care = field(default_factory=Care)  # how treatment is given, as far as it moves what people expect
    response: str = RESPONSE
    remission: str = REMISSION
    relapse: str = RELAPSE

    def __post_init__(self) -> None:
        self.protocol.require_indication(self.indication)
        if self.patients < 1:
            raise InputError(f"{self.patients} patients are none; the population is empty, give at least one")
        if not 1 <= self.days <= MOST_DAYS:
            raise InputError(f"{self.days} days are no course; give 1 to {MOST_DAYS}")
        require_draw(self.seed, 0, self.patients)
        course_model(self.model).require(self.protocol.drug, self.protocol.route)
        law(self.hypothesis)
        _ = self.definitions
        named_population(self.population)
        policy_named(self.policy)
        dose_rule_named(self.dose_rule)
        for kind, word, known in (
            ("attendance", self.attendance, ATTENDANCE),
            ("choice without response", self.without_response, CHOICES),
            ("choice when stopping is raised", self.when_raised, CHOICES),
            ("choice at the pressure gate", self.pressure_gate, GATES),
        ):
            if word not in known:
                raise UnknownNameError(kind, word, list(known))
        self._check_first_interval()

    def _check_first_interval(self) -> None:
        if self.first_interval_d is None:
            return
        phases = [p for p in self.protocol.phases_for(self.indication) if p.phase == "maintenance"]
        if not any(self.first_interval_d in phase.interval_d for phase in phases):
            allowed = ", ".join(str(day) for phase in phases for day in phase.interval_d) or "none"
            raise InputError(
                f"a first interval of {self.first_interval_d} d is none of {self.protocol_id}: {allowed} d"
            )

    @property
    def protocol(self) -> Protocol:
        """The protocol of that name; the plan itself stays small enough to be sent to other machines."""
        return _protocol(self.protocol_id)

    @property
    def definitions(self) -> Definitions:
        """The outcome definitions by which it is judged."""
        return definitions(self.response, self.remission, self.relapse)

    def about(self) -> Mapping[str, Any]:
        """What every stored result carries: model, facts, seed, choices. Plain values for JSON."""
        return provenance(
            named_model(self.model), said=said_of(self.model, self.hypothesis), seed=self.seed,
            hypothesis=self.hypothesis, population=self.population,
            protocol=self.protocol.id, protocol_version=self.protocol.version,
            indication=self.indication, jurisdiction=self.jurisdiction, patients=self.patients, days=self.days,
            policy=_name(self.policy), dose_rule=_name(self.dose_rule), attendance=self.attendance,
            without_response=self.without_response, maintenance=self.maintenance, when_raised=self.when_raised,
            pressure_gate=self.pressure_gate, first_interval_d=self.first_interval_d,
            definitions=dict(self.definitions.names()), care=vars(self.care),
        )  # fmt: skip


def _name(chosen: Any) -> str:
    return chosen if isinstance(chosen, str) else f"{chosen.__module__}.{chosen.__qualname__}"


_protocol = cache(protocol)
