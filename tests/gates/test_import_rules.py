"""Who may import whom (pyproject.toml), and proof that each contract can break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.gates.repository import BIN, ROOT, run

VIOLATIONS = {
    "Rules never see models; models never see the clinic": (
        "facts/digest.py",
        "from holdfast.cli import output",
    ),
    "No web request loads the numerics": ("clinic/__init__.py", "import numba"),
    "Care rules are plain Python": ("scales/__init__.py", "import numpy"),
    "Each app of the clinic points down": ("clinic/patients/models.py", "from holdfast.clinic.patients import views"),
    "Records know nothing of pages": ("clinic/audit/actions.py", "from holdfast.clinic.ui import words"),
    "No page is built on another app's page": ("clinic/safety/views.py", "from holdfast.clinic.courses import views"),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package without its tables, and the contracts."""
    folder = tmp_path_factory.mktemp("imports")
    shutil.copytree(ROOT / "holdfast", folder / "holdfast", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> tuple[int, str]:
    done = run(str(BIN / "lint-imports"), "--no-cache", cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.story("HF-PKG-002")
def test_imports_point_down() -> None:
    code, said = lint(ROOT)
    assert code == 0, said


def test_the_gate_can_go_red(copied: Path) -> None:
    for file, line in VIOLATIONS.values():
        path = copied / "holdfast" / file
        path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    code, said = lint(copied)
    assert code == 1
    for name in VIOLATIONS:
        assert f"{name} BROKEN" in " ".join(said.split()), said
