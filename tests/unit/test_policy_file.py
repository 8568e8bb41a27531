"""A policy file: its policies, their names, and every fault with its line and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast.cli import main
from holdfast.errors import InputError, UnknownNameError
from holdfast.policies.induction import treatment
from holdfast.policies.policies import UNCHANGED
from holdfast.policies.programme import programme, programme_names

pytestmark = pytest.mark.story("HF-POL-001")
HEADER = {
    "id": '"mine"', "title": '"Mine"', "protocol": '"iv-racemic"', "indication": '"trd"', "population": '"trd-adults"',
    "posterior": '"holdfast-2"', "without_response": '"stop"', "attendance": '"perfect"', "new_antidepressant": "false",
    "weeks": "12", "worlds": "4", "well": '"response"', "response": '"response_50"', "remission": '"madrs_le10"',
    "relapse": '"relapse_sustain1"',
}  # fmt: skip
FIXED = '[[rule]]\nkey = "fixed"\nkind = "fixed"\nevery_weeks = [1, 2]\n'


def file_of(tmp_path: Path, rules: str = FIXED, **changed: str) -> str:
    lines = [f"{name} = {value}" for name, value in (HEADER | changed).items() if value]
    path = tmp_path / "mine.toml"
    path.write_text("[programme]\n" + "\n".join(lines) + "\n\n" + rules, encoding="utf-8")
    return str(path)


def test_the_default_programme_has_200_policies_of_every_kind() -> None:
    of = programme()
    kinds = {one.kind for one in of.policies}
    assert len(of.policies) == 200
    assert kinds == {"stop", "fixed", "taper", "response-triggered", "booster", "forecast-triggered"}
    assert len({one.name for one in of.policies}) == 200


@pytest.mark.parametrize("name", programme_names())
def test_stop_and_the_unchanged_protocol_are_always_first(name: str) -> None:
    of = programme(name)
    assert [one.name for one in of.policies[:2]] == ["stop", UNCHANGED]
    assert of.policies[1].intervals[0] * 7 == of.phase.usual_interval_d
    assert of.hours > 1.5


def test_a_grid_is_written_out_with_names_and_words(tmp_path: Path) -> None:
    rules = '[[rule]]\nkey = "ask"\nkind = "booster"\nabove_percent = [40, 60]\ndose = [0.25, 0.5]\ngap_weeks = 2\n'
    of = programme(file_of(tmp_path, rules))
    assert [one.name for one in of.policies[2:]] == [
        "ask-above40-0.25mgkg", "ask-above40-0.5mgkg", "ask-above60-0.25mgkg", "ask-above60-0.5mgkg",
    ]  # fmt: skip
    assert of.policies[2].words == (
        "on a rating above 40 % of baseline, asked every week; 2 weeks apart at least, 0.25 mg/kg"
    )


def test_the_induction_is_the_protocols_and_takes_the_dose_asked_for_where_it_may(tmp_path: Path) -> None:
    rule = FIXED.replace("[1, 2]", "[2, 4]")
    asked = file_of(tmp_path, rule, protocol='"esketamine-nasal"', induction_dose="84")
    given = treatment(programme(asked))
    assert given.days == (0, 3, 7, 10, 14, 17, 21, 24, 28, 35, 42, 49)
    assert [given.amounts[kind].amount for kind in given.of_days] == [56.0, *[84.0] * 11], "56 mg on the first day"
    assert given.begins == 56
    usual = treatment(programme(file_of(tmp_path, rule, protocol='"esketamine-nasal"')))
    assert {usual.amounts[kind].amount for kind in usual.of_days} == {56.0}


RULE_FAULTS = (
    ('kind = "fixed"', "column every_weeks: is empty; a rule of the kind fixed needs it"),
    ('kind = "fixed"\nevery_weeks = [1, 1]', "every_weeks: holds a value twice"),
    ('kind = "fixed"\nevery_weeks = 1.5', "every_weeks: must hold whole numbers from 1 up"),
    ('kind = "fixed"\nevery_weeks = 60', "every_weeks: is more than 26 weeks"),
    (
        'kind = "fixed"\nevery_weeks = 2\nchance_percent = 20',
        "chance_percent: says nothing to a rule of the kind fixed",
    ),
    ('kind = "fixed"\nevery_weeks = 2\ndose = 3', "dose: 3 mg/kg lies outside 0.25 to 0.75"),
    ('kind = "fixed"\nevery_weeks = 4', "odd is the same policy as unchanged"),
    ('kind = "sometimes"', "'sometimes' is not one of fixed"),
    ('kind = "taper"\nintervals_weeks = [4, 2]\nhold_sessions = 2', "intervals_weeks: must hold two intervals or more"),
    ('kind = "booster"\nabove_percent = 120', "above_percent: must lie between 0 and 100"),
    ('kind = "booster"\nabove_percent = 50\nmost_sessions = 3', "most_sessions: and in_weeks need each other"),
    ('kind = "forecast-triggered"\nchance_percent = 50\nwhatever = 1', "whatever: is not a column of rule"),
)


@pytest.mark.parametrize(("rule", "said"), RULE_FAULTS)
def test_a_fault_of_a_rule_is_told_by_its_line(tmp_path: Path, rule: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as refused:
        programme(file_of(tmp_path, f'[[rule]]\nkey = "odd"\n{rule}\n'))
    assert str(refused.value).startswith("mine.toml")
    assert len(str(refused.value).splitlines()) == 1


HEADER_FAULTS = (
    ({"protocol": '"iv-racemix"'}, "Did you mean 'iv-racemic'?"),
    ({"population": '"nobody"'}, "No population is called 'nobody'"),
    ({"posterior": '"holdfast-1"'}, "No posterior of a model is called 'holdfast-1'"),
    ({"indication": '"mdd"', "protocol": '"esketamine-nasal"'}, "has no plan for 'mdd'"),
    ({"relapse": '"response_50"'}, "response_50 defines response, not relapse"),
    ({"remission": '"phq9_lt5"'}, "phq9_lt5 is defined on phq-9"),
    ({"weeks": "1"}, "weeks: must lie between 4 and 260"),
    ({"worlds": "1"}, "worlds: must lie between 2 and 300"),
    ({"well": '"happy"'}, "'happy' is not one of"),
    ({"weeks": ""}, "weeks: is empty"),
)


@pytest.mark.parametrize(("changed", "said"), HEADER_FAULTS)
def test_a_fault_of_the_programme_is_told_by_its_line(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as refused:
        programme(file_of(tmp_path, **changed))
    assert re.match(r"mine\.toml line \d+ column \w+: ", str(refused.value))


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        programme(file_of(tmp_path, FIXED.replace("[1, 2]", "[0]") + FIXED.replace('"fixed"', '"x"'), weeks='"many"'))
    assert len(str(refused.value).splitlines()) >= 3


def test_names_that_are_not_there_are_told() -> None:
    with pytest.raises(UnknownNameError, match="iv-racemic"):
        programme("iv-racemik")
    with pytest.raises(InputError, match="is not there"):
        programme("nowhere.toml")


def test_a_folder_is_no_policy_file(tmp_path: Path) -> None:
    folder = tmp_path / "mine.toml"
    folder.mkdir()
    with pytest.raises(InputError, match="is no file; give a policy file"):
        programme(str(folder))


OPTION_FAULTS = (
    ("--patients 3", "3 patients cannot be compared; give 20 to 200000"),
    ("--processes 0", "0 processes do nothing"),
    ("--years 0", "0 years cannot be compared; give --years 1 to 5"),
    ("--years 6", "6 years cannot be compared; give --years 1 to 5"),
    ("--plot here.pdf", "here.pdf does not end in .svg or .png"),
    ("--output here.txt", "here.txt does not end in .csv"),
    ("--output no/such/here.csv", "No such file or directory"),
)


@pytest.mark.parametrize(("options", "said"), OPTION_FAULTS)
def test_a_faulty_option_is_one_sentence_and_writes_nothing(
    options: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["policy", "compare", "iv-racemic", *options.split()]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
