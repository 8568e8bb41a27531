"""The committed qualification report is of the committed predictions, says which, and is what the clinic shows."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pypdf
import pytest

from holdfast.evidence.qualification.summary import published_digest
from tests.gates.repository import ROOT
from tests.qualification_tables import RESPONSES, predicted, write_tables

TABLES = ROOT / "holdfast" / "evidence" / "qualification"
REPORTS = ROOT / "docs" / "qualification"
AGAIN = "run make qualification"


def faults(tables: Path, reports: Path) -> list[str]:
    """What is missing or of other predictions than those in `tables`. Without predictions there is to be no report."""
    about, summary = tables / "about.json", tables / "summary.json"
    if not about.exists():
        return [f"{summary.name} is of no predictions"] if summary.exists() else []
    if not summary.exists():
        return [f"{summary.name} is missing; {AGAIN}"]
    digest = json.loads(about.read_text(encoding="utf-8"))["files"]["left_out.csv"]
    told = json.loads(summary.read_text(encoding="utf-8"))
    found = [] if told["tables"] == digest else [f"{summary.name} is of other predictions; {AGAIN}"]
    if told["published"] != published_digest():
        found.append(f"published numbers have changed since {summary.name}; {AGAIN}")
    return found + [fault for name in ("report.html", "report.pdf") for fault in _report(reports / name, digest, told)]


def _report(path: Path, digest: str, told: dict[str, object]) -> list[str]:
    if not path.exists():
        return [f"{path.name} is missing; {AGAIN}"]
    text = path.read_text(encoding="utf-8") if path.suffix == ".html" else _words(path)
    wanted = (digest, str(told["date"]), "holdfast evidence report --output")
    return [f"{path.name} does not say {words}; {AGAIN}" for words in wanted if words not in text]


def _words(path: Path) -> str:
    pages = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.story("HF-EVD-020")
def test_the_committed_report_is_of_the_committed_predictions() -> None:
    assert faults(TABLES, REPORTS) == []


def test_the_gate_can_go_red(tmp_path: Path) -> None:
    write_tables(tmp_path, [predicted(row) for row in RESPONSES], [])
    assert faults(tmp_path, tmp_path) == [f"summary.json is missing; {AGAIN}"]
    summary = tmp_path / "summary.json"
    summary.write_text(json.dumps({"tables": "0" * 16, "date": "2026-11-21", "published": "0" * 16}))
    digest = json.loads((tmp_path / "about.json").read_text())["files"]["left_out.csv"]
    (tmp_path / "report.html").write_text(f"{digest} 2026-11-21 holdfast evidence report --output report.html")
    assert faults(tmp_path, tmp_path) == [
        f"summary.json is of other predictions; {AGAIN}", f"published numbers have changed since summary.json; {AGAIN}",
        f"report.pdf is missing; {AGAIN}",
    ]  # fmt: skip
    (tmp_path / "report.html").write_text("2026-11-21")
    assert len(faults(tmp_path, tmp_path)) == 5
    (tmp_path / "about.json").unlink()
    assert faults(tmp_path, tmp_path) == ["summary.json is of no predictions"]
