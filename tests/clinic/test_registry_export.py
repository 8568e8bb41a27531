"""Extracts of a programme: only who consented, nothing that names anybody, nobody singled out, whole or not at all."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import transaction
from pypdf import PdfReader

from holdfast.cli import main
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.registry import leaving
from holdfast.clinic.registry.actions import record_registry_consent
from holdfast.clinic.registry.gathered import gathered
from holdfast.clinic.registry.leaving import Extracted, Secrets, export_extract
from holdfast.clinic.registry.models import RegistryExtract
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from holdfast.registry.common_model import COURSES, TABLES
from holdfast.registry.disclosure import ORDER
from holdfast.registry.pool import write_pool
from holdfast.registry.pseudonyms import pseudonym
from holdfast.registry.rare_values import GROUP
from holdfast.registry.report.files import as_files
from holdfast.registry.report.report import report_of
from holdfast.registry.sets import checked, opened
from holdfast.whole_files import folder_written_whole
from tests.clinic.conftest import NOW, ROOT, People, new_patient, new_people, new_programme
from tests.clinic.registry_people import SHEET, Person, crowd, event, takes_part, treated_iv, words_everywhere
from tests.registry_neighbour import facts_of, singled_out, tables_of

pytestmark = pytest.mark.django_db
OWN, LINK = b"a secret of the site, 32 characters", b"a secret of the pool, 32 characters"
AT = NOW + dt.timedelta(hours=5)
MINUTE = dt.timedelta(minutes=1)
K = 11
WORDS = "Xylotrope-41"  # stands wherever somebody may write about the canary
CANARY = Person(
    "Zebulon Quartermaine", sex="male", born=dt.date(1943, 2, 17), indication="bipolar-depression", weight_kg=117.2,
    words=f"{WORDS} and a beekeeper",
    event=event(f"{WORDS} anaphylaxis", seriousness="life-threatening", severity="severe", note="by ambulance"),
)  # fmt: skip
QUIET = Person("Ottoline Featherstonehaugh", sex="male", born=dt.date(1946, 8, 29), indication="bipolar-depression",
               weight_kg=121.6, words=f"{WORDS} too")  # fmt: skip


@dataclass(frozen=True)
class Programme:
    """A crowd that takes part, the canary and another rare person among them, and one who was never asked."""

    people: People
    crowd: list[Course]
    canary: Course
    quiet: Course


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Programme]:
    """Built once for the module, and rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = new_people(new_programme("registry-clinic"))
        found = Programme(people, crowd(people), treated_iv(people, CANARY), treated_iv(people, QUIET))
        for course in (found.canary, found.quiet):
            takes_part(people, course, note=f"{WORDS} said yes")
            words_everywhere(people, course, WORDS)
        new_patient(people, "Never Asked")
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def full(built: Programme, django_db_blocker: Any) -> Iterator[Programme]:
    """The same, as it was, for each test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield built
        transaction.set_rollback(True)


def export(of: People, folder: Path, **changes: Any) -> Extracted:
    given = {"actor": CommandLine(), "secrets": Secrets(OWN, LINK), "now": AT, **changes}
    return export_extract(programme=of.programme, folder=folder, **given)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Rows of one file, read without Holdfast."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_parquet('{folder / name}.parquet')")
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def everything(folder: Path) -> str:
    """Every byte of every file, and every value of every Parquet file as text; without keys and digests, whose digits
    are drawn."""
    raw = "".join(path.read_bytes().decode("latin-1") for path in sorted(folder.rglob("*")) if path.is_file())
    return re.sub(r"[0-9a-f]{20,}", "", raw + json.dumps([rows(folder, name) for name in TABLES], default=str))


def course_key(course: Course, secret: bytes = OWN) -> str:
    return pseudonym(secret, "course", str(course.public_id))


@pytest.mark.story("HF-REG-102")
def test_no_byte_of_the_canary_is_in_an_extract(full: Programme, tmp_path: Path) -> None:
    made = export(full.people, tmp_path / "e")
    assert made.courses == 14
    assert (tmp_path / "e").stat().st_mode & 0o777 == 0o700
    assert course_key(full.canary) in {one["course"] for one in rows(tmp_path / "e", "courses")}
    text = everything(tmp_path / "e").casefold()
    patient = full.canary.patient
    told = (
        WORDS, "beekeeper", "ambulance", "anaphylaxis", "zebulon", "quartermaine", "ottoline", SHEET, "REC ",
        *(str(one.public_id)[:18] for one in (patient, full.canary, full.people.programme)), "117.2", "121.6",
        "1943", "1946", "2026", NOW.date().isoformat(), "nurse", "prescriber", "24a17",
    )  # fmt: skip
    assert [word for word in told if word.casefold() in text] == []
    assert "ketamine" in text  # it is looked for in what was read


@pytest.mark.story("HF-REG-102")
def test_nor_in_the_report_of_an_extract_or_of_a_pool(full: Programme, tmp_path: Path) -> None:
    export(full.people, tmp_path / "north", site="north")
    export(full.people, tmp_path / "south", site="south", secrets=Secrets(b"another secret of 32 characters!", LINK))
    write_pool(tmp_path / "pool", [tmp_path / "north", tmp_path / "south"], once=True)
    for sets in ("north", "pool"):
        files = as_files(report_of(opened([tmp_path / sets])))
        paper = "".join(page.extract_text() for page in PdfReader(io.BytesIO(files["report.pdf"])).pages)
        text = (paper + "".join(content.decode("latin-1") for content in files.values())).casefold()
        told = (WORDS, "beekeeper", "zebulon", "ottoline", "anaphylaxis", "ambulance", "bipolar", "2026-11")
        assert [word for word in told if word.casefold() in text] == []
        assert "ketamine" in text


@pytest.mark.story("HF-REG-102")
@pytest.mark.parametrize("who", ["canary", "quiet"])
def test_what_a_neighbour_knows_singles_nobody_out(full: Programme, tmp_path: Path, who: str) -> None:
    export(full.people, tmp_path / "e")
    course = getattr(full, who)
    knows = {
        "drug": "ketamine", "route": "iv", "sex": "male", "indication": "bipolar-depression", "year": 2026,
        "age_band": "75+", "failed_trials": "2",
    }  # fmt: skip
    assert set(knows) == {*GROUP, *(one.name for one in COURSES.columns if one.quasi)} == {*GROUP, *ORDER}
    found = rows(tmp_path / "e", "courses")
    for count in range(1, len(knows) + 1):
        for asked in itertools.combinations(knows, count):
            same = [one for one in found if all(one[name] == knows[name] for name in asked)]
            maybe = [one for one in found if all(one[name] in (knows[name], "unknown", None) for name in asked)]
            assert len(same) == 0 or len(same) >= K, asked
            assert len(maybe) >= K, asked
    own_rows = gathered(full.people.programme, [course], now=AT, pseudonym=lambda kind, key: pseudonym(OWN, kind, key))
    everything_known = facts_of(own_rows, course_key(course)) | {f"courses.{name}": {knows[name]} for name in ORDER}
    assert len(everything_known) > 15  # of every table, whatever was entered of this person
    assert singled_out(tables_of(tmp_path / "e"), everything_known, K, most=2) == []
    own = next(one for one in found if one["course"] == course_key(course))
    assert {own[name] for name in ORDER} == {"unknown", None}


@pytest.mark.story("HF-REG-102")
def test_the_search_can_go_red(full: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.registry.extract.disclose", lambda connection, k, passed: {"persons_at_least": k})
    export(full.people, tmp_path / "e")
    found = [one for one in rows(tmp_path / "e", "courses") if one["sex"] == "male" and one["age_band"] == "75+"]
    assert len(found) == 2
    told = [one["dose_mg"] / one["dose_mg_per_kg"] for one in rows(tmp_path / "e", "treatment_sessions")]
    assert any(abs(weight_kg - CANARY.weight_kg) < 0.05 for weight_kg in told)


@pytest.mark.story("HF-REG-102")
def test_no_weight_can_be_worked_out_of_an_extract(full: Programme, tmp_path: Path) -> None:
    export(full.people, tmp_path / "e")
    doses = rows(tmp_path / "e", "treatment_sessions")
    assert len(doses) == 14
    assert {one["dose_mg_per_kg"] for one in doses} == {0.5}
    assert {one["dose_mg"] for one in doses} == {None}  # of fourteen of all weights none shares milligrams with ten


@pytest.mark.story("HF-REG-100")
def test_only_who_consents_is_in_an_extract(full: Programme, tmp_path: Path) -> None:
    first = export(full.people, tmp_path / "first")
    assert (first.taking_part, first.without_consent) == (14, 1)
    gone = full.crowd[0]
    record_registry_consent(actor=full.people.nurse, patient=gone.patient, said="withdrawn", now=AT + MINUTE)
    second = export(full.people, tmp_path / "second", now=AT + 2 * MINUTE)
    assert (second.taking_part, second.without_consent) == (13, 2)
    assert (first.few_changed, second.few_changed) == (False, True)  # both side by side tell which row went
    third = export(full.people, tmp_path / "third", now=AT + 3 * MINUTE)
    assert third.few_changed  # whoever holds the first still can, whatever was thrown away between
    for table in TABLES:
        assert course_key(gone) not in {one["course"] for one in rows(tmp_path / "second", table)}
    assert {one["course"] for one in rows(tmp_path / "first", "courses")} - {
        one["course"] for one in rows(tmp_path / "second", "courses")
    } == {course_key(gone)}
    assert second.manifest.consent["without_consent"] == "fewer than 11"  # outside a small number stays one


@pytest.mark.story("HF-REG-101")
def test_an_extract_leaves_its_entry_and_is_the_same_twice(full: Programme, tmp_path: Path) -> None:
    export(full.people, tmp_path / "a")
    export(full.people, tmp_path / "b", now=AT + dt.timedelta(minutes=5))
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
    entries = AuditEntry.objects.filter(action="registry.export")
    assert [(one.actor_role, one.details["count"]) for one in entries] == [("command_line", 14)] * 2
    assert RegistryExtract.objects.last().digest == entries.last().details["digest"]
    (manifest,) = checked([tmp_path / "a"])
    assert (manifest.kind, manifest.sites, manifest.made_on) == ("extract", ("registry-clinic",), "")
    assert manifest.definitions == {"remission_madrs": "madrs_le10"}
    with pytest.raises(PermissionRefusedError):
        export(full.people, tmp_path / "c", actor=full.people.programme_lead)
    with pytest.raises(InputError, match="not empty"):
        export(full.people, tmp_path / "a")


@pytest.mark.story("HF-REG-101")
def test_a_consent_that_is_withdrawn_meanwhile_stops_the_extract(
    full: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plainly = leaving.gathered

    def and_then_withdrawn(*args: Any, **kwargs: Any) -> Any:
        found = plainly(*args, **kwargs)
        record_registry_consent(actor=full.people.nurse, patient=full.crowd[3].patient, said="withdrawn", now=AT)
        return found

    monkeypatch.setattr(leaving, "gathered", and_then_withdrawn)
    with pytest.raises(RefusedError, match="Consents changed"):
        export(full.people, tmp_path / "e")
    assert list(tmp_path.iterdir()) == []
    assert not RegistryExtract.objects.exists()


@pytest.mark.story("HF-REG-103")
def test_persons_at_two_sites_are_told_by_a_shared_secret_and_by_nothing_else(full: Programme, tmp_path: Path) -> None:
    export(full.people, tmp_path / "north", site="north")
    export(full.people, tmp_path / "south", site="south", secrets=Secrets(b"another secret of 32 characters!", LINK))
    export(full.people, tmp_path / "west", site="west", secrets=Secrets(b"a third secret of 32 characters!!"))
    north, south, west = (rows(tmp_path / site, "courses") for site in ("north", "south", "west"))
    assert not {one["person"] for one in north} & {one["person"] for one in south}
    assert {one["link"] for one in north} == {one["link"] for one in south}
    assert {one["link"] for one in west} == {None}
    # the same patients with the same courses, as where both sites kept what was handed over: they count once or never
    with pytest.raises(InputError, match="north and south both hold 14 treatments of the same persons"):
        write_pool(tmp_path / "pool", [tmp_path / "north", tmp_path / "south"])
    made = write_pool(tmp_path / "once", [tmp_path / "north", tmp_path / "south"], once=True)
    assert "north and south both held 14 treatments; north's stand here" in made.notes
    once = report_of(opened([tmp_path / "once"]))
    assert once.section("flow").basis.startswith("Every course on record: 14, of 14 persons.")
    write_pool(tmp_path / "unlinked", [tmp_path / "north", tmp_path / "west"])  # nothing tells who is whom
    unlinked = report_of(opened([tmp_path / "unlinked"]))
    assert unlinked.section("flow").basis.startswith("Every course on record: 28, of 28 persons.")
    for pool in ("once", "unlinked"):
        assert {one["link"] for one in rows(tmp_path / pool, "courses")} == {None}
        assert not {one["person"] for one in rows(tmp_path / pool, "courses")} & {
            one[name] for one in (*north, *south, *west) for name in ("person", "link")
        }


@pytest.mark.story("HF-REG-104")
def test_an_empty_programme_and_one_patient_only_leave_nothing(full: Programme, tmp_path: Path) -> None:
    empty = new_people(new_programme("empty"), "-empty")
    with pytest.raises(InputError, match="Nobody of empty takes part"):
        export(empty, tmp_path / "e")
    takes_part(empty, treated_iv(empty, Person("Only One")))
    with pytest.raises(InputError, match="fewer than 11 persons would be in the extract"):
        export(empty, tmp_path / "e")
    assert list(tmp_path.iterdir()) == []
    assert not RegistryExtract.objects.exists()
    assert not AuditEntry.objects.filter(action="registry.export").exists()


@pytest.mark.story("HF-REG-187")
def test_of_two_exports_into_one_folder_one_is_on_record(full: Programme, tmp_path: Path) -> None:
    """Before, both were on record, and the later one took the place of the earlier."""
    with folder_written_whole(tmp_path / "e"), pytest.raises(InputError, match="another run is writing it"):
        export(full.people, tmp_path / "e")
    assert not RegistryExtract.objects.exists()
    assert not AuditEntry.objects.filter(action="registry.export").exists()


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from holdfast.registry.extract import write_extract
from tests.registry_rows import MANIFEST, made_up
def die(place):
    assert (place / "manifest.json").exists()
    os.kill(os.getpid(), signal.SIGKILL)
write_extract(Path(sys.argv[1]), made_up(60, seed=1), MANIFEST, k=11, before_named=die if len(sys.argv) > 2 else None)
"""


