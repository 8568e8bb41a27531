"""What a set on disk says is held against its rows, and names and values are taken as they are written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.recalibration.study import Named
from holdfast.registry.common_model import require_site_name
from holdfast.registry.pool import write_pool
from holdfast.registry.pseudonyms import read_secret
from holdfast.registry.relations import connected
from holdfast.registry.report.over_parts import report_over_parts
from holdfast.registry.sets import checked, opened
from holdfast.registry.written import write_rows
from tests.registry_rows import MANIFEST, made_up

SAID = replace(MANIFEST, kind="extract", facts_digest=load().digest)


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two extracts, made once."""
    folder = tmp_path_factory.mktemp("sets")
    for seed, site in enumerate(("north", "south"), start=50):
        write_rows(folder / site, made_up(12, seed=seed, site=site, routes=("iv",)), replace(SAID, sites=(site,)))
    return folder


@pytest.fixture
def north(_made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_made / "north", tmp_path / "north"))


@pytest.fixture
def south(_made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_made / "south", tmp_path / "south"))


def told(*words: object) -> str:
    """What `holdfast registry check` or another verb prints of it on standard error, which it must refuse."""
    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "registry", *map(str, words)], capture_output=True, timeout=120, check=False
    )
    printed = done.stderr.decode()
    assert done.returncode == 3, printed
    assert "Traceback" not in printed
    return printed


def manifest_says(folder: Path, **changed: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def rewritten(folder: Path, table: str, select: str) -> None:
    """A file of a set as `select` makes it of `t`, with a manifest that fits it."""
    path, manifest = folder / f"{table}.parquet", json.loads((folder / "manifest.json").read_text())
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{path}')")
        rows = connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)").fetchone()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["files"][table] = {"rows": rows[0] if rows else 0, "sha256": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("parent", ["sex=other", "route=oral", "set*", "a[b]c", "who?", "it's", "ü"])
def test_the_name_of_a_folder_changes_nothing_that_is_read(
    north: Path, south: Path, tmp_path: Path, parent: str
) -> None:
    plain = opened([north])
    for other in ("setting", "abc", "whom"):  # what the names would match as patterns
        shutil.copytree(south, tmp_path / other / "north")
    placed = tmp_path / parent / "north"
    shutil.copytree(north, placed)
    assert [one.sites for one in checked([placed])] == [("north",)]
    found = opened([placed])
    for name, table in plain.tables.items():
        for column, values in table.items():
            assert found.tables[name][column].tobytes() == values.tobytes()
    write_pool(tmp_path / parent / "pool", [placed, south])
    write_pool(tmp_path / "pool", [north, south])
    for path in (tmp_path / "pool").iterdir():
        assert path.read_bytes() == (tmp_path / parent / "pool" / path.name).read_bytes()


SAYS: dict[str, tuple[dict[str, Any], str]] = {
    "notes of objects": ({"notes": [{"a": 1}]}, "does not say what a manifest says"),
    "definitions of text": ({"definitions": "abc"}, "does not say what a manifest says"),
    "definitions of a list": ({"definitions": ["a"]}, "does not say what a manifest says"),
    "a choice that is a number": ({"definitions": {"remission_madrs": 5}}, "does not say what a manifest says"),
    "disclosure of a number": ({"disclosure": 5}, "does not say what a manifest says"),
    "signed of lists": ({"signed": [[1]]}, "does not say what a manifest says"),
    "a digest of a list": ({"facts_digest": []}, "does not say what a manifest says"),
    "no site": ({"sites": []}, "does not say what a manifest says"),
    "letters for sites": ({"sites": "north"}, "does not say what a manifest says"),
    "a site of nowhere": ({"sites": ["north", "paris"]}, "holds no course of paris, which its manifest names"),
    "another site": ({"sites": ["paris"]}, "holds courses of north, not in its manifest"),
    "a version that is true": ({"version": True}, "is version True of the common data model"),
    "a rule nobody knows": ({"signed": ["out.nothing"]}, "says that out.nothing is signed, no rule that waits"),
    "a definition nobody knows": ({"definitions": {"remission_madrs": "x"}}, "names a definition nobody here knows"),
    "a setting nobody knows": ({"definitions": {"x": "y"}}, "names a definition nobody here knows"),
}


@pytest.mark.parametrize(("said", "words"), SAYS.values(), ids=SAYS)
def test_what_a_manifest_says_is_not_believed(north: Path, said: dict[str, Any], words: str) -> None:
    manifest_says(north, **said)
    with pytest.raises(InputError) as raised:
        checked([north])
    assert words in str(raised.value)
    assert "north" in str(raised.value)


def test_every_verb_reads_the_sites_of_the_rows(north: Path) -> None:
    manifest_says(north, sites=["north", "paris"])
    for read in (opened, report_over_parts):
        with pytest.raises(InputError, match="holds no course of paris, which its manifest names"):
            read([north])


