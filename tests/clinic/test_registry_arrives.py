"""Leaving and arriving: a programme taken in from an export tells the same report, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clinic.conftest import ROOT

LOAD = """
import datetime as dt
from holdfast.clinic.config.start import open_clinic
open_clinic()
from holdfast.clinic.accounts.actions import create_user
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.example.cast import CAST
from holdfast.clinic.example.load import load_example
LETTER = "non_response"  # is told to the referrer
now = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)
people = {
    role: create_user(actor=CommandLine(), username=role.value, role=role, password="a-long-enough-password-9", now=now)
    for role in Role
}
some = [one for number, one in enumerate(CAST) if number % 6 == 0 or LETTER in str(one.phases)]
load_example(people=people, now=now, cast=some)
"""
TELL = """
import datetime as dt, hashlib, json
from holdfast.clinic.config.start import open_clinic
open_clinic()
from holdfast.clinic.letters.models import Letter
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.making import report_of
told = report_of(Programme.objects.get(key="example"), dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC))
letters = [(one.digest, hashlib.sha256(bytes(one.file)).hexdigest()) for one in Letter.objects.order_by("pk")]
files = {name: hashlib.sha256(content).hexdigest() for name, content in told["files"].items()}
print(json.dumps({"digest": told["digest"], "courses": told["courses"], "files": files, "letters": letters}))
"""


def ran(folder: Path, *words: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**kept, "HOLDFAST_DATA": str(folder)}, text=True, capture_output=True,
        timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.story("HF-REG-108")
def test_an_import_of_an_export_tells_the_same_report_byte_for_byte(tmp_path: Path) -> None:
    here, there, left = tmp_path / "here", tmp_path / "there", tmp_path / "left"
    ran(here, "-c", LOAD)
    ran(here, "-m", "holdfast", "export", str(left))
    first = json.loads(ran(here, "-c", TELL))
    ran(there, "-m", "holdfast", "import", str(left))
    second = json.loads(ran(there, "-c", TELL))
    assert first == second
    assert first["courses"] >= 5
    assert {"report.html", "report.pdf", "report.json", "tables.zip"} <= set(first["files"])
    assert first["letters"]
    assert all(kept == digest for kept, digest in second["letters"]), "a letter is no longer the one that was issued"
