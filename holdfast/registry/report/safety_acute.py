"""What a dose did within hours: blood pressure and dissociation, beside the published figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.registry.report.safety_pictures import Point, shares_by_number
from holdfast.registry.report.safety_signals import MEASURE_WORDS
from holdfast.registry.report.safety_words import started, treatment
from holdfast.registry.report.sections import Column, Picture, Section, Share, Shown, Table, Value
from holdfast.registry.safety.acute import LAST_NUMBER, MEASURES, UNITS, distribution
from holdfast.registry.safety.cells import Cells, Key
from holdfast.registry.safety.expectations import MEAN, SHARE, TIME, Expected, choice, expected_numbers
from holdfast.statistics.estimate import Estimate
from holdfast.statistics.intervals import exact_share

KEY = "acute-effects"
TITLE = "Blood pressure and dissociation after a dose"
NAMES: Mapping[str, str] = {
    "sbp_rise": "systolic rise", "dbp_rise": "diastolic rise", "sbp_peak": "highest systolic pressure",
    "dissociation_peak": "highest CADSS", "dissociation_peak_cadss_6": "highest CADSS-6",
    "sbp_peak_min": "time to highest systolic pressure", "stay_min": "dose to discharge",
}  # fmt: skip
DRAWN = ("dissociation_peak", "sbp_rise")  # pictures by number of the session, of treatments with a published figure
_NOTES = (
    "A rise is the highest reading after the dose less the one before it. Who is measured once after the dose shows a "
    "smaller rise than who is measured often.",
    "Means and spread are over treatment sessions: courses with many count more.",
    "Published means are the largest of the means by day of treatment, published shares of people at least once in the "
    "trial: each stands beside what was counted like it.",
)


def tell(cells: Mapping[str, Cells]) -> Section:
    """Distributions, limits, the first sessions one by one, and figures published."""
    if not started(cells):
        return Section(KEY, TITLE, "No course had a first treatment session, so nothing was measured.")
    measured = cells["measured"].over("measure")
    any_measured = sum(measured.of(measure)["measured"] for measure in MEASURES)
    sessions = measured.of(MEASURES[0])["sessions"]
    basis = f"{sessions:,} treatment sessions; each number says in how many of them it was measured."
    if not any_measured:
        return Section(KEY, TITLE, basis, notes=("No reading of pressure or dissociation is on record.",))
    tables = [*_beside_published(cells), _distributions(cells), _beyond(cells)]
    numbered = _by_number(cells)
    tables += [numbered] if numbered.rows else []
    return Section(KEY, TITLE, basis, tuple(tables), tuple(_pictures(cells)), _NOTES)


def _beside_published(cells: Mapping[str, Cells]) -> list[Table]:
    """Each published figure of what was given here, with the same counted here: of those ages, in those days."""
    columns = (
        Column("what", "What"), Column("treatment", "Treatment"), Column("published", "Published"),
        Column("here", "Here, same unit (95 % exact)", "estimate"), Column("of", "Counted here", "count"),
        Column("unit", "Of what"), Column("source", "Source and status"),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for one in expected_numbers():
        if one.measure in MEASURES and (one.drug, one.route) in _treatments(cells):
            found, of, unit = _here(cells, one)
            ages = "" if one.ages == "any" else f", {one.ages}"
            source = f"{one.source}; {one.population}; {one.status}"
            rows.append((f"{_figure(one)}{ages}", treatment(one.drug, one.route), one.told, found, of, unit, source))
    shown = Shown(groups=("treatment",), noted=("source",), counted="of")
    return [Table("acute-published", "Beside the published figures", columns, tuple(rows), shown)] if rows else []


def _figure(one: Expected) -> str:
    if one.estimand == SHARE and one.limit is not None:
        return f"{MEASURE_WORDS[one.measure].format(limit=one.limit)}, at least once in {one.window_d} days"
    return f"mean {NAMES[one.measure]}" if one.estimand == MEAN else NAMES[one.measure]


def _here(cells: Mapping[str, Cells], one: Expected) -> tuple[Estimate, int, str]:
    """What stands beside a published figure: a share of courses, a mean, or a median of times."""
    words = {"drug": one.drug, "route": one.route, "measure": one.measure}
    if one.ages != "any":
        words["ages"] = one.ages
    if one.estimand == SHARE and one.limit is not None:
        beyond = cells["beyond"].where(**words, op=one.op, limit=f"{one.limit:g}").over().of()
        share = exact_share(beyond["early_courses"], beyond["early_measured"]).times(100)
        return share, beyond["early_measured"], "courses measured"
    own = cells["values"].where(**words).over("value")
    spread = distribution({int(key[0]): row[0] for key, row in own.rows.items()})
    middle = spread.median if one.estimand == TIME else spread.mean
    return (
        Estimate(middle, None, None),
        spread.n,
        "treatment sessions, " + ("median" if one.estimand == TIME else "mean"),
    )


def _distributions(cells: Mapping[str, Cells]) -> Table:
    columns = (
        Column("treatment", "Treatment"), Column("measure", "Measure"), Column("unit", "Unit"),
        Column("measured", "Measured", "share", of="treatment sessions"), Column("mean", "Mean", "number"),
        Column("sd", "SD", "number"), Column("p5", "5 %", "number"), Column("p25", "25 %", "number"),
        Column("median", "Median", "number"), Column("p75", "75 %", "number"), Column("p95", "95 %", "number"),
        Column("highest", "Highest", "count"),
    )  # fmt: skip
    measured = cells["measured"].over("drug", "route", "measure")
    rows = []
    for drug, route in _treatments(cells):
        for measure in MEASURES:
            of = measured.of(drug, route, measure)
            if of["measured"]:
                share, spread = Share(of["measured"], of["sessions"]), _spread(cells, drug, route, measure)
                rows.append((treatment(drug, route), NAMES[measure], UNITS[measure], share, *spread))
    shown = Shown(groups=("treatment",))
    return Table("acute-distributions", "Rises, ratings and times", columns, tuple(rows), shown)


def _treatments(cells: Mapping[str, Cells]) -> list[tuple[str, str]]:
    return [(str(drug), str(route)) for drug, route in cells["measured"].over("drug", "route").rows]


def _spread(cells: Mapping[str, Cells], drug: str, route: str, measure: str) -> tuple[Value, ...]:
    own = cells["values"].where(drug=drug, route=route, measure=measure).over("value")
    found = distribution({int(key[0]): row[0] for key, row in own.rows.items()})
    return (found.mean, found.sd, found.p5, found.p25, found.median, found.p75, found.p95, found.highest)


def _beyond(cells: Mapping[str, Cells]) -> Table:
    days = int(choice("followed_d", "d"))
    columns = (
        Column("treatment", "Treatment"), Column("ages", "Ages"), Column("limit", "Limit"),
        Column("sessions", "Treatment sessions", "share", of="treatment sessions measured"),
        Column("courses", "Courses, at least once", "share", of="courses measured"),
        Column("early", f"At least once in {days} days", "share", of=f"courses measured and watched for {days} days"),
    )  # fmt: skip
    rows, shown = tuple(_limit_rows(cells)), Shown(groups=("treatment", "ages"))
    return Table("acute-limits", "Beyond a limit", columns, rows, shown)


def _limit_rows(cells: Mapping[str, Cells]) -> Iterator[tuple[Value, ...]]:
    for key, row in sorted(cells["beyond"].rows.items(), key=_limit_order):
        drug, route, ages, measure, _, limit = (str(one) for one in key)
        of = cells["measured"].of(drug, route, ages, measure)
        if of["measured"]:
            found = dict(zip(cells["beyond"].counted, row, strict=True))
            yield (
                treatment(drug, route), ages, MEASURE_WORDS[measure].format(limit=float(limit)),
                Share(found["sessions"], of["measured"]), Share(found["courses"], of["courses"]),
                Share(found["early_courses"], found["early_measured"]),
            )  # fmt: skip


def _limit_order(pair: tuple[Key, tuple[int, ...]]) -> tuple[str | int, ...]:
    drug, route, ages, measure, op, limit = pair[0]
    return drug, route, MEASURES.index(str(measure)), ages, op, limit


def _number(number: str | int) -> str:
    return f"{number} and later" if number == LAST_NUMBER else str(number)


def _by_number(cells: Mapping[str, Cells]) -> Table:
    columns = (
        Column("treatment", "Treatment"), Column("number", "Treatment session"), Column("measure", "Measure"),
        Column("mean", "Mean", "number"), Column("unit", "Unit"), Column("limit", "Limit"),
        Column("beyond", "Beyond the limit", "share", of="treatment sessions measured"),
    )  # fmt: skip
    rows = []
    for key, row in sorted(cells["by_number"].rows.items(), key=lambda pair: (*pair[0][:2], pair[0][3], pair[0][2])):
        drug, route, number, measure, _, limit = key
        measured, summed, beyond = row
        if measured and measure in DRAWN:
            words = MEASURE_WORDS[str(measure)].format(limit=float(limit))
            rows.append((treatment(drug, route), _number(number), NAMES[str(measure)], summed / measured,
                         UNITS[str(measure)], words, Share(beyond, measured)))  # fmt: skip
    shown = Shown(
        groups=("treatment", "limit"), left_out=("measure", "unit"), drawn=True,
        why=f"Mean: of the {' or the '.join(f'{NAMES[one]} in {UNITS[one]}' for one in DRAWN)}.",
    )  # fmt: skip
    return Table("acute-by-number", "By number of the treatment session", columns, tuple(rows), shown)


def _pictures(cells: Mapping[str, Cells]) -> Iterator[Picture]:
    for drug, route in _treatments(cells):
        for measure in DRAWN:
            own = cells["by_number"].where(drug=drug, route=route, measure=measure).over("number", "limit")
            for limit in own.words("limit"):
                yield from _picture(own.where(limit=limit), drug, route, measure, float(limit))


def _picture(own: Cells, drug: str, route: str, measure: str, limit: float) -> Iterator[Picture]:
    """Shares with exact intervals. Published ones are of people, at least once: those stand in the table."""
    points = [
        Point(str(key[0]) if key[0] != LAST_NUMBER else f"{LAST_NUMBER}+", 100 * row[2] / row[0],
              exact_share(row[2], row[0]).times(100).ends, row[0])
        for key, row in sorted(own.rows.items()) if row[0]
    ]  # fmt: skip
    if len(points) < 2:
        return
    words = MEASURE_WORDS[measure].format(limit=limit)
    drawing = shares_by_number(points, titles=("Number of the treatment session", f"% of sessions, {words}"))
    caption = f"{treatment(drug, route)}: {words}; below, of how many."
    said = "; ".join(f"session {one.word}: {one.value:.0f} % of {one.of}" for one in points)
    yield Picture(f"acute-{measure.replace('_', '-')}-{drug}-{route}", drawing, caption, f"{words}: {said}.")