def test_rows_are_counted_and_not_believed(north: Path) -> None:
    files = json.loads((north / "manifest.json").read_text())["files"]
    right = files["ratings"]["rows"]
    manifest_says(north, files=files | {"ratings": files["ratings"] | {"rows": right + 5}})
    with pytest.raises(InputError, match=rf"ratings.parquet holds {right} rows, its manifest says {right + 5}"):
        checked([north])
    for rows in (True, -1, "12", 3.0, None):
        manifest_says(north, files=files | {"ratings": files["ratings"] | {"rows": rows}})
        with pytest.raises(InputError, match="does not say what a manifest says"):
            checked([north])


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, '"', "[]", "\x00"], ids=len)
def test_a_manifest_that_is_no_json_is_named(north: Path, text: str) -> None:
    (north / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json is not"):
        checked([north])


TYPES = {
    "a day between days": ("ratings", "(day + 0.4)::DOUBLE AS day", "day of type DOUBLE, not INTEGER"),
    "a day as text": ("ratings", "day::VARCHAR AS day", "day of type VARCHAR, not INTEGER"),
    "yes as a word": ("courses", "'yes' AS started", "started of type VARCHAR, not BOOLEAN"),
    "yes as a number": ("courses", "7 AS started", "started of type INTEGER, not BOOLEAN"),
    "a pseudonym as bytes": ("courses", "course::BLOB AS course", "course of type BLOB, not VARCHAR"),
    "a total as text": ("ratings", "total::VARCHAR AS total", "total of type VARCHAR, not DOUBLE"),
}


@pytest.mark.parametrize(("table", "change", "words"), TYPES.values(), ids=TYPES)
def test_a_value_of_another_type_is_neither_rounded_nor_cast(north: Path, table: str, change: str, words: str) -> None:
    rewritten(north, table, f"SELECT * REPLACE ({change}) FROM t")
    with pytest.raises(InputError) as raised:
        checked([north])
    assert f"north/{table}.parquet has column {words}; write it as" in str(raised.value)


def test_a_type_that_holds_the_same_numbers_is_taken(north: Path) -> None:
    rewritten(north, "ratings", "SELECT * REPLACE (day::BIGINT AS day, total::SMALLINT AS total) FROM t")
    rewritten(north, "courses", "SELECT * REPLACE (NULL AS link, NULL AS year) FROM t")
    assert opened([north]).n == 12


IMPOSSIBLE = {
    "a scale nobody knows": ("ratings", "'zzz' AS scale", "ratings.scale is zzz, which no document"),
    "a protocol nobody knows": ("courses", "'zzz' AS protocol", "courses.protocol is zzz, which no document"),
    "a drug the protocol has not": (
        "courses", "'esketamine' AS drug", "esketamine by route iv under protocol iv-racemic, which gives ketamine",
    ),
    "a route the protocol has not": ("courses", "'oral' AS route", "ketamine by route oral under protocol iv-racemic"),
    "numbers against the days": (
        "treatment_sessions", "CASE number WHEN 2 THEN 7 WHEN 3 THEN 3 ELSE day END AS day",
        "lies on a day before that of the treatment session numbered before it",
    ),
    "too many mg": (
        "treatment_sessions", "if(number = 2, 900, dose_mg) AS dose_mg", "900 mg of 0.5 mg/kg of course",
    ),
    "too few mg": ("treatment_sessions", "if(number = 2, 8, dose_mg) AS dose_mg", "8 mg of 0.5 mg/kg of course"),
}  # fmt: skip


@pytest.mark.parametrize("order", ["", " ORDER BY hash(course, number)"], ids=["in order", "in none"])
@pytest.mark.parametrize(("table", "change", "words"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_is_told(north: Path, table: str, change: str, words: str, order: str) -> None:
    own = order if table == "treatment_sessions" else ""
    rewritten(north, table, f"SELECT * REPLACE ({change}) FROM t{own}")
    with pytest.raises(InputError) as raised:
        checked([north])
    (line,) = str(raised.value).splitlines()
    assert words in line
    assert line.startswith(f"{north}: {table}")


def test_documents_of_another_release_are_its_own(north: Path) -> None:
    rewritten(north, "ratings", "SELECT * REPLACE ('zzz' AS scale, 500 AS total) FROM t")
    rewritten(north, "courses", "SELECT * REPLACE ('zzz' AS protocol, 'oral' AS route) FROM t")
    manifest_says(north, facts_digest="another")
    assert opened([north]).n == 12


def test_a_name_that_is_not_utf8_is_told(north: Path, south: Path, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/n\xff"
    shutil.copytree(os.fsencode(north), folder)
    odd = Path(os.fsdecode(folder))
    with pytest.raises(InputError, match="has a name that is not UTF-8"):
        checked([odd])
    with pytest.raises(InputError, match="has a name that is not UTF-8"):
        write_pool(tmp_path / os.fsdecode(b"\xff\xfe"), [north, south])
    with pytest.raises(InputError, match="has a name that is not UTF-8"):
        write_rows(tmp_path / os.fsdecode(b"\xff\xfe"), {}, SAID)


@pytest.mark.parametrize("name", ["ratings.parquet", "manifest.json"])
@pytest.mark.parametrize("kind", ["zero", "fifo", "folder"])
def test_what_is_no_file_is_not_waited_for(north: Path, name: str, kind: str) -> None:
    (north / name).unlink()
    if kind == "zero":
        (north / name).symlink_to("/dev/zero")
    elif kind == "fifo":
        os.mkfifo(north / name)
    else:
        (north / name).mkdir()
    assert f"{name} is no file" in told("check", north)


def test_a_key_is_a_file_of_its_size_and_of_many_signs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="/dev/zero is no file"):
        read_secret(Path("/dev/zero"))
    for content, words in ((b"\0" * 40, "one sign again and again"), (os.urandom(5000), "more than 4096 characters")):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(InputError, match=words):
            read_secret(tmp_path / "key")
    (tmp_path / "key").write_bytes(b"0123456789abcdef" * 3 + b"\n")
    assert len(read_secret(tmp_path / "key")) == 48


_FULL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from holdfast.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_disk_that_refuses_what_is_written_is_not_told_as_a_set_that_cannot_be_read(
    north: Path, south: Path, tmp_path: Path
) -> None:
    words = ["registry", "pool", str(north), str(south), "--output", str(tmp_path / "pool")]
    done = subprocess.run([sys.executable, "-c", _FULL, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"holdfast: {tmp_path / 'pool'} cannot be written: File too large\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["north", "south"]


@pytest.mark.parametrize("kind", [RuntimeError, duckdb.InterruptException])
def test_a_stop_in_a_query_is_a_stop_by_the_user(kind: type[Exception]) -> None:
    def asks() -> None:
        with connected(threads=1):
            raise kind("Query interrupted")  # as DuckDB tells of Ctrl-C

    with pytest.raises(KeyboardInterrupt):
        asks()


@pytest.mark.parametrize("site", ["North", "a b", "../x", "é", "", "a" * 61, "north\n"])
def test_a_name_of_a_site_is_told_at_once(site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="no name of a site"):
        require_site_name(site)
    out = ["--output", str(tmp_path / "out")]
    assert main(["registry", "simulate", "iv-racemic:5", "--site", site, *out]) == 3
    assert "(--site)" in capsys.readouterr().err
    if site:  # none: the key of the programme
        assert main(["registry", "export", "--site", site, "--key", str(tmp_path / "no"), *out]) == 3
        assert "(--site)" in capsys.readouterr().err


def test_more_processes_than_any_machine_are_refused(north: Path) -> None:
    with pytest.raises(InputError, match="1000000 processes are more than 1024"):
        report_over_parts([north], processes=1_000_000)


def test_a_set_given_twice_is_told_before_it_is_read(north: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(north)
    (north / "ratings.parquet").write_bytes(b"")  # whoever reads it says another thing
    reads: tuple[Callable[[list[Path]], object], ...] = (checked, opened, report_over_parts)
    for read in reads:
        with pytest.raises(InputError, match="north is given twice; give each set once"):
            read([north, north])
        with pytest.raises(InputError, match=r"north and .*link are one set; give each set once"):
            read([north, tmp_path / "link"])


@pytest.mark.parametrize(
    ("title", "year", "words"),
    [("", 2026, "no title"), (" ", 2026, "no title"), ("a\nb", 2026, "no title"), ("\udcff", 2026, "no title"),
     ("A", 0, "0 is no year"), ("A", 1066, "1066 is no year"), ("A", 99999, "99999 is no year")],
)  # fmt: skip
def test_a_study_has_a_title_in_one_line_and_a_year(title: str, year: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Named("abc", title, year)


def test_nothing_is_written_inside_a_set_that_is_read(
    north: Path, south: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=r"lies inside .*south, which is read"):
        write_pool(south / "deep" / "pool", [north, south])
    for verb in (["report"], ["study", "--name", "abc", "--title", "A", "--year", "2026"]):
        assert main(["registry", *verb, str(north), "--output", str(north / "x")]) == 3
        assert "which is read; name a folder outside it" in capsys.readouterr().err
    assert sorted(one.name for one in north.iterdir()) == sorted(one.name for one in south.iterdir())


def test_a_pool_names_the_sites_that_have_courses_in_it(north: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "nobody", {}, replace(SAID, sites=("nobody",)))
    made = write_pool(tmp_path / "pool", [tmp_path / "nobody", north])
    assert made.sites == ("north",)
    assert "Sites without a course, which add nothing: nobody" in made.notes
    assert checked([tmp_path / "pool"])[0].sites == ("north",)
