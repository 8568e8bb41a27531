"""What keeps sets from being pooled is named with its set, and nothing is half written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.registry.extract import write_extract
from holdfast.registry.pool import write_pool
from holdfast.registry.report.over_parts import report_over_parts
from holdfast.registry.sets import checked, opened, part_of
from holdfast.registry.written import write_rows
from tests.registry_rows import MANIFEST, begun_long_ago, made_up

EXTRACT = replace(MANIFEST, kind="extract")


def site(folder: Path, name: str, seed: int) -> Path:
    """An extract of thirty courses on one route."""
    rows = made_up(30, seed=seed, site=name, routes=("iv",))
    write_extract(folder / name, rows, replace(MANIFEST, sites=(name,)), k=5, passed=begun_long_ago(rows))
    return folder / name


@pytest.fixture
def north(tmp_path: Path) -> Path:
    return site(tmp_path, "north", 20)


@pytest.fixture
def south(tmp_path: Path) -> Path:
    return site(tmp_path, "south", 21)


def signed_again(folder: Path) -> None:
    """The manifest fits the files again, as it would where a site's own program wrote them so."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    for name, about in manifest["files"].items():
        about["sha256"] = hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))


def rewritten(folder: Path, table: str, select: str) -> None:
    path = folder / f"{table}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{path}')")
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    signed_again(folder)


def cut_short(folder: Path) -> None:
    path = folder / "ratings.parquet"
    path.write_bytes(path.read_bytes()[:-200])


def cut_short_and_signed(folder: Path) -> None:
    cut_short(folder)
    signed_again(folder)


def of_another_version(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 2}))


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "another version": (of_another_version, "south is version 2 of the common data model; this Holdfast reads 1"),
    "cut short": (cut_short, "ratings.parquet is not the file that was written"),
    "cut short, and its digest with it": (cut_short_and_signed, "ratings.parquet is no whole Parquet file"),
    "empty": (lambda f: (f / "courses.parquet").write_bytes(b""), "courses.parquet is not the file that was written"),
    "no such file": (lambda f: (f / "exposure.parquet").unlink(), "exposure.parquet is missing"),
    "a column less": (
        lambda f: rewritten(f, "ratings", "SELECT * EXCLUDE (rated_by) FROM t"), "has no column rated_by",
    ),
    "a column of words for numbers": (
        lambda f: rewritten(f, "ratings", "SELECT * REPLACE ('many' AS total) FROM t"),
        "south/ratings.parquet has column total of type VARCHAR, not DOUBLE",
    ),
    "a day before the first session": (
        lambda f: rewritten(f, "treatment_sessions", "SELECT * REPLACE (day - 40 AS day) FROM t"),
        "south: treatment_sessions: a row lies before day 0",
    ),
    "a day in another century": (
        lambda f: rewritten(f, "ratings", "SELECT * REPLACE (day + 40000 AS day) FROM t"),
        "south: ratings.day is not within -3660 to 36600",
    ),
    "a rating after the last day known": (
        lambda f: rewritten(f, "courses", "SELECT * REPLACE (5 AS followed_to_day, NULL AS ended_day, NULL AS "
                            "end_reason, NULL AS induction_ended_day, NULL AS maintenance_day) FROM t"),
        "lies after the last day of which anything is known",
    ),
    "a total beyond its scale": (
        lambda f: rewritten(f, "ratings", "SELECT * REPLACE (if(day = 7, 99, total) AS total) FROM t"),
        "south: ratings.total is no whole number of 0 to 60, as madrs has it:",
    ),
    "a total between two whole ones": (
        lambda f: rewritten(f, "ratings", "SELECT * REPLACE (total + 0.5 AS total) FROM t"),
        "as madrs has it:",
    ),
    "a dissociation beyond its scale": (
        lambda f: rewritten(f, "treatment_sessions", "SELECT * REPLACE (if(number = 2, 93, dissociation_peak) AS "
                            "dissociation_peak) FROM t"),
        "south: treatment_sessions.dissociation_peak is no whole number of 0 to 92, as cadss has it:",
    ),
    "a row twice, far apart": (
        lambda f: rewritten(f, "ratings", "SELECT * FROM t UNION ALL (SELECT * FROM t ORDER BY course LIMIT 1)"),
        "south: ratings: 1 rows stand twice by course, scale, day",
    ),
}  # fmt: skip


