"""Open data as rows of the common data model: real data sets to run the report on.

The CDISC pilot is a trial of a patch against Alzheimer's disease and has nothing to do with ketamine: arms stand as
sites, a word of ours stands in for the drug, and visits with readings stand in for treatment sessions, lying before
standing. What is told of it tries the machinery and says nothing of a treatment.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from holdfast.registry.common_model import DAY_LOW
from holdfast.registry.manifest import Manifest
from holdfast.registry.pseudonyms import pseudonym
from holdfast.treatment_sessions.event_kinds import kind_of_words

ARMS = {"Placebo": "placebo", "Xanomeline Low Dose": "xanomeline-low", "Xanomeline High Dose": "xanomeline-high"}
NOTE = "CDISC pilot trial of xanomeline: arms as sites, visits as treatment sessions, drug and route are stand-ins"
MANIFEST = Manifest(kind="programme", sites=tuple(ARMS.values()), made_by="a test", facts_digest="none", notes=(NOTE,))
REPEATED = "End of Treatment"  # rows that stand a second time under this name
LYING = "AFTER LYING DOWN FOR 5 MINUTES"
_SECRET = b"of a data set that is open to everybody"
_CRITERIA = (
    ("AESDTH", "death"), ("AESLIFE", "life-threatening"), ("AESHOSP", "hospitalisation"), ("AESDISAB", "disability"),
    ("AESCONG", "congenital-anomaly"), ("AESER", "medically-important"),
)  # fmt: skip
_CAUSALITY = {"PROBABLE": "probable", "POSSIBLE": "possible", "REMOTE": "unlikely", "NONE": "not-related"}
_OUTCOME = {
    "RECOVERED/RESOLVED": "recovered",
    "NOT RECOVERED/NOT RESOLVED": "not-recovered",
    "FATAL": "fatal",
}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of one file as they stand."""
    path = folder / f"{name}.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    with gzip.open(f"{path}.gz", "rt", encoding="utf-8", newline="") as zipped:
        return list(csv.DictReader(zipped))


def course_key(subject: str) -> str:
    """The pseudonym of a subject."""
    return pseudonym(_SECRET, "course", subject)


def pilot_rows(folder: Path, *, mended: bool = True) -> tuple[dict[str, list[dict[str, Any]]], Counter[str]]:
    """Rows of the common data model, and what was left out, by reason.

    `mended` follows a course to its last entry of any kind, and leaves out onsets that cannot be a day of the model;
    without it rows are as the files have them, and the checks of a set name what is wrong.
    """
    left_out: Counter[str] = Counter()
    people = {row["USUBJID"]: row for row in table(folder, "adam_adsl")}
    sessions = {who: _sessions(own, left_out) for who, own in _by_person(_readings(folder, left_out)).items()}
    events = _by_person(_events(folder, left_out, mended=mended))
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for who, person in sorted(people.items()):
        own, given = list(_numbered(events.get(who, ()))), sessions.get(who, [])
        if not given or given[0]["day"] > 0:
            given = [{"day": 0, "state": "completed"}, *given]
        last = (dt.date.fromisoformat(person["RFENDT"]) - dt.date.fromisoformat(person["TRTSDT"])).days
        to = max([last, *(one["day"] for one in [*own, *given])]) if mended else last
        key = course_key(who)
        rows["courses"].append(_course(person, key, to))
        rows["treatment_sessions"] += [
            {"course": key, "number": n, **one} for n, one in enumerate(given, start=1) if mended or one["day"] <= to
        ]
        rows["adverse_events"] += [{"course": key, **one} for one in own]
        rows["exposure"] += list(_years(person, key, to, given))
    return dict(rows), left_out


def _course(person: dict[str, str], key: str, to: int) -> dict[str, Any]:
    age = int(person["AGE"])
    band = "75+" if age >= 75 else "65-74" if age >= 65 else "55-64" if age >= 55 else "45-54"
    return {
        "course": key, "person": pseudonym(_SECRET, "person", person["USUBJID"]), "site": ARMS[person["TRT01A"]],
        "drug": "ketamine", "route": "oral", "protocol": "stand-in", "indication": "none",
        "sex": "female" if person["SEX"] == "F" else "male", "age_band": band, "failed_trials": "unknown",
        "year": int(person["TRTSDT"][:4]), "eligible": "yes", "started": True, "ended_day": to,
        "end_reason": "completed" if person["DCDECOD"] == "COMPLETED" else "other", "followed_to_day": to,
    }  # fmt: skip


