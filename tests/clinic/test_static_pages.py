"""The evidence as files: the numbers of the clinic, no link that leads nowhere, nothing fetched, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from holdfast import evidence, facts
from holdfast.cli import main
from holdfast.clinic.evidence.queries import NUMBER_TABLES
from holdfast.clinic.evidence.static_pages import static_pages
from holdfast.evidence import pictures

pytestmark = pytest.mark.story("HF-EVD-031")


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    return static_pages()


def dead_links(made: Mapping[str, str]) -> list[str]:
    """Links to a file or a place in it that is not there, and places that stand twice."""
    places = {name: re.findall(r'\sid="([^"]+)"', text) for name, text in made.items()}
    faults = [f"{name}: {one} twice" for name, found in places.items() for one in set(found) if found.count(one) > 1]
    for name, text in made.items():
        for link in sorted(set(re.findall(r'href="([^"]*)"', text))):
            file, _, place = link.partition("#")
            if (file or name) not in made or (place and place not in places[file or name]):
                faults.append(f"{name}: {link}")
    return faults


def test_no_link_leads_nowhere(pages: Mapping[str, str]) -> None:
    assert dead_links(pages) == []
    assert sum(text.count("href=") for text in pages.values()) > 3_000


def test_the_gate_can_go_red() -> None:
    made = {"a.html": '<p id="x"></p><a href="#x"></a><a href="b.html#y"></a><a href="c.html"></a>', "b.html": ""}
    assert dead_links(made) == ["a.html: b.html#y", "a.html: c.html"]


def test_there_is_a_page_for_each_study_and_each_table_of_numbers(pages: Mapping[str, str]) -> None:
    wanted = {f"study-{one.id}.html" for one in evidence.studies()} | {f"table-{name}.html" for name in NUMBER_TABLES}
    wanted |= {"index.html", "compare.html", "articles.html", "founding-diamond2014.html", "sources.html"}
    assert wanted - pages.keys() == set()


@pytest.mark.parametrize("study", ["daly2018", "diamond2014", "sustain1", "zanos2016"])
def test_every_number_has_its_place_and_status(pages: Mapping[str, str], study: str) -> None:
    page = pages[f"study-{study}.html"]
    card = evidence.study_card(study)
    for row in (*card.outcomes, *card.adverse_events):
        found = re.search(rf'<tr id="{row.id}">((?!</tr>).)*', page, flags=re.S)
        assert found is not None, row.id
        assert f">{row.status}</span>" in found.group(), row.id


def test_each_picture_of_a_study_and_each_comparison_is_drawn(pages: Mapping[str, str]) -> None:
    drawn = pictures.time_courses(evidence.study_card("daly2018").outcomes)
    assert len(drawn) > 3
    assert pages["study-daly2018.html"].count('id="tc-') == 3 * len(drawn)  # caption, title, description
    meanings = pictures.meanings(evidence.outcomes())
    assert pages["compare.html"].count('<svg viewBox="0 0 360') == len(meanings) > 10


def test_what_is_unverified_is_hollow_in_a_picture_over_time(pages: Mapping[str, str]) -> None:
    courses = re.findall(r'<figcaption id="tc-.*?</figure>', pages["study-zarate2006.html"], flags=re.S)
    assert [one.count('<g class="doubtful">') for one in courses] == [2]
    assert "Hollow: unverified, or read in the press only." in courses[0]
    assert 'id="tc-1-h"' in pages["study-daly2018.html"]
    assert '<g class="doubtful">' not in pages["study-daly2018.html"].split('id="fp-')[0]


def test_a_page_stands_alone_and_runs_nothing(pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        assert text.count("<h1") == 1, name
        assert re.search(r"<script|<form|<link|<img|\bsrc=|@import|url\(|http-equiv=.refresh", text) is None, name
        assert "default-src 'none'" in text
        assert facts.load().digest in text
    assert ".picture" in pages["index.html"]


def test_two_runs_give_the_same_bytes(pages: Mapping[str, str]) -> None:
    assert static_pages() == pages


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["evidence", "pages", *words])
    return code, capsys.readouterr()


def test_the_command_writes_the_folder_whole_and_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pages: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.clinic.evidence.static_pages.static_pages", lambda: pages)
    place = tmp_path / "evidence"
    for _ in range(2):
        code, said = run(capsys, "--output", f"{place}/")
        assert (code, said.err) == (0, "")
        assert {one.name for one in place.iterdir()} == pages.keys()
        assert (place / "index.html").read_text(encoding="utf-8") == pages["index.html"]
    assert [one.name for one in tmp_path.iterdir()] == ["evidence"]


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.clinic.evidence.static_pages.static_pages", lambda: {"index.html": "", "a.html": ""})
    monkeypatch.chdir(tmp_path)
    code, said = run(capsys)
    assert code == 0
    assert said.out.startswith("2 pages")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "mine.html").write_text("<p>mine</p>")
    for name, says in (("file", "is a file"), (".", "holds other files"), ("html", "holds other files"),
                       ("no/pages", "does not exist")):  # fmt: skip
        code, said = run(capsys, "--output", str(tmp_path / name))
        assert (code, said.out) == (3, "")
        assert says in said.err
    assert (tmp_path / "html" / "mine.html").read_text() == "<p>mine</p>"