@pytest.mark.story("HF-REG-155")
@pytest.mark.parametrize(("spoil", "words"), FAULTS.values(), ids=FAULTS)
def test_a_site_that_is_spoilt_is_named_and_nothing_is_written(
    north: Path, south: Path, tmp_path: Path, spoil: Callable[[Path], None], words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    spoil(south)
    assert main(["registry", "pool", str(north), str(south), "--output", str(tmp_path / "pool")]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert "south" in printed.err or "The set cannot be read" in printed.err
    assert "Traceback" not in printed.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["north", "south"]


@pytest.mark.story("HF-REG-155")
def test_the_same_person_at_two_sites_is_one_person_of_two_courses(tmp_path: Path) -> None:
    folders = []
    for seed, name in enumerate(("north", "south"), start=30):
        rows = made_up(30, seed=seed, site=name, routes=("iv",))
        for number, one in enumerate(rows["courses"]):
            one["link"] = f"{number if number < 3 else seed * 1000 + number:032x}"
        write_extract(tmp_path / name, rows, replace(MANIFEST, sites=(name,)), k=5, passed=begun_long_ago(rows))
        folders.append(tmp_path / name)
    made = write_pool(tmp_path / "pool", folders)
    assert made.notes == (
        "3 persons have courses at two sites or more; every course is counted, and persons beside them",
    )
    pooled = opened([tmp_path / "pool"])
    assert (pooled.n, pooled.persons) == (60, 57)
    assert sum(part_of([tmp_path / "pool"], (made,), part, 7).persons for part in range(7)) == 57


@pytest.mark.story("HF-REG-155")
def test_a_site_with_nobody_is_pooled_and_a_report_of_it_is_told(north: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "empty", {}, replace(EXTRACT, sites=("empty",)))
    write_pool(tmp_path / "pool", [tmp_path / "empty", north])
    assert opened([tmp_path / "pool"]).n == opened([north]).n == 30
    told = report_over_parts([tmp_path / "empty"]).as_dict()
    assert "No course is on record" in json.dumps(told)


@pytest.mark.story("HF-REG-155")
def test_one_patient_only_never_leaves_and_is_reported_at_home(tmp_path: Path) -> None:
    rows = made_up(1, seed=5)
    with pytest.raises(InputError, match="fewer than 11 persons would be in the extract"):
        write_extract(tmp_path / "one", rows, MANIFEST, k=11)
    assert not (tmp_path / "one").exists()
    write_rows(tmp_path / "own", rows, MANIFEST)
    assert '"sections"' in json.dumps(report_over_parts([tmp_path / "own"]).as_dict())


@pytest.mark.story("HF-REG-155")
def test_the_order_of_sites_changes_no_byte_of_a_pool(north: Path, south: Path, tmp_path: Path) -> None:
    for name, sets in (("one", (north, south)), ("other", (south, north))):
        write_pool(tmp_path / name, sets)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_rows_in_any_order_are_sound_and_twice_is_found_in_any_order(tmp_path: Path, north: Path) -> None:
    rewritten(north, "ratings", "SELECT * FROM t ORDER BY hash(course, day, scale)")
    assert checked([north])[0].files["ratings"]["rows"] > 100
    rewritten(north, "ratings", "SELECT * FROM (SELECT * FROM t UNION ALL SELECT * FROM t) ORDER BY hash(day, course)")
    with pytest.raises(InputError, match="rows stand twice by course, scale, day"):
        checked([north])


def test_check_and_report_find_the_same_fault_with_set_and_course(
    north: Path, south: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewritten(south, "ratings", "SELECT * REPLACE (if(day = 7 AND total IS NOT NULL, 99, total) AS total) FROM t")
    out = ["--output", str(tmp_path / "report")]
    told = set()
    for asked in (["check", str(north), str(south)], ["report", str(north), str(south), *out]):
        assert main(["registry", *asked]) == 3
        told.add(capsys.readouterr().err)
    (words,) = told
    assert "/south: ratings.total is no whole number of 0 to 60, as madrs has it: " in words
    assert "such as 99 of course " in words
    assert "of site south" in words
    assert not (tmp_path / "report").exists()


def test_a_set_that_is_not_sound_is_told_though_its_parts_are_being_counted(north: Path) -> None:
    rewritten(north, "treatment_sessions", "SELECT * REPLACE (day - 40 AS day) FROM t")
    with pytest.raises(InputError, match="lies before day 0"):
        report_over_parts([north], processes=2)
