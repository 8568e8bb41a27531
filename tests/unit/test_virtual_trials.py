"""`holdfast trial`: files of trials, designs that cannot be, and what a simulated trial would report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.evidence.tables import outcomes
from holdfast.evidence.virtual_trials.compared import compare
from holdfast.evidence.virtual_trials.lives import Setting, lived
from holdfast.evidence.virtual_trials.power import power
from holdfast.evidence.virtual_trials.reading import trial, trials
from holdfast.evidence.virtual_trials.replicates import Reported, Simulated, simulate_trial
from holdfast.model.named_models import CALIBRATED_MODEL, DEFAULT_MODEL, named_model

PLANNED = """\
[trial]
id = "planned"
title = "A planned trial"
design = "parallel"
blinding = "double-blind"
population = "trd-adults"
scale = "madrs"
rated_by = "clinician"
new_antidepressant = false
missing = "observed"
status = "assumed"

[[arm]]
key = "ketamine"
label = "ketamine 0.5 mg/kg"
drug = "ketamine"
route = "iv"
doses = [0.5]
dose_unit = "mg/kg"
infusion_min = 40
dose_days = [0, 3]
n = 20

[[arm]]
key = "placebo"
label = "saline"
drug = "placebo"
dose_days = [0, 3]
n = 20

[[rating]]
key = "day 3"
at_d = 3

[[rating]]
key = "day 7"
at_d = 7

[[outcome]]
key = "response day 7"
kind = "response"
ratings = ["day 7"]
definition = "response_50"

