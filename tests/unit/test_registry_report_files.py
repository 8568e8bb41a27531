"""The report of a registry as files and on the command line: whole, the same bytes twice, readable without it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdf
import pytest

from holdfast.cli import main
from holdfast.cli.registry_report import IN_SHORT
from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.registry.manifest import Manifest
from holdfast.registry.report.files import as_files, write_report
from holdfast.registry.report.report import Report, report_of
from holdfast.registry.sets import from_rows
from holdfast.registry.written import write_rows
from tests.registry_rows import MANIFEST, made_up
from tests.unit.test_registry_report import course

SIGNED = ("out.relapse",)


@pytest.fixture(scope="module")
def report() -> Report:
    """Sixty courses at one site."""
    return report_of(from_rows(made_up(60, seed=3), MANIFEST), signed=SIGNED)


@pytest.fixture(scope="module")
def files(report: Report) -> dict[str, bytes]:
    """Its files."""
    return as_files(report)


@pytest.mark.story("HF-REG-010")
def test_the_same_rows_give_the_same_bytes_of_every_file(files: dict[str, bytes]) -> None:
    again = as_files(report_of(from_rows(made_up(60, seed=3), MANIFEST), signed=SIGNED))
    assert again == files
    assert {Path(name).suffix for name in files} == {".html", ".pdf", ".json", ".csv", ".svg"}


@pytest.mark.story("HF-REG-010")
def test_the_page_needs_no_other_file_and_holds_every_section(report: Report, files: dict[str, bytes]) -> None:
    page = files["report.html"].decode()
    assert re.search(r"(src|href)=[\"'](?!#)", page) is None
    assert "<script" not in page
    assert "url(" not in page
    for section in report.sections:
        assert f'id="{section.key}"' in page
    paper = pypdf.PdfReader(io.BytesIO(files["report.pdf"]))
    text = " ".join(one.extract_text() for one in paper.pages)
    for section in report.sections:
        assert section.title.split(",")[0] in re.sub(r"\s+", " ", text)


@pytest.mark.story("HF-REG-010")
def test_tables_say_count_denominator_and_interval_of_each_share(report: Report, files: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(files["tables/response-by-week.csv"].decode())))
    told = json.loads(files["report.json"])
    section = next(one for one in told["sections"] if one["key"] == "weeks")
    for row, plain in zip(rows, section["tables"][0]["rows"], strict=True):
        assert int(row["of_rated_n"]) == plain["of_rated"]["n"]
        assert int(row["of_due_of"]) == plain["of_due"]["of"] == int(row["due"])
        assert float(row["of_due_low"]) <= float(row["of_due_percent"]) <= float(row["of_due_high"])
    meanings = list(csv.DictReader(io.StringIO(files["columns.csv"].decode())))
    shares = [one for one in meanings if one["column"].endswith(("_percent", "_of"))]
    assert len(shares) > 20
    assert all(one["share_of"] for one in shares if one["column"].endswith("_percent"))
    assert {one["file"] for one in meanings} == {name for name in files if name.startswith("tables/")}


@pytest.mark.story("HF-REG-175")
def test_what_people_are_not_shown_stands_in_the_files(report: Report, files: dict[str, bytes]) -> None:
    every = [one for section in report.sections for one in section.tables]
    left_out = [(one, name) for one in every for name in (*one.shown.left_out, *one.shown.noted, *one.shown.groups)]
    assert {one.key for one, _ in left_out} > {"safety-signals", "response-by-week", "acute-by-number"}
    for one, name in left_out:
        rows = list(csv.DictReader(io.StringIO(files[f"tables/{one.key}.csv"].decode())))
        assert len(rows) == len(one.rows)
        assert all(any(column.startswith(name) and row[column] for column in row) for row in rows), (one.key, name)
    page = files["report.html"].decode()
    assert "Chance of so many" not in page
    folded = set(re.findall(r"<summary>The numbers: Table \d+\. ([^<]+)</summary>", page))
    assert {"Response by week on MADRS", "Share that has relapsed (Kaplan-Meier)"} <= folded
    assert not {"Courses at each step", "Here and published", "Outcomes by group, week 4"} & folded
    groups = next(one for one in report.sections if one.key == "groups")
    captions = ("Outcomes by group, week 4", "Outcomes by group, by curve (Kaplan-Meier)")
    assert [page.count(f"{one}</span>") for one in captions] == [1, 1]
    assert len(groups.tables) > 2
    assert all(f'colspan="8">by {one.columns[0].title.lower()}</th>' in page for one in groups.tables)


@pytest.mark.story("HF-REG-175")
def test_a_source_is_told_once_and_each_row_leads_to_it(files: dict[str, bytes]) -> None:
    page = files["report.html"].decode()
    after = page.split("Beside the published figures</span>", 1)[1]
    rows, below = after.split("</table>", 1)
    told = re.findall(r"<sup>(\d+)</sup>([^<]+)", below.split("</p>", 1)[0])
    marks = re.findall(r'<th scope="row">[^<]*<sup>(\d+)</sup>', rows)
    assert len(marks) > len(told) > 1
    assert set(marks) == {number for number, _ in told}
    assert len({source for _, source in told}) == len(told)


@pytest.mark.story("HF-REG-175")
def test_what_was_counted_of_nobody_is_named_below_the_table_and_stands_in_the_file(files: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(files["tables/acute-published.csv"].decode())))
    nobody = {row["what"] for row in rows if row["of"] == "0"}
    somebody = {row["what"] for row in rows if row["of"] != "0"}
    page = files["report.html"].decode().replace("\N{NO-BREAK SPACE}", " ")
    table, below = page.split("Beside the published figures</span>", 1)[1].split("</table>", 1)
    note = below.split("Published, and counted of nobody here: ", 1)[1].split("</p>", 1)[0]
    assert nobody
    assert somebody
    assert all(what in note for what in nobody)
    assert all(f">{what}<" in table for what in somebody)
    assert not any(f">{what}<" in table for what in nobody - somebody)


@pytest.mark.story("HF-REG-175")
def test_the_facts_of_a_set_and_those_of_the_report_are_told_apart(files: dict[str, bytes]) -> None:
    page = files["report.html"].decode()
    assert f"<dt>Set made by</dt><dd>{MANIFEST.made_by}, with facts {MANIFEST.facts_digest}</dd>" in page
    assert f"<dt>Report made by</dt><dd>{Report.made_by}, with facts {load().digest}</dd>" in page
    assert page.rstrip().endswith("</html>")
    assert f"<footer><p>{Report.made_by}; facts of this report: {load().digest}</p></footer>" in page
    assert load().digest != MANIFEST.facts_digest


@pytest.mark.story("HF-REG-175")
def test_a_table_is_folded_only_below_a_picture() -> None:
    quiet = {**made_up(30, seed=2), "adverse_events": []}
    page = as_files(report_of(from_rows(quiet, MANIFEST)))["report.html"].decode()
    section = page.split('id="adverse-events"', 1)[1].split("</section>", 1)[0]
    assert "Per treatment session, by kind" in section
    assert "<details" not in section
    loud = as_files(report_of(from_rows(made_up(30, seed=2), MANIFEST)))["report.html"].decode()
    assert ("<details" in loud.split('id="adverse-events"', 1)[1].split("</section>", 1)[0]) == (
        "<figure" in loud.split('id="adverse-events"', 1)[1].split("</section>", 1)[0]
    )


@pytest.mark.story("HF-REG-175")
def test_checks_that_nobody_did_are_a_sentence_and_still_rows_of_a_file() -> None:
    rows = {**made_up(30, seed=2), "safety_checks": []}
    made = as_files(report_of(from_rows(rows, MANIFEST)))
    page, table = made["report.html"].decode(), made["tables/safety-checks.csv"].decode()
    assert "No check of bladder, liver, cognition, misuse or blood pressure is on record" in page
    assert "Found something at least once" not in page
    assert table.count("bladder") >= 1
    checked = as_files(report_of(from_rows(made_up(30, seed=2), MANIFEST)))["report.html"].decode()
    assert ("No check of bladder" in checked) != ("Found something at least once" in checked)


@pytest.mark.story("HF-REG-011")
def test_plots_are_vector_with_named_axes_and_numbers_at_risk(files: dict[str, bytes]) -> None:
    plots = {name: content for name, content in files.items() if name.startswith("plots/")}
    assert len(plots) > 5
    for content in plots.values():
        drawn = ElementTree.fromstring(content)
        assert drawn.get("role") == "img"
        assert len(drawn.get("aria-label", "")) > 20
        assert b"<image" not in content
        assert b"var(" not in content
    words = {one.text or "" for one in ElementTree.fromstring(plots["plots/time-to-relapse.svg"]).iter()}
    assert {"Number at risk", "relapsed, %", "days since the first response or remission"} <= words


@pytest.mark.story("HF-REG-011")
def test_a_phone_and_a_page_of_paper_hold_every_drawing(report: Report) -> None:
    for section in report.sections:
        for picture in section.pictures:
            drawing = picture.drawing
            assert drawing.width <= 480
            assert drawing.height <= 700
            for shape in drawing.shapes:
                for x, y in getattr(shape, "places", ()):
                    assert 0 <= x <= drawing.width
                    assert 0 <= y <= drawing.height


def one_patient(**changed: Any) -> dict[str, Any]:
    """A programme of one course, without a rating."""
    rows = made_up(0, seed=1)
    rows["courses"] = [course("a", **changed)]
    return rows


@pytest.mark.story("HF-REG-003")
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({}, "No course is on record"),
        (one_patient(), "One course is on record"),
        (one_patient(started=False), "No course had a first treatment session"),
        ({"courses": [course("a"), course("b", site="south")]}, "none has a rating of madrs"),
    ],
    ids=["an empty programme", "one patient", "nobody started", "sites without a rating"],
)
def test_nobody_to_tell_of_is_a_sentence_in_every_file(rows: dict[str, Any], says: str, tmp_path: Path) -> None:
    made = write_report(tmp_path / "report", report_of(from_rows(rows, MANIFEST)))
    assert says in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert {"report.html", "report.pdf", "report.json"} <= set(made)


@pytest.mark.story("HF-REG-010")
def test_a_report_that_cannot_be_written_leaves_nothing(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="No space left"):
        write_report(tmp_path / "report", report)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.story("HF-REG-012")
def test_the_command_line_tells_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path / "north", made_up(30, seed=1), MANIFEST)
    assert main(["registry", "summary", str(tmp_path / "north")]) == 0
    said = capsys.readouterr().out
    assert "Every course on record: 30" in said
    for words in (
        "any adverse event", "Rate (95 % exact)", "Here and published", "Chance, corrected",
        "Found something at least once", "bladder", "Serious adverse events",
    ):  # fmt: skip
        assert words in said, words  # safety, as `--help` says
    made = report_of(from_rows(made_up(30, seed=1), MANIFEST))
    notes = [note for one in made.sections if {table.key for table in one.tables} & {*IN_SHORT} for note in one.notes]
    assert len(notes) > 5
    assert [note for note in notes if note not in said] == []
    assert "Median days to response (Kaplan-Meier): " in said
    assert main(["registry", "summary", str(tmp_path / "north"), "--signed", "out.relapse", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["judged_by"]["judged_as_if_signed"] == ["out.relapse"]
    report = ["registry", "report", str(tmp_path / "north"), "--output", str(tmp_path / "report")]
    assert main(report) == 0
    assert "begin with report.html" in capsys.readouterr().out
    assert main(report) == 3  # a folder that holds something is never written over
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.story("HF-REG-012")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--scale", "gad-7"], "no scale outcomes are told on"),
        (["--signed", "out.moon"], "no rule that waits for a signature"),
    ],
)
def test_a_choice_that_is_none_is_named_before_anything_is_written(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(tmp_path / "north", made_up(5, seed=1), MANIFEST)
    assert main(["registry", "report", str(tmp_path / "north"), *words, "--output", str(tmp_path / "report")]) == 3
    assert says in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


@pytest.mark.story("HF-REG-012")
def test_a_report_of_what_left_says_what_was_withheld(tmp_path: Path) -> None:
    extract = Manifest(kind="extract", sites=("north",), made_by="a test", facts_digest="none",
                       disclosure={"persons_at_least": 5, "withheld": ["year", "age_band"]})  # fmt: skip
    page = as_files(report_of(from_rows(made_up(30, seed=2), extract)))["report.html"].decode()
    assert "Withheld: persons at least 5; withheld year, age_band" in page
    assert "an extract that left its programme" in page


SPOILT = {
    "a file cut short": ("ratings.parquet", lambda raw: raw[:-100], "cut short or changed"),
    "a manifest of another version": ("manifest.json", lambda raw: raw.replace(b'"version": 1', b'"version": 9'),
                                      "this Holdfast reads 1"),
    "a manifest that is no JSON": ("manifest.json", lambda raw: raw[:40], "is not JSON"),
}  # fmt: skip


@pytest.mark.story("HF-REG-012")
@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_set_is_named_and_no_report_is_written(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, spoil, says = SPOILT[fault]
    for site in ("north", "south"):
        manifest = Manifest(kind="extract", sites=(site,), made_by="a test", facts_digest="none")
        write_rows(tmp_path / site, made_up(5, seed=len(site) + ord(site[0]), site=site), manifest)
    path = tmp_path / "south" / name
    path.write_bytes(spoil(path.read_bytes()))
    words = ["registry", "report", str(tmp_path / "north"), str(tmp_path / "south")]
    assert main([*words, "--output", str(tmp_path / "report")]) == 3
    said = capsys.readouterr().err
    assert says in said
    assert "south" in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["north", "south"]


@pytest.mark.story("HF-REG-012")
def test_sets_judged_otherwise_are_not_put_into_one_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for site, chosen in (("north", "madrs_le10"), ("south", "madrs_le12")):
        manifest = Manifest(kind="extract", sites=(site,), made_by="a test", facts_digest="none",
                            definitions={"remission_madrs": chosen})  # fmt: skip
        write_rows(tmp_path / site, made_up(5, seed=ord(site[0]), site=site), manifest)
    assert main(["registry", "summary", str(tmp_path / "north"), str(tmp_path / "south")]) == 3
    assert "different definitions" in capsys.readouterr().err
    assert main(["registry", "summary", str(tmp_path / "south"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["judged_by"]["settings"] == {"remission_madrs": "madrs_le12"}
    assert "madrs_le12" in json.dumps(told["sections"])
