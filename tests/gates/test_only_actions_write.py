"""Only actions.py writes: everywhere else in the clinic, no call that saves, changes or deletes a record."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CLINIC = Path(__file__).resolve().parents[2] / "holdfast" / "clinic"
# What may write besides actions.py, and why.
EXCEPTIONS = {
    "accounts/passkeys.py": "forms of allauth that save a person's own second step; each is noted by an action",
    "accounts/sessions.py": "writes the session of a sign-in as Django does, and no record",
    "audit/append_only.py": "installs the triggers that refuse writes",
    "copies/snapshot.py": "reads and copies whole databases, and writes no record",
    "copies/export.py": "sets the isolation of the transaction it reads in",
    "config/one_at_a_time.py": "takes a lock of PostgreSQL, and writes nothing",
    "config/paths.py": "asks a database file, opened to be read alone, whether it has a table",
    "config/start.py": "sets when PostgreSQL checks references while a database is brought up to date",
    "config/prepared.py": "sends a statement for an action, which alone may call its execute",
}
ALWAYS = frozenset({
    "save", "asave", "create", "acreate", "aupdate", "adelete", "bulk_create", "bulk_update", "get_or_create",
    "update_or_create", "set_password", "execute", "executemany",
})  # fmt: skip
# Also names of methods of dictionaries, sets and models of other kinds: a write only on a manager or a query.
ON_RECORDS = frozenset({"update", "delete", "add", "remove", "clear", "set"})
QUERY_WORDS = frozenset({"objects", "filter", "exclude", "all", "get", "current", "programmes"})


def writes(source: str) -> list[tuple[int, str]]:
    """Lines of calls that write records, with the name called."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "execute":
            found.append((node.lineno, "execute"))  # config/prepared.py sends what it is given
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name = node.func.attr
        if (
            name in ALWAYS
            or (name in ON_RECORDS and _on_records(node.func.value))
            or (name == "delete" and not node.args)
        ):
            found.append((node.lineno, name))
    return sorted(set(found))


def _on_records(value: ast.expr) -> bool:
    """Does the chain before the call go through a manager or a query?"""
    return any(isinstance(part, ast.Attribute) and part.attr in QUERY_WORDS for part in ast.walk(value))


def sources() -> list[Path]:
    return sorted(
        path for path in CLINIC.rglob("*.py")
        if path.name != "actions.py" and "migrations" not in path.parts
        and str(path.relative_to(CLINIC)) not in EXCEPTIONS
    )  # fmt: skip


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(CLINIC)))
@pytest.mark.story("HF-REC-001")
def test_only_actions_write(path: Path) -> None:
    found = writes(path.read_text())
    assert found == [], f"{path.relative_to(CLINIC)} writes records; move that to an actions.py: {found}"


def transactions(source: str) -> list[str]:
    """What a page does to transactions: none, since it calls one action, which is one by itself."""
    words = ("atomic", "savepoint", "savepoint_commit", "savepoint_rollback", "set_rollback")
    return [node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute) and node.attr in words]


@pytest.mark.parametrize("path", sorted(CLINIC.glob("*/views.py")), ids=lambda p: p.parent.name)
def test_a_page_runs_no_transaction(path: Path) -> None:
    assert transactions(path.read_text()) == [], f"{path.parent.name}/views.py ties actions; make them one action"


def test_the_gate_of_transactions_can_go_red() -> None:
    fault = "@transaction.atomic\ndef page(request):\n    transaction.savepoint()\n"
    assert sorted(transactions(fault)) == ["atomic", "savepoint"]


def test_the_gate_looks_at_something_and_its_exceptions_exist() -> None:
    assert len(sources()) > 30
    assert all((CLINIC / name).exists() for name in EXCEPTIONS)


@pytest.mark.parametrize(
    "fault",
    [
        "patient.save()",
        "Patient.objects.create(label='x')",
        "check_in.events.create(kind='sent')",
        "Patient.objects.filter(pk=1).update(label='x')",
        "Patient.objects.all().delete()",
        "patient.delete()",
        "Patient.objects.bulk_create([])",
        "Patient.objects.get_or_create(pk=1)",
        "user.programmes.add(programme)",
        "cursor.execute('DELETE FROM patients_patient')",
        "execute('DELETE FROM patients_patient', [])",
    ],
)
def test_the_gate_can_go_red(fault: str) -> None:
    assert writes(f"def view(request):\n    {fault}\n") != []


@pytest.mark.parametrize("fine", ["seen.add(1)", "values.update(x=1)", "choices.clear()", "form.add_error(None, '')"])
def test_the_gate_leaves_plain_python_alone(fine: str) -> None:
    assert writes(fine) == []
