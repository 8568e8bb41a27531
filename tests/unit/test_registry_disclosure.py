"""Extracts: nobody in one can be told by who knows a little of them; pools: sites, persons and versions kept apart."""

from __future__ import annotations

import copy
import datetime
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import InputError
from holdfast.registry.common_model import DOSE_STEP_MG
from holdfast.registry.disclosure import ORDER
from holdfast.registry.disclosure_faults import faults_of_disclosure
from holdfast.registry.extract import small_cell, write_extract
from holdfast.registry.pool import write_pool
from holdfast.registry.pseudonyms import link_identity, new_secret, pseudonym, read_secret
from holdfast.registry.rare_values import GROUP
from holdfast.registry.relations import add_parquet, add_rows, connected
from holdfast.registry.report.report import report_of
from holdfast.registry.sets import opened
from holdfast.registry.written import write_rows
from tests.registry_rows import MANIFEST, begun_long_ago, made_up

K = 11


def extract_of(folder: Path, rows: dict[str, Any], *, k: int = K, site: str = "north") -> Path:
    """An extract in a folder, of courses that all began long ago."""
    write_extract(folder, rows, replace(MANIFEST, sites=(site,)), k=k, passed=begun_long_ago(rows))
    return folder


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    """Rows of one file, read without Holdfast."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_parquet('{folder / name}.parquet')")
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("k", [5, 11])
def test_every_cell_holds_k_persons_or_is_not_there(tmp_path: Path, k: int) -> None:
    folder = extract_of(tmp_path / "e", made_up(120, seed=2), k=k)
    cells = Counter(tuple(one[name] for name in (*GROUP, *ORDER)) for one in table(folder, "courses"))
    assert min(cells.values()) >= k
    assert sum(cells.values()) == 120
    assert any(set(cell[2:]) - {None, "unknown"} for cell in cells), "everything was withheld; nothing is tested"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), courses=st.integers(11, 60), k=st.sampled_from([3, 5, 11]))
def test_whatever_the_rows_an_extract_has_no_fault_or_is_refused(
    tmp_path_factory: Any, seed: int, courses: int, k: int
) -> None:
    folder = tmp_path_factory.mktemp("any") / "e"
    rows = made_up(courses, seed=seed)
    if max(Counter(one["route"] for one in rows["courses"]).values()) < k:
        with pytest.raises(InputError, match="Nothing may leave"):
            extract_of(folder, rows, k=k)
        assert not folder.exists()
        return
    extract_of(folder, rows, k=k)
    with connected() as connection:
        add_parquet(connection, [folder])
        assert faults_of_disclosure(connection, k) == []


def test_the_check_of_what_leaves_can_go_red() -> None:
    rows = made_up(40, seed=3)
    next(one for one in rows["courses"] if one["end_reason"] == "relapse")["end_reason"] = "access"
    with connected() as connection:
        add_rows(connection, rows)
        told = "\n".join(faults_of_disclosure(connection, K))
    for words in (
        "hold fewer than 11 persons", "must not be told by sex", "calendar year", "fewer than 11 persons had",
        "fewer than 11 persons ended by access", "from which a weight could be told",
        "adverse_events.category: fewer than 11 persons have a value and are told",
    ):  # fmt: skip
        assert words in told


def test_one_person_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing may leave: fewer than 11 persons"):
        extract_of(tmp_path / "e", made_up(1, seed=4))
    assert list(tmp_path.iterdir()) == []


def test_a_route_of_few_is_left_out_by_name_and_without_its_number(tmp_path: Path) -> None:
    rows, few = made_up(40, seed=5, routes=("iv",)), made_up(3, seed=6, routes=("im",))
    folder = extract_of(tmp_path / "e", {name: rows[name] + few[name] for name in rows})
    assert {one["route"] for one in table(folder, "courses")} == {"iv"}
    kept = {one["course"] for one in table(folder, "ratings")}
    assert kept
    assert not kept & {one["course"] for one in few["courses"]}
    about = json.loads((folder / "manifest.json").read_text())
    assert about["disclosure"]["left_out"] == ["ketamine im"]


def test_no_date_can_be_worked_out(tmp_path: Path) -> None:
    write_extract(tmp_path / "e", made_up(120, seed=7), MANIFEST, k=K)
    assert {one["year"] for one in table(tmp_path / "e", "treatment_sessions")} == {None}
    assert table(tmp_path / "e", "exposure") == []
    courses = table(tmp_path / "e", "courses")
    going_on = [one["followed_to_day"] for one in courses if one["ended_day"] is None]
    assert set(going_on) <= {28, 42, 56, 84, 112, 182, 273, 364}
    assert len(set(going_on)) > 2


def test_no_weight_can_be_worked_out(tmp_path: Path) -> None:
    folder = extract_of(tmp_path / "e", made_up(120, seed=8))
    route = {one["course"]: one["route"] for one in table(folder, "courses")}
    given: dict[Any, set[str]] = {}
    for one in table(folder, "treatment_sessions"):  # each of another person, with a weight or without
        given.setdefault((route[one["course"]], one["dose_mg"]), set()).add(one["course"])
    told = {dose_mg for _, dose_mg in given if dose_mg is not None}
    assert told
    assert all(dose_mg % DOSE_STEP_MG == 0 for dose_mg in told)
    assert all(len(courses) >= K for (_, dose_mg), courses in given.items() if dose_mg is not None)


def test_a_device_is_told_as_it_is_and_what_nobody_else_had_is_not(tmp_path: Path) -> None:
    """56 mg from two devices tell no weight and stay; 43.5 mg without a weight tell one, under 0.5 mg/kg, and go."""
    rows = made_up(40, seed=8, routes=("nasal",))
    for one in rows["treatment_sessions"]:
        one |= {"dose_mg": 56.0, "dose_mg_per_kg": None}
    rows["treatment_sessions"][0]["dose_mg"] = 43.5
    assert {one["dose_mg"] for one in table(extract_of(tmp_path / "e", rows), "treatment_sessions")} == {56.0, None}


def test_a_canary_is_found_in_no_file_of_an_extract(tmp_path: Path) -> None:
    """A patient who is unlike everybody: what marks them is nowhere in the bytes, nor in any row."""
    rows = made_up(60, seed=9, routes=("iv",))
    canary = rows["courses"][0]
    canary.update(sex="other", age_band="75+", failed_trials="5+", indication="bipolar-depression", year=2019)
    mine = [one for one in rows["treatment_sessions"] if one["course"] == canary["course"]]
    for one in mine:
        one.update(dose_mg=97.3, year=2019)
    rows["adverse_events"].append({
        "course": canary["course"], "number": 9, "day": 2, "year": 2019, "treatment_session": 1, "category": "bladder",
        "severity": "severe", "seriousness": "hospitalisation", "causality": "probable", "action": "dose-stopped",
        "outcome": "recovering",
    })  # fmt: skip
    folder = extract_of(tmp_path / "e", rows)
    courses = table(folder, "courses")
    (found,) = [one for one in courses if one["course"] == canary["course"]]
    assert [found[name] for name in ORDER] == [None, *["unknown"] * 4]
    alike = [one for one in courses if [one[name] for name in ORDER] == [found[name] for name in ORDER]]
    assert len(alike) >= K
    for name in ("75+", "5+", "bipolar-depression", 2019):
        assert all(name not in one.values() for one in courses)
    assert {one["sex"] for one in courses} <= {"female", "male", "unknown"}
    assert all(one["category"] != "bladder" for one in table(folder, "adverse_events"))
    assert all(one["dose_mg"] != 97.3 for one in table(folder, "treatment_sessions"))
    for name, marks in (("courses", (b"bipolar", b"75+")), ("adverse_events", (b"bladder",))):
        found_bytes = (folder / f"{name}.parquet").read_bytes()
        assert len(found_bytes) > 500
        assert not [mark for mark in marks if mark in found_bytes]


def test_the_small_cell_is_a_choice_of_the_programme() -> None:
    assert (small_cell(), small_cell("k5")) == (11, 5)
    with pytest.raises(InputError, match="k3"):
        small_cell("k3")


def test_pseudonyms_hang_on_the_secret_and_on_what_they_are_of(tmp_path: Path) -> None:
    for name in ("one", "two"):
        new_secret(tmp_path / name)
    one, two = (read_secret(tmp_path / name) for name in ("one", "two"))
    made = {pseudonym(secret, kind, "17") for secret in (one, two) for kind in ("course", "person", "link")}
    assert len(made) == 6
    assert pseudonym(one, "course", "17") in made
    with pytest.raises(InputError, match="never replaced"):
        new_secret(tmp_path / "one")
    (tmp_path / "short").write_text("short")
    with pytest.raises(InputError, match="holds 5 characters"):
        read_secret(tmp_path / "short")


def test_a_link_does_not_hang_on_case_accents_or_order() -> None:
    born = datetime.date(1980, 2, 29)
    assert link_identity("Müller, Ána", born) == link_identity("ana MULLER", born)
    assert link_identity("Ana Muller", born) != link_identity("Ana Miller", born)
    assert link_identity("Ana Muller", None) is None
    assert link_identity(" .,", born) is None


def sites(tmp_path: Path, *names: str, **changes: Any) -> list[Path]:
    """An extract of each site."""
    return [
        extract_of(tmp_path / name, made_up(30, seed=seed, site=name, **changes), k=5, site=name)
        for seed, name in enumerate(names, start=20)
    ]


def test_a_pool_keeps_sites_and_adds_rows(tmp_path: Path) -> None:
    sets = sites(tmp_path, "north", "south", "west")
    made = write_pool(tmp_path / "pool", sets)
    pooled = opened([tmp_path / "pool"])
    assert pooled.n == sum(opened([one]).n for one in sets) > 80
    assert (made.kind, made.sites, pooled.names["courses.site"]) == ("pool", *[("north", "south", "west")] * 2)
    assert made.notes == ("3 sites have courses without a link: a person who went elsewhere may count twice",)


def test_the_same_person_at_two_sites_is_one_person_and_is_told(tmp_path: Path) -> None:
    folders = []
    for seed, name in enumerate(("north", "south"), start=30):
        rows = made_up(30, seed=seed, site=name, routes=("iv",))
        for number, one in enumerate(rows["courses"]):
            one["link"] = f"{number if number < 2 else seed * 1000 + number:032x}"
        folders.append(extract_of(tmp_path / name, rows, k=5, site=name))
    made = write_pool(tmp_path / "pool", folders)
    assert made.notes == (
        "2 persons have courses at two sites or more; every course is counted, and persons beside them",
    )
    courses = table(tmp_path / "pool", "courses")
    assert len(courses) - len({one["person"] for one in courses}) == 2
    # no site that shares the secret of the links can look a name up, nor a person of an extract
    assert {one["link"] for one in courses} == {None}
    known = {one[name] for folder in folders for one in table(folder, "courses") for name in ("link", "person")}
    assert not {one["person"] for one in courses} & known
    assert not [one for one in known if one and one.encode() in (tmp_path / "pool" / "courses.parquet").read_bytes()]
    east = extract_of(tmp_path / "east", made_up(30, seed=40, site="east", routes=("iv",)), k=5, site="east")
    with pytest.raises(InputError, match="pool is a pool already, without the links"):
        write_pool(tmp_path / "again", [tmp_path / "pool", east])


def handed_over(rows: dict[str, Any], site: str, count: int) -> dict[str, Any]:
    """The rows of another site to which the first `count` persons moved, with what was written down of them."""
    moved = {one["course"] for one in [one for one in rows["courses"] if one["started"]][:count]}
    keys = {course: f"{place + 1:032x}" for place, course in enumerate(sorted(moved))}
    found = made_up(30, seed=77, site=site, routes=("iv",))
    for name, every in rows.items():
        for one in every:
            if one["course"] in moved:
                found[name].append({**one, "course": keys[one["course"]]})
    for one in found["courses"][30:]:
        one |= {"site": site, "person": f"{int(one['course'], 16) + 900:032x}"}
    return found


def test_a_treatment_that_two_sites_hold_is_refused_or_kept_once(tmp_path: Path) -> None:
    rows = made_up(30, seed=76, routes=("iv",))
    for number, one in enumerate(rows["courses"]):
        one["link"] = f"{number:032x}"
    north = extract_of(tmp_path / "north", rows, k=5)
    south = extract_of(tmp_path / "south", handed_over(rows, "south", 3), k=5, site="south")
    with pytest.raises(InputError, match="north and south both hold 3 treatments of the same persons") as raised:
        write_pool(tmp_path / "pool", [north, south])
    assert "000000000000000" in str(raised.value)  # pseudonyms of courses, which each site can look up; no link
    assert not (tmp_path / "pool").exists()
    with pytest.raises(InputError, match="north and south both hold 3 treatments"):
        opened([north, south])  # nor is a report told of them side by side
    made = write_pool(tmp_path / "pool", [north, south], once=True)
    assert "north and south both held 3 treatments; north's stand here" in made.notes
    courses, ratings = table(tmp_path / "pool", "courses"), table(tmp_path / "pool", "ratings")
    assert (len(courses), len({one["person"] for one in courses})) == (60, 60)
    assert {one["course"] for one in ratings} <= {one["course"] for one in courses}
    assert {one["site"] for one in courses} == {"north", "south"}
    assert opened([tmp_path / "pool"]).persons == 60


def test_a_course_that_went_on_elsewhere_is_told_and_stays(tmp_path: Path) -> None:
    rows = made_up(30, seed=76, routes=("iv",))
    for number, one in enumerate(rows["courses"]):
        one["link"] = f"{number:032x}"
    later = handed_over(rows, "south", 3)
    later["ratings"] = [one for one in later["ratings"] if one["day"] < 20 or one["course"] > "1"]  # re-entered in part
    folders = [extract_of(tmp_path / "north", rows, k=5), extract_of(tmp_path / "south", later, k=5, site="south")]
    made = write_pool(tmp_path / "pool", folders)
    assert "hold 3 courses of one person, drug and route that begin with" in made.notes[0]
    told = opened([tmp_path / "pool"])
    assert (told.n, told.persons) == (63, 60) == (opened(folders).n, opened(folders).persons)
    steps = report_of(told).section("flow").basis
    assert steps == "Every course on record: 63, of 60 persons. A person with two courses counts twice."


def spoilt_version(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 9}))


def test_a_default_that_was_chosen_is_no_other_definition(tmp_path: Path) -> None:
    (north,) = sites(tmp_path, "north")
    chosen = replace(MANIFEST, sites=("east",), definitions={"remission_madrs": "madrs_le10"})
    write_extract(tmp_path / "east", made_up(40, seed=42, site="east"), chosen, k=5)
    assert write_pool(tmp_path / "pool", (north, tmp_path / "east")).sites == ("east", "north")


def test_what_cannot_be_pooled_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    north, south = sites(tmp_path, "north", "south")
    write_rows(tmp_path / "own", made_up(20, seed=40, site="own"), replace(MANIFEST, sites=("own",)))
    simulated = replace(MANIFEST, sites=("made-up",), kind="simulated")
    write_rows(tmp_path / "made-up", made_up(20, seed=41, site="made-up"), simulated)
    otherwise = replace(MANIFEST, sites=("east",), definitions={"remission_madrs": "madrs_le12"})
    write_extract(tmp_path / "east", made_up(20, seed=42, site="east", routes=("iv",)), otherwise, k=5)
    write_extract(
        tmp_path / "liar", made_up(20, seed=43, site="x", routes=("iv",)), replace(MANIFEST, sites=("y",)), k=5
    )
    twin = copy.deepcopy(made_up(30, seed=20, site="twin"))
    extract_of(tmp_path / "twin", twin, k=5, site="twin")
    faults = {
        (north,): "needs two sets or more",
        (north, north): "Site 'north' is in 2 of the sets",
        (north, tmp_path / "own"): "is a programme's own set",
        (north, tmp_path / "made-up"): "one is simulated",
        (north, tmp_path / "east"): "judges by remission_madrs=madrs_le12",
        (north, tmp_path / "liar"): "holds courses of x, not in its manifest",
        (north, tmp_path / "twin"): "courses: 30 rows stand twice by course",
        (north, tmp_path / "nowhere"): "is no registry set",
    }
    for sets, words in faults.items():
        with pytest.raises(InputError, match=words):
            write_pool(tmp_path / "pool", sets)
        assert not (tmp_path / "pool").exists()
    spoilt_version(south)
    with pytest.raises(InputError, match="south is version 9"):
        write_pool(tmp_path / "pool", (north, south))
