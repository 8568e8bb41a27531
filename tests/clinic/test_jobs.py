"""Background jobs: done once by one worker, tried again, seen; what was taken by a killed worker is taken anew."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from holdfast.cli.jobs import _once
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.alerts import watch
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.checkins.models import CheckIn
from holdfast.clinic.courses.models import Course
from holdfast.clinic.jobs import kinds, work
from holdfast.clinic.jobs.actions import (
    Outcome,
    add_job,
    end_job,
    forget_jobs,
    note_run,
    plan_periodic,
    retry_job,
    take_job,
)
from holdfast.clinic.jobs.kinds import KINDS, STEADY, URGENT, JobFailedError, JobKind, periodic, wait_s
from holdfast.clinic.jobs.models import Job, State
from holdfast.clinic.jobs.queries import silent_since, wanting_attention
from holdfast.clinic.jobs.work import Worked, work_off
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.check_ins import AT_TEN, agree
from tests.clinic.check_ins import kinds as events_of
from tests.clinic.conftest import NOW, ROOT, People
from tests.clinic.job_probes import FILE, LINE, STUCK

SECOND = dt.timedelta(seconds=1)
DID: list[str] = []
SECRET = "Ada Example scored 27"


def fine(*, subject: str, clock: Any) -> None:
    DID.append(subject)


def refused(*, subject: str, clock: Any) -> None:
    raise JobFailedError("server-away", permanent=subject == "for-good")


def broken(*, subject: str, clock: Any) -> None:
    raise KeyError(SECRET)


@pytest.fixture(autouse=True)
def _probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up kinds, known in this test only."""
    DID.clear()
    for name in ("fine", "refused", "broken"):
        kind = JobKind(f"Made-up job {name}", STEADY, f"{__name__}:{name}", lease_s=60, waits_s=(10, 100))
        monkeypatch.setitem(kinds.KINDS, f"probe.{name}", kind)


def added(kind: str, subject: str = "a", now: dt.datetime = NOW) -> Job:
    with transaction.atomic():
        return add_job(kind, subject=subject, now=now)


def worked(seconds: float, lane: str = STEADY) -> Worked:
    return work_off(lane=lane, clock=lambda: NOW + seconds * SECOND)


