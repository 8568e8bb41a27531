"""The commands of outcomes and safety: their answers as JSON, and their errors as sentences with an exit code."""

from __future__ import annotations

import json

import pytest

from holdfast.cli import main


def answer(capsys, *words):
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *words):
    code = main(list(words))
    return code, capsys.readouterr().err


def test_compute_counts_by_group(capsys):
    found = answer(
        capsys, "outcomes", "compute", "docs/examples/scores.csv", "--definition", "response_50", "--scale", "madrs"
    )
    cells = {(c["group"], c["day"]): c for c in found["cells"]}
    assert cells["depressed", 2]["result"] == "2 of 3"
    assert cells["depressed", 2]["share_if_missing_had_no_event"] == pytest.approx(2 / 5)
    assert cells["healthy", 2]["n_undefined"] == 1
    assert found["definition"]["name"] == "response_50"


def test_compute_names_every_bad_row_and_computes_nothing(tmp_path, capsys):
    scores = tmp_path / "scores.csv"
    scores.write_text("participant_id,scale,day,score\nA,madrs,0,61\nA,madrs,-1,x\n", encoding="utf-8")
    code, said = refused(capsys, "outcomes", "compute", str(scores), "--definition", "response_50")
    assert code == 3
    assert f"{scores} line 2" in said
    assert f"{scores} line 3" in said


def test_an_unknown_definition_has_its_own_exit_code(capsys):
    code, said = refused(capsys, "outcomes", "compute", "docs/examples/scores.csv", "--definition", "remission")
    assert (code, "madrs_le10" in said) == (5, True)


def test_list_names_those_that_wait_for_a_signature(capsys):
    found = {d["name"]: d for d in answer(capsys, "outcomes", "list")}
    assert found["relapse_sustain1"]["needs_signature"] is True
    assert found["madrs_le12"]["needs_signature"] is False


def test_exposure_keeps_the_drugs_apart(capsys):
    found = {e["drug"]: e for e in answer(capsys, "safety", "exposure", "docs/examples/doses.csv")}
    assert (found["esketamine"]["known_mg"], found["esketamine"]["sessions"]) == (224, 3)
    assert (found["ketamine"]["known_mg"], found["ketamine"]["at_least"]) == (82, True)


def test_exposure_names_the_line_of_a_fault(tmp_path, capsys):
    doses = tmp_path / "doses.csv"
    doses.write_text("drug,given_on,dose_mg\nketamine,2026-02-30,41\n", encoding="utf-8")
    code, said = refused(capsys, "safety", "exposure", str(doses))
    assert (code, "line 2: given_on is '2026-02-30', not a date" in said) == (3, True)


def test_due_tells_what_is_signed_and_what_is_not(capsys):
    found = {
        c["check"]: c for c in answer(capsys, "safety", "due", "docs/examples/due_checks.json", "--today", "2026-11-21")
    }
    assert (found["bladder"]["state"], found["bladder"]["overdue_d"]) == ("overdue", 12)
    assert found["liver"]["due_on"] == "2026-11-30"
    assert found["cognition"]["state"] == "inactive"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"drug": "ketamine"}', "route, course_started_on is missing"),
        ('{"drug": "ketamine", "route": "iv", "course_started_on": "x"}', "not a date"),
        ('{"drug": "ketamine", "route": "iv", "course_started_on": "2026-01-01", "done": [1]}', "each entry of done"),
        ('{"medicine": "ketamine"}', "medicine is not a field"),
    ],
)
def test_due_refuses_a_broken_file(tmp_path, capsys, text, sentence):
    course = tmp_path / "course.json"
    course.write_text(text, encoding="utf-8")
    code, said = refused(capsys, "safety", "due", str(course))
    assert (code, sentence in said) == (3, True)


def test_crisis_shows_the_text_and_says_which_rule_is_unsigned(capsys):
    found = answer(capsys, "safety", "crisis", "--phq9-item-9", "1", "--country", "US")
    assert found["show_crisis_text"] is True
    assert found["unsigned_rules"] == ["sui.phq9.q9"]
    assert "988" in found["patient_text"]


def test_crisis_without_any_answer_is_unknown(capsys):
    found = answer(capsys, "safety", "crisis", "--country", "US")
    assert (found["level"], found["not_assessed"]) == ("unknown", ["phq-9 item 9", "c-ssrs-screener"])


def test_crisis_triages_answers(capsys):
    found = answer(capsys, "safety", "crisis", "--cssrs-yes", "q2", "q4", "--cssrs-no", "q1", "--country", "US")
    assert (found["level"], found["how_soon"]) == ("high", "now")


def test_crisis_refuses_a_question_that_is_both_yes_and_no(capsys):
    code, said = refused(capsys, "safety", "crisis", "--cssrs-yes", "q1", "--cssrs-no", "q1", "--country", "US")
    assert (code, "both" in said) == (2, True)


def test_lines_warn_where_nobody_checked(capsys):
    found = answer(capsys, "safety", "lines")
    assert len(found) == 11
    assert all(lines["warnings"] for lines in found)
