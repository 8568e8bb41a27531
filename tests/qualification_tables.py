"""Small tables of predictions, made by hand, and written as a fit would write them."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from holdfast.evidence.qualification.reading import HypothesisScore, Predicted, StudyScore, columns
from holdfast.evidence.tables import outcome
from holdfast.facts.digest import digest_of

HYPOTHESIS = "nmda-driven"
_NORMAL = {"p2_5": -1.96, "p10": -1.2816, "median": 0.0, "p90": 1.2816, "p97_5": 1.96}
# Response rates of eight studies, with the row of the evidence tables.
RESPONSES = ("T0005", "T0030", "T0043", "T0044", "T0128", "T0158", "T0177", "T0293")


def predicted(row_id: str, off: float = 0.0, sd: float = 10.0, **other: Any) -> Predicted:
    """A prediction of that row whose median is `off` above what was published."""
    row = outcome(row_id)
    assert row.value is not None
    ends = {name: row.value + off + z * sd for name, z in _NORMAL.items()}
    inside = {
        "inside_80": ends["p10"] <= row.value <= ends["p90"],
        "inside_95": ends["p2_5"] <= row.value <= ends["p97_5"],
    }
    told = {
        "hypothesis": HYPOTHESIS, "study": row.study.id, "trial": "of-the-test", "row": row_id, "outcome": row.outcome,
        "unit": row.unit, "published": row.value, "status": row.status, "basis": "left out", **ends, **inside,
    }  # fmt: skip
    names = {name: value for name, value in {**told, **other}.items() if name in Predicted.__dataclass_fields__}
    missing = {name: None for name in Predicted.__dataclass_fields__ if name not in names}
    return Predicted(**names, **missing)


def score(hypothesis: str, study: str, log_density: float, pareto_k: float | None = 0.2) -> StudyScore:
    """The score of one study under one hypothesis."""
    return StudyScore(hypothesis, study, 2, log_density, 0.1, pareto_k, 8.0, 1)


def write_tables(folder: Path, rows: Sequence[Predicted], scores: Sequence[StudyScore]) -> None:
    """left_out.csv, left_out_studies.csv, hypotheses.csv and about.json with their digests."""
    for name, shape, found in (
        ("left_out.csv", Predicted, rows), ("left_out_studies.csv", StudyScore, scores),
        ("hypotheses.csv", HypothesisScore, ()),
    ):  # fmt: skip
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            written = csv.writer(file)
            written.writerow(columns(shape))
            written.writerows([_cell(value) for value in vars(one).values()] for one in found)
    names = ("left_out.csv", "left_out_studies.csv", "hypotheses.csv")
    about = {
        "holdfast": "0", "facts_digest": "f" * 16, "date": "2026-11-21", "command": "make calibrate", "seed": 7,
        "model": "holdfast-2", "posterior": {"name": "of-the-test", "digest": "a" * 16},
        "files": {name: digest_of((folder / name).read_bytes()) for name in names},
    }  # fmt: skip
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value
