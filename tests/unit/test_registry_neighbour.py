"""Who knows one rare thing of a patient, whatever column it stands in, finds nobody's sex, age, illness or year."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holdfast.registry.common_model import TABLES, Column
from holdfast.registry.extract import write_extract
from tests.registry_neighbour import columns, facts_of, singled_out, tables_of
from tests.registry_rows import MANIFEST

K = 11
PERSONS = 30
COLUMNS = {f"{table.name}.{column.name}": column for table, column in columns()}
NEVER_RARE = {  # every course has both, whoever it is of
    "ratings.baseline": "says which of a person's ratings it is"
}


def alike() -> dict[str, list[dict[str, Any]]]:
    """Thirty persons of whom all the same is told, in every table."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for number in range(PERSONS):
        course = f"{number:032x}"
        rows["courses"].append({
            "course": course, "person": f"{number + 500:032x}", "link": None, "site": "north", "drug": "ketamine",
            "route": "iv", "protocol": "iv-racemic", "indication": "trd", "sex": "female", "age_band": "35-44",
            "failed_trials": "2", "year": 2025, "referred_day": -30, "evaluated_day": -10, "eligible": "yes",
            "started": True, "induction_ended_day": 28, "maintenance_day": 28, "ended_day": 90,
            "end_reason": "completed", "followed_to_day": 90, "watched_from_day": None,
        })  # fmt: skip
        rows["ratings"] += [
            {"course": course, "scale": "madrs", "day": day, "total": 30, "rated_by": "clinician", "baseline": day < 0}
            for day in (-1, 7)
        ]
        rows["relapse_events"].append({"course": course, "day": 60, "event": "judged-relapse"})
        rows["treatment_sessions"].append({
            "course": course, "number": 1, "day": 0, "year": 2025, "phase": "induction", "state": "completed",
            "dose_mg": 40.0, "dose_mg_per_kg": 0.5, "dissociation_scale": "cadss", "dissociation_peak": 9.0,
        })  # fmt: skip
        rows["check_ins"].append({"course": course, "day": 5, "state": "answered"})
        rows["adverse_events"].append({
            "course": course, "number": 1, "day": 0, "year": 2025, "treatment_session": 1, "category": "headache",
            "severity": "mild", "seriousness": "not-serious", "causality": "possible", "action": "none",
            "outcome": "recovered",
        })  # fmt: skip
        rows["safety_checks"].append(
            {"course": course, "safety_check": "bladder", "state": "due", "done": 2, "positive": 0}
        )
        rows["checks_by_year"].append(
            {"course": course, "safety_check": "bladder", "year": 2025, "done": 2, "positive": 0}
        )
        rows["exposure"].append({"course": course, "year": 2025, "treatment_sessions": 1, "dose_mg": 40.0,
                                 "doses_of_unknown_mg": 0, "days": 91})  # fmt: skip
    return rows


def rare_value(column: Column, used: set[Any]) -> Any:
    """One that nobody else has."""
    if column.choices:
        return next(one for one in reversed(column.choices) if one not in {*used, "unknown", "none", "other", "fatal"})
    return {"yes_no": False, "year": 2019, "number": 43.5, "count": 1, "name": "iv-esketamine"}[column.kind]


_A_CHECK = {"checks_by_year.safety_check", "safety_checks.safety_check"}


def with_canary(*names: str) -> tuple[dict[str, list[dict[str, Any]]], str]:
    """The same rows, one person's changed in these columns only; and the course of that person."""
    rows = alike()
    canary = rows["courses"][7]["course"]
    if _A_CHECK & {*names}:  # a check of a year stands among all checks too
        names = (*names, *sorted(_A_CHECK))
    for name in dict.fromkeys(names):
        table, _, column = name.partition(".")
        used = {one[column] for one in rows[table]}
        for one in rows[table]:
            if one["course"] == canary:
                one[column] = rare_value(COLUMNS[name], used)
                one |= {"dose_mg_per_kg": None} if column == "dose_mg" and table == "treatment_sessions" else {}
    if "courses.started" in names:
        for table in ("treatment_sessions", "adverse_events", "exposure"):
            rows[table] = [one for one in rows[table] if one["course"] != canary]
        rows["courses"][7] |= {"induction_ended_day": None, "maintenance_day": None}
    return rows, canary