def _readings(folder: Path, left_out: Counter[str]) -> Iterator[dict[str, str]]:
    """Readings of pressure from the first day of treatment on; repeated rows and other readings are left out."""
    for row in table(folder, "adam_advs"):
        if row["AVISIT"] == REPEATED:
            left_out["vital: stands a second time as End of Treatment"] += 1
        elif row["PARAMCD"] not in ("SYSBP", "DIABP"):
            left_out["vital: neither systolic nor diastolic"] += 1
        elif not row["AVAL"]:
            left_out["vital: no value"] += 1
        elif int(row["ADY"]) < 1:
            left_out["vital: before the first day of treatment"] += 1
        else:
            yield row


def _by_person(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.pop("USUBJID")].append(row)
    return found


def _sessions(readings: list[dict[str, Any]], left_out: Counter[str]) -> list[dict[str, Any]]:
    """One a day: lying as before, the highest standing as after."""
    days: dict[int, dict[tuple[str, bool], list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in readings:
        days[int(row["ADY"]) - 1][row["PARAMCD"], row["ATPT"] == LYING].append(float(row["AVAL"]))
    found = []
    for day, of in sorted(days.items()):
        one = {
            f"{name}_{when}_mmhg": max(of[parameter, when == "before"], default=None)
            for name, parameter in (("sbp", "SYSBP"), ("dbp", "DIABP")) for when in ("before", "peak")
        }  # fmt: skip
        for when in ("before", "peak"):
            sbp, dbp = one[f"sbp_{when}_mmhg"], one[f"dbp_{when}_mmhg"]
            if sbp is not None and dbp is not None and sbp <= dbp:
                left_out["pair of readings: systolic not above diastolic"] += 1
                one[f"sbp_{when}_mmhg"] = one[f"dbp_{when}_mmhg"] = None
        found.append({"day": day, "state": "completed", **one})
    return found


def _events(folder: Path, left_out: Counter[str], *, mended: bool) -> Iterator[dict[str, Any]]:
    for row in table(folder, "adam_adae"):
        if not row["ASTDY"]:
            left_out["event: no day of onset"] += 1
            continue
        day = int(row["ASTDY"]) - (int(row["ASTDY"]) > 0)  # day 1 is the first; there is no day 0 in the files
        if mended and day < DAY_LOW:
            left_out["event: onset more than ten years before"] += 1
            continue
        criterion = next((word for column, word in _CRITERIA if row[column] == "Y"), "not-serious")
        yield {
            "USUBJID": row["USUBJID"], "day": day, "year": int(row["ASTDT"][:4]),
            "category": kind_of_words(row["AEDECOD"]), "severity": row["AESEV"].lower(), "seriousness": criterion,
            "causality": _CAUSALITY.get(row["AEREL"], "not-judged"), "action": "other",
            "outcome": _OUTCOME.get(row["AEOUT"], "not-known"),
        }  # fmt: skip


def _numbered(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(sorted(events, key=lambda event: event["day"]), start=1):
        yield {"number": number, **one}


def _years(person: dict[str, str], key: str, to: int, given: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Days and visits by calendar year; the trial's amounts are of another drug and left out."""
    zero = dt.date.fromisoformat(person["TRTSDT"])
    end = zero + dt.timedelta(days=to)
    for year in range(zero.year, end.year + 1):
        first, last = max(zero, dt.date(year, 1, 1)), min(end, dt.date(year, 12, 31))
        own = sum((zero + dt.timedelta(days=one["day"])).year == year for one in given)
        yield {
            "course": key, "year": year, "treatment_sessions": own, "dose_mg": 0.0, "doses_of_unknown_mg": own,
            "days": (last - first).days + 1,
        }  # fmt: skip


def nimh_rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The depressed people of the NIMH trial who were rated on ketamine: one infusion, no amount, no safety data."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    scores = [row for row in table(folder, "scores") if row["group"] == "MDD" and row["scale"] == "MADRS"]
    treated = sorted({row["participant_id"] for row in scores if row["leg"] == "ketamine"})
    for who in treated:
        key = course_key(who)
        rows["courses"].append({
            "course": key, "person": pseudonym(_SECRET, "person", who), "site": "nimh", "drug": "ketamine",
            "route": "iv", "protocol": "stand-in", "indication": "mdd", "sex": "unknown", "age_band": "unknown",
            "failed_trials": "unknown", "eligible": "yes", "started": True, "ended_day": 2, "end_reason": "completed",
            "followed_to_day": 2,
        })  # fmt: skip
        rows["treatment_sessions"].append({"course": key, "number": 1, "day": 0, "state": "completed"})
        own = [row for row in scores if row["participant_id"] == who]
        rows["ratings"] += [
            {"course": key, "scale": "madrs", "day": 2 if row["leg"] == "ketamine" else -2,
             "total": float(row["score"]), "rated_by": "clinician", "baseline": row["leg"] == "baseline"}
            for row in own
        ]  # fmt: skip
    return dict(rows)
