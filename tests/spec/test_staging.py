"""Staging of treatment resistance, three methods side by side.

Maudsley, Thase-Rush and MGH-s are shown together with what went into each. A stage is never computed from partial
data: where an input is missing the stage is not given, and what is missing is named. Past trials count where they
were adequate and of the current episode; unknown is never adequate.
"""

from __future__ import annotations

import pytest

from holdfast.eligibility import TreatmentHistory, adequacy, maudsley, mgh_s, stage_all, thase_rush
from holdfast.errors import InputError
from tests.spec.evaluations import TWO_FAILED, trial
from tests.spec.spec import Spec, codes

MSM = Spec(
    title="Maudsley Staging",
    rules=("stage.msm",),
    text="Duration of the episode in whole months. From the lowest total, 3, to the highest, 15. ? is not known.",
    table="""
    months | severity                 | failed | augmentation | ect | total | band
    0      | subsyndromal             | 1      | no           | no  | 3     | mild
    12     | moderate                 | 2      | no           | no  | 5     | mild
    13     | moderate                 | 2      | no           | no  | 6     | mild
    13     | moderate                 | 3      | no           | no  | 7     | moderate
    24     | moderate                 | 4      | yes          | no  | 8     | moderate
    25     | moderate                 | 4      | yes          | no  | 9     | moderate
    24     | severe-without-psychosis | 4      | yes          | no  | 9     | moderate
    24     | severe-without-psychosis | 5      | yes          | no  | 10    | moderate
    24     | severe-without-psychosis | 6      | yes          | no  | 10    | moderate
    24     | severe-without-psychosis | 7      | yes          | no  | 11    | severe
    24     | severe-without-psychosis | 10     | yes          | no  | 11    | severe
    24     | severe-without-psychosis | 11     | yes          | no  | 12    | severe
    60     | severe-with-psychosis    | 11     | yes          | yes | 15    | severe
    12     | mild                     | 0      | no           | no  |       |
    ?      | mild                     | 1      | no           | no  |       |
    12     | ?                        | 1      | no           | no  |       |
    12     | mild                     | ?      | no           | no  |       |
    12     | mild                     | 1      | ?            | no  |       |
    12     | mild                     | 1      | no           | ?   |       |
    """,
)


def _known(cell):
    return None if cell == "?" else cell


@MSM.cases
@pytest.mark.story("HF-ELG-002")
def test_maudsley(months, severity, failed, augmentation, ect, total, band):
    inputs = {
        "duration_months": _known(months),
        "severity": _known(severity),
        "failed_antidepressants": _known(failed),
        "augmentation": _known(augmentation),
        "ect": _known(ect),
    }
    staged = maudsley(**inputs)
    assert (staged.value, staged.band) == (total, band)
    assert staged.missing == tuple(name for name, value in inputs.items() if value is None)
    assert staged.inputs == inputs


THASE_RUSH = Spec(
    title="Thase-Rush",
    rules=("stage.tr",),
    text="""The + of stages III and IV is read as on top of the two classes of stage II. Our source prints no stage for
    a history without any adequate trial, so none is given.""",
    table="""
    failed_classes              | response | ect_failed | stage
                                | yes      | no         | 0
                                | no       | no         |
                                | ?        | no         |
    ssri                        | no       | no         | I
    tricyclic                   | no       | no         | I
    ssri, snri                  | no       | no         | II
    ssri, tricyclic             | no       | no         | II
    ssri, snri, tricyclic       | no       | no         | III
    ssri, tricyclic, maoi       | no       | no         | III
    ssri, snri, maoi            | no       | no         | II
    ssri, snri, tricyclic, maoi | no       | no         | IV
    ssri, snri, tricyclic, maoi | no       | yes        | V
    ssri, snri, tricyclic, maoi | no       | ?          |
    ssri, snri                  | no       | yes        | II
    ssri                        | yes      | no         | I
    ?                           | no       | no         |
    """,
)


@THASE_RUSH.cases
@pytest.mark.story("HF-ELG-002")
def test_thase_rush(failed_classes, response, ect_failed, stage):
    staged = thase_rush(
        failed_classes=None if failed_classes == "?" else codes(failed_classes),
        adequate_response=_known(response),
        bilateral_ect_failed=_known(ect_failed),
    )
    assert staged.value == (None if stage is None else str(stage))
    assert bool(staged.missing) == ("?" in (failed_classes, response, ect_failed))
    if ect_failed is True and stage != "V":
        assert staged.note is not None


MGH_S = Spec(
    title="MGH-s",
    rules=("stage.mghs",),
    table="""
    failed | optimised | augmented | ect | points
    0      | 0         | 0         | no  | 0
    1      | 0         | 0         | no  | 1
    2      | 1         | 0         | no  | 2.5
    2      | 1         | 2         | no  | 3.5
    2      | 2         | 2         | yes | 7
    0      | 0         | 0         | yes | 3
    ?      | 0         | 0         | no  |
    2      | ?         | 0         | no  |
    2      | 0         | 0         | ?   |
    """,
)


@MGH_S.cases
@pytest.mark.story("HF-ELG-002")
def test_mgh_s(failed, optimised, augmented, ect, points):
    staged = mgh_s(
        failed_trials=_known(failed),
        optimised_trials=_known(optimised),
        augmented_trials=_known(augmented),
        ect=_known(ect),
    )
    assert staged.value == points
    assert bool(staged.missing) == (points is None)


