"""The safety report of one calendar year of a programme: what its own records hold, and no extract can tell.

The sections are those of the whole report, told from counts of the year alone; a course is watched from its first day
in the year to its last.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.errors import InputError
from holdfast.registry.manifest import Manifest
from holdfast.registry.report import safety, safety_acute, safety_courses, safety_events, safety_signals
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts
from holdfast.registry.report.report import Report
from holdfast.registry.report.safety import Kept, cells_of, counts_of
from holdfast.registry.report.safety_courses import CHECK_WORDS
from holdfast.registry.report.sections import Column, Section, Share, Table, Value
from holdfast.registry.safety import year as of_year
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.year import year_cells
from holdfast.registry.sets import RegistrySet
from holdfast.safety.due_checks import CHECKS

KEPT: Kept = {**safety.KEPT, **of_year.KEPT}
NO_YEARS = (
    "the set holds no calendar years: an extract leaves them out, so that no date can be worked out; make the report "
    "of a year from a programme's own records"
)


def count_year(part: RegistrySet, year: int) -> Counts:
    """Counts of one part of a set, of one calendar year."""
    return counts_of(year_cells(part, year), KEPT)


def tell_year(found: Counts, manifests: tuple[Manifest, ...], choices: Choices, year: int) -> Report:
    """The report of counts that were added over all parts. Raises `InputError` for a set without that year."""
    cells = cells_of(found, KEPT)
    if not (known := years_in(cells)):
        raise InputError(NO_YEARS)
    if year not in known:
        raise InputError(f"year {year} is not on record; there are {', '.join(map(str, known))}")
    sections = (
        _in_numbers(cells, year), safety_courses.serious(cells), safety_events.tell(cells),
        safety.of_simulated(safety_signals.tell(cells), choices),
        safety_acute.tell(cells), safety_courses.exposure(cells), _checks(cells, year),
    )  # fmt: skip
    return Report(manifests, choices, sections, year=year)


def years_in(cells: Mapping[str, Cells]) -> tuple[int, ...]:
    """Calendar years in which anybody was under treatment or observation."""
    return tuple(sorted(int(key[0]) for key, row in cells["years"].rows.items() if row[0]))


def years_of(found: RegistrySet) -> tuple[int, ...]:
    """The same of a set."""
    exposure = found.tables["exposure"]
    return tuple(sorted({int(year) for year in exposure["year"][exposure["days"] > 0]}))


def _in_numbers(cells: Mapping[str, Cells], year: int) -> Section:
    """The year in a row of each drug; kinds stand in the sections that follow."""
    whole = safety_courses.years(cells)
    tables = tuple(
        Table(one.key, f"{year}", one.columns, tuple(row for row in one.rows if row[0] == str(year)))
        for one in whole.tables
        if one.key == whole.key
    )
    begun = cells["begun_in_year"].over().of()["courses"]
    notes = (
        f"A course is watched from its first day in {year} to its last one; what came before or later is in other "
        "years. Who had been under treatment for long is among them: a year is not the first year of a course.",
        f"The signal rule, and shares in the first days, are of the {begun} courses that began in {year}, followed to "
        "the end of those days, also where that lies in the next year.",
        "Events without a calendar year are in no yearly report.",
    )
    basis = "Courses under treatment or observation in the year."
    return Section("year", f"The year {year}", basis, tables, notes=notes)


def _checks(cells: Mapping[str, Cells], year: int) -> Section:
    key, title = "safety-checks", f"Safety checks done in {year}"
    courses = cells["started"].over("drug")
    columns = (
        Column("check", "Check"), Column("drug", "Drug"),
        Column("done", "Done at least once", "share", of="courses under treatment or observation in the year"),
        Column("times", "Times done", "count"),
        Column("positive", "Found something at least once", "share", of="courses with the check done in the year"),
        Column("found", "Times something was found", "count"),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for check in CHECKS:
        for (drug,), (under_watch, *_) in courses.rows.items():
            of = cells["checks_of_year"].of(drug, check)
            if under_watch:
                rows.append((CHECK_WORDS[check], str(drug), Share(of["courses"], under_watch), of["done"],
                             Share(of["courses_positive"], of["courses"]), of["positive"]))  # fmt: skip
    notes = (
        "By the day each check was done. What is due or overdue is told as of the day of the report, in the whole "
        "report, and by no year.",
    )
    basis = f"{sum(row[0] for row in courses.rows.values()):,} courses under treatment or observation in {year}."
    return Section(key, title, basis, (Table(key, title, columns, tuple(rows)),), notes=notes)
