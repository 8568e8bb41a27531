"""Adverse events: rates per treatment session and per patient-month, by kind, route, dose band and site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from holdfast.registry.chosen import chosen
from holdfast.registry.report.safety_pictures import Whisker, whiskers
from holdfast.registry.report.safety_words import (
    KIND_WORDS,
    SITES_TOLD_FROM,
    kinds_in_order,
    sites,
    started,
    treatment,
)
from holdfast.registry.report.sections import Column, Picture, Section, Share, Shown, Table, Value
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import ALL_BANDS, ANY, DEATH, SERIOUS
from holdfast.registry.safety.rates import PER_SESSIONS, Row, rates_by_session, rates_over_time

KEY = "adverse-events"
TITLE = "Adverse events"
OTHER = "other"
OVER_KINDS = (ANY, SERIOUS, DEATH)
DOSE_KINDS = (ANY, SERIOUS, "dissociation", "sedation", "blood_pressure")  # what follows the dose within hours
_PER = f"per {PER_SESSIONS} treatment sessions"
_MONTH = "per patient-month"
_DRAWN = 12


def tell(cells: Mapping[str, Cells]) -> Section:
    """Rates with their denominators; where no event is on record a sentence that says what that may mean."""
    courses = started(cells)
    if not courses:
        return Section(KEY, TITLE, "No course had a first treatment session, so there is no rate.")
    sessions = cells["given"].where(band=ALL_BANDS).over().of()["sessions"]
    basis = (
        f"{courses:,} courses that started, {sessions:,} treatment sessions. Counted from the first treatment session, "
        "or from the day the course was watched from, to the last day it was followed."
    )
    events = cells["over_time"].over("kind").of(ANY)["events"]
    notes = [*_notes(), *_other(cells), *_left_out(cells)]
    if not events:
        notes.insert(0, "No adverse event is on record. Either none came, or nobody wrote any down.")
    plain = dict(cells)
    tables = [_by_kind(plain), _over_time(plain), _by_treatment(plain), *_by_dose(plain)]
    if len(sites(cells)) >= SITES_TOLD_FROM:
        tables.append(_by_site(plain))
    return Section(KEY, TITLE, basis, tuple(tables), _pictures(plain) if events else (), tuple(notes))


def _notes() -> tuple[str, ...]:
    """What to know of every rate."""
    return (
        "Events are those that somebody wrote down. Programmes write down less than trials, which ask for each: a low "
        "rate may be a habit of writing.",
        "The first interval is exact where events come independently of each other. The second, clustered one "
        "allows for events that come together in the same courses; it is told from "
        f"{chosen('clusters_min')} courses with the event on.",
        "One event has one kind: the one chosen at entry, else the one its words tell. `other` is what no known words "
        "tell; a kind may be rare here because it was written in other words.",
    )


def _other(cells: Mapping[str, Cells]) -> list[str]:
    """How many events have no kind of their own: a rate of a kind is as good as this is small."""
    by_kind = cells["over_time"].over("kind")
    events, other = by_kind.of(ANY)["events"], by_kind.of(OTHER)["events"]
    if not events:
        return []
    share = Share(other, events).estimate.times(100)
    return [f"Of {events:,} events {other:,} are `other` ({share.value:.0f} %): they may be of any kind."]


def _left_out(cells: Mapping[str, Cells]) -> list[str]:
    """What is in no rate, by count."""
    before, after = (cells[name].over("kind").of(ANY)["events"] for name in ("before", "after"))
    told = []
    if before:
        told.append(
            f"{before} events are in no rate: they began before the first treatment session or before the course was "
            "watched, or belong to a course that never started."
        )
    if after:
        told.append(
            f"{after} events are in no rate: they began after the last day their course was followed, such as its end. "
            "Serious ones stand among the serious events all the same."
        )
    return told


def _rate_columns(per: str, digits: int) -> tuple[Column, ...]:
    return (
        Column("rate", "Rate (95 % exact)", "estimate", unit=per, digits=digits),
        Column("clustered", "Rate (95 % clustered)", "estimate", unit=per, digits=digits),
    )


def _cells(row: Row) -> tuple[Value, ...]:
    return (row.rate.events, Share(row.rate.courses_with, row.rate.courses), row.rate.rate, row.rate.clustered)


def _came(rows: Sequence[Row]) -> list[Row]:
    """Kinds that came at all, those over kinds whatever they came to."""
    known = {row.kind for row in rows if row.rate.events}
    order = kinds_in_order(known)
    return sorted((row for row in rows if row.kind in order), key=lambda row: (row.group, order.index(row.kind)))


def _by_kind(cells: dict[str, Cells]) -> Table:
    columns = (
        Column("kind", "Kind"), Column("events", "Events in sessions", "count"),
        Column("courses", "Courses with it", "share", of="courses with a treatment session"),
        *_rate_columns(_PER, 1),
        Column("sessions", "Sessions with it", "share", of="treatment sessions under watch"),
    )  # fmt: skip
    given = cells["given"].where(band=ALL_BANDS).over().of()["sessions"]
    rows = tuple(
        (KIND_WORDS[row.kind], *_cells(row), Share(row.sessions_with, given))
        for row in _came(rates_by_session(cells, ()))
    )
    return Table("adverse-events-by-kind", "Per treatment session, by kind", columns, rows, Shown(drawn=True))


def _over_time(cells: dict[str, Cells]) -> Table:
    columns = (
        Column("kind", "Kind"), Column("events", "Events", "count"),
        Column("courses", "Courses with it", "share", of="courses that started"), *_rate_columns(_MONTH, 3),
        Column("months", "Patient-months", "number"),
    )  # fmt: skip
    rows = tuple((KIND_WORDS[row.kind], *_cells(row), row.rate.exposure) for row in _came(rates_over_time(cells, ())))
    return Table("adverse-events-over-time", "Per patient-month, in a treatment session or not", columns, rows)


def _by_treatment(cells: dict[str, Cells]) -> Table:
    """Every kind that came, by drug and route: per session and per patient-month side by side."""
    columns = (
        Column("treatment", "Treatment"), Column("kind", "Kind"), Column("events", "Events in sessions", "count"),
        Column("courses", "Courses with it in a session", "share", of="courses of the treatment with a session"),
        *_rate_columns(_PER, 1), Column("monthly", "Rate (95 % exact)", "estimate", unit=_MONTH, digits=3),
    )  # fmt: skip
    monthly = {(row.group, row.kind): row.rate.rate for row in rates_over_time(cells, ("drug", "route"))}
    rows = tuple(
        (treatment(*row.group), KIND_WORDS[row.kind], *_cells(row), monthly.get((row.group, row.kind)))
        for row in _came(rates_by_session(cells, ("drug", "route")))
        if row.kind in OVER_KINDS or row.rate.events
    )
    return Table("adverse-events-by-treatment", "By drug and route", columns, rows, Shown(groups=("treatment",)))


def _by_dose(cells: dict[str, Cells]) -> list[Table]:
    columns = (
        Column("treatment", "Treatment"), Column("band", "Dose"), Column("kind", "Kind"),
        Column("sessions", "Sessions", "count"), Column("events", "Events in sessions", "count"),
        Column("courses", "Courses with it", "share", of="courses that had such a dose"), *_rate_columns(_PER, 1),
    )  # fmt: skip
    found = rates_by_session(cells, ("drug", "route", "band"), DOSE_KINDS)
    rows = tuple(
        (treatment(*row.group[:2]), str(row.group[2]), KIND_WORDS[row.kind], round(row.rate.exposure * PER_SESSIONS),
         *_cells(row))
        for row in found
        if row.group[2] != ALL_BANDS
    )  # fmt: skip
    title = "By dose band, what follows a dose within hours"
    shown = Shown(
        groups=("treatment", "band"), in_words="" if any(row[4] for row in rows) else _none_after(title, rows)
    )
    return [Table("adverse-events-by-dose", title, columns, rows, shown)] if rows else []


def _none_after(title: str, rows: Sequence[tuple[Value, ...]]) -> str:
    """In words, where no dose was followed by any event."""
    of = dict.fromkeys(f"{row[0]}, {row[1]}: 0 in {row[3]:,} treatment sessions" for row in rows)
    return f"{title}: none came ({'; '.join(of)})."


def _by_site(cells: dict[str, Cells]) -> Table:
    columns = (
        Column("site", "Site"), Column("kind", "Kind"), Column("events", "Events in sessions", "count"),
        Column("courses", "Courses with it in a session", "share", of="courses of the site with a session"),
        *_rate_columns(_PER, 1), Column("monthly", "Rate (95 % exact)", "estimate", unit=_MONTH, digits=3),
    )  # fmt: skip
    monthly = {(row.group, row.kind): row.rate.rate for row in rates_over_time(cells, ("site",))}
    rows = tuple(
        (str(row.group[0]), KIND_WORDS[row.kind], *_cells(row), monthly.get((row.group, row.kind)))
        for row in _came(rates_by_session(cells, ("site",), OVER_KINDS))
    )
    return Table("adverse-events-by-site", "By site", columns, rows, Shown(groups=("site",)))


def _pictures(cells: dict[str, Cells]) -> tuple[Picture, ...]:
    """The kinds that came most often, with both intervals' wider one drawn thin."""
    found = [row for row in _came(rates_by_session(cells, ())) if row.kind not in OVER_KINDS and row.rate.events]
    found.sort(key=lambda row: (-row.rate.events, row.kind))
    lines = [
        Whisker(f"{KIND_WORDS[row.kind]} ({row.rate.events})", row.rate.rate.value or 0.0, row.rate.rate.ends,
                row.rate.clustered.ends if row.rate.clustered else None)
        for row in found[:_DRAWN]
    ]  # fmt: skip
    if not lines:
        return ()
    drawing = whiskers(lines, axis_title=f"Events {_PER}")
    caption = (
        f"Adverse events {_PER} with 95 % intervals: thick the exact one, thin the one that allows for events that "
        "come together in courses. In brackets the events."
    )
    said = "; ".join(f"{one.label}: {one.value:.2g} ({one.ends[0]:.2g} to {one.ends[1]:.2g})" for one in lines)
    return (Picture("adverse-events-rates", drawing, caption, f"Events {_PER}: {said}."),)
