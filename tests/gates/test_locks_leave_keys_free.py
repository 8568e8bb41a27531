"""A row is locked against other writers, not against rows that name it: PostgreSQL would let two wait for each other.

A ledger entry that locks its programme whole, and then waits for the record of actions, stops whoever holds that record
and is about to commit a row of the same programme (tests/clinic/test_writers_at_once.py has seen it).
"""

from __future__ import annotations

import ast

from tests.gates.repository import ROOT, own_python


def faults_in(text: str) -> list[str]:
    """The locks that also stop rows that name the locked one."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    locks = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "select_for_update"]
    return [ast.unparse(lock) for lock in locks if "no_key" not in {word.arg for word in lock.keywords}]


def test_every_lock_leaves_keys_free() -> None:
    found = {path.relative_to(ROOT).as_posix(): faults_in(path.read_text(encoding="utf-8")) for path in own_python()}
    assert {name: faults for name, faults in found.items() if faults and not name.startswith("tests/")} == {}
    assert any("select_for_update" in path.read_text(encoding="utf-8") for path in own_python())


def test_the_gate_can_go_red() -> None:
    assert len(faults_in("A.objects.select_for_update().get(pk=1)")) == 1
    assert len(faults_in('A.objects.select_for_update(of=("self",)).get(pk=1)')) == 1
    assert faults_in('A.objects.select_for_update(of=("self",), no_key=True).get(pk=1)') == []
