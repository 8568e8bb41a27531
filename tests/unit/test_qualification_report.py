"""The report: every study on it, the verdict first and honest, page and paper alike; the command that writes it."""

from __future__ import annotations

import io
import json

import pypdf
import pytest

from holdfast.errors import TableError
from holdfast.evidence.qualification import reading
from holdfast.evidence.qualification.judgement import as_plain, judgement
from holdfast.evidence.qualification.report.document import report
from holdfast.evidence.qualification.report.numbers import shown, signed, what
from holdfast.evidence.qualification.summary import read_summary, summary_of
from holdfast.evidence.tables import outcome, studies
from holdfast.printed.blocks import Notice, Table, words_of
from holdfast.printed.html import html
from holdfast.printed.pdf import pdf
from tests.qualification_tables import HYPOTHESIS, RESPONSES, predicted, score, write_tables

ABOUT = {"model": "holdfast-2", "facts_digest": "f", "posterior": {"name": "test", "digest": "abc"},
         "files": {"left_out.csv": "0123"}}  # fmt: skip
OF_REPORT = {"Written on": "2026-11-21", "Facts of this report": "g"}
SCORES = [score("nmda-driven", "zarate2006", -10), score("mixed", "zarate2006", -10.5),
          score("nmda-driven", "daly2018", -10), score("mixed", "daly2018", -10.5, pareto_k=0.9)]  # fmt: skip


@pytest.fixture(scope="module")
def losing():
    rows = [predicted(row, off=60.0, sd=5.0) for row in RESPONSES]
    return judgement([*rows, predicted("T0046", basis="never fitted"), predicted("T0031", off=1.0, sd=2.0)], SCORES,
                     HYPOTHESIS, {"mixed": "by weights alone"})  # fmt: skip


@pytest.fixture(scope="module")
def document(losing):
    return report(losing, ABOUT, OF_REPORT)


@pytest.mark.story("HF-EVD-020")
def test_a_model_that_loses_says_so_first(document):
    first = document.sections[0].blocks[0]
    assert isinstance(first, Notice)
    assert (first.title, first.tone) == ("0 of 4 targets are met", "bad")
    assert "predicts these rates better than the model" in first.text
    table = document.sections[0].blocks[1]
    assert isinstance(table, Table)
    assert [words_of(row[2]) for row in table.rows] == ["not met"] * 4


@pytest.mark.story("HF-EVD-020")
def test_every_study_is_on_it_with_or_without_a_prediction(document):
    page = html(document)
    for one in studies():
        assert one.title.replace("&", "&amp;") in page, one.id
    assert page.count("No number of this study was predicted") > 10
    assert 'id="study-diamond2014"' in page
    assert (
        page.index('id="study-zarate2006"') < page.index('id="study-diamond2014"') < page.index('id="study-daly2018"')
    )


def test_a_hypothesis_that_nobody_scored_is_named(document):
    page = html(document)
    assert "Not scored, so nothing is said of them: hnk-driven, nmda-driven with tolerance, " in page
    named = page.split("nothing is said of them: ")[1].split(".")[0].split(", ")
    assert not {"nmda-driven", "mixed"} & set(named)


def test_page_and_paper_say_the_same(document):
    page = html(document)
    paper = " ".join(" ".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(pdf(document))).pages).split())
    for words in ("0 of 4 targets are met", "Two simple rivals", "Misses by name", "Zarate 2006 (NIMH)", "never fitted",
                  "Where this comes from", "no prediction for a patient", "left_out.csv 0123"):  # fmt: skip
        assert words in page, words
        assert words in paper, words


def test_misses_are_named_with_their_reason_or_that_none_is_known(document):
    section = next(one for one in document.sections if one.key == "misses")
    told = "\n".join(
        " | ".join(map(words_of, row)) for one in section.blocks if isinstance(one, Table) for row in one.rows
    )
    assert "(T0128)" in told
    assert "not known" in told
    assert "T0031" not in told


