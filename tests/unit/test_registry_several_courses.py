"""Persons with several courses in an extract: one course never says what another keeps back."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from holdfast.registry.disclosure import ORDER
from holdfast.registry.disclosure_faults import faults_of_disclosure
from holdfast.registry.relations import add_rows, connected
from tests.registry_rows import made_up
from tests.unit.test_registry_disclosure import K, extract_of, table

NOT_KNOWN = (None, "unknown")


def two_courses_each(persons: int, *, both_routes: int, seed: int) -> dict[str, list[dict[str, object]]]:
    """Rows in which every second course is the same person's again; of some on the other route."""
    rows = made_up(persons, seed=seed, routes=("iv",))
    again = made_up(persons, seed=seed + 1, routes=("iv",))
    other = made_up(both_routes, seed=seed + 2, routes=("nasal",))
    for first, second in zip(rows["courses"], again["courses"], strict=True):
        second |= {"person": first["person"], "sex": first["sex"], "age_band": first["age_band"], "link": None}
    few = Random(seed).sample(rows["courses"], both_routes)
    for first, second in zip(few, other["courses"], strict=True):
        second |= {"person": first["person"], "sex": first["sex"], "age_band": first["age_band"]}
    crowd = made_up(2 * K, seed=seed + 3, routes=("nasal",))  # so that the other route is not left out whole
    return {name: rows[name] + again[name] + other[name] + crowd[name] for name in rows}


@pytest.mark.story("HF-REG-186")
@pytest.mark.parametrize("seed", range(5))
def test_what_one_course_keeps_back_no_other_of_that_person_tells(tmp_path: Path, seed: int) -> None:
    folder = extract_of(tmp_path / "e", two_courses_each(60, both_routes=0, seed=10 * seed))
    of: dict[str, list[dict[str, object]]] = {}
    for one in table(folder, "courses"):
        of.setdefault(str(one["person"]), []).append(one)
    assert sum(len(own) == 2 for own in of.values()) > 50
    kept_back = [
        [name for name in ORDER if one[name] in NOT_KNOWN] for own in of.values() for one in own if len(own) == 2
    ]
    assert any(0 < len(one) < len(ORDER) for one in kept_back), "nothing was kept back, or everything: nothing is seen"
    for own in of.values():
        assert len({tuple(one[name] in NOT_KNOWN for name in ORDER) for one in own}) == 1


@pytest.mark.story("HF-REG-186")
def test_who_alone_had_two_routes_is_told_as_one_person_for_each(tmp_path: Path) -> None:
    rows = two_courses_each(60, both_routes=3, seed=7)
    for one in rows["courses"]:
        one["link"] = one["person"]
    folder = extract_of(tmp_path / "few", rows)
    routes: dict[str, set[str]] = {}
    for one in table(folder, "courses"):
        routes.setdefault(str(one["person"]), set()).add(str(one["route"]))
    assert {len(had) for had in routes.values()} == {1}
    linked = [one["link"] for one in table(folder, "courses")]
    assert linked.count(None) == 9  # both iv courses and the nasal one of each of the three
    many = extract_of(tmp_path / "many", two_courses_each(60, both_routes=K, seed=7))
    both = {str(one["person"]) for one in table(many, "courses") if one["route"] == "nasal"}
    assert len(both & {str(one["person"]) for one in table(many, "courses") if one["route"] == "iv"}) == K


@pytest.mark.story("HF-REG-186")
def test_how_often_a_check_was_done_stays_with_the_programme(tmp_path: Path) -> None:
    rows = made_up(60, seed=3)
    for one in rows["safety_checks"]:
        one |= {"done": 6, "positive": 2}
    assert {(one["done"], one["positive"]) for one in table(extract_of(tmp_path / "e", rows), "safety_checks")} == {
        (1, 1)
    }


@pytest.mark.story("HF-REG-186")
def test_the_check_of_persons_can_go_red() -> None:
    rows = two_courses_each(60, both_routes=3, seed=7)
    rows["courses"][0]["sex"] = "unknown"
    rows["safety_checks"][0]["done"] = 4
    with connected() as connection:
        add_rows(connection, rows)
        told = "\n".join(faults_of_disclosure(connection, K))
    for words in (
        "one course tells what another keeps back",
        "3 persons had drugs and routes",
        "1 rows tell how often",
    ):
        assert words in told
