"""Open data sets as registry sets: what real follow-up with real gaps does to a report. Rows are never committed.

Neither is a registry. What the common data model asks and a trial does not say is `unknown`, or stated here; the drug
of the masked trial is none of ours, so that its arms stand as two sites of one made-up treatment: nothing in such a
report is about ketamine.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from holdfast.registry.manifest import Manifest
from holdfast.registry.pseudonyms import pseudonym

_SECRET = b"an open data set hides nobody"
_SEX = {"F": "female", "M": "male"}
Rows = dict[str, list[dict[str, Any]]]


def about(*sites: str) -> Manifest:
    """A manifest of such a set."""
    return Manifest(kind="extract", sites=sites, made_by="a test", facts_digest="0" * 16, notes=("An open data set",))


def nimh(scores: Path) -> Rows:
    """The NIMH ketamine trial: one infusion on day 0, MADRS before it and on day 2; the depressed, unipolar people."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _read(scores):
        if row["group"] == "MDD" and row["scale"] == "MADRS":
            found[row["participant_id"]].append(row)
    people = {row["participant_id"]: row for row in _read(scores.with_name("participants.csv"))}
    rows: Rows = {"courses": [], "ratings": [], "treatment_sessions": []}
    for name, ratings in found.items():
        person = people.get(name, {})
        seen = {row["leg"]: row for row in ratings}
        course = _course(name, "nimh", "iv", _SEX.get(person.get("sex", ""), "unknown"), followed_to=2)
        rows["courses"].append(course)
        rows["treatment_sessions"].append(_session(course))
        if "baseline" in seen:
            rows["ratings"].append(_rating(course, "madrs", 0, seen["baseline"]["score"], baseline=True))
        after = seen.get("ketamine")
        rows["ratings"].append(_rating(course, "madrs", 2, after and after["score"]))  # due; 5 were not obtained
    return rows


def masked_trial(path: Path) -> Rows:
    """The masked antidepressant trial: HAM-D17 at visits 4 to 7 on their own days; an arm is a site."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _read(path):
        found[row["PATIENT"]].append(row)
    rows: Rows = {"courses": [], "ratings": [], "treatment_sessions": []}
    for name, visits in found.items():
        last = max(int(row["RELDAYS"]) for row in visits)
        course = _course(
            name, visits[0]["THERAPY"].lower(), "oral", _SEX.get(visits[0]["GENDER"], "unknown"), followed_to=last
        )
        rows["courses"].append(course)
        rows["treatment_sessions"].append(_session(course))
        rows["ratings"].append(_rating(course, "ham-d17", 0, visits[0]["BASVAL"], baseline=True))
        by_day = {int(row["RELDAYS"]): row["HAMDTL17"] for row in visits}
        rows["ratings"] += [_rating(course, "ham-d17", day, total) for day, total in by_day.items()]
    return rows


def _read(path: Path) -> Iterable[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _course(name: str, site: str, route: str, sex: str, *, followed_to: int) -> dict[str, Any]:
    return {
        "course": pseudonym(_SECRET, "course", name), "person": pseudonym(_SECRET, "person", name), "site": site,
        "drug": "ketamine", "route": route, "protocol": f"{route}-racemic", "indication": "unknown", "sex": sex,
        "age_band": "unknown", "failed_trials": "unknown", "eligible": "unknown", "started": True,
        "followed_to_day": followed_to,
    }  # fmt: skip


def _session(course: Mapping[str, Any]) -> dict[str, Any]:
    return {"course": course["course"], "number": 1, "day": 0, "state": "completed"}


def _rating(
    course: Mapping[str, Any], scale: str, day: int, total: str | None, *, baseline: bool = False
) -> dict[str, Any]:
    return {
        "course": course["course"], "scale": scale, "day": day, "total": None if total is None else float(total),
        "rated_by": "clinician", "baseline": baseline,
    }  # fmt: skip
