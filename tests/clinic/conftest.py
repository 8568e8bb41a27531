"""Records for the tests of the clinic, built with actions only, so that every state is one that can be reached."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from holdfast.clinic.accounts.actions import create_user
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.audit.append_only import guarded_tables
from holdfast.clinic.courses.actions import open_course
from holdfast.clinic.courses.models import Course, Source, TimeBasis
from holdfast.clinic.patients.actions import register_patient
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.actions import create_programme
from holdfast.clinic.programmes.models import Programme

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
PASSWORD = "tell-no-one-this-1"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class People:
    """One person a role, all in the same programme, and the programme."""

    programme: Programme
    by_role: dict[str, User]

    def __getattr__(self, role: str) -> User:
        return self.by_role[role]


def new_programme(key: str = "clinic", **changes: Any) -> Programme:
    """A live programme under US rules."""
    values = {"name": f"Programme {key}", "kind": "live", "jurisdiction": "US", "country": "US", "now": NOW}
    return create_programme(actor=CommandLine(), key=key, **{**values, **changes})


def new_people(programme: Programme, suffix: str = "") -> People:
    """One person a role."""
    people = {
        role.value: create_user(
            actor=CommandLine(),
            username=f"{role.value}{suffix}",
            role=role,
            password=PASSWORD,
            programmes=[programme],
            now=NOW,
        )
        for role in Role
    }
    return People(programme, people)


def new_patient(people: People, label: str = "Ada Example", **changes: Any) -> Patient:
    """A patient registered by the nurse."""
    return register_patient(actor=people.nurse, programme=people.programme, label=label, now=NOW, **changes)


def new_course(people: People, patient: Patient | None = None, **changes: Any) -> Course:
    """A course on nasal esketamine for TRD, as referred."""
    patient = patient or new_patient(people)
    values = {"protocol": "esketamine-nasal", "indication": "trd", "now": NOW}
    return open_course(actor=people.prescriber, patient=patient, **{**values, **changes})


def study_course(people: People, **changes: Any) -> Course:
    """An imported course that counts study days."""
    values = {"time_basis": TimeBasis.STUDY_DAY, "source": Source.IMPORT, "phase": "completed"}
    return open_course(
        actor=CommandLine(),
        patient=new_patient(people, "sub-01"),
        protocol="iv-racemic",
        indication="any",
        now=NOW,
        **{**values, **changes},
    )


def sound_evaluation() -> dict[str, Any]:
    """The answers of the documented example of `holdfast eligibility assess`."""
    given = json.loads((ROOT / "docs" / "examples" / "eligibility_trd_us.json").read_text())
    return {key: given[key] for key in ("evaluation", "trials") if key in given}


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Failed sign-ins are counted in the cache and must not leak from test to test."""
    cache.clear()


@pytest.fixture
def people(db: None) -> People:
    """One person a role in one programme."""
    return new_people(new_programme())


@pytest.fixture
def without_transaction(transactional_db: None) -> Iterator[None]:
    """A database whose changes other connections see. It is emptied afterwards, so on PostgreSQL without its guards."""
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in guarded_tables():
                cursor.execute(f'DROP TRIGGER "{table}_append_only" ON "{table}"')


@pytest.fixture
def others(people: People) -> People:
    """One person a role in another programme."""
    return new_people(new_programme("other"), suffix="2")


@pytest.fixture
def course(people: People) -> Course:
    """A referred course."""
    return new_course(people)


@pytest.fixture
def at() -> Callable[..., dt.datetime]:
    """A moment so many hours and days after the tests' now."""
    return lambda days=0, hours=0: NOW + dt.timedelta(days=days, hours=hours)
