"""Founding studies: every number from its row, what the model gives from the file, and where each lies in a picture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.errors import TableError, UnknownNameError
from holdfast.evidence import founding, founding_predictions, pictures
from holdfast.evidence.founding_predictions import FILE, Number, inputs_digest, predictions, predictions_in

pytestmark = pytest.mark.story("HF-EVD-030")
FOUNDING = ("zarate2006", "diazgranados2010", "diamond2014", "zanos2016")


def said(study_id: str) -> str:
    return " ".join(one.text for _, _, part in founding.founding_study(study_id).parts for one in part)


def test_the_four_have_a_page_and_no_other() -> None:
    assert tuple(one.card.study.id for one in founding.founding_studies()) == FOUNDING
    assert founding.is_founding("diamond2014")
    assert not founding.is_founding("daly2018")
    with pytest.raises(UnknownNameError, match="daly2018"):
        founding.founding_study("daly2018")


@pytest.mark.parametrize(
    ("study_id", "sentences"),
    [
        ("zarate2006", ("18 people were randomised to the order", "71 % had responded", "29 % were in remission",
                        "35 % had kept their response: 6 of 17 people", "1.46 (0.91 to 2.01)", "0.68 (0.13 to 1.23)")),
        ("diazgranados2010", ("56 % had responded", "9 of 16 people", "13 % were in remission",
                              "12 of 17 people, against 6 % after saline: 1 of 16 people", "0.8 (0.55 to 1.04)")),
        ("diamond2014", ("28 people had 3 or 6 infusions over 3 weeks", "8 of 28 people had responded (29 %",
                         "before the third infusion", "a median of 70 days from the last infusion, from 25 to 168 days",
                         "followed for six months", "2 of 28 people stopped", "5 of 28 people for no benefit")),
        ("zanos2016", ("study of mice", "No clinical number follows from it", "off by default")),
    ],
)  # fmt: skip
def test_what_was_found_in_the_exact_numbers(study_id: str, sentences: tuple[str, ...]) -> None:
    """Section 6 of the evidence review, which names these numbers."""
    text = said(study_id)
    assert [one for one in sentences if one not in text] == []
    assert "{" not in text


def test_each_study_tells_what_the_articles_said_wrongly() -> None:
    told = {one.card.study.id: {found.number for found in one.card.conflicts} for one in founding.founding_studies()}
    assert told["zarate2006"] >= {5}
    assert told["diazgranados2010"] == {6}
    assert told["diamond2014"] >= {3, 4, 15}
    assert told["zanos2016"] == {7}


def test_the_file_holds_each_trial_under_each_hypothesis_and_published_rows_beside() -> None:
    found = predictions()
    assert found.hypotheses[0] == "nmda-driven"
    assert len(found.hypotheses) == 3
    assert found.about["replicates"] == 1000
    assert all("no prediction for a patient" in one.said for one in found.trials)
    assert all(one.calibrated is None for one in found.trials if one.hypothesis != "nmda-driven")
    for one in founding.founding_studies()[:3]:
        assert one.predicted is not None
        assert one.predicted.hypothesis == "nmda-driven"
        assert len(one.rivals) == 2
        rows = [found.row for number in one.predicted.numbers for found in number.beside]
        assert {row.study.id for row in rows} == {one.card.study.id}
        assert len({row.id for row in rows}) == len({row.id for row in rows} - one.predicted.not_compared.keys()) > 3
        assert 0 <= one.predicted.held <= one.predicted.judged
    assert founding.founding_study("zanos2016").predicted is None


def test_every_published_row_is_compared_or_named_with_a_reason() -> None:
    for one in founding.founding_studies()[:3]:
        assert one.predicted is not None
        compared = {found.row.id for number in one.predicted.numbers for found in number.beside}
        assert compared | one.predicted.not_compared.keys() == {row.id for row in one.card.outcomes}


def test_the_oxford_page_predicts_responders_onset_and_durations() -> None:
    oxford = founding.founding_study("diamond2014").predicted
    assert oxford is not None
    by_kind = {one.kind: one for one in oxford.numbers}
    assert {"response", "remission", "onset_before", "loss_of_response_median"} <= by_kind.keys()
    shortest, longest = by_kind["loss_of_response_shortest"], by_kind["loss_of_response_longest"]
    assert [found.value for one in (shortest, longest) for found in one.beside] == [25, 168]
    assert shortest.median < longest.median
    assert by_kind["onset_before"].told_in is not None
    assert "before the 3rd infusion" in by_kind["onset_before"].told_in.note
    assert shortest.beside[0].inside is None  # a range of eight people judges no interval


def test_the_switch_is_off_for_esketamine_under_the_strict_reading() -> None:
    """Esketamine holds no R-form: hnk-driven gives about nothing over placebo, nmda-driven several points."""
    esketamine = [one for one in founding.switched() if one.study == "daly2018"]
    assert len(esketamine) == 3
    for one in esketamine:
        driven, by_metabolite, _ = (number.median for number in one.numbers)
        assert driven < -2
        assert abs(by_metabolite) < 1
    assert [row["symbol"] for row in founding.switch_parameters()] == ["HNK50", "HNK_S_in_R", "HNK_share"]


def test_a_changed_number_of_a_trial_makes_it_stale_and_changed_words_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    before = inputs_digest(["zarate-2006"], "holdfast-1")
    facts = founding_predictions.load()
    row = next(row for row in facts.rows("study_outcomes") if row.id == "T0005")
    for column, cell, same in (("note", "other words", True), ("value", 70.0, False)):
        changed = type(row)(row.id, {**row.values, column: cell}, row.file, row.line)
        rows = tuple(changed if one is row else one for one in facts.rows("study_outcomes"))
        other = type(facts)({**facts.tables, "study_outcomes": rows}, facts.documents, facts.by_id, facts.digest)
        monkeypatch.setattr(founding_predictions, "load", lambda other=other: other)
        assert (inputs_digest(["zarate-2006"], "holdfast-1") == before) is same


@pytest.mark.parametrize("content", ["", "{", '{"trials": [{}]}', "[]"])
def test_a_file_that_was_cut_is_told_in_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cut.json"
    path.write_text(content)
    with pytest.raises(TableError, match=r"cut\.json cannot be read .* calibration\.founding_predictions"):
        predictions_in(path)
    with pytest.raises(TableError, match=r"none\.json"):
        predictions_in(tmp_path / "none.json")


def test_reading_it_loads_no_numerics() -> None:
    code = (
        "import sys; from holdfast.evidence import founding; founding.founding_studies(); founding.switched(); "
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'numpy', 'scipy', 'llvmlite', 'numba'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def oxford_numbers() -> tuple[Number, ...]:
    one = founding.founding_study("diamond2014").predicted
    assert one is not None
    return one.numbers


def test_a_picture_for_each_unit_and_every_length_where_its_value_is() -> None:
    found = pictures.beside_published(oxford_numbers())
    assert [one.unit for one in found] == ["percent", "days"]
    percent, days = found
    assert all(one.number.beside for picture in found for one in picture.bands)
    for picture in found:
        for band in picture.bands:
            assert band.ends_95[0] <= band.ends_80[0] <= band.median_x <= band.ends_80[1] <= band.ends_95[1]
    response = next(one for one in percent.bands if one.number.beside[0].row.id == "T0046")
    assert response.points == ((pytest.approx(12 + 0.29 * 336, abs=0.1), False),)
    shortest, longest = days.bands[-2:]
    assert longest.points[0][0] > shortest.points[0][0] + 100
    assert "published 168" in days.summary


def test_what_was_read_in_the_press_only_is_hollow() -> None:
    zarate = founding.founding_study("zarate2006").predicted
    assert zarate is not None
    (percent, *_) = pictures.beside_published(zarate.numbers)
    doubtful = {one.number.beside[0].row.status: one.points[0][1] for one in percent.bands}
    assert doubtful == {"press": True, "unverified": True}


def test_the_file_is_plain_json_of_rounded_numbers() -> None:
    found = json.loads(FILE.read_text(encoding="utf-8"))
    medians = [one["p50"] for trial in found["trials"] for one in trial["numbers"] if one["p50"] is not None]
    assert len(medians) > 50
    assert all(len(f"{abs(value):.10g}".replace(".", "").strip("0")) <= 4 for value in medians)
