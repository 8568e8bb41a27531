"""An adverse event in the words of ICH E2A and E2B: what, since when, how severe, how serious, why, what was done."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum

from holdfast.errors import InputError
from holdfast.treatment_sessions.clock import aware


class EventKind(StrEnum):
    """The kind of event, as the registry counts it."""

    BLADDER = "bladder"
    BLOOD_PRESSURE = "blood_pressure"
    CARDIOVASCULAR = "cardiovascular"
    COGNITION = "cognition"
    DISSOCIATION = "dissociation"
    DIZZINESS_VERTIGO = "dizziness_vertigo"
    GASTROINTESTINAL = "gastrointestinal"
    HEADACHE = "headache"
    MOOD_SWITCH = "mood_switch"
    PSYCHIATRIC = "psychiatric"
    SEDATION = "sedation"
    SENSORY = "sensory"
    SUICIDALITY = "suicidality"
    TASTE = "taste"
    VISION = "vision"
    OTHER = "other"


class Severity(StrEnum):
    """How intense it is. A severe event need not be serious."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Seriousness(StrEnum):
    """The criterion that makes an event serious (ICH E2A), or that none is met."""

    NOT_SERIOUS = "not-serious"
    DEATH = "death"
    LIFE_THREATENING = "life-threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL_ANOMALY = "congenital-anomaly"
    MEDICALLY_IMPORTANT = "medically-important"


class Causality(StrEnum):
    """The clinician's judgement whether the drug caused it."""

    NOT_RELATED = "not-related"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    NOT_JUDGED = "not-judged"


class ActionTaken(StrEnum):
    """What was done with the drug, or else."""

    NONE = "none"
    PAUSED = "dose-paused"
    STOPPED = "dose-stopped"
    REDUCED = "dose-reduced"
    DRUG_GIVEN = "another-drug-given"
    OTHER = "other"


class EventOutcome(StrEnum):
    """Where it stands (ICH E2B). Not known is an answer."""

    RECOVERED = "recovered"
    RECOVERING = "recovering"
    NOT_RECOVERED = "not-recovered"
    SEQUELAE = "recovered-with-sequelae"
    FATAL = "fatal"
    UNKNOWN = "not-known"


@dataclass(frozen=True)
class AdverseEvent:
    """One adverse event. Raises `InputError` without a term and where seriousness and outcome contradict.

    `kind` is None where nobody chose one: then its words tell it (`event_kinds`).
    """

    term: str
    onset_at: datetime.datetime
    severity: Severity
    seriousness: Seriousness
    causality: Causality
    action_taken: ActionTaken
    outcome: EventOutcome
    note: str = ""
    kind: EventKind | None = None

    def __post_init__(self) -> None:
        if not self.term.strip():
            raise InputError("term is empty; say what happened, in a word or two")
        aware(self.onset_at, "onset_at")
        if self.outcome is EventOutcome.FATAL and self.seriousness is not Seriousness.DEATH:
            raise InputError("seriousness is not death, but outcome is fatal; correct one of them")

    @property
    def serious(self) -> bool:
        """Does it meet a criterion of seriousness?"""
        return self.seriousness is not Seriousness.NOT_SERIOUS
