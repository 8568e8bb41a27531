"""The registry as values for its pages: what patients said, extracts that left, the report of a programme."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.models import RegistryConsent, RegistryExtract, Said
from holdfast.clinic.registry.standing import taking_part

LISTED = 20


@dataclass(frozen=True)
class OfPatient:
    """How one patient stands to the registry. `extracts` are those that left while consent stood, newest first."""

    last: RegistryConsent | None
    said: tuple[RegistryConsent, ...]
    extracts: tuple[RegistryExtract, ...]
    offered: tuple[Said, ...]  # what this reader can record now

    @property
    def takes_part(self) -> bool:
        """Does consent stand?"""
        return self.last is not None and self.last.said == Said.GIVEN


def of_patient(*, actor: Actor, patient: Patient) -> OfPatient:
    """For the page of one patient."""
    require(actor, "registry_consent.view", patient)
    said = tuple(patient.registry_consents.select_related("by").order_by("-pk"))
    last = said[0] if said else None
    offered = tuple(one for one in _can_follow(last) if may(actor, _asks(one), patient))
    return OfPatient(last, said, _extracts_with(patient, said), offered)


def _can_follow(last: RegistryConsent | None) -> tuple[Said, ...]:
    """What can be said after what was said last; a consent may be given anew, to a newer sheet."""
    if last is not None and last.said == Said.GIVEN:
        return (Said.WITHDRAWN, Said.GIVEN)
    return (Said.GIVEN, Said.REFUSED, Said.ASKED)


def _asks(said: Said) -> str:
    return "registry_consent.withdraw" if said is Said.WITHDRAWN else "registry_consent.record"


def _extracts_with(patient: Patient, said: tuple[RegistryConsent, ...]) -> tuple[RegistryExtract, ...]:
    """Extracts of the programme that were made while the consent of this patient was on record."""
    made = RegistryExtract.objects.filter(programme=patient.programme).order_by("-pk")
    in_turn = sorted(said, key=lambda one: one.pk)
    found = []
    for one in made if said else ():
        before = [row for row in in_turn if row.at <= one.at]
        if before and before[-1].said == Said.GIVEN:
            found.append(one)
    return tuple(found)


@dataclass(frozen=True)
class OfProgramme:
    """How many of a programme take part, and the extracts that left it."""

    patients: int
    taking_part: int
    extracts: tuple[RegistryExtract, ...]


def of_programme(*, actor: Actor, programme: Programme) -> OfProgramme:
    """For the pages of the programme."""
    require(actor, "registry_report.view", programme)
    made = RegistryExtract.objects.filter(programme=programme).select_related("by").order_by("-pk")[:LISTED]
    return OfProgramme(programme.patients.count(), len(taking_part(programme)), tuple(made))
