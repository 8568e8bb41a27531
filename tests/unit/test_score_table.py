"""Reading score tables: what is sound comes in, every bad row is named, nothing is repaired."""

from __future__ import annotations

import json
import re

import pytest

from holdfast.errors import InputError
from holdfast.exchange.trial_folder import read_trial

HEADER = "participant_id,group,leg,day,scale,score\n"


def tidy(tmp_path, rows, people=None):
    (tmp_path / "scores.csv").write_text(HEADER + rows, encoding="utf-8")
    if people is not None:
        (tmp_path / "participants.csv").write_text("participant_id,group,age_y,sex\n" + people, encoding="utf-8")
    return read_trial(tmp_path)


def test_a_sound_table_comes_in_whole(tmp_path):
    table = tidy(tmp_path, "p1,MDD,baseline,0,MADRS,34\np1,MDD,ketamine,2,MADRS,12\n", "p1,MDD,41,F\n")
    assert [(r.participant_id, r.scale, r.day, r.leg, r.total) for r in table.ratings] == [
        ("p1", "madrs", 0, "baseline", 34),
        ("p1", "madrs", 2, "ketamine", 12),
    ]
    assert (table.participants[0].age_y, table.participants[0].sex) == (41, "F")
    assert table.bad_rows == ()


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("p1,MDD,baseline,0,MADRS,61", "score", "0 to 60"),
        ("p1,MDD,baseline,0,MADRS,-1", "score", "0 to 60"),
        ("p1,MDD,baseline,0,MADRS,12.5", "score", "whole"),
        ("p1,MDD,baseline,0,MADRS,nan", "score", "not a number"),
        ("p1,MDD,baseline,0,MADRS,many", "score", "not a number"),
        ("p1,MDD,baseline,0,MADRAS,30", "scale", "MADRAS"),
        ("p1,MDD,baseline,two,MADRS,30", "day", "whole number of days"),
        ("p1,MDD,baseline,999999,MADRS,30", "day", "outside"),
        ("p1,MDD,washout,0,MADRS,30", "leg", "washout"),
        (",MDD,baseline,0,MADRS,30", "participant_id", "empty"),
        ("p9,MDD,baseline,0,MADRS,30", "participant_id", "participants file"),
        ("p1,BP,baseline,0,MADRS,30", "group", "MDD"),
        ("p1,MDD,baseline,0,MADRS", "-", "5 cells"),
        ("p1,MDD,baseline,0,C-SSRS screener,3", "score", "triaged"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_reason(tmp_path, row, column, reason):
    table = tidy(tmp_path, f"p1,MDD,ketamine,2,MADRS,12\n{row}\n", "p1,MDD,41,F\n")
    (bad,) = table.bad_rows
    assert (bad.file, bad.line, bad.column) == ("scores.csv", 3, column)
    assert reason in bad.reason
    assert len(table.ratings) == 1


def test_every_bad_row_is_named_not_only_the_first(tmp_path):
    table = tidy(tmp_path, "p1,MDD,baseline,0,MADRS,99\np1,MDD,baseline,x,MADRS,9\np1,MDD,baseline,0,NOPE,9\n")
    assert [bad.line for bad in table.bad_rows] == [2, 3, 4]


def test_the_same_rating_twice_is_a_bad_row_even_when_the_scores_agree(tmp_path):
    table = tidy(tmp_path, "p1,MDD,baseline,0,MADRS,30\np1,MDD,baseline,0,madrs,30\n")
    (bad,) = table.bad_rows
    assert "line 2" in bad.reason


def test_a_missing_score_is_a_gap_and_never_a_zero(tmp_path):
    table = tidy(tmp_path, "p1,MDD,baseline,0,MADRS,30\np1,MDD,ketamine,2,MADRS,n/a\n")
    assert len(table.ratings) == 1
    assert sum(table.left_out.values()) == 1


@pytest.mark.parametrize(
    ("people", "column"),
    [
        ("p1,MDD,forty,F\n", "age_y"),
        ("p1,MDD,nan,F\n", "age_y"),
        ("p1,MDD,41,X\n", "sex"),
        ("p1,,,\np1,,,\n", "participant_id"),
    ],
)
def test_a_bad_person_is_named(tmp_path, people, column):
    table = tidy(tmp_path, "p1,MDD,baseline,0,MADRS,30\n", people)
    assert ("participants.csv", column) in {(bad.file, bad.column) for bad in table.bad_rows}


def test_unknown_age_and_sex_stay_unknown(tmp_path):
    table = tidy(tmp_path, "p1,MDD,baseline,0,MADRS,30\n", "p1,MDD,,\n")
    assert (table.participants[0].age_y, table.participants[0].sex) == (None, None)


def bids(tmp_path, rows, people="participant_id\tage\tSex\tgroup\nsub-01\t30\tmale\tMDD\nsub-02\tn/a\tn/a\tHC\n"):
    (tmp_path / "phenotype").mkdir()
    header = "participant_id\tsession_id\tMADRS_Total\tHAMD_Bech\tHAM17_Total\n"
    (tmp_path / "phenotype" / "phenotype.tsv").write_text(header + rows, encoding="utf-8")
    (tmp_path / "participants.tsv").write_text(people, encoding="utf-8")
    (tmp_path / "dataset_description.json").write_text(
        json.dumps({"Name": "A made-up trial", "License": "CC0", "DatasetDOI": "doi:10.0/x"}), encoding="utf-8"
    )
    return read_trial(tmp_path)


def test_tables_as_published_in_bids_read_like_tidy_ones(tmp_path):
    table = bids(
        tmp_path,
        "sub-01\tses-b0\t35\t14\t20\nsub-01\tses-d2\t24\tn/a\t13\nsub-01\tses-p2\t30\t12\t18\n\t\t\t\t\n",
    )
    assert {(r.scale, r.day, r.total) for r in table.ratings} == {
        ("madrs", 0, 35), ("hamd-6", 0, 14), ("ham-d17", 0, 20), ("madrs", 2, 24), ("ham-d17", 2, 13),
    }  # fmt: skip
    assert table.bad_rows == ()
    assert sum(table.left_out.values()) == 4  # one missing score, three of the placebo session
    assert (table.title, table.licence, table.source) == ("A made-up trial", "CC0", "doi:10.0/x")
    assert (table.participants[0].age_y, table.participants[0].sex) == (30, "M")
    assert (table.participants[1].age_y, table.participants[1].sex) == (None, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("participant_id,day,score\np1,0,3\n", "scale"),
        ("", "missing"),
        ("participant_id,scale,day,score,score\n", "twice"),
        ("participant_id,scale,day,score\np1,MADRS,0,\x00\n", "table|number"),
    ],
)
def test_a_file_that_is_no_score_table_is_refused_in_a_sentence(tmp_path, content, told):
    (tmp_path / "scores.csv").write_text(content, encoding="utf-8")
    assert re.search(told, refusal(tmp_path / "scores.csv"))


def refusal(path):
    """The sentence that says why the file, or its first bad row, does not come in."""
    try:
        return str(read_trial(path).bad_rows[0])
    except InputError as error:
        return str(error)


def test_a_path_that_holds_nothing_known_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"neither scores\.csv nor"):
        read_trial(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        read_trial(tmp_path / "nowhere")
    (tmp_path / "scores.csv").write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(InputError, match="UTF-8"):
        read_trial(tmp_path)
