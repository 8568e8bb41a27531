"""A pool as a study of the evidence: rows for the tables of studies, arms, outcomes and references.

Its design is `registry` and it is `context`: shown, never fitted. The tables refuse a registry as `calibrate`. Each
number says how many were rated of how many who started, and its status is `transcribed`: it was read off the set whose
digest its reference names. Adverse events are not among the rows: a registry has them by session and month of
follow-up, and the tables hold shares of patients of a trial.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.csv_tables import TableWriter
from holdfast.errors import InputError
from holdfast.facts.evidence_tables import STUDIES, STUDY_ARMS, STUDY_OUTCOMES
from holdfast.facts.schema import Table
from holdfast.facts.tables import REFERENCES
from holdfast.recalibration.observed import OUTCOMES, RATED_BY, Arm, Observed, Seen
from holdfast.registry.common_model import YEAR_HIGH, YEAR_LOW
from holdfast.registry.manifest import Manifest
from holdfast.units import convert
from holdfast.whole_files import folder_written_whole

TABLES: tuple[Table, ...] = (REFERENCES, STUDIES, STUDY_ARMS, STUDY_OUTCOMES)
SPLIT, DESIGN_KIND, STATUS = "context", "registry", "transcribed"
CAUTION = (
    "A registry: who is treated, who is rated and who stays are not chosen by chance; numbers are of those rated, and "
    "rise as people who do not respond leave. Shown, never fitted."
)
MADE_UP = "SIMULATED courses, no evidence: for a rehearsal. "
_SCALES = {"madrs": "MADRS", "ham-d17": "HDRS-17", "qids-sr16": "QIDS-SR16", "phq-9": "PHQ-9"}  # as studies name them
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Named:
    """What the study is called: its id in the tables, its title and its year."""

    id: str
    title: str
    year: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]{2,39}", self.id):
            raise InputError(f"{self.id!r} is no id of a study; give small letters and digits, such as northsouth2026")
        if not self.title.strip() or not self.title.isprintable():
            raise InputError(f"{self.title!r} is no title of a study; give one line of words")
        if not YEAR_LOW <= self.year <= YEAR_HIGH:
            raise InputError(f"{self.year} is no year of a study; give one of {YEAR_LOW} to {YEAR_HIGH}")


def study_rows(seen: Observed, manifests: Sequence[Manifest], named: Named, *, rehearse: bool = False) -> Rows:
    """Rows by table. Raises `InputError` for a programme's own set, and for simulated courses unless `rehearse`."""
    kinds = {one.kind for one in manifests}
    if "programme" in kinds:
        raise InputError("a programme's own set is no extract; export it first, so that nobody in it can be told")
    if "simulated" in kinds and not rehearse:
        raise InputError("these courses are simulated and no evidence; to try it all the same, say --rehearse")
    before = MADE_UP if "simulated" in kinds else ""
    reference = f"registry_{named.id}"
    traced = {"ref": reference, "locator": f"set of digest {digest(manifests)}", "status": STATUS, "note": before}
    arms = {f"{named.id}.{arm.protocol.replace('.', '-')}": arm for arm in seen.arms}
    sites = sorted({site for one in manifests for site in one.sites})
    whose = f"pool of {len(sites)} sites" if len(sites) > 1 else "set of one site"
    return {
        "references": [{
            "id": reference, "citation": f"{before}{named.title} ({named.year}), {whose}",
            "kind": "dataset", "read": "whole", "note": f"Sites: {', '.join(sites)}. {traced['locator']}",
        }],
        "studies": [_study(seen, named, before, traced)],
        "study_arms": [_arm(key, arm, named, traced) for key, arm in arms.items()],
        "study_outcomes": [row for key, arm in arms.items() for row in _outcomes(key, arm, seen, named, traced)],
    }  # fmt: skip


def digest(manifests: Sequence[Manifest]) -> str:
    """16 characters that name the files of the sets, whatever their order."""
    files = sorted(one.files[name]["sha256"] for one in manifests for name in one.files)
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]


def write_study(folder: Path, rows: Rows) -> None:
    """A CSV file for each table, whole or not at all. Raises `InputError` where the disk refuses."""
    with folder_written_whole(folder) as place:
        for table in TABLES:
            columns = [column.name for column in table.columns]
            with (place / table.path).open("w", encoding="utf-8", newline="") as file:
                writer = TableWriter(file)
                writer.row(columns)
                writer.rows([_cell(row.get(name)) for name in columns] for row in rows[table.name])


def _cell(value: Any) -> Any:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else value


def _study(seen: Observed, named: Named, before: str, traced: Mapping[str, Any]) -> Mapping[str, Any]:
    people = sum(arm.started for arm in seen.arms)
    return {
        "id": named.id, "title": f"{before}{named.title}", "year": named.year,
        "design": f"registry, {people} courses that were started", "design_kind": DESIGN_KIND, "blinding": "open",
        "population": "whoever was treated at the sites", "polarity": "not stated", "resistance": "not stated",
        "source": "Holdfast registry", "source_check": "computed from the set", "split": SPLIT, "caution": CAUTION,
        "cited": traced["ref"], **traced,
    }  # fmt: skip


def _arm(key: str, arm: Arm, named: Named, traced: Mapping[str, Any]) -> Mapping[str, Any]:
    from holdfast.protocols.protocol import protocol

    infusion = protocol(arm.protocol).administration.duration_min if arm.route == "iv" else None
    return {
        "id": key, "study": named.id, "label": arm.protocol, "drug": arm.drug, "route": arm.route, "dose": arm.dose,
        "dose_unit": arm.dose_unit, "infusion_min": infusion,
        "dose_as_printed": f"median {arm.dose:g} {arm.dose_unit} of all doses given",
        "schedule": f"median days {', '.join(map(str, arm.days))}", "control": "none", "n_randomised": arm.started,
        "counted_in": "outcomes", **traced,
    }  # fmt: skip


def _outcomes(
    key: str, arm: Arm, seen: Observed, named: Named, traced: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    for one in arm.seen:
        own = {
            "study": named.id, "arm": key, "estimand": "arm", "scale": _SCALES[seen.scale], "time_value": one.at.week,
            "time_unit": "weeks", "time_h": convert(one.at.week, "week", "h"), "time_anchor": "first_dose",
            "n_analysed": one.rated, **traced, "note": traced["note"] + _note(arm, one, seen),
        }  # fmt: skip
        place = f"{key}.w{one.at.week}"
        yield {
            **own, "id": f"{place}.change", "outcome": "change", "value": one.change, "unit": "points",
            "sd": one.sd or None,
        }  # fmt: skip
        for outcome in OUTCOMES:
            if (definition := seen.definition(outcome)) is None:
                continue
            share = one.share(outcome).times(100.0)
            yield {
                **own, "id": f"{place}.{outcome}", "outcome": outcome, "definition": definition.text,
                "value": share.value, "unit": "percent", "events": one.reached[outcome], "ci_low": share.low,
                "ci_high": share.high, "interval_kind": "ci95",
            }  # fmt: skip


def _note(arm: Arm, one: Seen, seen: Observed) -> str:
    by = RATED_BY.get(seen.scale, "the patient")
    return (
        f"{one.rated} rated of {arm.started} started; {one.ended} had ended, {one.missed} were not rated; days "
        f"{one.at.low} to {one.at.high}, mean {one.day:g}; judged by {by}"
    )
