"""`holdfast rule`: the care rules, and how each weighs here."""

from __future__ import annotations

import argparse

from holdfast import facts
from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import UnknownNameError


def add_verbs(verbs: Verbs) -> None:
    """list, show."""
    listing = verbs.add("list", _list, does="list care rules", example="holdfast rule list --stage discharge")
    listing.add_argument("--stage", help="only this stage, such as pre_dose or discharge")
    show = verbs.add("show", _show, does="show one rule with its numbers", example="holdfast rule show pre.bp.iv")
    show.add_argument("id")


def _list(arguments: argparse.Namespace) -> None:
    stages = sorted({rule.stage for rule in facts.care_rules().values()})
    if arguments.stage is not None and arguments.stage not in stages:
        raise UnknownNameError("stage", arguments.stage, stages)
    rules = [r for r in facts.care_rules().values() if arguments.stage in (None, r.stage)]
    answer = [
        {
            "id": r.id,
            "stage": r.stage,
            "action": r.action,
            "class": r.class_,
            "status": r.status,
            "text": r.text,
        }
        for r in rules
    ]
    table = text_table(
        [(r.id, r.action, r.class_, r.status, r.text[:70]) for r in rules],
        ("id", "action", "class", "status", "text"),
    )
    emit(arguments, answer, table)


def _show(arguments: argparse.Namespace) -> None:
    rule = facts.care_rule(arguments.id)
    numbers = [
        {
            "id": t.id,
            "quantity": t.quantity,
            "op": t.op,
            "value": list(t.values),
            "unit": t.unit,
            "when": t.when,
        }
        for t in rule.thresholds.values()
    ]
    lines = [f"{key}: {value}" for key, value in rule.row.as_dict().items()]
    lines += [f"  {n['id']}: {n['quantity']} {n['op']} {n['value']} {n['unit']} {n['when'] or ''}" for n in numbers]
    emit(arguments, {**rule.row.as_dict(), "thresholds": numbers}, "\n".join(lines))