[[outcome]]
key = "difference day 7"
kind = "mean_difference"
ratings = ["day 7"]
against = "placebo"
"""


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    text = PLANNED
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "planned.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run_trial(name: str | Path, **how: Any) -> Simulated:
    return simulate_trial(trial(str(name)), **{"replicates": 200, "seed": 1, "model": DEFAULT_MODEL, **how})


def of(simulated: Simulated, outcome: str, group: str) -> Reported:
    return next(r for r in simulated.reported if r.asked.key == outcome and r.group.endswith(group))


CROSSOVER = (
    ('design = "parallel"', 'design = "crossover"\nperiod_starts_d = [0, 7]'),
    ("n = 20\n", ""),
    ("[[rating]]\nkey = \"day 3\"", '[[sequence]]\nkey = "AB"\narms = ["ketamine", "placebo"]\nn = 10\n\n'
     '[[sequence]]\nkey = "BA"\narms = ["placebo", "ketamine"]\nn = 10\n\n[[rating]]\nkey = "day 3"'),
)  # fmt: skip


@pytest.mark.story("HF-EVD-010")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([("at_d = 3\n", "at_h = -24\n")], "line 33 column at_h: 'day 3' is rated before the first dose, so no change"),
        ([("at_d = 3\n", "at_d = 3\nat_h = 72\n")], "either as at_h or as at_d"),
        ([("n = 20\n\n[[arm]]", "n = 0\n\n[[arm]]")], "line 22 column n: 0 people are none; give at least 1"),
        ([("n = 20\n\n[[rating]]", "\n[[rating]]")], "0 people are none"),
        ([("dose_days = [0, 3]\nn = 20\n\n[[arm]]", 'dose_days = [0, 3]\ndose_rule = "as-needed"\nn = 20\n\n[[arm]]')],
         "'as-needed' is not one of fixed, raise-without-response, stop-after-response"),
        ([('scale = "madrs"', 'scale = "beck"')], "scale 'beck' has no link to MADRS; known: madrs,"),
        ([('"response_50"', '"response_60"')], "No outcome definition is called 'response_60'"),
        ([('"response_50"', '"madrs_le10"')], "madrs_le10 defines remission, not response"),
        ([('scale = "madrs"', 'scale = "qids-sr16"'), ('kind = "response"', 'kind = "remission"'),
          ('"response_50"', '"madrs_le10"')], "madrs_le10 is defined on madrs, and the trial is rated on qids-sr16"),
        ([('definition = "response_50"\n', "")], "response is judged by a named definition"),
        ([('against = "placebo"', 'against = "sugar"')], "'sugar' is no arm; there are ketamine, placebo"),
        ([('against = "placebo"\n', "")], "give it for a contrast, and only there"),
        ([('against = "placebo"', 'against = "placebo"\narms = ["placebo"]')], "'placebo' is compared with itself"),
        ([('ratings = ["day 7"]\nagainst', 'ratings = ["day 8"]\nagainst')], "'day 8' is no rating"),
        ([('ratings = ["day 7"]\nagainst', 'ratings = ["day 3", "day 7"]\nagainst')], "is read at one rating"),
        ([("dose_days = [0, 3]\nn = 20\n\n[[rating]]", "dose_days = [1, 3]\nn = 20\n\n[[rating]]")],
         "must start with 0"),
        ([('drug = "placebo"', 'drug = "sugar"')], "'sugar' is not one of ketamine, esketamine"),
        ([("doses = [0.5]\n", "")], "an arm on ketamine needs it"),
        ([("doses = [0.5]", "doses = [-0.5]")], "must be above 0"),
        ([('"trd-adults"', '"martians"')], "'martians' is not in populations.csv"),
        ([('design = "parallel"', 'design = "cluster"')], "'cluster' is not one of parallel, crossover"),
        ([("[[rating]]", "[[score]]")], "score: is not a section"),
        ([('key = "placebo"', 'key = "ketamine"'), ('against = "placebo"', 'against = "ketamine"')],
         "'ketamine' is already the key of another arm"),
        ([*CROSSOVER, ("period_starts_d = [0, 7]", "period_starts_d = [0, 5]")],
         "the period of day 0 lasts 7 days and the next begins on day 5; periods must not overlap"),
        ([*CROSSOVER, ("period_starts_d = [0, 7]", "period_starts_d = [7]")], "the first day of each period"),
        ([CROSSOVER[0]], "a crossover, and only a crossover, has [[sequence]] sections"),
        ([('kind = "response"', 'kind = "response"\npublished = ["T0001"]')], "T0001 is of berman2000"),
        ([('title = "A planned trial"', 'title = "A planned trial"\nstudy = "nobody2020"')], "'nobody2020' is not in"),
        ([("n = 20\n\n[[arm]]", "n = 1000000\n\n[[arm]]")], "1,000,020 people are too many to simulate"),
        ([("dose_days = [0, 3]\nn = 20\n\n[[arm]]", "dose_days = []\nn = 20\n\n[[arm]]")], "must start with 0"),
        ([("doses = [0.5]", "doses = []")], "an arm on ketamine needs it"),
        ([("at_d = 3\n", "at_d = 1e7\n")], "courses end there"),
        ([('scale = "madrs"', 'baseline_mean = -5\nscale = "madrs"')], "must be above 0 and at most 60 points"),
        ([('ratings = ["day 7"]\nagainst', "ratings = []\nagainst")], "is read at one rating"),
        ([('design = "parallel"', 'design = "parallel"\nleave_percent = 100')], "at least 0 and below 100"),
    ],
)  # fmt: skip
def test_a_design_that_cannot_be_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: list[tuple[str, str]], says: str
) -> None:
    path = written(tmp_path, *changes)
    assert main(["trial", "simulate", str(path), "--replicates", "5"]) == 3
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""


@pytest.mark.story("HF-EVD-010")
def test_every_fault_is_told_at_once_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, ("at_d = 3\n", "at_d = 0\n"), ("n = 20\n", "n = 0\n"), ('"response_50"', '"response_60"'))
    with pytest.raises(InputError) as told:
        trial(str(path))
    lines = str(told.value).splitlines()
    assert len(lines) == 4
    assert all(line.startswith("planned.toml line ") for line in lines)


@pytest.mark.story("HF-EVD-010")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("simulate nobody-2020", 5, "No trial is called 'nobody-2020'"),
        ("simulate nothing.toml", 3, "nothing.toml is not there"),
        ("simulate zarate-2006 --replicates 0", 3, "0 replicates are none"),
        ("simulate zarate-2006 --hypothesis luck", 5, "No hypothesis on mood is called 'luck'"),
        ("simulate zarate-2006 --plot z.gif", 3, "does not end in .svg or .png"),
        ("simulate luckenbaugh-2014 --unblinding most", 3, "is neither none, nor felt, nor a percent of people"),
        ("simulate luckenbaugh-2014 --unblinding 130", 3, "a percent of people is between 0 and 100"),
        ("simulate diamond-2014 --unblinding felt", 3, "only a double-blind trial can be unblinded"),
        ("power murrough-2013-repeated --n 20", 3, "reports no contrast, so it has no power"),
        ("power zarate-2006 --n 0", 3, "0 people in each group: give at least 2"),
        ("power zarate-2006 --n 1000000", 3, "at most 20,000 in all"),
    ],
)
def test_what_cannot_be_run_is_refused(capsys: pytest.CaptureFixture[str], words: str, code: int, says: str) -> None:
    assert main(["trial", *words.split()]) == code
    assert says in capsys.readouterr().err


@pytest.mark.story("HF-EVD-008")
def test_every_shipped_trial_is_sound_and_tells_of_every_row_of_its_study() -> None:
    found = trials()
    assert len(found) >= 19
    assert {"zarate2006", "diazgranados2010", "murrough2013b", "diamond2014"} <= {one.study for one in found}
    assert all(one.assumptions for one in found)
    for one in found:
        assert one.study is not None
        told = {*one.not_compared, *(row for asked in one.asked for row in asked.published)}
        assert told == {row.id for row in outcomes(study=one.study)}, one.id


@pytest.mark.story("HF-EVD-008")
def test_the_answer_says_what_was_published_what_was_missed_and_that_nothing_is_calibrated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plot = tmp_path / "zarate.svg"
    words = ["trial", "simulate", "zarate-2006", "--replicates", "100", "--model", "holdfast-1", "--plot", str(plot)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "The mood model is uncalibrated" in said
    assert "MISS" in said
    assert "T0003 baseline: the baseline is given to the trial" in said
    assert "HDRS-21 is read as HAM-D17" in said
    assert plot.stat().st_size > 10_000
    assert main([*words[:-2], "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {one["row"]["id"] for one in answer["compared"]} == {f"T{n:04d}" for n in range(5, 11)}
    assert answer["held"]["compared"] == 6
    assert [one["randomised"] for one in answer["flow"]] == [9, 9]


@pytest.mark.story("HF-EVD-008")
def test_a_trial_is_simulated_by_the_calibrated_model_and_its_intervals_hold_how_unsure_that_is(capsys) -> None:
    words = ["trial", "simulate", "fava-2018", "--replicates", "300", "--json"]
    answers = []
    for model in ([], ["--model", "holdfast-1"]):
        assert main([*words, *model]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    calibrated, uncalibrated = answers
    assert calibrated["model"] == calibrated["posterior"]["name"] == CALIBRATED_MODEL
    assert uncalibrated["posterior"] is None
    widths = [one["reported"][0]["p97.5"] - one["reported"][0]["p2.5"] for one in answers]
    assert widths[0] > 1.2 * widths[1]


@pytest.mark.story("HF-EVD-008")
def test_only_what_means_the_same_is_compared() -> None:
    compared, left = compare(run_trial("daly-2018-period-1", replicates=20))
    assert {c.row.estimand for c in compared if c.reported.against is None} == {"arm"}
    assert {c.row.estimand for c in compared if c.reported.against is not None} == {"contrast"}
    assert all(c.row.arm.id == c.reported.group for c in compared)
    assert {row.row.id for row in left} >= {"T0086", "T0130"}
    early = trial("murrough-2013-repeated")
    late = {**early.ratings, "4 h": 6.0}
    moved, left = compare(run_changed(early, ratings=late))
    assert {row.row.id: row.why for row in left}["T0034"] == "published at 4 h, rated here at 6 h"
    assert "T0031" in {c.row.id for c in moved}


def run_changed(one: Any, **changed: Any) -> Simulated:
    from dataclasses import replace

    return simulate_trial(replace(one, **changed), replicates=20, seed=1, model=DEFAULT_MODEL)


@pytest.mark.story("HF-EVD-008")
def test_a_dose_beyond_what_the_model_was_fitted_to_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nasal = (("[0.5]", "[112]"), ('"mg/kg"', '"mg"'), ('drug = "ketamine"', 'drug = "esketamine"'),
             ('route = "iv"', 'route = "nasal"'), ("infusion_min = 40\n", ""))  # fmt: skip
    warned = run_trial(written(tmp_path, *nasal), replicates=20, model=CALIBRATED_MODEL).about["warnings"]
    assert warned
    assert main(["trial", "simulate", str(tmp_path / "planned.toml"), "--replicates", "20"]) == 0
    assert warned[0] in capsys.readouterr().out
    assert not run_trial(written(tmp_path), replicates=20).about["warnings"]


@pytest.mark.story("HF-EVD-008")
def test_the_same_seed_gives_the_same_trial_and_another_seed_another() -> None:
    first, second, third = (run_trial("zarate-2006", seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a.values, b.values) for a, b in zip(first.reported, second.reported, strict=True))
    assert not np.array_equal(first.reported[0].values, third.reported[0].values)


@pytest.mark.story("HF-EVD-008")
def test_a_larger_trial_reports_a_narrower_interval(tmp_path: Path) -> None:
    small = of(run_trial(written(tmp_path)), "difference day 7", "ketamine").percentiles
    large = of(run_trial(written(tmp_path, ("n = 20", "n = 180"))), "difference day 7", "ketamine").percentiles
    ratio = (small["p97.5"] - small["p2.5"]) / (large["p97.5"] - large["p2.5"])  # type: ignore[operator]
    assert 2.2 < ratio < 4.0, "nine times the people: three times narrower"


@pytest.mark.story("HF-EVD-008")
def test_who_leaves_is_counted_and_missing_ratings_are_handled_as_the_file_says(tmp_path: Path) -> None:
    leaving = ('design = "parallel"', 'design = "parallel"\nleave_percent = 50')
    observed = run_trial(written(tmp_path, leaving))
    failed = run_trial(written(tmp_path, leaving, ('"observed"', '"failure"')))
    carried = run_trial(written(tmp_path, leaving, ('"observed"', '"carried forward"')))
    whole = run_trial(written(tmp_path))
    left = observed.flow[0]["left"]
    assert 8 <= left["p50"] <= 12  # type: ignore[index]
    every = {"whole": whole, "observed": observed, "failed": failed, "carried": carried}
    rate = {name: of(one, "response day 7", "ketamine").values.mean() for name, one in every.items()}
    assert rate["observed"] == pytest.approx(rate["whole"], abs=3.0)
    assert rate["failed"] == pytest.approx(rate["whole"] / 2, abs=3.0)
    assert rate["failed"] < rate["carried"] < rate["whole"] + 3.0


@pytest.mark.story("HF-EVD-009")
def test_without_any_effect_the_interval_excludes_0_in_one_of_twenty(tmp_path: Path) -> None:
    nothing = (('drug = "ketamine"\nroute = "iv"\ndoses = [0.5]\ndose_unit = "mg/kg"\ninfusion_min = 40\n',
                'drug = "midazolam"\n'),)  # fmt: skip
    found, _ = power(trial(str(written(tmp_path, *nothing))), [20], replicates=4000, seed=2, model=DEFAULT_MODEL)
    assert 0.035 < found[0].share < 0.065
    crossed = written(tmp_path, *nothing, *CROSSOVER)
    found, _ = power(trial(str(crossed)), [10], replicates=4000, seed=2, model=DEFAULT_MODEL)
    assert found[0].n == 10
    assert 0.02 < found[0].share < 0.08


@pytest.mark.story("HF-EVD-009")
def test_power_rises_with_the_number_of_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trial", "power", str(written(tmp_path)), "--n", "4", "8", "30", "--replicates", "400", "--json"]
    assert main([*words, "--model", "holdfast-1"]) == 0  # whose power no uncertainty of the model takes away
    answer = json.loads(capsys.readouterr().out)
    shares = [row["share"] for row in answer["power"]]
    assert [row["n"] for row in answer["power"]] == [4, 8, 30]
    assert shares[0] < shares[1] < shares[2]
    assert shares[0] < 0.6 < 0.95 < shares[2]
    assert answer["power"][0]["error"] == pytest.approx((shares[0] * (1 - shares[0]) / 400) ** 0.5)


def setting(seed: int = 5) -> Setting:
    return Setting(named_model(DEFAULT_MODEL), "nmda-driven", seed)


def test_a_drug_of_the_first_period_is_still_felt_in_the_second(tmp_path: Path) -> None:
    pool = lived(trial(str(written(tmp_path, *CROSSOVER))), setting(), 800)
    after, before = pool["AB"].totals[:, 1, 0].mean(), pool["BA"].totals[:, 1, 0].mean()
    assert after < before - 4, "the baseline of the second period is lower after ketamine than after saline"
    assert np.array_equal(pool["AB"].totals[:, 0, 0], pool["BA"].totals[:, 0, 0]), "the same people begin"


def test_dose_rules_follow_ratings(tmp_path: Path) -> None:
    def doses(rule: str, steps: str) -> tuple[Any, Any]:
        changes = (("doses = [0.5]", f"doses = {steps}"), ("dose_days = [0, 3]\nn = 20\n\n[[arm]]",
                   f'dose_days = [0, 3]\ndose_rule = "{rule}"\nn = 20\n\n[[arm]]'))  # fmt: skip
        one = lived(trial(str(written(tmp_path, *changes))), setting(), 500)["ketamine"]
        fallen = 2 * one.totals[:, 0, 1] <= one.totals[:, 0, 0]  # on day 3, before the second dose
        return one.doses, fallen

    given, good = doses("raise-without-response", "[0.5, 1.0]")
    assert 0.05 < good.mean() < 0.6
    assert set(given[:, 0]) == {0.5}
    assert np.array_equal(given[:, 1], np.where(good, 0.5, 1.0))
    given, good = doses("stop-after-response", "[0.5]")
    assert np.array_equal(given[:, 1], np.where(good, 0.0, 0.5))


WITHDRAWAL = (
    ('design = "parallel"', 'design = "randomised withdrawal"'),
    ('key = "placebo"\nlabel = "saline"\ndrug = "placebo"\ndose_days = [0, 3]',
     'key = "placebo"\nlabel = "withdrawn"\ndrug = "ketamine"\nroute = "iv"\ndoses = [0.5]\ndose_unit = "mg/kg"\n'
     "infusion_min = 40\ndose_days = [0, 3]\nplacebo_days = [7, 10, 14]"),
    ("dose_days = [0, 3]\nn = 20\n\n[[arm]]", "dose_days = [0, 3, 7, 10, 14]\nn = 20\n\n[[arm]]"),
    ('key = "day 7"\nat_d = 7\n',
     'key = "day 7"\nat_d = 7\n\n[[rating]]\nkey = "day 21"\nat_d = 21\n\n[selection]\nratings = ["day 7"]\n'
     'definition = "response_50"\n'),
    ('ratings = ["day 7"]\nagainst', 'ratings = ["day 21"]\nagainst'),
)  # fmt: skip


def test_a_randomised_withdrawal_randomises_those_who_responded(tmp_path: Path) -> None:
    found = run_trial(written(tmp_path, *WITHDRAWAL))
    assert set(of(found, "response day 7", "ketamine").values) == {100.0}, "who does not respond is not randomised"
    flow = found.flow[0]
    assert flow["entered_to_randomise"] > 2 * flow["randomised"]  # type: ignore[operator]
    kept = of(found, "difference day 7", "ketamine")  # its rating is moved to day 21
    assert kept.values.mean() < -2, "who goes on is better off than who was withdrawn"


def test_a_withdrawal_whose_arms_differ_before_it_is_refused(tmp_path: Path) -> None:
    differing = (*WITHDRAWAL, ("dose_days = [0, 3, 7, 10, 14]", "dose_days = [0, 2, 7, 10, 14]"))
    with pytest.raises(InputError, match="arms differ before the selection"):
        trial(str(written(tmp_path, *differing)))
    with pytest.raises(InputError, match="a randomised withdrawal has a"):
        trial(str(written(tmp_path, WITHDRAWAL[0])))
