"""`holdfast protocol`: planned treatment sessions, doses, label standing."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from holdfast.cli.decisions import told
from holdfast.cli.output import (
    date_argument,
    emit,
    number_argument,
    text_table,
    whole_number_argument,
)
from holdfast.cli.parser import Verbs
from holdfast.cli.past_sessions import read_past
from holdfast.errors import InputError
from holdfast.facts import RuleSet, existing_rules, rule_set
from holdfast.facts.plausible import plausible
from holdfast.facts.tables import DRUGS, INDICATIONS, ROUTES
from holdfast.protocols.devices import device_dose
from holdfast.protocols.dose import calculated_dose
from holdfast.protocols.parts import Phase
from holdfast.protocols.protocol import Protocol, protocol, protocol_rules, protocols
from holdfast.protocols.schedule import PlannedSession, schedule
from holdfast.protocols.standing import SETTINGS, home_dosing, label_standing


def add_verbs(verbs: Verbs) -> None:
    """list, show, schedule, dose, standing."""
    verbs.add("list", _list, does="list the protocols", example="holdfast protocol list")
    show = verbs.add("show", _show, does="show one protocol whole", example="holdfast protocol show iv-racemic")
    show.add_argument("id")
    _add_schedule(verbs)
    _add_dose(verbs)
    standing = verbs.add(
        "standing",
        _standing,
        does="say whether a use is approved, off-label or refused",
        example="holdfast protocol standing --drug esketamine --setting home --jurisdiction EU",
    )
    standing.add_argument("--drug", required=True, choices=DRUGS)
    standing.add_argument("--route", choices=ROUTES, help="default: nasal for esketamine, iv for ketamine")
    standing.add_argument("--setting", choices=SETTINGS, default="supervised")
    _add_place(standing)


def _add_schedule(verbs: Verbs) -> None:
    plan = verbs.add(
        "schedule",
        _schedule,
        does="plan the treatment sessions from a start date and what happened so far",
        example="holdfast protocol schedule esketamine-nasal --start 2026-12-01 --json",
    )
    plan.add_argument("id")
    plan.add_argument("--start", type=date_argument, required=True, help="planned first day, like 2026-12-01")
    plan.add_argument(
        "--weeks", type=whole_number_argument, default=12, help="plan up to this week of the course (default 12)"
    )
    plan.add_argument("--sessions", type=whole_number_argument, help="plan at most so many treatment sessions")
    plan.add_argument(
        "--given",
        type=Path,
        help="JSON file: treatment sessions given or missed, intervals chosen, as in docs/examples/given.json",
    )
    plan.add_argument("--born", type=date_argument, help="date of birth; or --age-y")
    plan.add_argument("--age-y", type=number_argument, help="age in years at the start")
    _add_place(plan)


def _add_dose(verbs: Verbs) -> None:
    dose = verbs.add(
        "dose",
        _dose,
        does="compute a dose by weight, or in devices, with the reasons for and against",
        example="holdfast protocol dose iv-racemic --weight-kg 82 --height-cm 178 --json",
    )
    dose.add_argument("id")
    for name, text in (
        ("--weight-kg", "body weight"),
        ("--height-cm", "height"),
        ("--dose-mg-per-kg", "dose per kg; default: the protocol's"),
        ("--duration-min", "duration of the infusion; default: the protocol's"),
        ("--concentration-mg-per-ml", "concentration drawn, for mL and mL/h"),
        ("--dose-mg", "dose, for devices and fixed doses"),
        ("--age-y", "age in years, where the dose depends on it"),
    ):
        dose.add_argument(name, type=number_argument, help=text)
    dose.add_argument("--sex", choices=("female", "male"), help="for the ideal weight, where the programme uses it")
    dose.add_argument("--weight-confirmed", action="store_true", help="a second person read the scales in kilograms")
    dose.add_argument(
        "--day", type=whole_number_argument, default=1, help="day of the course, 1 = first treatment session (default)"
    )
    dose.add_argument("--signed", action="append", default=[], metavar="RULE", help="rule a physician has signed")
    dose.add_argument("--choose", action="append", default=[], metavar="SETTING=KEY", help="setting of the programme")
    _add_place(dose)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--indication", default="trd", choices=INDICATIONS, help="default: trd")
    parser.add_argument("--jurisdiction", default="none", help="such as US, EU, UK; default: none chosen")


def _list(arguments: argparse.Namespace) -> None:
    known = protocols()
    answer = [
        {"id": p.id, "name": p.name, "indications": p.indications, "experimental": p.experimental}
        for p in known.values()
    ]
    rows = [(p.id, p.name, ", ".join(p.indications), "experimental" if p.experimental else "") for p in known.values()]
    emit(arguments, answer, text_table(rows, ("id", "name", "indications", "")))


def _show(arguments: argparse.Namespace) -> None:
    chosen = protocol(arguments.id)
    phases = [(p.key, p.indication, _weeks(p), _numbers(p.interval_d), p.max_sessions, p.status) for p in chosen.phases]
    doses = [
        (
            d.key,
            ", ".join(d.jurisdictions),
            _ages(d.age_min_y, d.age_max_y),
            f"{_numbers(d.amounts)} {d.unit}",
            d.status,
        )
        for d in chosen.doses
    ]
    lines = [
        f"{chosen.name} ({chosen.id}, version {chosen.version})",
        f"indications: {', '.join(chosen.indications)}",
        f"adopts: {', '.join(chosen.adopts)}",
        "",
        text_table(phases, ("phase", "indication", "weeks", "days between", "most", "status")),
        "",
        text_table(doses, ("dose", "where", "ages", "amounts, usual first", "status")),
        "",
        f"observe {chosen.observation.min_min:g} min from {chosen.observation.clock_from}",
        *[f"review {review.key}: {review.purpose}" for review in chosen.reviews],
    ]
    emit(arguments, chosen.as_dict(), "\n".join(lines))


def _numbers(values: Iterable[float]) -> str:
    return "; ".join(f"{value:g}" for value in values)


def _weeks(phase: Phase) -> str:
    first = "next" if phase.first_week is None else phase.first_week
    return f"{first} on" if phase.last_week is None else f"{first} to {phase.last_week}"


def _ages(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "any"
    return f"from {low:g}" if low is not None else f"to {high:g}"


def _schedule(arguments: argparse.Namespace) -> None:
    chosen = protocol(arguments.id)
    sessions, intervals = read_past(arguments.given) if arguments.given else ([], [])
    planned = schedule(
        chosen,
        start=arguments.start,
        indication=arguments.indication,
        jurisdiction=arguments.jurisdiction,
        age_y=arguments.age_y,
        born=arguments.born,
        until_week=arguments.weeks,
        sessions=arguments.sessions,
        given=sessions,
        chosen=intervals,
    )
    answer = {
        "protocol": chosen.id,
        "version": chosen.version,
        "indication": arguments.indication,
        "jurisdiction": arguments.jurisdiction,
        "treatment_sessions": [one.as_dict() for one in planned],
    }
    header = ("no", "week", "phase", "day", "earliest", "latest", "doses, usual first", "review before it")
    emit(arguments, answer, text_table([_line(one) for one in planned], header))


def _line(planned: PlannedSession) -> tuple[Any, ...]:
    others = [amount for amount in planned.allowed_doses if amount != planned.usual_dose]
    amounts = _numbers(amount for amount in (planned.usual_dose, *others) if amount is not None)
    doses = planned.dose_note or f"{amounts} {planned.unit}"
    reviews = ", ".join(planned.reviews_before)
    day = f"{planned.on:%a} {planned.on}"
    return planned.number, planned.week, planned.phase, day, planned.earliest, planned.latest, doses, reviews


def _dose(arguments: argparse.Namespace) -> None:
    chosen = protocol(arguments.id)
    plausible("age_y", arguments.age_y)
    if arguments.day < 1:
        raise InputError(f"--day: {arguments.day} is below 1, the day of the first treatment session")
    rules = protocol_rules(
        chosen,
        jurisdiction=arguments.jurisdiction,
        indication=arguments.indication,
        signed=existing_rules(arguments.signed),
        choices=_choices(arguments.choose),
    )
    if chosen.administration.device_mg is not None:
        _emit_devices(arguments, chosen, rules)
        return
    calculation = calculated_dose(
        chosen,
        rules=rules,
        weight_kg=arguments.weight_kg,
        dose_mg=arguments.dose_mg,
        height_cm=arguments.height_cm,
        sex=arguments.sex,
        dose_mg_per_kg=arguments.dose_mg_per_kg,
        duration_min=arguments.duration_min,
        concentration_mg_per_ml=arguments.concentration_mg_per_ml,
        weight_confirmed=arguments.weight_confirmed,
    )
    emit(arguments, calculation.as_dict(), "\n".join([*calculation.steps, "", told(calculation.decision)]))


def _emit_devices(arguments: argparse.Namespace, chosen: Protocol, rules: RuleSet) -> None:
    if arguments.dose_mg is None:
        raise InputError(f"--dose-mg: is missing; {chosen.id} is given in devices")
    found = device_dose(
        chosen,
        dose_mg=arguments.dose_mg,
        day=arguments.day,
        indication=arguments.indication,
        age_y=arguments.age_y,
        rules=rules,
    )
    minutes = ", ".join(f"{minute:g}" for minute in found.device_minutes)
    first = f"{found.dose_mg:g} mg: {found.devices} devices at minutes {minutes}" if found.devices else ""
    emit(arguments, found.as_dict(), "\n\n".join([*([first] if first else []), told(found.decision)]))


def _choices(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise InputError(f"--choose: {pair!r} is not SETTING=KEY, like dose_weight=actual")
    return dict(pair.split("=", 1) for pair in pairs)


def _standing(arguments: argparse.Namespace) -> None:
    route = arguments.route or ("nasal" if arguments.drug == "esketamine" else "iv")
    found = label_standing(
        drug=arguments.drug,
        route=route,
        indication=arguments.indication,
        jurisdiction=arguments.jurisdiction,
        setting=arguments.setting,
    )
    answer = found.as_dict()
    lines = [f"{found.standing}: {found.text}"]
    if arguments.setting == "home":
        rules = rule_set(
            drug=arguments.drug, route=route, indication=arguments.indication, jurisdiction=arguments.jurisdiction
        )
        decision = home_dosing(rules)
        answer["decision"] = decision.as_dict()
        lines.append(told(decision))
    emit(arguments, answer, "\n\n".join(lines))