def left(rows: dict[str, list[dict[str, Any]]], folder: Path) -> Any:
    write_extract(folder, copy.deepcopy(rows), replace(MANIFEST, sites=("north",)), k=K)
    return tables_of(folder)


@pytest.mark.story("HF-REG-102")
@pytest.mark.parametrize("name", sorted(COLUMNS.keys() - NEVER_RARE.keys()))
def test_one_rare_thing_in_any_column_finds_nobody(tmp_path: Path, name: str) -> None:
    rows, canary = with_canary(name)
    knows = facts_of(rows, canary)
    assert singled_out(rows, knows, K, most=1), "the search finds the canary where nothing is withheld"
    assert singled_out(left(rows, tmp_path / "e"), knows, K, most=2) == []


@pytest.mark.story("HF-REG-102")
def test_who_is_rare_in_everything_is_found_by_no_combination(tmp_path: Path) -> None:
    out = {"courses.started", "courses.drug", "courses.route", *NEVER_RARE}  # without a start nothing else would stand
    rows, canary = with_canary(*sorted(COLUMNS.keys() - out))
    knows = facts_of(rows, canary)
    assert len(knows) > 25
    assert len(singled_out(rows, knows, K, most=1)) > 500
    assert singled_out(left(rows, tmp_path / "e"), knows, K, most=3) == []


@pytest.mark.story("HF-REG-102")
def test_whoever_is_like_everybody_is_told_whole(tmp_path: Path) -> None:
    found = left(alike(), tmp_path / "e")
    told = {tuple(one[name] for name in ("sex", "age_band", "failed_trials", "indication")) for one in found["courses"]}
    assert told == {("female", "35-44", "2", "trd")}
    assert {one["dose_mg"] for one in found["treatment_sessions"]} == {40.0}


@pytest.mark.story("HF-REG-102")
@pytest.mark.parametrize("end", ["died", "misuse", "consent_withdrawn"])
def test_a_serious_end_is_told_without_the_person_however_many_had_it(tmp_path: Path, end: str) -> None:
    rows = alike()
    for one in rows["courses"][:12]:
        one["end_reason"] = end
    found = left(rows, tmp_path / "e")["courses"]
    assert {one["end_reason"] for one in found} == {end, "completed"}  # twelve are not few
    assert {one["sex"] for one in found if one["end_reason"] == end} == {"unknown"}
    assert {one["sex"] for one in found if one["end_reason"] == "completed"} == {"female"}


@pytest.mark.story("HF-REG-102")
def test_an_attempt_and_a_hospitalisation_are_serious_wherever_they_stand(tmp_path: Path) -> None:
    rows = alike()
    for number, one in enumerate(rows["relapse_events"][:24]):
        one["event"] = "suicide-attempt" if number < 12 else "hospitalisation"
    serious = {one["course"] for one in rows["relapse_events"][:24]}
    found = left(rows, tmp_path / "e")["courses"]
    assert {one["age_band"] for one in found if one["course"] in serious} == {"unknown"}


@pytest.mark.story("HF-REG-102")
def test_few_ends_are_told_as_other_unless_they_say_what_treatment_did(tmp_path: Path) -> None:
    rows = alike()
    few = ("access", "consent_withdrawn", "died", "adverse_event", "lost_contact")
    for one, end in zip(rows["courses"], few, strict=False):
        one["end_reason"] = end
    found = left(rows, tmp_path / "e")["courses"]
    assert {one["end_reason"] for one in found} == {"completed", "other", "died", "adverse_event"}
    assert all(one["sex"] == "unknown" for one in found[:5])
