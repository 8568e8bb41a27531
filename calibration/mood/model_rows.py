"""The calibrated model among the named ones: its rows of mood_parameters.csv are the medians of the posterior.

Only rows of that model are written; every other line of the table stays as it is, byte for byte.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from calibration.mood.runs import ROOT
from holdfast.evidence.qualification.identification import LEAST_GONE
from holdfast.model.named_models import NamedModel, named_model

TABLE = ROOT / "holdfast" / "facts" / "mood_parameters.csv"
REF = "holdfast_2"
PAGE = "docs/calibration/mood.md"
DIGITS = 3


def write_rows(model: str, base: str, found: Sequence[Mapping[str, Any]]) -> None:
    """`found` as `report.summary` gives it."""
    lines = TABLE.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{model}.")]
    TABLE.write_text("".join([*kept, *(_line(model, named_model(base), one) for one in found)]), encoding="utf-8")


def _line(model: str, base: NamedModel, one: Mapping[str, Any]) -> str:
    prior = one["parameter"]
    row = base.parameter(prior.symbol, prior.kind)
    hardly = one["contraction"] < LEAST_GONE
    note = f"median of the posterior; 95 percent {one['low']:.2g} to {one['high']:.2g}; "
    much = f"{one['contraction']:.0%} narrower than the prior"
    note += "the data hardly move it: mostly the prior" if hardly else much
    kind = "" if prior.kind == "typical" else f".{prior.kind}"
    value = f"{one['median']:.{DIGITS}g}"
    cells = [f"{model}.{prior.symbol}{kind}", model, prior.symbol, value, row["unit"], prior.kind, "",
             _plain(row["meaning"]), REF, PAGE, "", "assumed", "", note]  # fmt: skip
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()


def _plain(meaning: str) -> str:
    """The meaning without a half-life of the starting model's own number."""
    return meaning.partition("; half-life")[0]
