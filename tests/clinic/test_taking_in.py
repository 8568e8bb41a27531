"""Leaving and arriving: an export taken into an empty installation is the same programme; anything less is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from holdfast.clinic.copies.arrival import read_export
from holdfast.clinic.patients.models import Patient
from holdfast.errors import InputError
from tests.clinic.test_copies import Installation, clinic, export

__all__ = ["clinic", "export"]
AFTER = {"audit_auditentry", "audit_audithead", "copies_copymade"}  # both copies go on record


def tables(folder: Path) -> dict[str, list[str]]:
    """Lines of every table of an export."""
    return {one.stem: one.read_text(encoding="utf-8").splitlines() for one in (folder / "tables").glob("*.jsonl")}


@pytest.mark.slow
@pytest.mark.story("HF-OPS-006")
def test_what_left_arrives(clinic: Installation, export: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert "every reference and the record of actions hold" in clinic.done("import", str(export), folder=there)
    assert "no fault" in clinic.done("audit", "verify", folder=there).casefold()
    clinic.done("export", str(tmp_path / "again"), folder=there)
    first, second = tables(export), tables(tmp_path / "again")
    assert first.keys() == second.keys()
    assert len(first) > 40
    assert [name for name in first if first[name] != second[name] and name not in AFTER] == []
    for file in (export / "tables").iterdir():  # to the byte, cells with an apostrophe before them too
        assert file.stem in AFTER or file.read_bytes() == (tmp_path / "again" / "tables" / file.name).read_bytes()
    assert sum(map(len, first.values())) > 100
    for name in AFTER - {"audit_audithead"}:
        assert second[name][: len(first[name])] == first[name]
    assert "copy.taken_in" in clinic.done("audit", "list", "--action", "copy", folder=there)
    listed = json.loads(clinic.done("programme", "list", "--json", folder=there))
    assert "trial" in json.dumps(listed)
    # it goes on: new rows are numbered after those that came
    clinic.done("programme", "import", "docs/examples/scores.csv", "--key", "another", folder=there)


@pytest.mark.slow
def test_an_installation_with_records_takes_nothing_in(clinic: Installation, export: Path) -> None:
    before = (clinic.folder / "holdfast.sqlite3").read_bytes()
    ran = clinic.run("import", str(export))
    assert (ran.returncode, ran.stderr.count("\n")) == (6, 1)
    assert "an export goes into an empty one" in ran.stderr
    assert (clinic.folder / "holdfast.sqlite3").read_bytes() == before


def changed_line(folder: Path, table: str, **values: object) -> None:
    """Another value in the first row of a table, by somebody who writes the digest anew."""
    path, schema = folder / "tables" / f"{table}.jsonl", json.loads((folder / "schema.json").read_text())
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(first) | values), *rest]) + "\n")
    schema["tables"][table]["sha256"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "schema.json").write_text(json.dumps(schema))


def schema_changed(folder: Path, **values: object) -> None:
    path = folder / "schema.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


READ = {
    "no export": (lambda f: (f / "schema.json").unlink(), "is no export"),
    "a torn schema": (lambda f: (f / "schema.json").write_text("{"), "is not the schema of an export"),
    "a schema without a bottom": (
        lambda f: (f / "schema.json").write_text("[" * 200_000),
        "is not the schema of an export",
    ),
    "another form": (lambda f: schema_changed(f, form=9), "is an export of form 9"),
    "a file cut short": (lambda f: cut(f / "tables" / "courses_course.jsonl"), "is not the file that was written"),
    "a table less": (lambda f: table_less(f), "courses_course is not both in the export"),
    "a day that is none": (lambda f: changed_line(f, "patients_patient", date_of_birth="x"), "jsonl line 1 cannot"),
}
TAKEN = {
    "a row of nobody": (lambda f: changed_line(f, "courses_course", patient_id=999), "refers to one that is not there"),
    "an edited action": (lambda f: changed_line(f, "audit_auditentry", action="nothing"), "record of actions"),
}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def table_less(folder: Path) -> None:
    schema = json.loads((folder / "schema.json").read_text())
    del schema["tables"]["courses_course"]
    (folder / "schema.json").write_text(json.dumps(schema))


@pytest.mark.slow
@pytest.mark.parametrize("fault", READ)
def test_a_damaged_export_is_named(export: Path, tmp_path: Path, fault: str) -> None:
    spoil, words = READ[fault]
    shutil.copytree(export, tmp_path / "export")
    spoil(tmp_path / "export")
    with pytest.raises(InputError, match=words):
        list(read_export(tmp_path / "export").of(Patient))


@pytest.mark.slow
@pytest.mark.parametrize("fault", TAKEN)
def test_rows_that_do_not_fit_together_are_not_taken_in(
    clinic: Installation, export: Path, tmp_path: Path, fault: str
) -> None:
    spoil, words = TAKEN[fault]
    shutil.copytree(export, tmp_path / "export")
    spoil(tmp_path / "export")
    there = tmp_path / "there"
    assert words in clinic.refused("import", str(tmp_path / "export"), HOLDFAST_DATA=str(there))
    assert "trial" not in clinic.done("programme", "list", folder=there)
