"""What the gates look at: the repository's root and the files that belong to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def own_files() -> list[Path]:
    """Every file of the project: tracked ones, and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in sorted(paths) if path.is_file()]


def own_python() -> list[Path]:
    """Python files of the project, migrations left out: Django writes those."""
    return [p for p in own_files() if p.suffix == ".py" and "migrations" not in p.parts]


def run(*words: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A command with its output kept; never raises on its exit code."""
    return subprocess.run(list(words), cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)
