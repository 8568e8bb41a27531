"""What courses were given over time, how their checks stand, serious events line by line, and calendar years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.registry.report.safety_words import KIND_WORDS, kinds_in_order, started, treatment
from holdfast.registry.report.sections import Column, Section, Share, Shown, Table, Value
from holdfast.registry.safety.acute import distribution
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import ANY, DEATH, KINDS, SERIOUS
from holdfast.registry.safety.courses import LINE, NO_YEAR, THOUSANDTHS
from holdfast.safety.due_checks import CHECKS
from holdfast.statistics.intervals import exact_rate
from holdfast.units import DAYS_PER_MONTH

GOING_ON = "going on"
PER_MONTHS = 100  # serious events are few
CHECK_WORDS = {"bladder": "bladder", "liver": "liver", "cognition": "cognition", "misuse": "misuse",
               "blood_pressure": "blood pressure"}  # fmt: skip
SESSION_STEPS = (1, 2, 5, 9, 17, 33, 65, 129)  # lowest treatment sessions of each step
_SPREAD = (
    Column("mean", "Mean", "number"), Column("p5", "5 %", "number"), Column("p25", "25 %", "number"),
    Column("median", "Median", "number"), Column("p75", "75 %", "number"), Column("p95", "95 %", "number"),
    Column("highest", "Highest", "number"),
)  # fmt: skip


def exposure(cells: Mapping[str, Cells]) -> Section:
    """Treatment sessions, milligrams and months of each course, by drug and route; mg of two drugs are never added."""
    key, title = "exposure", "Cumulative exposure"
    given = cells["given_in_all"]
    if not given.rows:
        return Section(key, title, "No treatment session is on record.")
    treated = given.over().of()
    basis = f"{treated['courses']:,} courses with a treatment session, {treated['sessions']:,} treatment sessions."
    notes = ["Months run from the first to the last treatment session on record; a course that goes on will have more."]
    if treated["unknown"]:
        notes.append(
            f"The amount of {treated['unknown']} doses is not known. Milligrams are then a floor: at least so much was "
            "given. They are counted in their row all the same."
        )
    return Section(key, title, basis, (_totals(given), _amounts(cells), _steps(cells)), notes=tuple(notes))


def _totals(given: Cells) -> Table:
    columns = (
        Column("treatment", "Treatment"), Column("courses", "Courses", "count"),
        Column("sessions", "Treatment sessions", "count"), Column("mg", "Given, as far as known", "number", unit="mg"),
        Column("unknown", "Doses of unknown amount", "share", of="treatment sessions"),
        Column("months", "Months from first to last session", "number"),
    )  # fmt: skip
    rows = []
    for (drug, route), row in given.rows.items():
        of = dict(zip(given.counted, row, strict=True))
        rows.append((
            treatment(drug, route), of["courses"], of["sessions"], of["thousandths_mg"] / THOUSANDTHS,
            Share(of["unknown"], of["sessions"]), of["days"] / DAYS_PER_MONTH,
        ))  # fmt: skip
    return Table("exposure-totals", "All courses together", columns, tuple(rows))


def _amounts(cells: Mapping[str, Cells]) -> Table:
    columns = (
        Column("treatment", "Treatment"), Column("what", "Per course"), Column("unit", "Unit"),
        Column("floor", "Told as a floor", "share", of="courses with a treatment session"), *_SPREAD,
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for drug, route in cells["given_in_all"].rows:
        courses = cells["given_in_all"].of(drug, route)["courses"]
        floors = sum(row[0] for row in cells["mg_of"].where(drug=drug, route=route, known="floor").rows.values())
        for what, unit, name, factor in (
            ("treatment sessions", "count", "sessions_of", 1.0), ("amount given", "mg", "mg_of", 1.0),
            ("first to last session", "months", "days_of", 1 / DAYS_PER_MONTH),
        ):  # fmt: skip
            own = cells[name].where(drug=drug, route=route).over("value")
            told_as_floor = Share(floors, courses) if name == "mg_of" else None
            rows.append((treatment(drug, route), what, unit, told_as_floor, *_spread(own, factor)))
    return Table("exposure-per-course", "Per course", columns, tuple(rows), Shown(groups=("treatment",)))


def _spread(own: Cells, factor: float) -> tuple[Value, ...]:
    found = distribution({int(key[0]): row[0] for key, row in own.rows.items()})
    every = (found.mean, found.p5, found.p25, found.median, found.p75, found.p95, found.highest)
    return tuple(None if one is None else one * factor for one in every)


def _steps(cells: Mapping[str, Cells]) -> Table:
    columns = (
        Column("treatment", "Treatment"), Column("sessions", "Treatment sessions of a course"),
        Column("courses", "Courses", "share", of="courses with a treatment session"),
    )  # fmt: skip
    rows = []
    for drug, route in cells["given_in_all"].rows:
        own = cells["sessions_of"].where(drug=drug, route=route)
        courses = cells["given_in_all"].of(drug, route)["courses"]
        for low, after in zip(SESSION_STEPS, (*SESSION_STEPS[1:], None), strict=True):
            many = sum(row[0] for (n,), row in own.rows.items() if int(n) >= low and (after is None or int(n) < after))
            words = f"{low} or more" if after is None else str(low) if after == low + 1 else f"{low} to {after - 1}"
            if many:
                rows.append((treatment(drug, route), words, Share(many, courses)))
    shown = Shown(groups=("treatment",))
    return Table("exposure-steps", "Courses by number of treatment sessions", columns, tuple(rows), shown)


def checks(cells: Mapping[str, Cells]) -> Section:
    """Bladder, liver, cognition, misuse and blood pressure: done, overdue, positive, each with its denominator."""
    key, title = "safety-checks", "Safety checks"
    if not started(cells):
        return Section(key, title, "No course had a first treatment session, so no check is asked of any.")
    going_on = cells["going_on"].over("course").of(GOING_ON)["courses"]
    basis = f"{started(cells):,} courses that started, {going_on:,} of them going on at the extract."
    columns = (
        Column("check", "Check"), Column("drug", "Drug"),
        Column("done", "Done at least once", "share", of="courses that started"),
        Column("positive", "Found something at least once", "share", of="courses with the check done"),
        Column("overdue", "Overdue", "share", of="courses going on"),
        Column("due", "Due that day", "count"),
        Column("no_force", "Rule without force", "count"),
    )  # fmt: skip
    rows = tuple(
        row for check in CHECKS for drug in cells["going_on"].words("drug") if (row := _check(cells, check, str(drug)))
    )
    notes = (
        "Overdue and due are as the programme's rules stood on the day of the extract; a rule that no physician signed "
        "has no force and makes nothing overdue. A check that found something asked to be watched or acted on.",
    )
    shown = Shown(groups=("drug",), in_words=_nothing_checked(rows))
    return Section(key, title, basis, (Table("safety-checks", title, columns, rows, shown),), notes=notes)


def _nothing_checked(rows: tuple[tuple[Value, ...], ...]) -> str:
    """A sentence where no check was done, found anything, was due or overdue; empty where one was."""
    if not rows or any(one.events if isinstance(one, Share) else one for row in rows for one in row[2:]):
        return ""
    checked = list(dict.fromkeys(str(row[0]) for row in rows))
    of_drug = []
    for drug, done, overdue in dict.fromkeys((row[1], row[2], row[4]) for row in rows):
        assert isinstance(done, Share)
        assert isinstance(overdue, Share)
        of_drug.append(f"{drug}: 0 of {done.people:,} courses checked, 0 of {overdue.people:,} going on overdue")
    return (
        f"No check of {', '.join(checked[:-1])} or {checked[-1]} is on record, none was due and none overdue, and no "
        f"rule without force was met ({'; '.join(of_drug)})."
    )


def _check(cells: Mapping[str, Cells], check: str, drug: str) -> tuple[Value, ...] | None:
    all_started = cells["going_on"].over("drug").of(drug)["courses"]
    going_on = cells["going_on"].of(drug, GOING_ON)["courses"]
    if not all_started:
        return None
    own = cells["checks"].where(drug=drug, safety_check=check)
    sums = own.over().of()
    now = own.where(course=GOING_ON)
    without = sum(now.of(state)["courses"] for state in ("inactive", "no-interval", "unknown-phase"))
    return (
        CHECK_WORDS[check], drug, Share(sums["courses_done"], all_started),
        Share(sums["courses_positive"], sums["courses_done"]), Share(now.of("overdue")["courses"], going_on),
        now.of("due")["courses"], without,
    )  # fmt: skip


def serious(cells: Mapping[str, Cells]) -> Section:
    """Every serious event as one line, without anything that points at a person."""
    key, title = "serious-events", "Serious adverse events"
    lines = cells["serious"]
    total = lines.over().of()["events"]
    if not total:
        return Section(key, title, "No serious adverse event is on record.")
    columns = (
        Column("events", "Events", "count"), Column("kind", "Kind"), Column("seriousness", "Serious by"),
        Column("severity", "Severity"), Column("causality", "Causality"), Column("action", "What was done"),
        Column("outcome", "Where it stands"), Column("when", "When"), Column("treatment", "Treatment"),
    )  # fmt: skip
    rows = tuple(_line(line) for line in sorted(lines.as_rows(), key=lambda one: str(one["seriousness"])))
    notes = (
        "Lines that read alike stand once, with their number. No line holds a narrative, site, day, age or sex, for it "
        "must not point at a person; what was written stands on the programme's own page, for those who may read it.",
        "Serious by a criterion of ICH E2A; causality as the clinician judged it. A course that ended by death and has "
        "no fatal event on record stands here as a death, and counts as one in every rate of deaths.",
    )
    return Section(
        key,
        title,
        f"{total} serious adverse event{'' if total == 1 else 's'}.",
        (Table(key, title, columns, rows),),
        notes=notes,
    )


def _line(line: Mapping[str, Any]) -> tuple[Value, ...]:
    told = (str(line[name]) for name in (*LINE[1:], "when"))
    return (line["events"], KIND_WORDS[line["category"]], *told, treatment(line["drug"], line["route"]))


def years(cells: Mapping[str, Cells]) -> Section:
    """Safety by calendar year, where the set has years; an extract has none, and says so."""
    key, title = "safety-by-year", "Safety by calendar year"
    exposed = cells["year_exposure"]
    known = sorted({int(year) for one in (exposed, cells["year_events"]) for year in one.words("year")} - {NO_YEAR})
    if not known:
        basis = (
            "The set holds no calendar years: an extract leaves them out, so that no date can be worked out. Each "
            "programme has its own yearly report."
        )
        return Section(key, title, basis)
    columns = (
        Column("year", "Year"), Column("drug", "Drug"), Column("begun", "Courses begun", "count"),
        Column("courses", "Courses under watch", "count"), Column("sessions", "Treatment sessions", "count"),
        Column("mg", "Given, as far as known", "number", unit="mg"),
        Column("unknown", "Doses of unknown amount", "count"),
        Column("months", "Patient-months", "number"),
        Column("events", "Adverse events", "count"), Column("serious", "Serious", "count"),
        Column("deaths", "Deaths", "count"),
        Column("rate", "Events (95 % exact)", "estimate", unit="per patient-month", digits=3),
        Column("serious_rate", "Serious (95 % exact)", "estimate", unit=f"per {PER_MONTHS} patient-months", digits=2),
    )  # fmt: skip
    came = cells["year_events"]
    rows = tuple(
        _year(cells, year, str(drug)) for year in known for drug in cells["started"].words("drug")
        if exposed.of(drug, year)["courses"] or came.of(drug, year, ANY)["events"]
    )  # fmt: skip
    without = came.over("year", "kind").of(NO_YEAR, ANY)["events"]
    notes = (f"{without} events have no calendar year and are in no row.",) if without else ()
    basis = "Courses by the calendar years in which they were under treatment or observation."
    shown = Shown(groups=("drug",), parts=(
        ("Courses and treatment sessions by calendar year",
         ("begun", "courses", "sessions", "mg", "unknown", "months")),
        ("Adverse events by calendar year", ("months", "events", "serious", "deaths", "rate", "serious_rate")),
    ))  # fmt: skip
    tables = (Table(key, title, columns, rows, shown), _kinds_by_year(cells, known))
    return Section(key, title, basis, tables, notes=notes)


def _year(cells: Mapping[str, Cells], year: int, drug: str) -> tuple[Value, ...]:
    own = cells["year_exposure"].of(drug, year)
    events, serious, deaths = (cells["year_events"].of(drug, year, kind)["events"] for kind in (ANY, SERIOUS, DEATH))
    months = own["days"] / DAYS_PER_MONTH
    return (
        str(year), drug, cells["year_begun"].of(drug, year)["courses"], own["courses"], own["sessions"],
        own["thousandths_mg"] / THOUSANDTHS, own["unknown"], months, events, serious, deaths,
        exact_rate(events, months) if months else None,
        exact_rate(serious, months).times(PER_MONTHS) if months else None,
    )  # fmt: skip


def _kinds_by_year(cells: Mapping[str, Cells], known: list[int]) -> Table:
    """Every kind that came, by year and drug."""
    columns = (
        Column("year", "Year"), Column("drug", "Drug"), Column("kind", "Kind"), Column("events", "Events", "count"),
        Column("rate", "Rate (95 % exact)", "estimate", unit=f"per {PER_MONTHS} patient-months", digits=2),
    )  # fmt: skip
    events = cells["year_events"]
    rows = []
    for year, drug, kind in ((y, d, k) for y in known for d in events.words("drug") for k in kinds_in_order(KINDS)):
        many = events.of(drug, year, kind)["events"]
        months = cells["year_exposure"].of(drug, year)["days"] / DAYS_PER_MONTH
        if many and kind not in (ANY, SERIOUS, DEATH):
            rate = exact_rate(many, months).times(PER_MONTHS) if months else None
            rows.append((str(year), str(drug), KIND_WORDS[kind], many, rate))
    shown = Shown(groups=("year", "drug"))
    return Table("safety-by-year-kinds", "Adverse events by kind and year", columns, tuple(rows), shown)