def taken(seconds: float, worker: str = "one") -> Job | None:
    return take_job(actor=CommandLine(), lane=STEADY, worker=worker, now=NOW + seconds * SECOND)


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-001")
def test_a_job_is_done_once_however_often_it_is_asked_for() -> None:
    first = added("probe.fine")
    assert added("probe.fine").pk == first.pk
    assert worked(0) == Worked(done=1)
    assert worked(0) == Worked()
    assert DID == ["a"]
    first.refresh_from_db()
    assert (first.state, first.runs, first.done_at, first.reason) == ("done", 1, NOW, "")


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-001")
def test_a_job_and_what_asks_for_it_are_saved_together_or_not_at_all() -> None:
    def half_done() -> None:
        with transaction.atomic():
            add_job("probe.fine", subject="a", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert not Job.objects.exists()


@pytest.mark.usefixtures("without_transaction")
def test_outside_a_transaction_none_is_added() -> None:
    with pytest.raises(RuntimeError, match="in the transaction of what asks for it"):
        add_job("probe.fine", subject="a", now=NOW)


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-002")
def test_what_fails_is_tried_again_after_longer_waits_and_then_failed() -> None:
    job = added("probe.refused")
    seen = []
    for seconds in (0, 9, 10, 109, 110, 9999):
        worked(seconds)
        job.refresh_from_db()
        seen.append((seconds, job.state, job.tries))
    assert seen == [
        (0, "waiting", 1), (9, "waiting", 1), (10, "waiting", 2), (109, "waiting", 2), (110, "failed", 3),
        (9999, "failed", 3),
    ]  # fmt: skip
    assert job.reason == "server-away"
    entry = AuditEntry.objects.get(action="job.fail")
    assert entry.details == {"kind": "probe.refused", "reason": "server-away"}


@pytest.mark.django_db
def test_what_is_refused_for_good_is_not_tried_again() -> None:
    job = added("probe.refused", "for-good")
    assert worked(0) == Worked(failed=1)
    job.refresh_from_db()
    assert (job.state, job.tries) == ("failed", 1)


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-002")
def test_a_fault_of_ours_is_seen_by_its_class_and_never_by_its_text(people: People, caplog: Any) -> None:
    added("probe.broken")
    for seconds in (0, 10, 110):
        worked(seconds)
    assert Job.objects.get().reason == "error-KeyError"
    client = Client()
    client.force_login(people.programme_lead)
    page = client.get(reverse("job-list")).content.decode()
    assert "error-KeyError" in page
    assert SECRET not in page + str([entry.content() for entry in AuditEntry.objects.all()])


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-001")
def test_a_job_of_a_killed_worker_is_taken_by_another_when_its_lease_ran_out() -> None:
    added("probe.fine")
    lost = taken(0, "killed")
    assert lost is not None
    assert taken(59, "other") is None
    again = taken(60, "other")
    assert again is not None
    assert (again.pk, again.tries, again.reason) == (lost.pk, 2, "interrupted")
    assert not end_job(actor=CommandLine(), job=lost, outcome=Outcome("late"), now=NOW + 61 * SECOND)  # it lived on
    assert end_job(actor=CommandLine(), job=again, outcome=Outcome(), now=NOW + 62 * SECOND)
    assert not end_job(actor=CommandLine(), job=again, outcome=Outcome("twice"), now=NOW + 63 * SECOND)
    row = Job.objects.get()
    assert (row.state, row.runs, row.reason) == ("done", 1, "")


@pytest.mark.django_db
def test_a_job_that_kills_every_worker_is_given_up() -> None:
    added("probe.fine")
    added("probe.fine", "b")
    for number in range(3):
        assert taken(number * 60, f"killed {number}") is not None
        assert taken(number * 60, f"also {number}") is not None
    assert taken(180) is None
    assert set(Job.objects.values_list("state", "reason", "tries")) == {("failed", "interrupted", 3)}


@pytest.mark.django_db
def test_a_kind_that_no_version_knows_is_told_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    added("probe.fine")
    Job.objects.update(kind="of.yesterday", key="of.yesterday:a")
    added("probe.fine", "b")
    assert worked(0) == Worked(done=1)
    assert Job.objects.get(kind="of.yesterday").reason == "unknown-kind"


@pytest.mark.django_db
def test_a_lane_does_its_own_jobs() -> None:
    added("probe.fine")
    assert worked(0, URGENT) == Worked()
    assert DID == []


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-002")
def test_what_comes_again_and_again_never_fails_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    often = JobKind("Often", STEADY, f"{__name__}:refused", lease_s=60, every_s=60)
    monkeypatch.setattr(kinds, "KINDS", {"probe.often": often})
    monkeypatch.setattr("holdfast.clinic.jobs.actions.KINDS", kinds.KINDS)
    plan_periodic(actor=CommandLine(), now=NOW)
    plan_periodic(actor=CommandLine(), now=NOW)
    job = Job.objects.get()
    waits = []
    at = 0.0
    for _ in range(7):
        worked(at)
        job.refresh_from_db()
        assert job.state == "waiting"
        waits.append((job.due_at - NOW).total_seconds() - at)
        at += waits[-1]
    assert waits == [60, 120, 240, 480, 900, 900, 900]
    assert job.is_late(NOW + dt.timedelta(seconds=at))
    monkeypatch.setitem(kinds.KINDS, "probe.often", JobKind("Often", STEADY, f"{__name__}:fine", 60, every_s=60))
    worked(at)
    job.refresh_from_db()
    assert (job.state, job.tries, job.runs, job.due_at - job.done_at) == ("waiting", 0, 1, 60 * SECOND)


@pytest.mark.story("HF-JOB-002")
def test_a_backup_that_failed_is_tried_again_that_night_and_late_in_the_morning() -> None:
    nightly = KINDS["copies.backup"]
    assert [wait_s(nightly, tries) for tries in (1, 2, 3, 4)] == [900, 1800, 3600, 7200]
    assert wait_s(nightly, 1000) == nightly.every_s
    job = Job(kind="copies.backup", every_s=nightly.every_s, made_at=NOW, done_at=NOW)
    assert not job.is_late(NOW + dt.timedelta(hours=26))
    assert job.is_late(NOW + dt.timedelta(hours=26, minutes=2))


def test_every_kind_can_be_run_and_its_waits_are_bounded() -> None:
    for name, kind in KINDS.items():
        assert kind.words[0].isupper(), name
        assert kind.lane == kinds.WATCH or callable(kind.function()), name
        assert kind.every_s or kind.waits_s, name
        assert wait_s(kind, 10_000) is None or kind.every_s, name
        assert kind.lease_s >= 30, name
    assert {"alerts.carry_on", "check_ins.send", "jobs.forget"} <= set(periodic())


@pytest.mark.django_db
def test_old_jobs_are_forgotten_and_those_that_wait_are_not() -> None:
    added("probe.fine")
    worked(0)
    added("probe.fine", "b", NOW)
    later = NOW + dt.timedelta(days=29)
    assert forget_jobs(actor=CommandLine(), now=later) == 1
    assert [job.subject for job in Job.objects.all()] == ["b"]


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-003")
def test_lead_and_administrator_see_every_state_and_try_again(people: People) -> None:
    plan_periodic(actor=CommandLine(), now=NOW)
    added("probe.refused", "for-good")
    worked(0)
    added("probe.fine", "now")
    taken(0)
    added("probe.fine", "next")
    failed = Job.objects.get(state=State.FAILED)
    for role in ("programme_lead", "administrator"):
        client = Client()
        client.force_login(people.by_role[role])
        page = client.get(reverse("job-list")).content.decode()
        for shown in ("Made-up job refused", "server-away", "try 1 of 3", "Ask check-ins that are due", "Try again"):
            assert shown in page, shown
    assert wanting_attention(actor=people.programme_lead, now=NOW) == 1
    assert wanting_attention(actor=people.nurse, now=NOW) == 0
    assert client.post(reverse("job-retry", args=[failed.public_id])).status_code == 302
    failed.refresh_from_db()
    assert (failed.state, failed.tries) == ("waiting", 0)
    assert AuditEntry.objects.filter(action="job.retry", actor=people.administrator).count() == 1
    with pytest.raises(InputError, match="has not failed"):
        retry_job(actor=people.administrator, job=failed, now=NOW)
    with pytest.raises(PermissionRefusedError):
        retry_job(actor=people.nurse, job=failed, now=NOW)
    with pytest.raises(PermissionRefusedError):
        take_job(actor=people.programme_lead, lane=STEADY, worker="me", now=NOW)


@pytest.mark.django_db
@pytest.mark.story("HF-JOB-003")
def test_once_carries_alerts_on_and_sends_check_ins(people: People, course: Course, monkeypatch: Any) -> None:
    agree(people, course)
    for place in ("holdfast.clinic.jobs.work.timezone.now", "django.utils.timezone.now"):
        monkeypatch.setattr(place, lambda: AT_TEN)
    monkeypatch.setattr(work.work_off, "__kwdefaults__", {"clock": lambda: AT_TEN, "stop": None})
    monkeypatch.setattr("holdfast.clinic.numerics.is_installed", lambda: False)  # else a report is told as well
    done = len(set(periodic()) - {"alerts.carry_on"})  # which has a thread of its own
    assert _once(CommandLine()) == {"told": 0, "done": done, "failed": 0}
    assert events_of(CheckIn.objects.get())[:2] == ["scheduled", "sending"]
    assert set(Job.objects.values_list("key", "runs")) == {(key, 1) for key in periodic()}


@pytest.mark.django_db
@pytest.mark.story("HF-CRI-005")
def test_alerts_that_nobody_carries_on_any_more_are_told(people: People) -> None:
    assert silent_since(now=NOW) is None  # never ran: the pages call all the same
    note_run(actor=CommandLine(), kind="alerts.carry_on", outcome=Outcome(), now=NOW)
    assert silent_since(now=NOW + 90 * SECOND) is None
    note_run(actor=CommandLine(), kind="alerts.carry_on", outcome=Outcome("DatabaseError"), now=NOW + 80 * SECOND)
    assert silent_since(now=NOW + 91 * SECOND) == NOW
    client = Client()
    client.force_login(people.nurse)
    assert "has not carried alerts on" in client.get(reverse("alert-list")).content.decode()


@pytest.mark.story("HF-CRI-005")
@pytest.mark.parametrize("fault", [DatabaseError("locked"), ZeroDivisionError("ours")])
def test_neither_a_fault_nor_a_note_that_cannot_be_written_stops_the_watch(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    rounds, done = [], threading.Event()

    def carried(**_: object) -> int:
        rounds.append(1)
        if len(rounds) > 2:
            done.set()
        raise fault

    def unwritten(**_: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(watch.actions, "carry_on", carried)
    monkeypatch.setattr(watch, "note_run", unwritten)
    stop = watch.start(every_s=0.01)
    assert done.wait(5)
    stop.set()


def probe(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    env = {**kept, "HOLDFAST_DATA": str(folder), FILE: str(folder / "lines")}
    return subprocess.Popen([sys.executable, "-m", "tests.clinic.job_probes", *words], cwd=ROOT, env=env)


@pytest.mark.slow
@pytest.mark.story("HF-JOB-001")
def test_three_workers_in_processes_of_their_own_do_each_job_once(tmp_path: Path) -> None:
    assert probe(tmp_path, "add", LINE, "90").wait(60) == 0
    workers = [probe(tmp_path, "work") for _ in range(3)]
    assert [worker.wait(120) for worker in workers] == [0, 0, 0]
    assert sorted(map(int, (tmp_path / "lines").read_text().split())) == list(range(90))


@pytest.mark.slow
@pytest.mark.story("HF-JOB-001")
def test_the_job_of_a_worker_that_was_killed_is_done_by_the_next(tmp_path: Path) -> None:
    assert probe(tmp_path, "add", STUCK, "1").wait(60) == 0
    worker = probe(tmp_path, "work")
    deadline = time.monotonic() + 60
    while not (tmp_path / "lines").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    time.sleep(1.1)  # its lease runs out
    assert probe(tmp_path, "work").wait(60) == 0
    import sqlite3

    with sqlite3.connect(tmp_path / "holdfast.sqlite3") as database:
        (row,) = database.execute("SELECT state, runs FROM jobs_job").fetchall()
    assert row == ("done", 1)