def test_published_numbers_that_changed_since_the_fit_are_named(losing, document):
    assert "None of the published numbers judged here has changed since the fit" in html(document)
    rows = [predicted("T0005"), predicted("T0030", published=70.0), predicted("T0043", status="press")]
    page = html(report(judgement(rows, [], HYPOTHESIS), ABOUT, OF_REPORT))
    assert "Since the fit 2 of the published numbers have changed, in value or status: T0030, T0043" in page


def test_without_any_prediction_the_report_says_so():
    page = html(report(judgement([], [], HYPOTHESIS), {}, OF_REPORT))
    assert "Cannot be judged yet" in page
    assert "nothing to compare" in page


def test_numbers_are_told_as_their_unit_bears():
    assert shown(-0.04, "points") == "0.0"
    assert shown(-12.34, "points") == signed("-12.3") == "\N{MINUS SIGN}12.3"
    assert shown(41.7, "percent") == "42"
    assert shown(None, "days") == "not reached"
    assert what(outcome("T0128")) == "Response, MADRS, esketamine 84, day 1 (T0128)"


def test_the_summary_is_read_as_it_was_written(losing, tmp_path):
    place = tmp_path / "summary.json"
    place.write_text(json.dumps(summary_of(as_plain(losing), ABOUT, "2026-11-21", "0a")))
    found = read_summary(place)
    assert (found.met, found.numbers, found.date) == (0, 10, "2026-11-21")
    assert [one.percent for one in found.coverage] == [50, 80, 95]
    assert found.posterior == "name test, digest abc"
    assert (found.tables, found.facts) == ("0123", "0a")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"date": 1, "targets": [{}]}'])
def test_a_broken_summary_is_refused_in_a_sentence(content, tmp_path):
    place = tmp_path / "summary.json"
    place.write_text(content)
    with pytest.raises(TableError, match="no summary of a qualification"):
        read_summary(place)


@pytest.fixture
def tables(tmp_path, monkeypatch):
    folder = tmp_path / "tables"
    folder.mkdir()
    write_tables(folder, [predicted(row, off=3.0) for row in RESPONSES], SCORES)
    monkeypatch.setattr(reading, "_folder", lambda: folder)
    reading._table.cache_clear()
    yield folder
    reading._table.cache_clear()


@pytest.fixture
def holdfast(capsys):
    from holdfast.cli import main

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return run


@pytest.mark.story("HF-EVD-020")
def test_the_command_writes_page_paper_and_summary(tables, holdfast, tmp_path):
    page, paper, few = tmp_path / "q.html", tmp_path / "q.pdf", tmp_path / "s.json"
    code, out, _ = holdfast(
        "evidence", "report", "--output", page, paper, "--summary", few, "--date", "2026-11-20", "--json"
    )
    assert code == 0
    answer = json.loads(out)
    assert answer["numbers"] == 8
    assert answer["response_errors"][0]["errors"]["model"] == pytest.approx(3.0)
    assert "2026-11-20" in page.read_text(encoding="utf-8")
    assert len(pypdf.PdfReader(paper).pages) > 5
    assert read_summary(few).date == "2026-11-20"


def test_bad_words_to_the_command_are_told_in_a_sentence(tables, holdfast, tmp_path):
    page = tmp_path / "q.html"
    for words, code, said in (
        (["--output", tmp_path / "q.docx"], 3, "does not end in .html or .pdf"),
        (["--output", page, page], 3, "one and the same"),
        (["--output", tmp_path / "gone" / "q.html"], 3, "cannot be written"),
        (["--output", page, "--summary", tmp_path / "s.txt"], 3, "does not end in .json"),
        (["--output", page, "--hypothesis", "mnda"], 5, "No hypothesis with predictions is called 'mnda'"),
    ):
        found, _, err = holdfast("evidence", "report", *words)
        assert (found, said in err) == (code, True), err
    assert not page.exists()


def test_tables_that_were_changed_after_the_fit_are_refused(tables, holdfast, tmp_path):
    place = tables / "left_out.csv"
    place.write_text(place.read_text().replace("zarate2006", "zarate2007"))
    code, _, err = holdfast("evidence", "report", "--output", tmp_path / "q.html")
    assert code == 4
    assert "not the file that the fit wrote" in err
    assert not (tmp_path / "q.html").exists()
