"""A protocol as values: what is given when, how it is given, what is checked, when benefit is judged.

Protocols are documents under facts/protocols; this module only reads them into typed parts. Every part names the
fact it was read from (`fact_id`, for `holdfast facts show`) and how far that fact is checked (`status`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from holdfast.errors import InputError
from holdfast.facts import Document, Facts, Row, RuleSet, load, rule_set
from holdfast.protocols.parts import (
    Administration,
    Check,
    Dose,
    DriveFree,
    Maintenance,
    Observation,
    Phase,
    Review,
)
from holdfast.units import MIN_PER_H

UNREAD = frozenset({"assumed", "unverified"})  # a fact of such a status waits for a physician's signature


@dataclass(frozen=True)
class Protocol:
    """One protocol, whole. `adopts` are care rules that hold under it in every jurisdiction."""

    id: str
    name: str
    drug: str
    route: str
    amount_as: str
    indications: tuple[str, ...]
    version: int
    experimental: bool
    adopts: tuple[str, ...]
    phases: tuple[Phase, ...]
    doses: tuple[Dose, ...]
    administration: Administration
    observation: Observation
    checks: tuple[Check, ...]
    reviews: tuple[Review, ...]
    maintenance: Maintenance | None
    drive_free: DriveFree
    status: str
    document: Document = field(repr=False)

    def require_indication(self, indication: str) -> str:
        """The indication, if the protocol has a plan for it. Raises `InputError` naming those it has."""
        if indication not in self.indications:
            known = ", ".join(self.indications)
            raise InputError(f"indication: protocol {self.id} has no plan for {indication!r}; it has {known}")
        return indication

    def phases_for(self, indication: str) -> tuple[Phase, ...]:
        """Phases of one indication, in order."""
        self.require_indication(indication)
        return tuple(phase for phase in self.phases if phase.indication in (indication, "any"))

    def phase_at(self, indication: str, week: int, sessions_given: int = 0) -> Phase | None:
        """The phase of the next treatment session in `week`; None where the plan has ended.

        `sessions_given` is the number given in the course so far: a phase with `max_sessions` is over once they are
        given. A week before the first counts as the first.
        """
        counted = 0
        for phase in self.phases_for(indication):
            if phase.last_week is not None and week > phase.last_week:
                continue
            if phase.max_sessions is not None:
                counted += phase.max_sessions
                if sessions_given >= counted:
                    continue
            return phase
        return None

    def hours_in_clinic(self, dose_h: float | None = None) -> float:
        """Hours of one treatment session: the least observation, and the dose where the clock waits for its end.

        `dose_h` is how long the dose takes, h; None: as long as the protocol has it.
        """
        observed_h = self.observation.min_min / MIN_PER_H
        if self.observation.clock_from != "dose-end":
            return observed_h
        return observed_h + ((self.administration.duration_min or 0.0) / MIN_PER_H if dose_h is None else dose_h)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON: the document's rows by section."""
        sections = {name: [row.as_dict() for row in rows] for name, rows in self.document.sections.items()}
        return {"id": self.id, "name": self.name, **sections}


def protocols(facts: Facts | None = None) -> Mapping[str, Protocol]:
    """Every protocol by id."""
    facts = facts or load()
    return MappingProxyType({name: _read(document) for name, document in facts.documents["protocols"].items()})


def protocol(protocol_id: str, facts: Facts | None = None) -> Protocol:
    """One protocol. Raises `UnknownNameError` naming those there are."""
    return _loaded(protocol_id) if facts is None else _read(facts.document("protocols", protocol_id))


@cache
def _loaded(protocol_id: str) -> Protocol:
    """One of the tables that are loaded once in a process: it is asked for with every entry at the chair."""
    return _read(load().document("protocols", protocol_id))


