"""`holdfast safety`: cumulative exposure, due checks, the crisis path and its lines."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdfast import safety
from holdfast.cli.output import (
    date_argument,
    emit,
    read_csv,
    read_date,
    read_json,
    text_table,
    whole_number_argument,
)
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError, UsageError
from holdfast.facts import existing_rules, rule_set
from holdfast.facts.plain_values import plain_list
from holdfast.facts.written import refuse_unknown, written_number
from holdfast.scales import QUESTIONS

DOSE_COLUMNS = ("drug", "given_on", "dose_mg")
PHASES = ("induction", "optimisation", "maintenance")
DUE_KEYS = (
    "drug", "route", "indication", "jurisdiction", "course_started_on", "phase", "phase_started_on", "done",
    "treatment_session_days", "signed",
)  # fmt: skip


def add_verbs(verbs: Verbs) -> None:
    """exposure, due, crisis, lines."""
    exposure = verbs.add(
        "exposure",
        _exposure,
        does="sum what was given, each drug by itself",
        example="holdfast safety exposure docs/examples/doses.csv",
    )
    exposure.add_argument(
        "doses", type=Path, help="CSV: drug, given_on, dose_mg; optional treatment_session, amount_as"
    )
    due = verbs.add(
        "due",
        _due,
        does="tell which safety checks of a course are due",
        example="holdfast safety due docs/examples/due_checks.json --today 2026-11-21",
    )
    due.add_argument("course", type=Path, help="JSON: drug, route, course_started_on, phase, done, signed, ...")
    due.add_argument("--today", type=date_argument, help="default: today")
    crisis = verbs.add(
        "crisis",
        _crisis,
        does="tell what answers about suicide ask for: level, text, who must be told, how soon",
        example="holdfast safety crisis --phq9-item-9 1 --country US",
    )
    crisis.add_argument("--phq9-item-9", type=whole_number_argument, metavar="0-3", help="leave out where unanswered")
    crisis.add_argument("--cssrs-level", help="none, low, moderate or high")
    questions = ", ".join(QUESTIONS)
    crisis.add_argument("--cssrs-yes", nargs="*", metavar="Q", help=f"questions answered yes: {questions}")
    crisis.add_argument("--cssrs-no", nargs="*", metavar="Q", help="questions answered no")
    crisis.add_argument("--country", required=True, help="ISO code of the country the patient is in")
    crisis.add_argument("--today", type=date_argument, help="default: today")
    lines = verbs.add("lines", _lines, does="list the crisis lines and their warnings", example="holdfast safety lines")
    lines.add_argument("--country", help="only this country")
    lines.add_argument("--today", type=date_argument, help="default: today")


def _exposure(arguments: argparse.Namespace) -> None:
    doses = [_dose(arguments.doses, line, cells) for line, cells in read_csv(arguments.doses, DOSE_COLUMNS)]
    found = safety.exposure(doses)
    header = ("drug", "as", "known mg", "treatment sessions", "first", "last", "years", "unknown mg")
    rows = [
        (e.drug, e.amount_as, f"{e.known_mg:g}", e.sessions, e.first_on, e.last_on,
         "" if e.years is None else f"{e.years:.2f}", e.doses_of_unknown_mg)
        for e in found
    ]  # fmt: skip
    emit(arguments, [e.as_dict() for e in found], text_table(rows, header))


def _dose(file: Path, line: int, cells: Mapping[str, str]) -> safety.DoseGiven:
    where = f"{file} line {line}"
    amount = cells["dose_mg"].strip()
    try:
        dose_mg = written_number(amount) if amount else None
    except InputError as error:
        raise InputError(f"{where}: dose_mg {error}; leave it empty where unknown") from None
    return safety.DoseGiven(
        drug=cells["drug"].strip(),
        given_on=read_date(cells["given_on"], f"{where}: given_on"),
        dose_mg=dose_mg,
        treatment_session=cells.get("treatment_session", "").strip() or None,
        amount_as=cells.get("amount_as", "").strip() or "not-stated",
    )


def _due(arguments: argparse.Namespace) -> None:
    course = read_json(arguments.course)
    refuse_unknown(course, DUE_KEYS, f"{arguments.course}: ")
    if missing := [key for key in ("drug", "route", "course_started_on") if not course.get(key)]:
        raise InputError(f"{arguments.course}: {', '.join(missing)} is missing")
    phase = course.get("phase")
    if phase is not None and phase not in PHASES:
        raise InputError(f"{arguments.course}: phase {phase!r} is not one of {', '.join(PHASES)}; null where unknown")
    since = course.get("phase_started_on")
    found = safety.due_checks(
        course_started_on=read_date(course["course_started_on"], f"{arguments.course}: course_started_on"),
        today=arguments.today or _today(),
        drug=course["drug"],
        done=[_done(arguments.course, entry) for entry in _list(course, "done")],
        phase=phase,
        rules=rule_set(
            drug=course["drug"],
            route=course["route"],
            indication=course.get("indication", "any"),
            jurisdiction=course.get("jurisdiction", "none"),
            signed=existing_rules(_list(course, "signed")),
        ),
        phase_started_on=read_date(since, f"{arguments.course}: phase_started_on") if since else None,
        treatment_session_days=[
            read_date(day, f"{arguments.course}: treatment_session_days")
            for day in _list(course, "treatment_session_days")
        ],
    )
    table = text_table(
        [(c.check, c.state, c.due_on, c.rule, c.text) for c in found], ("check", "state", "due", "rule", "")
    )
    emit(arguments, [check.as_dict() for check in found], table)


def _list(course: Mapping[str, Any], key: str) -> list[Any]:
    return plain_list(course.get(key, []), key)


def _done(file: Path, entry: Any) -> safety.CheckDone:
    if not isinstance(entry, dict) or set(entry) != {"check", "on"}:
        raise InputError(f'{file}: each entry of done is like {{"check": "bladder", "on": "2026-11-21"}}')
    return safety.CheckDone(entry["check"], read_date(entry["on"], f"{file}: done on"))


def _crisis(arguments: argparse.Namespace) -> None:
    yes, no = arguments.cssrs_yes or [], arguments.cssrs_no or []
    if twice := sorted(set(yes) & set(no)):
        raise UsageError(f"{', '.join(twice)} is both in --cssrs-yes and in --cssrs-no")
    answers = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
    found = safety.respond(
        phq9_item_9=arguments.phq9_item_9,
        cssrs_level=arguments.cssrs_level,
        cssrs_answers=answers or None,
        country=arguments.country,
        today=arguments.today or _today(),
    )
    told = [f"tell the {t.who}, {t.how_soon}: {t.what} ({t.rule})" for t in found.tell]
    tasks = [f"task {t.code}: {t.text}" for t in found.tasks]
    warnings = [f"administrator: {w}" for w in found.warnings]
    text = [f"level: {found.level}", *told, *tasks, *warnings]
    if found.patient_text:
        text += ["", "shown to the patient:", "", found.patient_text]
    emit(arguments, found.as_dict(), "\n".join(text))


def _lines(arguments: argparse.Namespace) -> None:
    today = arguments.today or _today()
    asked = [arguments.country] if arguments.country else safety.countries()
    found = [safety.lines_for(country, today) for country in asked]
    rows = [(line.country, line.number, line.detail, line.checked_on) for lines in found for line in lines.lines]
    warnings = [f"administrator: {warning}" for lines in found for warning in lines.warnings]
    table = text_table(rows, ("country", "number", "detail", "checked on"))
    emit(arguments, [lines.as_dict() for lines in found], "\n".join([table, "", *warnings]))


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).astimezone().date()