@pytest.mark.story("HF-REG-104")
def test_an_export_that_is_killed_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    folder = tmp_path / "extract"
    asked = [sys.executable, "-c", KILLED, str(folder)]
    (tmp_path / "tmp").mkdir()
    done = subprocess.run([*asked, "die"], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []  # nor any row beside it
    (tmp_path / "tmp").rename(tmp_path.with_name(f"{tmp_path.name}-tmp"))
    assert [path.name for path in tmp_path.iterdir()] == ["extract.unfinished"]
    with pytest.raises(InputError, match="is no registry set"):
        checked([folder])
    assert subprocess.run(asked, cwd=ROOT, check=False).returncode == 0  # the next one goes through
    assert [path.name for path in tmp_path.iterdir()] == ["extract"]
    assert checked([folder])


@pytest.mark.story("HF-REG-101")
def test_the_command_says_in_counts_who_was_left_out(
    full: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("holdfast.cli.clinic.opened_by_command_line", CommandLine)
    for name, secret in (("own.key", OWN), ("link.key", LINK)):
        (tmp_path / name).write_bytes(secret)
    asked = ["registry", "export", "--programme", "registry-clinic", "--key", str(tmp_path / "own.key")]
    linked = [*asked, "--link-key", str(tmp_path / "link.key")]
    assert main([*linked, "--output", str(tmp_path / "e")]) == 0
    told = capsys.readouterr().out
    assert "Patients who take part: 14; left out for want of consent: 1" in told
    assert "Groups hold 11 persons or more" in told
    assert main([*asked, "--output", str(tmp_path / "j"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["courses"], answer["taking_part"], answer["without_consent"]) == (14, 14, 1)
    assert "Zebulon" not in told + json.dumps(answer)
    same = [*asked, "--link-key", str(tmp_path / "own.key"), "--output", str(tmp_path / "f")]
    assert main(same) == 3
    assert "the same secret" in capsys.readouterr().err
    assert main(["registry", "export", "--key", str(tmp_path / "none"), "--output", str(tmp_path / "g")]) == 3
    assert not (tmp_path / "f").exists()
