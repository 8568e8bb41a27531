"""`holdfast scale`: what it prints, and which exit code a mistake has."""

from __future__ import annotations

import json

import pytest

from holdfast.cli import main


def test_score_as_documented(capsys):
    assert main(["scale", "score", "phq-9", "2", "2", "2", "2", "1", "1", "2", "0", "0", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["scale"], answer["total"], answer["band"]) == ("phq-9", 12, "moderate")
    assert answer["item_9"] == {"value": 0, "positive": False}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("phq-9 2 2 2 2 1 1 2 0", "8 answers"),
        ("phq-9 -1 0 0 0 0 0 0 0 0", "out of range: item 1 has range 0-3, not -1"),
        ("phq-9 --answers=-1,0,0,0,0,0,0,0,0", "out of range: item 1 has range 0-3, not -1"),
        ("phq-9 2 2 na 2 1 1 2 0 3", "item 9 is positive all the same"),
        ("phq-9 2 2 x 2 1 1 2 0 3", "'x' is not a number"),
        ("phq-9 2 2 nan 2 1 1 2 0 inf", "not a number"),
        ("madrs --total 61", "from 0 to 60"),
        ("madrs --total -1", "from 0 to 60"),
        ("madrs 1 2 3", "total only"),
        ("moca --total 20", "certified rater"),
        ("c-ssrs-screener yes no", "takes 7 answers, 2 given"),
        ("c-ssrs-screener 0 0 0 0 0 0 0", "answer yes, no or na"),
        ("c-ssrs-screener no no yes no no no no", "q3 is yes but q2 is no"),
        ("c-ssrs-screener --total 3", "never summed"),
        ("moaa-s 5", "needs the anchor set"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_3(words, says, capsys):
    assert main(["scale", "score", *words.split()]) == 3
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("words", ["phq-9", "madrs 1 --total 2", "phq-9 1 --answers 1,2"])
def test_answers_are_given_once(words, capsys):
    assert main(["scale", "score", *words.split()]) == 2
    assert "either answers, --answers or --total" in capsys.readouterr().err


def test_an_unknown_scale_has_its_own_exit_code(capsys):
    assert main(["scale", "show", "bdi-ii"]) == 5
    assert "phq-9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "level", "at_least"),
    [
        ("--answers yes,no,na,na,na,no,na", "low", "low"),
        ("no no na na na yes yes", "high", "high"),
        ("no no na na na yes na", None, "moderate"),
    ],
)
def test_the_screener_is_triaged(words, level, at_least, capsys):
    assert main(["scale", "score", "c-ssrs-screener", *words.split(), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["level"], answer["at_least"]) == (level, at_least)
    assert "total" not in answer


def test_the_texts_say_what_matters(capsys):
    main(["scale", "score", "phq-9", "2", "2", "2", "2", "1", "1", "2", "0", "1"])
    assert "item 9: 1 POSITIVE" in capsys.readouterr().out
    main(["scale", "score", "c-ssrs-screener", "no", "no", "na", "na", "na", "yes", "na"])
    assert "not settled, at least moderate; unanswered: q6_3_months" in capsys.readouterr().out
    main(["scale", "score", "audit-c", "1", "1", "1"])
    assert "cut positive-women (women): met (unverified)" in capsys.readouterr().out
    main(["scale", "score", "ham-d17", *["0"] * 15, "3", "0"])
    assert "not assessed, not in the total: item 16" in capsys.readouterr().out


def test_show_prints_items_only_where_allowed(capsys):
    main(["scale", "show", "phq-9"])
    shown = capsys.readouterr().out
    assert "1. Little interest or pleasure in doing things" in shown
    assert "No permission required" in shown
    assert "not scored: If you checked off" in shown
    main(["scale", "show", "madrs", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert "item" not in answer
    assert "not shown" in answer["absent"]


def test_list_names_every_scale(capsys):
    main(["scale", "list", "--json"])
    listed = json.loads(capsys.readouterr().out)
    assert len(listed) == 15
    assert all(one["licence"] for one in listed)