def protocol_rules(
    protocol: Protocol,
    *,
    jurisdiction: str,
    indication: str,
    signed: Iterable[str] = (),
    choices: Mapping[str, str] | None = None,
    facts: Facts | None = None,
) -> RuleSet:
    """The care rules as they stand under this protocol: those it adopts hold in every jurisdiction.

    Raises `InputError` on an indication the protocol has no plan for, or an unknown jurisdiction, setting or key.
    """
    return rule_set(
        drug=protocol.drug,
        route=protocol.route,
        indication=protocol.require_indication(indication),
        jurisdiction=jurisdiction,
        signed=signed,
        adopted=protocol.adopts,
        choices=choices,
        facts=facts,
    )


def _read(document: Document) -> Protocol:
    header = document.header
    return Protocol(
        id=document.id,
        name=header["name"],
        drug=header["drug"],
        route=header["route"],
        amount_as=header["amount_as"],
        indications=header["indications"],
        version=header["version"],
        experimental=header["experimental"],
        adopts=header.get("adopts", ()),
        phases=tuple(_phase(row) for row in document.rows("phase")),
        doses=tuple(_dose(row) for row in document.rows("dose")),
        administration=_administration(document.row("administration")),
        observation=_observation(_only(document, "observation")),
        checks=tuple(_check(row) for row in document.rows("check")),
        reviews=tuple(_review(row) for row in document.rows("review")),
        maintenance=_maintenance(document.row("maintenance")),
        drive_free=_drive_free(_only(document, "drive_free")),
        status=header["status"],
        document=document,
    )


def _only(document: Document, section: str) -> Row:
    row = document.row(section)
    if row is None:
        raise InputError(f"protocols/{document.id}: section [{section}] is missing; every protocol needs it")
    return row


def _phase(row: Row) -> Phase:
    return Phase(
        key=row["key"],
        indication=row["indication"],
        phase=row["phase"],
        first_week=row["first_week"],
        last_week=row["last_week"],
        sessions_per_week=row["sessions_per_week"],
        interval_d=row["interval_d"],
        usual_interval_d=row.get("usual_interval_d", row["interval_d"][0]),
        min_interval_d=row["min_interval_d"],
        window_before_d=row["window_before_d"],
        window_after_d=row["window_after_d"],
        max_sessions=row["max_sessions"],
        rule=row["rule"],
        fact_id=row.id,
        status=row["status"],
    )


def _dose(row: Row) -> Dose:
    return Dose(
        key=row["key"],
        indication=row["indication"],
        phases=row["phases"],
        day_1=row["day_1"],
        jurisdictions=row["jurisdictions"],
        age_min_y=row["age_min_y"],
        age_max_y=row["age_max_y"],
        amounts=row["amounts"],
        unit=row["unit"],
        rule=row["rule"],
        fact_id=row.id,
        status=row["status"],
    )


def _administration(row: Row | None) -> Administration:
    if row is None:
        return Administration()
    names = [name for name in Administration.__dataclass_fields__ if name in row.values]
    return Administration(**{name: row[name] for name in names})


def _observation(row: Row) -> Observation:
    return Observation(row["clock_from"], row["min_min"], row["rule"], row.id, row["status"])


def _check(row: Row) -> Check:
    return Check(
        row["key"],
        row["measures"],
        row["anchor"],
        row["at_min"],
        row["tolerance_min"],
        row["repeat_min"],
        row["rule"],
        row.id,
        row["status"],
    )


def _review(row: Row) -> Review:
    return Review(
        row["key"],
        row["after_sessions"],
        row["after_weeks"],
        row["repeat_weeks"],
        row["purpose"],
        row["rule"],
        row.id,
        row["status"],
    )


def _maintenance(row: Row | None) -> Maintenance | None:
    if row is None:
        return None
    return Maintenance(row["hold_sessions"], row["stop_after_sessions"], row["rule"], row.id, row["status"])


def _drive_free(row: Row) -> DriveFree:
    return DriveFree(row["kind"], row["hours"], row["rule"], row.id, row["status"])
