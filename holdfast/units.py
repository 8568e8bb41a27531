"""The only conversion factors in Holdfast, and the only words for units.

Library units: h, mg, L, mg/L for the model; min, mg, kg, cm, mmHg at the bedside. Table values keep the unit
they were printed in; `convert` brings them to the unit a rule needs.
"""

from __future__ import annotations

from holdfast.errors import InputError

CM_PER_INCH = 2.54  # exact by definition (international inch, 1959)
CM_PER_M = 100.0
MIN_PER_H = 60.0
DAYS_PER_YEAR = 365.25  # of a patient-year: the mean year of the calendar
DAYS_PER_MONTH = DAYS_PER_YEAR / 12  # of a patient-month
H_PER_D = 24.0  # of elapsed time: a day on the clock may have 23 or 25
S_PER_D = 86400.0  # likewise
NG_PER_ML_PER_MG_PER_L = 1000.0  # and ug/L per mg/L

# Factor to the first unit named in each family. Months are for due dates only, where calendar months are
# used instead (see safety); they are deliberately absent from the time family.
_FAMILIES: tuple[dict[str, float], ...] = (
    {"min": 1.0, "h": MIN_PER_H, "d": 1440.0, "day": 1440.0, "week": 10080.0, "weeks": 10080.0},
    {"mg": 1.0, "g": 1000.0, "ug": 0.001},
    {"mL": 1.0, "L": 1000.0},
    {"kg": 1.0},
    {"cm": 1.0, "in": CM_PER_INCH, "m": CM_PER_M},
    {"mg/L": 1.0, "ug/mL": 1.0, "ng/mL": 1 / NG_PER_ML_PER_MG_PER_L},
    {"umol/L": 1.0, "nmol/L": 0.001},
    {"1/h": 1.0, "1/min": MIN_PER_H, "1/d": 1 / H_PER_D},
    {"L/h": 1.0, "L/min": MIN_PER_H},
    {"1": 1.0, "fraction": 1.0},
)

# Units a table may print; a threshold in any other word is a fault of the table.
KNOWN_UNITS = frozenset(unit for family in _FAMILIES for unit in family) | {
    "y", "months", "month", "mmHg", "percent", "percent of patients", "percent of baseline", "score", "count",
    "mg/kg", "kg/m2", "kg/in above 60 in", "mg/h", "mL/h", "mg/mL", "mg/min", "bool",
}  # fmt: skip


def convert(value: float, unit: str, to: str) -> float:
    """`value` given in `unit`, expressed in `to`. Raises `InputError` where no factor is known."""
    if unit == to:
        return value
    for family in _FAMILIES:
        if unit in family and to in family:
            return value * family[unit] / family[to]
    raise InputError(f"cannot convert {unit!r} to {to!r}")
