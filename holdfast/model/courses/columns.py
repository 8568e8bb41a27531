"""The table a simulation gives: one row for each patient and day. Every column with its unit and meaning.

Null (in CSV empty) where a quantity does not exist on that day: no treatment session, no rating. Numbers are stored in
single precision, which is far finer than anything they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Type in the table → type of the array, and the value that stands for null in it.
KINDS: Mapping[str, tuple[Any, Any]] = MappingProxyType({
    "BIGINT": (np.int64, None), "SMALLINT": (np.int16, -1), "UTINYINT": (np.uint8, 255), "FLOAT": (np.float32, np.nan),
    "BOOLEAN": (np.uint8, 255), "VARCHAR": (np.uint8, 0),
})  # fmt: skip


@dataclass(frozen=True)
class Column:
    """`kind` is the type in the table; the array of a column with `words` holds places in them, from 1."""

    name: str
    kind: str
    meaning: str
    nullable: bool = True
    words: tuple[str, ...] = ()


PHASES = ("induction", "optimisation", "maintenance", "after treatment")
WHY_STOPPED = ("no response at the review", "left")

COLUMNS: tuple[Column, ...] = (
    Column("patient", "BIGINT", "number of the virtual patient, from 1", nullable=False),
    Column("day", "SMALLINT", "day of the course; 0 is the day for which the first dose is planned", nullable=False),
    Column("phase", "VARCHAR", "phase of the course on that day", words=PHASES),
    Column("treatment_session", "SMALLINT", "number of the treatment session given on that day"),
    Column("missed", "BOOLEAN", "a planned treatment session was missed on that day", nullable=False),
    Column("withheld", "BOOLEAN", "a dose was withheld on that day for the pressure before it", nullable=False),
    Column("dose_mg", "FLOAT", "dose given, mg of base"),
    Column("interval_d", "SMALLINT", "days between treatment sessions that holds from that day on; in maintenance"),
    Column("cmax_ng_per_ml", "FLOAT", "highest venous level of ketamine base (S and R) in the treatment session"),
    Column("cadss_peak", "FLOAT", "CADSS as rated at its peak in the treatment session"),
    Column(
        "sbp_before_mmhg",
        "FLOAT",
        "systolic pressure before the dose, given or withheld, mmHg; null where the model has none",
    ),
    Column("dbp_before_mmhg", "FLOAT", "diastolic pressure before the dose, given or withheld, mmHg; null as before"),
    Column("sbp_rise_peak_mmhg", "FLOAT", "highest rise of systolic pressure over that before the dose, mmHg"),
    Column("sbp_max_mmhg", "FLOAT", "highest systolic pressure, mmHg; null where the model has none"),
    Column("dbp_rise_peak_mmhg", "FLOAT", "highest rise of diastolic pressure over that before the dose, mmHg"),
    Column("hr_rise_peak_bpm", "FLOAT", "highest rise of heart rate in the treatment session, beats per minute"),
    Column("sedation_probability", "FLOAT", "highest probability of MOAA/S below 5 in the treatment session"),
    Column("moaas_lowest", "UTINYINT", "lowest MOAA/S of the treatment session"),
    Column("madrs_true", "FLOAT", "MADRS without error of rating, in the morning before any dose", nullable=False),
    Column("madrs_observed", "SMALLINT", "MADRS total rated on that day"),
    Column("response", "BOOLEAN", "response by the named definition, on days rated"),
    Column("remission", "BOOLEAN", "remission by the named definition, on days rated"),
    Column("relapse", "BOOLEAN", "relapse by the named definition on or before that day, on days rated"),
    Column("in_course", "BOOLEAN", "still in the programme on that day", nullable=False),
    Column("why_stopped", "VARCHAR", "why the course stopped, on every day after it did", words=WHY_STOPPED),
)
BY_NAME: Mapping[str, Column] = MappingProxyType({column.name: column for column in COLUMNS})


class Courses:
    """The rows of `count` patients over `days` days, as arrays of shape (days, count).

    Null is the value of `KINDS`; ask `known` where there is one.
    """

    def __init__(self, first: int, count: int, days: int) -> None:
        self.first, self.count, self.days = first, count, days
        self.values: dict[str, NDArray[Any]] = {}
        for column in COLUMNS[2:]:  # patient and day are places
            dtype, null = KINDS[column.kind]
            # kept patient by patient, as rows are written: to turn 100 MB round takes longer than to fill them in
            self.values[column.name] = np.full((count, days), null if column.nullable else 0, dtype=dtype).T
        # Counts that the rows alone do not show: of those in the course, whose last rating is one; outcomes at the end.
        self.standing = {name: np.zeros(days, dtype=np.int64) for name in ("response", "remission")}
        self.outcomes: dict[str, int] = {}

    def put(self, name: str, who: NDArray[np.int_], day: int, values: Any) -> None:
        """Values of some patients on one day."""
        self.values[name][day, who] = values

    def rows(self) -> dict[str, NDArray[Any]]:
        """Every column as `flat` gives it."""
        return {column.name: self.flat(column.name) for column in COLUMNS}

    def known(self, name: str) -> NDArray[np.bool_]:
        """Where a column has a value."""
        null, values = KINDS[BY_NAME[name].kind][1], self.values[name]
        return np.asarray(~np.isnan(values) if values.dtype == np.float32 else values != null)

    def flat(self, name: str) -> NDArray[Any]:
        """A column by rows, patient by patient, day by day; null is masked, words are places in them."""
        if name == "patient":
            return np.repeat(np.arange(self.first + 1, self.first + self.count + 1, dtype=np.int64), self.days)
        if name == "day":
            return np.tile(np.arange(self.days, dtype=np.int16), self.count)
        column, values = BY_NAME[name], self.values[name].T.reshape(-1)
        null = KINDS[column.kind][1]
        told = values == 1 if column.kind == "BOOLEAN" else values
        if column.words or not column.nullable:
            return told
        return np.ma.masked_array(told, np.isnan(values) if column.kind == "FLOAT" else values == null)

    def __len__(self) -> int:
        return self.count * self.days
