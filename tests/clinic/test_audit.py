"""The record of actions: one entry with every change, in its transaction; any later alteration is found."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from holdfast.clinic.accounts.actions import change_role, set_programmes
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.audit.append_only import (
    AppendOnlyError,
    append_only_tables,
    guarded_tables,
    install_triggers,
    trigger_sql,
)
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import entries, verify
from holdfast.clinic.courses.models import Course
from holdfast.clinic.patients.actions import register_patient
from holdfast.clinic.patients.models import Patient
from holdfast.errors import PermissionRefusedError
from tests.clinic.conftest import NOW, People

TABLE = "audit_auditentry"
pytestmark = pytest.mark.django_db


def unguarded(sql: str, parameters: tuple[object, ...] = ()) -> None:
    """Change the record as somebody with the database file could: the triggers dropped first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'DROP TRIGGER IF EXISTS "{TABLE}_append_only" ON "{TABLE}"')
        else:
            for verb in ("update", "delete"):
                cursor.execute(f'DROP TRIGGER IF EXISTS "{TABLE}_no_{verb}"')
        cursor.execute(sql, parameters)


@pytest.fixture
def chain(people: People, course: Course) -> People:
    for total in (20, 15, 9):
        record_assessment(actor=people.nurse, course=course, scale="phq-9", total=total, rated_at=NOW, now=NOW)
    assert verify(actor=CommandLine()).sound
    assert AuditEntry.objects.count() > 10
    return people


def test_the_chain_of_a_used_clinic_is_sound(chain: People) -> None:
    report = verify(actor=chain.auditor)
    assert report.faults == ()
    assert report.entries == AuditEntry.objects.count()
    assert report.head_hash == AuditEntry.objects.last().hash


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE audit_auditentry SET action = 'user.nothing' WHERE seq = 5", "entry 5 was changed"),
        ("UPDATE audit_auditentry SET details = '{}' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_auditentry SET actor_role = 'nurse' WHERE seq = 3", "entry 3 was changed"),
        ("UPDATE audit_auditentry SET at = '2020-01-01 00:00:00' WHERE seq = 4", "entry 4 was changed"),
        ("DELETE FROM audit_auditentry WHERE seq = 6", "entries 6 to 6 are missing"),
        ("DELETE FROM audit_auditentry WHERE seq = 1", "entries 1 to 1 are missing"),
        ("DELETE FROM audit_auditentry WHERE seq > 8", "the chain ends at entry 8"),
        ("DELETE FROM audit_auditentry", "the chain ends at entry 0"),
    ],
)
@pytest.mark.story("HF-AUD-002")
def test_an_edit_or_a_deletion_is_found(chain: People, sql: str, says: str) -> None:
    unguarded(sql)
    report = verify(actor=CommandLine())
    assert not report.sound
    assert any(says in fault for fault in report.faults), report.faults


@pytest.mark.story("HF-AUD-002")
def test_an_entry_that_cannot_be_read_is_a_fault_and_no_crash(chain: People) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL lets no such value into the column
    unguarded(f"UPDATE {TABLE} SET at = 'garbage' WHERE seq = 3")
    report = verify(actor=CommandLine())
    assert not report.sound
    assert "the entry after 2 was changed" in report.faults[-1]


@pytest.mark.story("HF-AUD-002")
def test_reordered_entries_are_found(chain: People) -> None:
    unguarded("UPDATE audit_auditentry SET seq = 1000 WHERE seq = 4")
    unguarded("UPDATE audit_auditentry SET seq = 4 WHERE seq = 5")
    unguarded("UPDATE audit_auditentry SET seq = 5 WHERE seq = 1000")
    report = verify(actor=CommandLine())
    assert any("entry 4 does not follow" in fault for fault in report.faults)


def test_an_entry_put_behind_the_end_is_found(chain: People) -> None:
    last = AuditEntry.objects.last()
    more = AuditEntry(**{**last.content(), "at": last.at, "seq": last.seq + 1, "previous_hash": last.hash})
    more.hash = more.computed_hash()
    more.save()
    assert verify(actor=CommandLine()).faults == (
        f"the chain ends at entry {more.seq}, but {last.seq} entries were written",
    )


