"""Reading an evaluation: every fault is one sentence that names the field; the command line answers with exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.cli import main
from holdfast.eligibility.reading import read_request, template
from holdfast.errors import InputError, UnknownNameError

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def example(name: str = "trd_us") -> dict:
    return json.loads((EXAMPLES / f"eligibility_{name}.json").read_text(encoding="utf-8"))


def changed(part: str | None, field: str, value: object) -> dict:
    """The example with one field changed; part None is the file itself, `trials` its second trial."""
    content = example()
    target = content if part is None else content["trials"][1] if part == "trials" else content[part]
    target[field] = value
    return content


@pytest.mark.parametrize(
    ("part", "field", "value", "says"),
    [
        (None, "drug", "ketamin", "drug is 'ketamin'; write one of esketamine, ketamine"),
        (None, "drug", "any", "drug is 'any'"),
        (None, "route", None, "route is None; write one of nasal"),
        (None, "indication", "any", "indication is 'any'"),
        (None, "jurisdiction", None, "jurisdiction None is not known"),
        (None, "jurisdiction", "FR", "jurisdiction 'FR' is not known"),
        (None, "signed", "elig.osa", "signed is 'elig.osa'; give a list"),
        (None, "signed", ["elig.ci.aneurism"], "'elig.ci.aneurism'. Did you mean 'elig.ci.aneurysm'? Known: elig"),
        (None, "signed", ["zzz"], "No care rule is called 'zzz'. Known: cum"),
        (None, "choices", {"sud": "x"}, "setting 'sud' cannot be 'x'"),
        (None, "choices", [], None),
        (None, "assessed_on", "yesterday", "assessed_on is 'yesterday', not a date"),
        (None, "evaluations", {}, "file.evaluations is not a field; did you mean 'evaluation'?"),
        (None, "evaluation", [1], "evaluation must be an object"),
        (None, "trials", {}, "trials must be a list"),
        (None, "trials", ["sertraline"], r"trials\[1\] must be an object"),
        ("evaluation", "age", 4, "evaluation.age is not a field; did you mean"),
        ("evaluation", "age_y", "46", "evaluation.age_y is '46', not a number"),
        ("evaluation", "age_y", float("nan"), "evaluation.age_y is nan, not a number"),
        ("evaluation", "age_y", True, "evaluation.age_y is True, not a number"),
        ("evaluation", "psychosis", "no", "evaluation.psychosis is 'no'; write true, false or null"),
        ("evaluation", "psychosis", 0, "evaluation.psychosis is 0; write true, false or null"),
        ("evaluation", "diagnosis", "MDD", "evaluation.diagnosis is 'MDD'; write one of mdd, bipolar, other"),
        ("evaluation", "concomitant", "opioid", "evaluation.concomitant is 'opioid'; write a list"),
        ("evaluation", "concomitant", ["opiate"], "evaluation.concomitant is 'opiate'; write one of"),
        ("evaluation", "episode_months", 12.5, "evaluation.episode_months is 12.5, not a whole number"),
        ("evaluation", "cardiovascular_event_on", "2026-13-01", "evaluation.cardiovascular_event_on is '2026-13-01'"),
        ("trials", "drug_class", "SSRI", r"trials\[2\].drug_class is 'SSRI'; write one of ssri"),
        ("trials", "weeks", -1, r"trials\[2\].weeks is -1; it cannot be negative"),
        ("trials", "drug", "x" * 121, r"trials\[2\].drug is 'x+'; write a word or two"),
        ("trials", "drug", "a\x1bb", r"trials\[2\].drug is 'a.x1bb'; write a word or two"),
        ("trials", "drug", None, r"trials\[2\].drug is not given"),
        ("trials", "dose_adequat", True, r"trials\[2\].dose_adequat is not a field; did you mean 'dose_adequate'?"),
    ],
)
def test_a_fault_names_its_field(part, field, value, says):
    content = changed(part, field, value)
    if says is None:
        assert read_request(content).rules.choices["sud"] == "crtce_sud"
        return
    with pytest.raises((InputError, UnknownNameError), match=says.replace("?", r"\?")) as caught:
        read_request(content)
    assert "\n" not in str(caught.value)


def test_the_template_is_read_once_the_programme_is_filled_in(tmp_path, capsys):
    assert main(["eligibility", "template"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == template()
    unfilled = tmp_path / "unfilled.json"
    unfilled.write_text(json.dumps(printed), encoding="utf-8")
    assert main(["eligibility", "assess", str(unfilled)]) == 3
    assert "drug is None" in capsys.readouterr().err
    printed |= {"drug": "esketamine", "route": "nasal", "indication": "trd", "jurisdiction": "EU", "trials": None}
    request = read_request(printed)
    assert request.evaluation.trials is None
    assert set(printed["evaluation"]) == {
        name.removeprefix("evaluation.") for name in printed["about"] if name.startswith("evaluation.")
    }


@pytest.mark.parametrize(
    ("name", "allowed", "hard", "overridable", "to_record"),
    [
        ("trd_us", True, [], [], []),
        ("hard_stop", False, ["elig.ci.aneurysm"], [], []),
        ("overridable", False, [], ["elig.indication.us", "elig.rc.sud"], []),
        (
            "missing",
            False,
            ["elig.ci.aneurysm"],
            ["elig.indication.us", "elig.rc.psychosis", "elig.rc.pregnancy", "elig.rc.liver.sev"],
            [],
        ),
        ("eu_over_65", False, ["elig.ci.cv6wk"], [], []),
        ("iv_bc", False, [], ["elig.rc.htn"], ["elig.osa", "elig.osa"]),
    ],
)
def test_examples_answer_as_their_words_say(name, allowed, hard, overridable, to_record, capsys):
    assert main(["eligibility", "assess", str(EXAMPLES / f"eligibility_{name}.json"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    decision = answer["decision"]
    assert decision["allowed"] is allowed
    assert [reason["rule"] for reason in decision["hard_stops"]] == hard
    assert [reason["rule"] for reason in decision["stops_a_physician_may_override"]] == overridable
    assert [reason["rule"] for reason in decision["to_record"]] == to_record
    assert [staged["rule"] for staged in answer["staging"]] == ["stage.msm", "stage.tr", "stage.mghs"]
    assert all(staged["inputs"] for staged in answer["staging"])
    assert len(answer["facts_digest"]) == 16
    assert answer["label"]["standing"] == ("off-label" if name == "iv_bc" else "approved")


def test_the_text_answer_says_the_same(capsys):
    assert main(["eligibility", "assess", str(EXAMPLES / "eligibility_hard_stop.json")]) == 0
    printed = capsys.readouterr().out
    assert "Aneurysmal vascular disease is present. [elig.ci.aneurysm]" in printed
    assert "Maudsley Staging" in printed


def test_the_headline_does_not_hide_what_unsigned_rules_found(tmp_path, capsys):
    content = example("iv_bc")
    content["evaluation"] |= {"poorly_controlled_hypertension": False, "aneurysmal_vascular_disease": True}
    path = tmp_path / "input.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["eligibility", "assess", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "Nothing stands against it" not in printed
    assert "Not enforced until a physician signs the rule\n  - Aneurysmal vascular disease" in printed


def test_stage_reads_the_same_file(capsys):
    assert main(["eligibility", "stage", str(EXAMPLES / "eligibility_trd_us.json"), "--json"]) == 0
    staging = json.loads(capsys.readouterr().out)["staging"]
    assert [staged["value"] for staged in staging] == [7, "II", 3.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1 column 2: not JSON"),
        ("[]", "must hold one JSON object"),
        ('{"drug": "esketamine"}', "route is None"),
    ],
)
def test_bad_files_exit_with_3_and_one_sentence(text, says, tmp_path, capsys):
    path = tmp_path / "input.json"
    path.write_text(text, encoding="utf-8")
    assert main(["eligibility", "assess", str(path)]) == 3
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