ADEQUACY = Spec(
    title="An adequate trial",
    rules=("stage.athf", "stage.mghs"),
    text="""Enough dose, enough weeks (4 by ATHF, 6 by MGH-s) and enough adherence, each judged and recorded. The form's
    rating is optional; where it was made it must be 3 or more. Unknown is never adequate.""",
    table="""
    weeks | dose | adherent | rating | outcome                 | athf | mghs | flags
    4     | yes  | yes      |        | no-response             | yes  | no   |
    3.9   | yes  | yes      |        | no-response             | no   | no   |
    6     | yes  | yes      | 3      | no-response             | yes  | yes  |
    5.9   | yes  | yes      | 3      | no-response             | yes  | no   |
    8     | yes  | yes      | 2      | no-response             | no   | yes  |
    8     | no   | yes      | 4      | no-response             | no   | no   |
    8     | ?    | yes      | 4      | no-response             | no   | no   |
    ?     | yes  | yes      | 4      | no-response             | no   | no   |
    8     | yes  | ?        | 4      | no-response             | no   | no   |
    8     | yes  | no       | 4      | no-response             | no   | no   | not-adherent
    8     | yes  | yes      | 4      | stopped-for-intolerance | yes  | yes  | stopped-for-intolerance
    2     | yes  | no       |        | stopped-for-intolerance | no   | no   | stopped-for-intolerance, not-adherent
    """,
)


@ADEQUACY.cases
@pytest.mark.story("HF-ELG-003")
def test_adequacy(weeks, dose, adherent, rating, outcome, athf, mghs, flags):
    tried = trial(
        weeks=_known(weeks), dose_adequate=_known(dose), adherent=_known(adherent), athf_rating=rating, outcome=outcome
    )
    by_athf, by_mghs = adequacy(tried), adequacy(tried, by="stage.mghs")
    assert (by_athf.adequate, by_mghs.adequate) == (athf, mghs)
    assert by_athf.flags == codes(flags)
    assert by_athf.undetermined == ("?" in (weeks, dose, adherent))


SIDE_BY_SIDE = Spec(
    title="Side by side, from the trials",
    rules=("stage.msm", "stage.tr", "stage.mghs"),
    text="Episode of 14 months, moderate, no ECT. A trial that cannot be judged leaves open what it could change.",
    table="""
    trials                                     | msm | tr | mghs
    sertraline, venlafaxine                    | 7   | II | 3.0
    sertraline                                 | 6   | I  | 1.5
    none                                       |     |    | 0
    not asked                                  |     |    |
    sertraline, venlafaxine, fluoxetine-5weeks | 8   | II | 3.0
    sertraline, fluoxetine-unknown-dose        |     | I  |
    sertraline, sertraline-unknown-dose        | 6   | I  |
    sertraline, fluoxetine-earlier             | 6   | I  | 1.5
    """,
)
KNOWN_TRIALS = {
    "sertraline": trial("sertraline", optimised=True),
    "venlafaxine": trial("venlafaxine", drug_class="snri", augmented=True),
    "fluoxetine-5weeks": trial("fluoxetine", weeks=5),
    "fluoxetine-unknown-dose": trial("fluoxetine", dose_adequate=None),
    "sertraline-unknown-dose": trial("Sertraline ", dose_adequate=None),
    "fluoxetine-earlier": trial("fluoxetine", current_episode=False),
}


@SIDE_BY_SIDE.cases
@pytest.mark.story("HF-ELG-002")
def test_side_by_side(trials, msm, tr, mghs):
    made = None if trials == "not asked" else tuple(KNOWN_TRIALS[name] for name in codes(trials) if name != "none")
    staged = stage_all(TreatmentHistory(made, 14, "moderate", False, False))
    assert tuple(stage.value for stage in staged) == (msm, tr, mghs)
    assert [stage.name for stage in staged] == ["Maudsley Staging", "Thase-Rush", "MGH-s"]
    if made is None:
        assert all("antidepressant trials" in stage.missing[0] for stage in staged[::2])


def test_what_is_missing_behind_a_stage_is_named_trial_by_trial():
    history = TreatmentHistory((*TWO_FAILED, trial("imipramine", drug_class="tricyclic", weeks=None)))
    msm, tr, mghs = stage_all(history)
    assert msm.missing == (
        "duration_months", "severity", "failed_antidepressants (trial 3 (imipramine): weeks)", "ect",
    )  # fmt: skip
    assert tr.missing == ("failed_classes (trial 3 (imipramine): weeks)", "bilateral_ect_failed")
    assert mghs.missing == ("failed_trials (trial 3 (imipramine): weeks)", "ect")


def test_a_class_that_is_not_known_leaves_thase_rush_open():
    (_, tr, mghs) = stage_all(TreatmentHistory((trial(drug_class=None),), 3, "mild", False, False))
    assert tr.value is None
    assert tr.missing == ("failed_classes (sertraline: drug class)",)
    assert mghs.value == 1


def test_an_unknown_optimisation_leaves_mgh_s_open_and_the_others_given():
    msm, tr, mghs = stage_all(TreatmentHistory((trial(optimised=None),), 3, "mild", False, False))
    assert (msm.value, tr.value, mghs.value) == (4, "I", None)
    assert mghs.missing == ("optimised_trials",)


@pytest.mark.parametrize("months", [-1, 12.5, True])
def test_duration_is_in_whole_months(months):
    with pytest.raises(InputError, match="duration_months"):
        maudsley(duration_months=months, severity="mild", failed_antidepressants=1, augmentation=False, ect=False)


def test_more_optimised_trials_than_trials_are_refused():
    with pytest.raises(InputError, match="above failed_trials"):
        mgh_s(failed_trials=1, optimised_trials=2, augmented_trials=0, ect=False)


def test_an_unknown_severity_is_refused_with_the_words_there_are():
    with pytest.raises(InputError, match="subsyndromal, mild, moderate"):
        maudsley(duration_months=3, severity="bad", failed_antidepressants=1, augmentation=False, ect=False)
