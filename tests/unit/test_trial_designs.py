"""Designs beyond two groups: withdrawal until relapse, comparators, policies, unblinding, hospital, treatment anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.evidence.tables import outcome
from holdfast.evidence.virtual_trials.compared import compare
from holdfast.evidence.virtual_trials.design import Interval, Trial
from holdfast.evidence.virtual_trials.expecting import unblinded
from holdfast.evidence.virtual_trials.giving import Giving
from holdfast.evidence.virtual_trials.lives import Setting, lived
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.evidence.virtual_trials.replicates import Reported, Simulated, simulate_trial
from holdfast.facts.trial_documents import INTERVAL_POLICIES
from holdfast.model.named_models import DEFAULT_MODEL, named_model
from holdfast.protocols.intervals import POLICIES
from tests.unit.test_virtual_trials import WITHDRAWAL, written

pytestmark = pytest.mark.story("HF-EVD-008")


def run(one: Trial, replicates: int = 100) -> Simulated:
    return simulate_trial(one, replicates=replicates, seed=1, model=DEFAULT_MODEL)


def of(simulated: Simulated, outcome_key: str, group: str = "") -> Reported:
    return next(r for r in simulated.reported if r.asked.key == outcome_key and group in r.group)


def setting() -> Setting:
    return Setting(named_model(DEFAULT_MODEL), "nmda-driven", 5)


def median(one: Reported) -> float:
    middle = one.percentiles["p50"]
    assert middle is not None
    return middle


@pytest.mark.slow
def test_stable_remitters_relapse_after_withdrawal_and_hardly_on_the_drug() -> None:
    one = trial("sustain-1")
    assert one.selection is not None
    assert (len(one.selection.ratings), one.selection.least) == (4, 3)
    assert one.begins_h == 112 * 24
    found = run(one)
    on, off = of(found, "relapse", "continue").values.mean(), of(found, "relapse", "switch").values.mean()
    assert off > 25
    assert on < off / 2
    assert median(of(found, "hazard ratio of relapse")) < 0.5
    assert 90 < median(of(found, "median days to relapse")) < 490
    assert {c.row.id for c in compare(found)[0]} == {"T0185", "T0186", "T0187", "T0188"}


def test_a_comparator_is_set_to_its_published_row_and_that_row_is_no_prediction() -> None:
    found = run(trial("ekstrand-2022"))
    published = outcome("T0259").value
    assert published is not None
    assert of(found, "remission by the end of treatment", "ect").values.mean() == pytest.approx(published, abs=3)
    compared, left = compare(found)
    assert "T0259" not in {c.row.id for c in compared}
    assert {row.row.id: row.why for row in left}["T0259"].startswith("the effect of the comparator is set to it")
    assert "T0258" in {c.row.id for c in compared}


def test_treatment_to_remission_stops_with_it() -> None:
    one = trial("ekstrand-2022")
    pool = lived(one, setting(), 400)["ketamine"]
    keys = list(one.ratings)
    for number in range(1, 12):
        before = pool.totals[:, 0, 1 : 1 + number] <= 10  # rated before treatment session `number`, from 0
        assert np.array_equal(pool.doses[:, number] == 0, before.any(axis=1))
    assert keys[:2] == ["day 2", "day 4"]
    assert 0.2 < (pool.doses[:, -1] == 0).mean() < 0.9


@pytest.mark.slow
def test_who_relapsed_is_treated_anew_from_a_new_baseline() -> None:
    one = trial("sustain-3-reinduction")
    found = run(one)
    assert found.flow[0]["entered_to_randomise"] > 4 * 64  # type: ignore[operator]
    assert median(of(found, "response, re-induction week 4")) > 50
    pool = lived(one, setting(), 6000)["relapsed on placebo"].totals[:, 0]
    start = 1 + list(one.ratings).index("withdrawn day 224")
    assert pool[:, start].mean() < pool[:, 0].mean() - 3, "most never relapse: they begin lower than they once were"


def test_unblinding_helps_on_the_drug_and_where_people_know_harms_on_control(tmp_path: Path) -> None:
    early = (("at_d = 3\n", "at_h = 3\n"), ('ratings = ["day 7"]\nagainst', 'ratings = ["day 3"]\nagainst'))
    one = trial(str(written(tmp_path, *early)))
    differences = {
        how: median(of(run(unblinded(one, how)), "difference day 7")) for how in ("none", "felt", "0", "100")
    }
    assert differences["none"] == pytest.approx(differences["0"]), "nobody knows"
    assert differences["100"] < differences["felt"] - 1 < differences["none"] - 1, "lower is better"
    with pytest.raises(InputError, match="only a double-blind trial"):
        unblinded(trial("diamond-2014"), "felt")


def test_hospital_care_helps_both_arms_alike(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    plain = trial(str(written(tmp_path / "plain")))
    admitted = trial(str(written(tmp_path, ('missing = "observed"', 'missing = "observed"\nhospital_care = true'))))
    pools = [lived(one, setting(), 600) for one in (plain, admitted)]
    for arm in ("ketamine", "placebo"):
        falls = [float((pool[arm].totals[:, 0, 0] - pool[arm].totals[:, 0, 2]).mean()) for pool in pools]
        assert falls[1] > falls[0] + 1.5


def test_a_product_no_model_describes_is_given_as_the_share_that_reaches_the_blood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["trial", "simulate", "lapidus-2014", "--replicates", "50", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    difference = next(r for r in answer["reported"] if r["kind"] == "mean_difference")
    assert -12 < difference["p50"] < -2
    assert any("No model of ours describes the racemic atomiser" in text for text in answer["assumptions"])


def test_policies_are_those_of_the_protocols_and_skip_treatment_sessions() -> None:
    assert set(INTERVAL_POLICIES) == set(POLICIES)
    arm = trial("sustain-1").arms["continue"]
    assert arm.interval == Interval("response-triggered", 56, (7, 14), "madrs_le12", None)
    giving, given = Giving(2), []
    for week in range(8, 16):  # the first person holds, the second worsens
        dose = giving.dose(arm, week * 168.0, np.array([True, True]), np.array([True, False]))
        given.append((dose > 0).tolist())
    assert [one for one, _ in given] == [True, False] * 4
    assert all(other for _, other in given)


def test_a_taper_lengthens_after_so_many_held_treatment_sessions(tmp_path: Path) -> None:
    policy = ('dose_days = [0, 3]\nn = 20\n\n[[arm]]',
              'dose_days = [0]\nthen_every_d = 7\nuntil_d = 70\npolicy = "taper"\npolicy_from_d = 7\n'
              'policy_intervals_d = [7, 14]\npolicy_definition = "response_50"\npolicy_hold = 2\n'
              "n = 20\n\n[[arm]]")  # fmt: skip
    arm = trial(str(written(tmp_path, policy))).arms["ketamine"]
    assert arm.dose_days == tuple(range(0, 71, 7))
    giving, good = Giving(1), np.array([True])
    given = [bool(giving.dose(arm, day * 24.0, good, good)[0]) for day in arm.dose_days]
    assert given == [True, True, True, False, True, False, True, False, True, False, True]


@pytest.mark.story("HF-EVD-010")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([('drug = "placebo"\ndose_days', 'drug = "quetiapine"\ndose_days')], "is for a comparator that is no"),
        ([('drug = "placebo"\ndose_days', 'drug = "quetiapine"\nset_to = "T0233"\nonset_half_life_d = 14\n'
           "fade_half_life_d = 30\ndose_days")], "names the row T0233 as published"),
        ([("infusion_min = 40", 'infusion_min = 40\ndose_rule = "stop-after-remission"')], "by a named definition"),
        ([("infusion_min = 40", 'infusion_min = 40\nrule_definition = "relapse_sustain1"')], "defines relapse"),
        ([("infusion_min = 40", 'infusion_min = 40\npolicy = "taper"')], "needs policy_from_d"),
        ([("infusion_min = 40", 'infusion_min = 40\npolicy = "sometimes"')], "'sometimes' is not one of"),
        ([("infusion_min = 40", "infusion_min = 40\nthen_every_d = 7")], "and until_d need each other"),
        ([("infusion_min = 40", "infusion_min = 40\nreaches_percent = 0")], "must be above 0"),
        ([('missing = "observed"', 'missing = "observed"\nunblinding = "share who know"')], "share of people who know"),
        ([('missing = "observed"', 'missing = "observed"\nbaseline_rating = "day 9"')], "'day 9' is no rating"),
        ([("[[outcome]]\nkey = \"response", '[[rating_series]]\nkey = "late"\nfrom_d = 14\nevery_d = 0\nto_d = 28\n\n'
           '[[outcome]]\nkey = "response')], "must be above 0"),
        ([("[[outcome]]\nkey = \"response", '[[rating_series]]\nkey = "late"\nfrom_d = 14\nevery_d = 0.001\n'
           'to_d = 2800\n\n[[outcome]]\nkey = "response')], "rate more rarely"),
        ([('kind = "response"', 'kind = "remission_kept"')], "lost_by"),
        ([('kind = "response"', 'kind = "response"\namong = "madrs_le10"')], "and among_ratings need each other"),
        ([*WITHDRAWAL, ('[selection]\n', '[selection]\nleast = 2\n')], "is more than the 1 ratings there are"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_followed_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: list[tuple[str, str]], says: str
) -> None:
    path = written(tmp_path, *changes)
    assert main(["trial", "simulate", str(path), "--replicates", "5"]) == 3
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""


def test_a_series_of_ratings_is_written_out(tmp_path: Path) -> None:
    series = ('[[outcome]]\nkey = "response', '[[rating_series]]\nkey = "late"\nfrom_d = 14\nevery_d = 7\nto_d = 28\n\n'
              '[[outcome]]\nkey = "kept"\nkind = "response_kept"\nratings = ["day 7", "late"]\n'
              'definition = "response_50"\n\n[[outcome]]\nkey = "response')  # fmt: skip
    one = trial(str(written(tmp_path, series)))
    assert list(one.ratings) == ["day 3", "day 7", "late day 14", "late day 21", "late day 28"]
    assert one.asked[0].ratings == ("day 7", "late day 14", "late day 21", "late day 28")
    assert of(run(one, 20), "kept", "ketamine").values.max() <= 100


def test_the_list_tells_which_study_has_no_file_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "list"]) == 0
    said = capsys.readouterr().out
    assert "escape-trd" in said
    assert "aspire_pool: a pool of ASPIRE I and II" in said
    assert main(["trial", "show", "sustain-1"]) == 0
    shown = capsys.readouterr().out
    assert "selected: who meets madrs_le12 at 3 of 4 ratings (stable day 91 to stable day 112)" in shown
    assert "response-triggered from day 56" in shown


PLANNED_COMPARATOR = (
    'drug = "placebo"\ndose_days', 'drug = "quetiapine"\nset_to = "T0233"\nset_outcome = "response day 7"\n'
    "onset_half_life_d = 14\nfade_half_life_d = 30\nlasts_d = 7\ndose_days",
)  # fmt: skip


def test_a_planned_trial_says_which_outcome_its_comparator_is_set_by(tmp_path: Path) -> None:
    found = run(trial(str(written(tmp_path, PLANNED_COMPARATOR))))
    assert of(found, "response day 7", "placebo").values.mean() == pytest.approx(17.6, abs=3)
    assert not found.about["warnings"]
    far = trial(str(written(tmp_path, PLANNED_COMPARATOR, ('"T0233"', '"T0198"'))))
    told = run(far).about["warnings"]
    assert len(told) == 1
    assert "cannot be set to T0198: 76.5 percent published" in told[0]


def test_arms_that_share_a_published_arm_are_reported_apart_where_nothing_was_published() -> None:
    found = run(trial("diamond-2014"), 20)
    groups = {r.asked.key: r.group for r in found.reported}
    assert groups["onset before the third infusion, of three"] == "three"
    assert groups["onset before the third infusion, of six"] == "six"
    assert groups["response within 6 h"] == "diamond2014.3-or-6-infusions"
