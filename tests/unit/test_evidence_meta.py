"""Which rows stand together, which do not and why; and how the answer is said and drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli import main
from holdfast.errors import InputError, UnknownNameError
from holdfast.evidence.meta_analysis.analysis import Analysis, analyses, as_dict
from holdfast.evidence.meta_analysis.questions import Question
from holdfast.evidence.meta_analysis.regression import Model
from holdfast.evidence.meta_analysis.selection import Selection, select
from holdfast.evidence.meta_analysis.wording import sentences

choosing = pytest.mark.story("HF-EVD-006")
saying = pytest.mark.story("HF-EVD-007")


def studies_of(selection: Selection) -> list[list[str]]:
    return [[estimate.study.id for estimate in group.estimates] for group in selection.groups]


def why(selection: Selection) -> dict[str, str]:
    return {one.row.id: one.why for one in selection.left_out}


@choosing
def test_saline_placebo_and_midazolam_are_answered_apart() -> None:
    question = Question("response", 1, drug="ketamine", mixed=frozenset({"route"}), status_at_least="unverified")
    found = select(question)
    assert {g.dimensions["comparator"]: [e.study.id for e in g.estimates] for g in found.groups} == {
        "saline": ["lapidus2014"], "midazolam": ["phillips2019"],
    }  # fmt: skip


@choosing
def test_mixing_must_be_asked_for_and_is_told() -> None:
    asked = Question("response", 1, mixed=frozenset({"route", "comparator"}), status_at_least="unverified")
    found = select(asked)
    mixed = {tuple(e.study.id for e in g.estimates): g.mixed for g in found.groups}
    assert mixed["lapidus2014", "phillips2019"]["comparator"] == ("saline", "midazolam")
    analysis = next(
        one for one in analyses(found, Model()) if one.k == 2 and one.group.dimensions["drug"] == "ketamine"
    )
    assert "Mixed because it was asked for, comparator: saline; midazolam." in sentences(analysis)


@choosing
def test_remission_by_other_definitions_is_another_outcome() -> None:
    apart = select(Question("remission", 28, estimand="arm"))
    assert [g.dimensions["definition"] for g in apart.groups] == ["MADRS<=12"]
    hours = select(Question("remission", 2 / 24, estimand="arm"))
    assert [g.dimensions["definition"] for g in hours.groups] == ["MADRS<=10"]
    long = select(Question("remission", estimand="arm", drug="ketamine"))
    unknown = [g for g in long.groups if g.dimensions["definition"].startswith("not stated")]
    assert len(unknown) > 3
    assert all(len({e.study.id for e in group.estimates}) == 1 for group in unknown)  # like nothing else


@choosing
def test_doses_of_one_study_are_taken_together_against_their_one_comparator() -> None:
    (group,) = select(Question("response", 1, drug="esketamine", route="nasal")).groups
    (daly,) = group.estimates
    assert daly.counts == ((12, 34), (1, 33))
    assert daly.how == ("arms taken together: esketamine 28, esketamine 56, esketamine 84",)
    (group,) = select(Question("response", 1, drug="esketamine", dose=84)).groups
    assert group.estimates[0].counts == ((5, 12), (1, 33))


@choosing
def test_people_randomised_again_are_not_taken_twice() -> None:
    found = why(select(Question("change", 1, drug="esketamine")))
    assert found["T0131"] == "its people were in the arm 'placebo' before"


@choosing
def test_the_studys_own_contrast_goes_before_its_arms() -> None:
    (group,) = select(Question("change", 1, comparator="placebo with hospital care")).groups
    assert [e.study.id for e in group.estimates] == ["canuso2018", "aspire1", "aspire2"]
    assert [e.estimate for e in group.estimates] == [-7.2, -3.8, -3.9]
    standardised = select(Question("change", 1, comparator="placebo with hospital care", measure="smd"))
    assert studies_of(standardised) == [["aspire2"]]
    assert why(standardised)["T0230"] == "a difference in points; this measure needs both arms"
    assert why(standardised)["T0222"].endswith("the number analysed is not known")


@choosing
def test_studies_that_share_patients_never_meet() -> None:
    asked = Question("response", estimand="arm", drug="esketamine", mixed=frozenset({"time", "definition", "scale"}))
    found = select(asked)
    assert ["transform2", "sustain1"] not in studies_of(found)
    taken = studies_of(found)[0]
    assert "sustain3re" not in taken or "sustain1" not in taken
    assert any(one.why.startswith("patients in common: ") and one.instead for one in found.left_out)
    with_overlap = select(Question(**{**vars(asked), "with_overlap": True}))
    assert len(studies_of(with_overlap)[0]) > len(taken)


@choosing
def test_one_row_a_study() -> None:
    mixed = frozenset({"time", "definition", "scale"})
    found = select(Question("remission", estimand="arm", drug="ketamine", mixed=mixed))
    assert all(len(set(group)) == len(group) for group in studies_of(found))
    assert "one row a study: another is taken" in why(found).values()


@choosing
def test_transform_2_and_3_are_apart_though_of_one_group() -> None:
    assert studies_of(select(Question("response", 28)))[0] == ["transform2", "transform3"]


@choosing
@pytest.mark.parametrize(
    ("question", "row", "reason"),
    [
        (Question("response", 1), "T0026", "its patients are in another study of the table"),
        (Question("response", 1), "T0069", "its status is unverified, below press"),
        (Question("response", 1), "T0333", "shown for context"),
        (Question("response", 28), "T0203", "its time counts from reinduction start, not from first dose"),
        (Question("change", 28), "T0175", "a subgroup (65-74 y); the whole arm is pooled"),
        (Question("change", 28), "T0285", "the number analysed is not known"),
        (Question("change", 28), "T0289", "neither SE nor confidence interval"),
        (Question("change", 28), "T0290", "standardised as printed"),
        (Question("change", 28), "T0078", "a statement, not a number"),
        (Question("change", 1), "T0071", "a verdict, not a number"),
        (Question("change", 1, estimand="arm"), "T0225", "a contrast of two arms"),
        (Question("remission", 28), "T0200", "no comparator; --estimand arm pools single arms"),
        (Question("relapse"), "T0187", "a hazard ratio is another estimand"),
        (Question("response", 1, estimand="arm", drug="ketamine"), "T0017", "its status is unverified"),
        (Question("response", 0.25, estimand="arm"), "T0045", "kept for checking models"),
    ],
)  # fmt: skip
def test_each_row_left_out_has_its_reason(question: Question, row: str, reason: str) -> None:
    assert reason in why(select(question))[row]


@choosing
def test_oxford_is_taken_in_for_checking_only_when_asked() -> None:
    found = select(Question("response", 0.25, estimand="arm", with_check=True))
    assert ["diamond2014"] in studies_of(found)


@choosing
def test_what_is_bipolar_is_apart_and_crossovers_are_marked() -> None:
    asked = Question("response_any_time", 14)
    (group,) = select(asked).groups
    assert group.dimensions["polarity"] == "bipolar"
    assert group.estimates[0].cautions[0].startswith("crossover taken as parallel arms")


@choosing
def test_the_nearest_time_of_a_study_is_taken() -> None:
    found = select(Question("change", 1, drug="esketamine", comparator="placebo", within_percent=99))
    assert [row.time_h for group in found.groups for e in group.estimates for row in e.rows] == [24, 24, 24, 24]
    assert why(found)["T0097"] == "24 h of the same study is nearer to the time asked for"


@choosing
@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("no row of the tables is of the outcome 'bliss'; try response, remission", {"outcome": "bliss"}),
        ("the measure 'md' does not fit counts", {"outcome": "response", "measure": "md"}),
        ("'both' is no estimand", {"outcome": "response", "estimand": "both"}),
        ("'superseded' is no status to ask for", {"outcome": "response", "status_at_least": "superseded"}),
        ("day -1", {"outcome": "response", "day": -1.0}),
        ("within 100 percent", {"outcome": "response", "within_percent": 100.0}),
    ],
)
def test_a_question_that_cannot_be_is_refused(sentence: str, asked: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=sentence):
        select(Question(**asked))


@choosing
def test_a_word_no_row_holds_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"No scale is called 'madrs'.*MADRS"):
        select(Question("response", scale="madrs"))
    with pytest.raises(UnknownNameError, match="Did you mean 'first_dose'"):
        select(Question("response", 1, anchor="firstdose"))


def answered(question: Question, model: Model | None = None) -> Analysis:
    return analyses(select(question), model or Model())[0]


@saying
def test_a_pooled_result_is_said_in_full() -> None:
    said = sentences(answered(Question("change", 1, comparator="placebo with hospital care")))
    assert said[0] == (
        "3 studies: mean difference -4.21 points (95 % interval -7.35 to -1.06; random effects, REML, Hartung-Knapp); "
        "the interval leaves out no effect (0)."
    )
    assert "takes the estimate tau² = 0 at its word" in said[1]
    assert "With 3 studies, how far true effects differ is hardly known." in said
    assert any(s.startswith("The verdict on no effect turns without ASPIRE I") for s in said)
    assert any("fewer than 10" in s for s in said)


@saying
def test_one_study_is_said_and_not_pooled() -> None:
    one = answered(Question("response", 1, comparator="saline"))
    assert as_dict(one)["result"] is None
    assert sentences(one)[0] == (
        "One study answers, Lapidus 2014: odds ratio 13.6 (95 % interval 1.48 to 125). Nothing is pooled."
    )


@saying
def test_proportions_lead_back_to_percent() -> None:
    one = answered(Question("response", 28, estimand="arm", measure="ft"))
    answer = as_dict(one)
    first = answer["studies"][0]
    assert first["estimate"] == pytest.approx(100 * 70 / 101)
    assert answer["result"]["unit"] == "%"
    assert answer["result"]["p_value"] is None
    assert 27 < answer["result"]["estimate"] < 69.4
    logit = as_dict(answered(Question("response", 28, estimand="arm")))
    assert logit["studies"][0]["estimate"] == pytest.approx(100 * 70 / 101)


@saying
def test_a_fixed_effect_says_that_it_takes_studies_as_one() -> None:
    one = answered(Question("response", 28), Model("fixed", "wald"))
    assert any("a fixed effect takes them as one all the same" in s for s in sentences(one))
    assert as_dict(one)["result"]["prediction_interval"] is None


@saying
def test_the_command_answers_in_json_with_no_study_too(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evidence", "meta", "--outcome", "response", "--day", "1", "--comparator", "midazolam", "--json"]
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["analyses"] == []
    assert answer["sentence"] == "No study of the tables answers this question."
    assert {one["row"]: one["why"] for one in answer["left_out"]}["T0074"].endswith(
        "; --status-at-least unverified takes it in"
    )
    assert len(answer["facts_digest"]) == 16
    assert main([*words, "--status-at-least", "unverified"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [s["study"] for s in answer["analyses"][0]["studies"]] == ["phillips2019"]


@saying
@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_forest_plot_is_written_and_names_what_it_draws(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"forest.{ending}"
    assert main(["evidence", "meta", "--outcome", "change", "--day", "1", "--any-comparator", "--plot", str(path)]) == 0
    assert "ASPIRE II" in capsys.readouterr().out
    drawn = path.read_bytes()
    assert len(drawn) > 10_000
    if ending == "svg":
        text = drawn.decode()
        for words in (
            "ASPIRE II (Ionescu 2021)",
            "Random effects",
            "Prediction interval",
            "favours drug",
            "any comparator",
        ):
            assert f"<!-- {words}" in text or words in text


@saying
def test_studies_that_agree_exactly_have_a_plain_answer() -> None:
    whole = select(Question("change", 1, comparator="placebo with hospital care"))
    (group,) = whole.groups
    alike = tuple(replace(e, estimate=-4.0, variance=1.0 + i) for i, e in enumerate(group.estimates))
    (one,) = analyses(replace(whole, groups=(replace(group, estimates=alike),)), Model())
    answer = json.loads(json.dumps(as_dict(one), allow_nan=False))
    assert answer["result"]["interval"] == [-4.0, -4.0]
    assert answer["result"]["heterogeneity"]["tau2_interval"] is None
    assert answer["leave_one_out"][0]["dffits"] is None
    assert "small_studies" not in answer
    assert any("more alike than chance would have them" in s for s in sentences(one))
    ad_hoc = analyses(replace(whole, groups=(replace(group, estimates=alike),)), Model(interval="hk-adhoc"))[0].pooled
    assert ad_hoc is not None
    assert ad_hoc.se == pytest.approx((1 + 1 / 2 + 1 / 3) ** -0.5)


@saying
def test_nothing_is_drawn_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "forest.svg"
    words = [
        "evidence",
        "meta",
        "--outcome",
        "response",
        "--day",
        "1",
        "--comparator",
        "midazolam",
        "--plot",
        str(path),
    ]
    assert main(words) == 3
    assert "--plot has nothing to draw" in capsys.readouterr().err
    assert not path.exists()


@saying
def test_a_limit_beyond_every_number_is_open_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    """Two studies, one degree of freedom: at this level Student's t makes the upper limit larger than any float."""
    asked = ["evidence", "meta", "--outcome", "response", "--level", "0.9999"]
    asked += [f"--any-{name}" for name in ("drug", "route", "definition", "polarity", "comparator")]
    assert main([*asked, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    open_ended = [one["result"] for one in answer["analyses"] if one["result"] and one["result"]["interval"][1] is None]
    assert open_ended
    assert all(one["interval"][0] == pytest.approx(0, abs=1e-9) for one in open_ended)
    assert main([*asked, "--plot", str(tmp_path / "forest.svg")]) == 0
    assert "interval 0 to no limit" in capsys.readouterr().out
    assert not [one for one in recwarn if issubclass(one.category, RuntimeWarning)]


@choosing
@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, 0.9999999999999999, float("nan")])
def test_a_level_at_which_no_interval_ends_is_refused(level: float) -> None:
    with pytest.raises(InputError, match=r"it lies above 0 and at most at 0\.9999"):
        Model(level=level)


@choosing
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"dose": 0.0}, "dose 0: a dose is above 0"),
        ({"dose": -5.0}, "dose -5: a dose is above 0"),
        ({"dose": float("nan")}, "a dose is above 0"),
        ({"drug": "ketamine", "mixed": frozenset({"drug"})}, "drug 'ketamine' and any drug contradict"),
        (
            {"comparator": "saline", "mixed": frozenset({"route", "comparator"})},
            "'saline' and any comparator contradict",
        ),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Question("response", 1, **asked)
