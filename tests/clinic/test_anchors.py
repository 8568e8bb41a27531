"""A record rewritten so that it holds together is found by lines kept elsewhere. Without them it is not."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.audit import anchors
from holdfast.clinic.audit.models import FIRST_PREVIOUS, AuditEntry, AuditHead
from holdfast.clinic.audit.queries import new_anchor, verify
from holdfast.clinic.config import paths
from holdfast.clinic.courses.models import Course
from holdfast.errors import ConfigurationError, InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, ROOT, People
from tests.clinic.test_audit import TABLE, unguarded

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def rating(people: People, course: Course) -> None:
    record_assessment(actor=people.nurse, course=course, scale="phq-9", total=9, rated_at=NOW, now=NOW)


@pytest.fixture
def kept(people: People, course: Course) -> list[str]:
    """Three lines, an entry or two between them, and entries after the last."""
    lines: list[str] = []
    for hour in range(3):
        rating(people, course)
        lines.append(new_anchor(actor=CommandLine(), now=NOW + hour * HOUR, kept=lines).line())
    rating(people, course)
    assert faults_by(lines) == ()
    assert len({json.loads(line)["seq"] for line in lines}) == 3
    return lines


def faults_by(lines: list[str]) -> tuple[str, ...]:
    return verify(actor=CommandLine(), anchor_lines=lines, key=anchors.installation_key()).faults


def rewrite(change: Callable[[list[AuditEntry]], list[AuditEntry]]) -> None:
    """As whoever owns the database could: other entries, numbered, hashed and with a head that fits."""
    entries = change(list(AuditEntry.objects.order_by("seq")))
    previous = FIRST_PREVIOUS
    for seq, entry in enumerate(entries, start=1):
        entry.seq, entry.previous_hash = seq, previous
        previous = entry.hash = entry.computed_hash()
    unguarded(f"DELETE FROM {TABLE}")
    for entry in entries:
        entry.pk, entry._state.adding = None, True
        entry.save()
    AuditHead.objects.filter(pk=1).update(seq=len(entries), hash=previous)
    assert verify(actor=CommandLine()).sound or not entries  # the chain alone sees nothing, but that it is empty


def edited(entries: list[AuditEntry]) -> list[AuditEntry]:
    entries[3].actor_role = "auditor"
    return entries


def swapped(entries: list[AuditEntry]) -> list[AuditEntry]:
    entries[4], entries[5] = entries[5], entries[4]
    return entries


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        (edited, "is not the one anchored on 2026-11-02 09:00 UTC"),
        (lambda entries: entries[:2] + entries[3:], "is not the one anchored"),
        (swapped, "is not the one anchored"),
        (lambda entries: entries[:-3], "is gone: the record ends at entry"),
        (lambda entries: entries[:-3] + entries[-1:], "is not the one anchored"),
        (lambda entries: [], "is gone: the record ends at entry 0"),
    ],
    ids=["edit", "deletion", "reordering", "tail-cut", "tail-replaced", "all-gone"],
)  # fmt: skip
@pytest.mark.story("HF-AUD-004")
def test_a_rewritten_record_is_found_by_the_anchors_only(
    kept: list[str], attack: Callable[[list[AuditEntry]], list[AuditEntry]], says: str
) -> None:
    rewrite(attack)
    found = faults_by(kept)
    assert any(says in fault for fault in found), found
    with pytest.raises(RefusedError, match="not anchored"):
        new_anchor(actor=CommandLine(), now=NOW + 9 * HOUR, kept=kept)


@pytest.mark.story("HF-AUD-004")
def test_what_came_after_the_last_anchor_is_not_held_by_it(kept: list[str]) -> None:
    """The limit, told in the documents: anchor often."""
    rewrite(lambda entries: entries[:-1])
    assert faults_by(kept) == ()


def resigned(line: str, **changes: object) -> str:
    """The line with other content and its old signature."""
    return anchors._written({**json.loads(line), **changes})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda k: [resigned(k[0], seq=1), *k[1:]], "line 1: was changed"),
        (lambda k: [k[0], resigned(k[1], hash="0" * 64), k[2]], "line 2: was changed"),
        (lambda k: [k[0], resigned(k[1], at="2026-11-02T09:30:00+00:00"), k[2]], "line 2: was changed"),
        (lambda k: [k[0].replace(",", ", "), *k[1:]], "line 1: was changed"),
        (lambda k: ["{}", *k[1:]], "line 1: was changed"),
        (lambda k: ["not an anchor", *k[1:]], "line 1: was changed"),
        (lambda k: ["[" * 1500, *k[1:]], "line 1: was changed"),
        (lambda k: [k[0], k[2]], "line 2: does not follow the line before it"),
        (lambda k: k[1:], "line 1: does not follow the line before it"),
        (lambda k: [k[0], k[2], k[1]], "line 3: is older than the line before it"),
    ],
)
@pytest.mark.story("HF-AUD-004")
def test_a_changed_file_of_anchors_is_found(
    kept: list[str], change: Callable[[list[str]], list[str]], says: str
) -> None:
    assert any(says in fault for fault in faults_by(change(kept))), faults_by(change(kept))


def test_a_line_of_another_installation_is_no_anchor(kept: list[str]) -> None:
    report = verify(actor=CommandLine(), anchor_lines=kept, key="ab" * 32)
    assert len([fault for fault in report.faults if "another installation" in fault]) == 3


def test_lines_that_stand_alone_are_anchors_too(people: People, course: Course) -> None:
    lines = []
    for hour in range(2):
        rating(people, course)
        lines.append(new_anchor(actor=CommandLine(), now=NOW + hour * HOUR).line())
    assert faults_by(lines) == ()
    rewrite(edited)
    assert len(faults_by(lines)) == 2


@pytest.mark.story("HF-AUD-004")
def test_the_file_only_grows_and_lies_elsewhere(kept: list[str], tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    for line in kept:
        anchors.append(path, line)
    assert anchors.read_lines(path) == kept
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="lies in the data folder"):
        anchors.append(paths.data_folder() / "anchors.jsonl", kept[0])
    assert not (paths.data_folder() / "anchors.jsonl").exists()
    with pytest.raises(InputError, match="cannot be written"):
        anchors.append(tmp_path / "no" / "folder", kept[0])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no anchor"),
        (b'{"anchor":1', "cut off"),
        ("\xe9\n".encode(), "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "anchors.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        anchors.read_lines(path)


def test_an_empty_record_can_be_anchored_and_filled(db: None, people: People) -> None:
    first = anchors.signed(0, FIRST_PREVIOUS, NOW)
    assert faults_by([first.line()]) == ()


def test_only_who_may_verify_anchors(people: People) -> None:
    assert new_anchor(actor=people.auditor, now=NOW).seq == AuditEntry.objects.count()
    with pytest.raises(PermissionRefusedError):
        new_anchor(actor=people.programme_lead, now=NOW)


def test_a_lost_key_is_told_and_no_new_one_is_made(
    kept: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "data_folder", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match="--anchor-key"):
        anchors.installation_key()
    assert list(tmp_path.iterdir()) == []


def test_an_anchor_names_nobody(kept: list[str]) -> None:
    assert set(json.loads(kept[0])) == {"anchor", "at", "hash", "key", "previous", "seq", "signature"}


@pytest.mark.slow
@pytest.mark.story("HF-AUD-004")
def test_the_commands_anchor_and_hold_the_record_against_the_file(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "HOLDFAST_"))}
    env["HOLDFAST_DATA"] = str(tmp_path / "clinic")
    kept = tmp_path / "elsewhere.jsonl"

    def holdfast(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "holdfast", *words]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert holdfast("user", "add", "ada", "--role", "nurse").returncode == 0
    done = holdfast("audit", "anchor", "--output", str(kept))
    assert (done.returncode, done.stdout) == (0, kept.read_text())
    assert "agrees with 1 anchors" in holdfast("audit", "verify", "--anchors", str(kept)).stdout
    kept.write_text(kept.read_text().replace('"seq":1', '"seq":2'))
    done = holdfast("audit", "verify", "--anchors", str(kept))
    assert (done.returncode, "line 1: was changed" in done.stderr) == (6, True)
