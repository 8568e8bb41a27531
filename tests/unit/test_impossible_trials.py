"""Trial files that nobody could carry out: refused by line before anybody is simulated, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.cli import main
from tests.unit.test_virtual_trials import CROSSOVER, written

pytestmark = pytest.mark.story("HF-EVD-010")
GIVEN, HEAD, RATED = "infusion_min = 40", 'missing = "observed"', '[[rating]]\nkey = "day 3"'
POLICY = """infusion_min = 40
policy = "taper"
policy_from_d = {start}
policy_intervals_d = {days}
policy_definition = "madrs_le12"
policy_hold = {hold}"""


def policy(days: str = "[7, 14]", start: int = 3, hold: int = 2) -> list[tuple[str, str]]:
    return [(GIVEN, POLICY.format(days=days, start=start, hold=hold))]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([("doses = [0.5]", "doses = [1.0, 0.5]")], "column doses: must rise"),
        ([("doses = [0.5]", "doses = [0.5, 0.5]")], "column doses: must rise"),
        ([("doses = [0.5]", "doses = [1e9]")], "column doses: must lie between 0.01 and 1 mg/kg; check the number"),
        ([("doses = [0.5]", "doses = [0.5, 1.1]")], "column doses: must lie between 0.01 and 1 mg/kg"),
        ([("doses = [0.5]", "doses = [1e9]"), ('"mg/kg"', '"mg"')], "must lie between 0.1 and 1000 mg"),
        ([("doses = [0.5]", "doses = [7.5]"), ('route = "iv"', 'route = "nasal"')], "between 0.01 and 7 mg/kg"),
        ([(GIVEN, "infusion_min = -5")], "between 0, a bolus, and 1440 minutes"),
        ([(GIVEN, "infusion_min = 1e9")], "between 0, a bolus, and 1440 minutes"),
        ([(GIVEN, f"{GIVEN}\nreaches_percent = 500")], "is more than 100"),
        ([(GIVEN, f"{GIVEN}\nthen_every_d = 0.0001\nuntil_d = 3640")], "makes more than 600 treatment sessions"),
        ([(GIVEN, f"{GIVEN}\nthen_every_d = 7\nuntil_d = 1")], "is day 1, before day 3 from which it goes on"),
        (policy("[]"), "column policy_intervals_d: must hold whole days"),
        (policy("[0]"), "column policy_intervals_d: must hold whole days"),
        (policy("[-7, 14]"), "column policy_intervals_d: must hold whole days"),
        (policy("[3.5, 7.5]"), "column policy_intervals_d: must hold whole days"),
        (policy("[14, 7]"), "column policy_intervals_d: must hold whole days"),
        (policy(start=-5), "column policy_from_d: lies before the first dose"),
        (policy(hold=0), "column policy_hold: must be at least 1"),
        ([(HEAD, f"{HEAD}\nbaseline_sd = 1e300")], "column baseline_sd: must be above 0 and at most 30 points"),
        ([(HEAD, f"{HEAD}\nbaseline_mean = 20\nbaseline_min = 59")], "column baseline_min: is 59; nobody is below it"),
        ([(RATED, f'[[rating_series]]\nkey = "day 3"\nfrom_d = 1\nevery_d = 1\nto_d = 2\n\n{RATED}')],
         "'day 3' is already the key of a rating"),
        ([*CROSSOVER, ("[0, 7]", "[0, 100000]")], "column period_starts_d: go beyond day 3640"),
        ([*CROSSOVER, ('["ketamine", "placebo"]', '["ketamine", "ketamine"]'),
          ('["placebo", "ketamine"]', '["ketamine", "ketamine"]')], "'placebo' stands in no sequence"),
    ],
)  # fmt: skip
def test_a_trial_that_cannot_be_carried_out_is_refused_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: list[tuple[str, str]], says: str
) -> None:
    file = written(tmp_path, *changes)
    assert main(["trial", "show", str(file)]) == 3
    told = capsys.readouterr()
    assert says in told.err
    assert f"{file.name} line " in told.err
    assert told.out == ""


@pytest.mark.parametrize("sign", ["\\u001b[2J", "\\u0000", "\\u009b2J", "\\b"])
def test_a_title_that_steers_the_terminal_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sign: str
) -> None:
    assert main(["trial", "show", str(written(tmp_path, ('title = "A', f'title = "{sign}A')))]) == 3
    told = capsys.readouterr()
    assert "column title: holds a sign that steers a terminal" in told.err
    assert told.out == ""


def test_a_policy_that_can_be_followed_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "show", str(written(tmp_path, *policy()))]) == 0
    assert "taper from day 3" in capsys.readouterr().out
