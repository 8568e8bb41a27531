"""Made-up rows of a programme in the common data model: what the registry's tests work on. Nobody is behind them."""

from __future__ import annotations

from random import Random
from typing import Any

from holdfast.registry.common_model import AGE_BANDS, FAILED_TRIALS, KEY_CHARACTERS, SEXES, TABLES
from holdfast.registry.manifest import Manifest

MANIFEST = Manifest(kind="programme", sites=("north",), made_by="a test", facts_digest="none")


def made_up(
    courses: int, *, seed: int, site: str = "north", routes: tuple[str, ...] = ("iv", "nasal")
) -> dict[str, Any]:
    """Rows of `courses` courses, most of them started, some with adverse events; each of another person."""
    random = Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for _ in range(courses):
        _add_course(rows, random, site, random.choice(routes))
    return rows


def _key(random: Random) -> str:
    return f"{random.getrandbits(4 * KEY_CHARACTERS):0{KEY_CHARACTERS}x}"


def _add_course(rows: dict[str, list[dict[str, Any]]], random: Random, site: str, route: str) -> None:
    course, started, to = _key(random), random.random() < 0.9, random.randrange(30, 400)
    ended = random.choice((None, to))
    rows["courses"].append({
        "course": course, "person": _key(random), "link": None, "site": site,
        "drug": "esketamine" if route == "nasal" else "ketamine", "route": route,
        "protocol": "esketamine-nasal" if route == "nasal" else f"{route}-racemic",
        "indication": random.choice(("trd", "trd", "mdd")), "sex": random.choice(SEXES[:2]),
        "age_band": random.choice(AGE_BANDS[:4]), "failed_trials": random.choice(FAILED_TRIALS[1:4]),
        "year": random.choice((2024, 2025)), "referred_day": -random.randrange(20, 60) if started else 0,
        "evaluated_day": -random.randrange(5, 20) if started else 10, "eligible": "yes", "started": started,
        "induction_ended_day": 28 if started else None, "maintenance_day": 28 if started else None,
        "ended_day": ended, "end_reason": None if ended is None else "relapse" if started else "declined",
        "followed_to_day": to,
    })  # fmt: skip
    if started:
        _add_treatment(rows, random, course, to)


def _add_treatment(rows: dict[str, list[dict[str, Any]]], random: Random, course: str, to: int) -> None:
    weight = random.uniform(50, 110)
    rows["ratings"] += [
        {"course": course, "scale": "madrs", "day": day, "total": total, "rated_by": "clinician", "baseline": day < 0}
        for day, total in [(-1, 33)] + [(d, random.choice((None, *range(5, 35)))) for d in range(7, to, 7)]
    ]
    days = [day for day in (0, 3, 7, 10, 14, 28, 42, 56) if day <= to]
    rows["treatment_sessions"] += [
        {"course": course, "number": number, "day": day, "year": 2025, "phase": "induction", "state": "completed",
         "dose_mg": round(weight / 2, 1), "dose_mg_per_kg": 0.5, "sbp_before_mmhg": 120.0, "dbp_before_mmhg": 80.0,
         "sbp_peak_mmhg": 120.0 + random.randrange(40), "dbp_peak_mmhg": 90.0, "sbp_peak_min": 40.0,
         "dissociation_scale": "cadss", "dissociation_peak": float(random.randrange(30)), "stay_min": 125.0}
        for number, day in enumerate(days, start=1)
    ]  # fmt: skip
    rows["check_ins"] += [
        {"course": course, "day": day, "state": random.choice(("answered", "answered", "missed"))}
        for day in range(2, to, 7)
    ]
    if random.random() < 0.5:
        serious = "hospitalisation" if random.random() < 0.1 else "not-serious"
        rows["adverse_events"].append({
            "course": course, "number": 1, "day": 3, "year": 2025, "treatment_session": 2,
            "category": random.choice(("dissociation", "headache", "taste")), "severity": "mild",
            "seriousness": serious, "causality": "possible", "action": "none", "outcome": "recovered",
        })  # fmt: skip
    rows["safety_checks"].append(
        {"course": course, "safety_check": "bladder", "state": "due", "done": 1, "positive": int(random.random() < 0.1)}
    )
    rows["exposure"].append(
        {"course": course, "year": 2025, "treatment_sessions": len(days), "dose_mg": 300.0, "doses_of_unknown_mg": 0,
         "days": min(to, 365)}
    )  # fmt: skip


def begun_long_ago(rows: dict[str, Any], days: int = 400) -> dict[str, int]:
    """Every course began so many days before the extract, and who goes on was followed to it: nobody is left out."""
    for one in rows["courses"]:
        if one["ended_day"] is None:
            one["followed_to_day"] = days
    return {one["course"]: days for one in rows["courses"]}
