"""Open data sets that are not part of the project: where they are, and a skip with its reason where they are not.

`HOLDFAST_SHARED_DATA` names the folder that holds them; without it, `shared/reference/data` beside the repository
is looked at. Tests that use these fixtures wear the mark `shared_data`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BESIDE = ROOT.parent / "shared" / "reference"


def shared_folder(name: str) -> Path | None:
    """`data`, `care` or `evidence` of the shared reference folder, or None where it is not on this machine."""
    named = os.environ.get("HOLDFAST_SHARED_DATA")
    data = Path(named) if named else BESIDE / "data"
    folder = data if name == "data" else data.parent / name
    return folder if folder.is_dir() else None


def need(path: Path | None, what: str) -> Path:
    """The path, or a skip that says how to have it."""
    if path is None or not path.exists():
        pytest.skip(f"{what} is not on this machine; set HOLDFAST_SHARED_DATA to the folder of open data sets")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of open data sets."""
    return need(shared_folder("data"), "the folder of open data sets")


@pytest.fixture(scope="session")
def nimh_scores(shared_data: Path) -> Path:
    """The tidy scores of the NIMH ketamine trial (OpenNeuro ds005917, CC0)."""
    return need(shared_data / "openneuro_ds005917" / "scores.csv", "the NIMH ketamine trial")


@pytest.fixture(scope="session")
def scale_vectors() -> Path:
    """The published and derived test vectors of the scales."""
    folder = shared_folder("care")
    return need(folder and folder / "scale_vectors.json", "scale_vectors.json")


@pytest.fixture(scope="session")
def evidence_review() -> Path:
    """The tables of published trials that the evidence tables were made from."""
    folder = shared_folder("evidence")
    return need(folder and folder / "trials.csv", "the evidence review").parent
