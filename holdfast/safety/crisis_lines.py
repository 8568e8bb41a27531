"""Crisis lines by country, with a warning to the administrator where nobody has checked them lately."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from holdfast.facts import Facts, Row, care_rule, load

RULE = "sui.lines"
OTHER_NAMES = {"GB": "UK"}  # ISO 3166 says GB


@dataclass(frozen=True)
class CrisisLine:
    """A line of one country. `warning` is for the administrator, None where it was checked lately."""

    country: str
    number: str
    detail: str | None
    checked_on: datetime.date | None
    warning: str | None


@dataclass(frozen=True)
class CrisisLines:
    """What a patient of the country is shown, and what the administrator is warned of."""

    country: str
    lines: tuple[CrisisLine, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        lines = [{**vars(x), "checked_on": x.checked_on.isoformat() if x.checked_on else None} for x in self.lines]
        return {"country": self.country, "lines": lines, "warnings": list(self.warnings)}


def countries(facts: Facts | None = None) -> tuple[str, ...]:
    """Countries the table has a line for."""
    return tuple(sorted({row["country"] for row in (facts or load()).rows("crisis_lines")}))


def lines_for(country: str, today: datetime.date, facts: Facts | None = None) -> CrisisLines:
    """Lines of the country (an ISO code, or UK). Rule sui.lines.

    A country without a line is a warning and not an error: a patient in a crisis must get an answer, even one that
    only names the emergency number. An unchecked or stale line is still shown, and warned of.
    """
    facts = facts or load()
    asked = OTHER_NAMES.get(country.strip().upper(), country.strip().upper())
    max_age_d = care_rule(RULE, facts).threshold("max_age").in_unit("d")
    rows = [row for row in facts.rows("crisis_lines") if row["country"] == asked]
    lines = tuple(
        CrisisLine(asked, row["number"], row["detail"], row["checked_on"], _warning(row, today, max_age_d))
        for row in rows
    )
    warnings = tuple(line.warning for line in lines if line.warning)
    if not lines:
        warnings = (f"No crisis line for {asked or 'an unnamed country'} is in the tables; add one before going live",)
    return CrisisLines(asked, lines, warnings)


def _warning(row: Row, today: datetime.date, max_age_d: float) -> str | None:
    what = f"The crisis line {row['number']} ({row['country']})"
    checked_on = row["checked_on"]
    if checked_on is None:
        return f"{what} was never checked at its official site; check it before going live"
    if checked_on > today:
        return f"{what} is recorded as checked on {checked_on}, which is in the future; check it again"
    age_d = (today - checked_on).days
    if age_d > max_age_d:
        return f"{what} was last checked {age_d} d ago, limit {max_age_d:g} d; check it again"
    return None
