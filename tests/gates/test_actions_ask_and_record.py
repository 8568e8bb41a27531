"""Every action asks for permission before anything else counts, runs in a transaction, and leaves an audit entry."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CLINIC = Path(__file__).resolve().parents[2] / "holdfast" / "clinic"
# Functions of an actions.py that are no action of their own, and why.
PARTS = {
    "audit.record": "is the audit entry",
    "audit.note_read": "is the audit entry of a page whose view asked",
    "courses.mark_started": "part of recording or correcting a treatment session, which asks and records",
    "courses.mark_consented": "part of recording a consent, which asks",
    "assessments.crisis_setting": "reads",
    "accounts.change_own_password": "everybody may, for themselves",
    "alerts.raise_alert": "part of recording or correcting a rating, which asks",
    "alerts.open_again": "part of correcting or withdrawing a rating, which asks",
    "alerts.take_alerts_of": "part of recording a rating, which asks",
    "accounts.note_two_step": "everybody may, for themselves",
    "accounts.note_sign_in": "everybody may, for themselves",
    "accounts.take_sign_count": "part of signing in, which is on record",
    "screen_lock.set_pin": "everybody may, for themselves",
    "screen_lock.remove_pin": "everybody may, for themselves",
    "screen_lock.try_pin": "part of unlocking one's own screen",
    "screen_lock.note_unlock": "part of unlocking one's own screen",
    "screen_lock.note_person_here": "part of signing in, which is on record",
    "screen_lock.forget_person": "part of what ends a person's sign-ins, which asks and records",
    "messaging.count_request": "counts requests of links; keeps no record of anybody",
    "duty_calls.call_person": "part of telling a person, which asks",
    "jobs.add_job": "part of what asks for the job, which asks and records",
    "jobs.plan_periodic": "keeps no record of anybody; what a job does asks and records",
    "jobs.take_job": "keeps no record of anybody",
    "jobs.note_run": "keeps no record of anybody",
    "jobs.forget_jobs": "keeps no record of anybody",
    "sent_forms.take": "part of carrying out a form, whose action asks and records",
    "sent_forms.done": "part of carrying out a form",
    "sent_forms.give_back": "part of carrying out a form",
}


def functions(source: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def reach(name: str, known: dict[str, ast.FunctionDef]) -> Iterator[str]:
    """What a function of the module calls, helpers of the same module followed: names and dotted names."""
    seen, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for node in ast.walk(known[current]):
            text = ast.unparse(node.func) if isinstance(node, ast.Call) else ast.unparse(node)[:60]
            if isinstance(node, ast.Call | ast.With) or text == "transaction.atomic":
                yield text
            if isinstance(node, ast.Call) and text in known:
                waiting.append(text)


def faults(source: str, app: str) -> list[str]:
    known, found = functions(source), []
    for name in known:
        if name.startswith("_") or f"{app}.{name}" in PARTS:
            continue
        called = " ".join(reach(name, known))
        for what, word in (("require", "asks no permission"), ("audit.record", "leaves no audit entry")):
            if what not in called:
                found.append(f"{app}.{name} {word}")
        if "transaction.atomic" not in called:
            found.append(f"{app}.{name} runs in no transaction")
    return found


ACTIONS = sorted(CLINIC.glob("*/actions.py"))


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.parent.name)
def test_every_action_asks_and_records(path: Path) -> None:
    assert faults(path.read_text(), path.parent.name) == []


def test_the_exceptions_exist() -> None:
    assert len(ACTIONS) >= 8
    known = {f"{path.parent.name}.{name}" for path in ACTIONS for name in functions(path.read_text())}
    assert PARTS.keys() <= known


SOUND = """
@transaction.atomic
def pay(*, actor, bill):
    _ask(actor)
    bill.save()
    audit.record(actor, "bill.pay", bill)

def _ask(actor):
    require(actor, "bill.pay")
"""


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        ("    audit.record(actor, \"bill.pay\", bill)\n", "leaves no audit entry"),
        ("    _ask(actor)\n", "asks no permission"),
        ("@transaction.atomic\n", "runs in no transaction"),
    ],
)  # fmt: skip
def test_the_gate_can_go_red(cut: str, says: str) -> None:
    assert faults(SOUND, "bills") == []
    assert faults(SOUND.replace(cut, ""), "bills") == [f"bills.pay {says}"]
