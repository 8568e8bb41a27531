"""Import a score table as a programme of its own, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from holdfast.clinic.accounts.actions import set_programmes
from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.actions import fix_baseline, open_course
from holdfast.clinic.courses.models import NO_ILLNESS, Course, Source, TimeBasis
from holdfast.clinic.courses.phases import Phase
from holdfast.clinic.patients.actions import register_patient
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.actions import create_programme
from holdfast.clinic.programmes.models import Programme, ProgrammeKind
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions, record_treatment_session
from holdfast.errors import InputError
from holdfast.exchange.score_table import Participant, Rating, ScoreTable
from holdfast.facts.tables import DRUGS

BASELINE_LEG = "baseline"
DOSE_DAY = 0  # ratings of a drug's leg are counted in days after its dose
SEX = {"F": Patient.Sex.FEMALE, "M": Patient.Sex.MALE}


@dataclass(frozen=True)
class GroupMeaning:
    """What a group of a trial stands for."""

    diagnosis: str
    indication: str


# Group words of the open trials read so far; a word not listed comes in as it stands, its indication not told.
GROUPS: Mapping[str, GroupMeaning] = {
    "MDD": GroupMeaning("Major depressive disorder", "mdd"),
    "BP": GroupMeaning("Bipolar disorder, depressed", "bipolar-depression"),
    "HC": GroupMeaning("Healthy volunteer, control group", NO_ILLNESS),
}


@transaction.atomic
def import_score_table(
    *,
    actor: Actor,
    table: ScoreTable,
    key: str,
    now: dt.datetime,
    protocol: str = "iv-racemic",
    name: str = "",
    people: Iterable[User] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Programme:
    """A programme of kind real, de-identified, holding the people and ratings of `table`. All or nothing.

    `people` may open it. Times stay study days. Where a person was rated after a drug, one treatment session on day 0
    is recorded with its dose unknown: the table proves the dose was given, not how much. Raises `InputError` with
    every bad row.
    """
    require(actor, "programme.import")
    _sound(table)
    programme = create_programme(
        actor=actor,
        key=key,
        name=name or table.title,
        kind=ProgrammeKind.DEIDENTIFIED,
        source_note=table.source,
        licence=table.licence,
        now=now,
    )
    for user in people:
        set_programmes(actor=actor, user=user, programmes=[*user.programmes.all(), programme], now=now)
    by_person: dict[str, list[Rating]] = {}
    for rating in table.ratings:
        by_person.setdefault(rating.participant_id, []).append(rating)
    for done, participant in enumerate(table.participants, start=1):
        _import_person(actor, programme, participant, by_person.get(participant.id, []), protocol, now)
        progress(done)
    audit.record(actor, "programme.import", programme, at=now, details={"rows": len(table.ratings)})
    return programme


def _sound(table: ScoreTable) -> None:
    """Raises `InputError` naming every bad row, or where there is nothing to import."""
    if table.bad_rows:
        listed = "\n".join(f"  {bad}" for bad in table.bad_rows)
        raise InputError(f"nothing was imported: {len(table.bad_rows)} bad rows\n{listed}")
    if not table.ratings:
        raise InputError("nothing was imported: the table holds no rating")


def _import_person(
    actor: Actor, programme: Programme, participant: Participant, ratings: list[Rating], protocol: str, now: dt.datetime
) -> None:
    meaning = GROUPS.get(participant.group, GroupMeaning("", "any"))
    patient = register_patient(
        actor=actor,
        programme=programme,
        label=participant.id,
        age_y=participant.age_y,
        age_basis=Patient.AgeBasis.AT_BASELINE if participant.age_y is not None else "",
        sex=SEX[participant.sex] if participant.sex else "",
        diagnosis=meaning.diagnosis,
        group=participant.group,
        now=now,
    )
    if not ratings:
        return
    course = open_course(
        actor=actor,
        patient=patient,
        protocol=protocol,
        indication=meaning.indication,
        time_basis=TimeBasis.STUDY_DAY,
        source=Source.IMPORT,
        phase=Phase.COMPLETED,
        now=now,
    )
    recorded = [(rating, _record(actor, course, rating, now)) for rating in ratings]
    if any(rating.leg in DRUGS for rating in ratings):
        (planned,) = plan_treatment_sessions(
            actor=actor, course=course, sessions=[SessionToPlan(planned_day=DOSE_DAY)], source=Source.IMPORT, now=now
        )
        record_treatment_session(actor=actor, treatment_session=planned, dosed_on_day=DOSE_DAY, dose_mg=None, now=now)
    for rating, assessment in recorded:
        if rating.leg in ("", BASELINE_LEG) and rating.day <= DOSE_DAY:
            fix_baseline(actor=actor, course=course, assessment=assessment, now=now)


def _record(actor: Actor, course: Course, rating: Rating, now: dt.datetime) -> Assessment:
    return record_assessment(
        actor=actor,
        course=course,
        scale=rating.scale,
        total=rating.total,
        study_day=rating.day,
        leg=rating.leg,
        rater=Assessment.Rater.UNKNOWN,
        source=Source.IMPORT,
        now=now,
    ).assessment