@pytest.mark.story("HF-AUD-002")
def test_what_the_clinic_writes_while_it_is_walked_is_no_fault(chain: People, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, wrote = AuditEntry.objects.count(), AuditEntry.computed_hash, []

    def meanwhile(entry: AuditEntry) -> str:
        if not wrote:
            wrote.append(True)
            set_programmes(actor=CommandLine(), user=chain.nurse, programmes=[], now=NOW)
        return real(entry)

    monkeypatch.setattr(AuditEntry, "computed_hash", meanwhile)
    report = verify(actor=CommandLine())
    assert (report.faults, report.entries, AuditEntry.objects.count()) == ((), before, before + 1)


def test_a_changed_entry_with_a_fresh_hash_is_found_by_its_successor(chain: People) -> None:
    entry = AuditEntry.objects.get(seq=5)
    entry.action = "user.nothing"
    unguarded("UPDATE audit_auditentry SET action = %s, hash = %s WHERE seq = 5", (entry.action, entry.computed_hash()))
    assert verify(actor=CommandLine()).faults == ("entry 6 does not follow the entry before it",)


@pytest.mark.parametrize("table", ["audit_auditentry", "assessments_assessment", "courses_phasechange"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.story("HF-REC-002")
def test_the_database_itself_refuses_changes(chain: People, table: str, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table))


def test_every_append_only_table_is_guarded(db: None) -> None:
    install_triggers()  # twice is as good as once
    guarded = guarded_tables()
    assert guarded == set(append_only_tables())
    assert {"audit_auditentry", "courses_evaluation", "courses_override", "programmes_rulesignature"} <= guarded
    assert all("append_only" in sql for sql in trigger_sql("postgresql", "t"))


@pytest.mark.story("HF-REC-002")
def test_the_models_refuse_changes_too(chain: People) -> None:
    entry = AuditEntry.objects.first()
    rating = Assessment.objects.first()
    for change in (
        entry.save, entry.delete, rating.save, rating.delete, AuditEntry.objects.all().delete,
        lambda: Assessment.objects.update(total=1), lambda: Assessment.objects.bulk_update([rating], ["total"]),
    ):  # fmt: skip
        with pytest.raises(AppendOnlyError):
            change()


@pytest.mark.story("HF-REC-001")
def test_a_change_that_fails_leaves_no_entry_and_no_record(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    before = AuditEntry.objects.count(), Patient.objects.count()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        register_patient(actor=people.nurse, programme=people.programme, label="Ada", now=NOW)
    assert (AuditEntry.objects.count(), Patient.objects.count()) == before


@pytest.mark.story("HF-AUD-001")
def test_an_entry_falls_with_the_transaction_of_its_change(people: People) -> None:
    before = AuditEntry.objects.count()
    with transaction.atomic():
        register_patient(actor=people.nurse, programme=people.programme, label="Ada", now=NOW)
        assert AuditEntry.objects.count() == before + 1
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before
    assert verify(actor=CommandLine()).sound


@pytest.mark.story("HF-AUD-001")
def test_an_entry_names_who_what_and_when_and_nothing_of_the_patient(people: People) -> None:
    register_patient(
        actor=people.nurse, programme=people.programme, label="Ada Lovelace", record_number="R-77",
        date_of_birth=dt.date(1980, 12, 10), now=NOW,
    )  # fmt: skip
    entry = AuditEntry.objects.last()
    assert (entry.action, entry.actor, entry.actor_role, entry.at) == ("patient.register", people.nurse, "nurse", NOW)
    assert entry.programme == people.programme
    written = str(entry.content())
    assert not any(
        word in written for word in ("Ada", "Lovelace", "R-77", "1980-12-10")
    )  # a bare year can stand in a random id


@pytest.mark.parametrize("details", [{"total": 12}, {"note": "felt low"}, {"who": "Ada Lovelace"}, {"dose": 56.0}])
def test_the_record_takes_no_scores_and_no_sentences(people: People, details: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="neither a word nor a count"):
        audit.record(people.nurse, "patient.register", people.programme, at=NOW, details=details)


def test_auditors_read_their_programmes_and_nobody_else_reads(people: People, others: People) -> None:
    change_role(actor=people.administrator, user=others.nurse, role="therapist", now=NOW)
    assert {e.programme_key for e in entries(actor=people.auditor)} == {"clinic", ""}
    for role in ("prescriber", "nurse", "administrator", "programme_lead"):
        with pytest.raises(PermissionRefusedError):
            entries(actor=people.by_role[role])


def test_a_record_that_was_removed_whole_is_no_sound_one(people: People) -> None:
    unguarded(f'DELETE FROM "{TABLE}"')
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_audithead")
    (fault,) = verify(actor=CommandLine()).faults
    assert "all of it was removed" in fault
