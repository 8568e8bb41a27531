"""Judging predictions: what is counted, against tables made by hand; a model that is always off is seen to lose."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import InputError, TableError
from holdfast.evidence.qualification.accuracy import Missed, accuracies
from holdfast.evidence.qualification.blind import blind, place_of
from holdfast.evidence.qualification.coverage import Coverage, Largest, coverage, curve
from holdfast.evidence.qualification.fit_soundness import doubts
from holdfast.evidence.qualification.identification import narrowed
from holdfast.evidence.qualification.judgement import as_plain, judgement
from holdfast.evidence.qualification.misses import UNKNOWN, misses, reasons_in, written_reasons
from holdfast.evidence.qualification.ranking import hypotheses_in_words, ranked
from holdfast.evidence.qualification.report.identified import identified
from holdfast.evidence.qualification.report.verdict import verdict
from holdfast.evidence.qualification.targets import targets
from holdfast.evidence.tables import outcomes, studies
from holdfast.model.posteriors.parameters import parameters
from holdfast.model.posteriors.reading import Posterior
from holdfast.printed.blocks import Document
from holdfast.printed.html import html
from tests.qualification_tables import HYPOTHESIS, RESPONSES, predicted, score


def test_coverage_counts_rows_and_gives_each_study_one_voice():
    rows = blind([
        predicted("T0005", off=0), predicted("T0006", off=0), predicted("T0007", off=30), predicted("T0030", off=30),
    ])  # fmt: skip
    found = coverage(rows, 0.8)
    assert (found.inside, found.rows, found.studies) == (2, 4, 2)
    assert found.by_row == 0.5
    assert found.by_study == pytest.approx((2 / 3 + 0) / 2)


def _of_two_studies(of_large: int, of_small: int):
    """Forty rows of SYNAPSE and ten of ten other studies; so many of each as told lie where they were predicted."""
    large = [row.id for row in outcomes(study="daly2018") if row.value is not None and row.unit == "percent"][:40]
    small = [*RESPONSES, "T0031", "T0046"]
    small = [row for row in small if not row.startswith("T0128")][:9]
    rows = [predicted(row, off=0.0 if i < of_large else 90.0) for i, row in enumerate(large)]
    return judgement([*rows, *(predicted(row, off=0.0 if i < of_small else 90.0) for i, row in enumerate(small))], [],
                     HYPOTHESIS)  # fmt: skip


@pytest.mark.story("HF-EVD-020")
def test_a_target_that_hangs_on_one_study_is_met_by_row_only():
    large = len(_of_two_studies(40, 9).rows) - 9
    found = _of_two_studies(large, 6)
    told = {one.key: one for one in found.targets}["inside 95"]
    assert large > 20
    assert found.coverages[-1].largest == Largest("Daly 2018 (SYNAPSE)", large, large)
    assert found.coverages[-1].without_largest == pytest.approx(6 / 9)
    assert told.met
    assert told.verdict == "met by row only"
    assert f"67 % without Daly 2018 (SYNAPSE), which holds {large}" in told.found
    assert "with Daly 2018 (SYNAPSE) left aside it is 67 %" in told.why
    held = {one.key: one for one in _of_two_studies(large, 9).targets}["inside 95"]
    assert (held.verdict, held.why) == ("met", "")
    assert coverage(blind([predicted("T0005"), predicted("T0006")]), 0.8).without_largest is None


def test_the_first_words_of_the_report_count_apart_what_hangs_on_one_study():
    notice = verdict(_of_two_studies(40, 6)).blocks[0]
    assert notice.title == "1 of 4 targets are met, 1 more by row only"
    assert notice.tone != "good"
    assert "Met by row only: at least 90 % of published numbers" in notice.text


def test_the_interval_of_a_coverage_is_that_of_clopper_and_pearson():
    assert Coverage(0.8, 9, 10, 1, 0.9).interval == pytest.approx((0.5550, 0.9975), abs=1e-4)
    assert Coverage(0.8, 0, 10, 1, 0.0).interval == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert Coverage(0.8, 10, 10, 1, 1.0).interval == pytest.approx((0.6915, 1.0), abs=1e-4)


def test_a_percent_may_be_rounded_by_a_half_and_points_may_not():
    percent = blind([predicted("T0005", off=20.0, sd=20.0 / 1.2816 - 0.3)])[0]
    low, _ = percent.interval(0.8)
    assert percent.published < low
    assert percent.inside(0.8)
    points = blind([predicted("T0031", off=20.0, sd=20.0 / 1.2816 - 0.3)])[0]
    assert not points.inside(0.8)


def test_where_a_value_lies_among_percentiles():
    told = {0.025: -1.96, 0.1: -1.2816, 0.5: 0.0, 0.9: 1.2816, 0.975: 1.96}
    assert place_of(told, 0.0) == pytest.approx(0.5)
    assert place_of(told, 1.96) == pytest.approx(0.975)
    assert place_of(told, 0.6745) == pytest.approx(0.75, abs=1e-3)
    assert place_of(told, 3.0) == pytest.approx(0.99865, abs=1e-3)
    assert place_of({0.025: 0.0, 0.1: 0.0, 0.5: 0.0, 0.9: 10.0, 0.975: 20.0}, 0.0) < 0.25  # several on one value


def test_the_curve_of_a_model_that_is_right_is_the_diagonal_and_of_one_too_sure_lies_below():
    offs = [-1.96, -1.2816, -0.6745, -0.2533, 0.0, 0.2533, 0.6745, 1.2816, 1.96]
    right = curve(blind([predicted(row, off=10 * z) for row, z in zip(_percent_rows(9), offs, strict=True)]))
    sure = curve(blind([predicted(row, off=40 * (-1) ** i) for i, row in enumerate(_percent_rows(9))]))
    at = {point.level: point for point in right}
    assert at[0.5].found == pytest.approx(5 / 9)
    assert at[0.8].found == pytest.approx(7 / 9)
    assert at[0.5].low < 0.5 < at[0.5].high
    assert [point.found for point in sure] == [0.0] * len(sure)


def _percent_rows(n: int) -> list[str]:
    return [row.id for row in outcomes(outcome="response") if row.value and row.status != "unverified"][:n]


def test_errors_by_row_and_by_study_and_the_better_rival():
    rows = [
        Missed("a", {"model": 10.0, "one": 20.0, "two": 30.0}), Missed("a", {"model": 10.0, "one": 20.0, "two": 30.0}),
        Missed("b", {"model": 40.0, "one": 20.0, "two": 10.0}), Missed("b", {"model": 40.0}),
    ]  # fmt: skip
    by_row, by_study = accuracies(rows, ("one", "two"))
    assert (by_row.rows, by_row.studies) == (3, 2)  # what one of them does not predict is left out for all
    assert by_row.errors == pytest.approx({"model": 20.0, "one": 20.0, "two": 70 / 3})
    assert by_row.better_rival == "one"
    assert by_study.errors == pytest.approx({"model": 25.0, "one": 20.0, "two": 20.0})
    assert by_study.gain == pytest.approx(-0.25)
    assert by_study.ratio_interval is None


def test_the_interval_of_the_ratio_holds_it_and_is_the_same_again():
    rows = [Missed(str(i), {"model": 5.0 + i, "one": 20.0}) for i in range(8)]
    found, again = accuracies(rows, ("one",))[0], accuracies(rows, ("one",))[0]
    assert found.ratio == pytest.approx(8.5 / 20)
    assert found.ratio_interval == again.ratio_interval
    low, high = found.ratio_interval
    assert 0.3 < low < found.ratio < high < 0.6


@pytest.fixture(scope="module")
def good():
    return judgement([predicted(row, off=2.0 * (-1) ** i, sd=1.8) for i, row in enumerate(RESPONSES)], [], HYPOTHESIS)


@pytest.fixture(scope="module")
def always_off():
    return judgement([predicted(row, off=60.0, sd=5.0) for row in RESPONSES], [], HYPOTHESIS)


@pytest.mark.story("HF-EVD-020")
def test_a_model_near_every_number_meets_the_target_of_error(good):
    told = {one.key: one for one in good.targets}
    assert told["inside 95"].met
    assert told["nearer by row"].met
    assert told["nearer by study"].met
    assert "2.0 points against" in told["nearer by row"].found
    assert not told["inside 80"].met  # all inside: too wide is said, too
    assert "too wide" in told["inside 80"].why


@pytest.mark.story("HF-EVD-020")
def test_a_model_that_is_always_off_is_said_to_lose(always_off):
    told = {one.key: one for one in always_off.targets}
    assert [one.verdict for one in always_off.targets] == ["not met"] * 4
    assert "0 of 8" in told["inside 95"].found
    assert "60.0 points against" in told["nearer by row"].found
    assert "above" in told["nearer by row"].found
    assert "predicts these rates better than the model" in told["nearer by row"].why
    assert len(always_off.misses) == 8
    assert all(miss.outside_95 and miss.side == "published worse than predicted" for miss in always_off.misses)


def test_without_predictions_nothing_is_called_met():
    assert [one.verdict for one in targets((), ())] == ["cannot be judged"] * 4


def test_recollections_are_shown_and_judge_nothing():
    rows = [predicted("T0005"), predicted("T0008", off=90, basis="not fitted")]
    found = judgement(rows, [], HYPOTHESIS)
    assert len(found.rows) == 2
    assert found.coverages[1].rows == 1
    assert found.unverified[1].inside == 0
    assert found.misses == ()


def test_another_hypothesis_is_not_judged_along_and_a_row_twice_is_refused():
    rows = [predicted("T0005"), predicted("T0005", hypothesis="hnk-driven")]
    assert len(judgement(rows, [], HYPOTHESIS).rows) == 1
    with pytest.raises(InputError, match="T0005 more than once"):
        judgement([predicted("T0005"), predicted("T0005")], [], HYPOTHESIS)
    with pytest.raises(InputError, match="T9999, which is no row"):
        blind([predicted("T0005", row="T9999")])


def test_a_yes_or_no_has_no_place_and_is_inside_by_what_the_fit_said():
    told = dict.fromkeys(("p2_5", "p10", "p90", "p97_5"))
    one = blind([predicted("T0071", outcome="superior", median=0.3, **told, inside_80=True, inside_95=True)])[0]
    assert one.place is None
    assert one.inside(0.8) is True
    assert one.inside(0.5) is None


def test_the_side_of_a_miss_knows_what_is_better():
    rows = blind([
        predicted("T0031", off=30.0, outcome="change"), predicted("T0005", off=-50.0, outcome="response"),
        predicted("T0011", off=4.0, sd=0.2, outcome="effect_size_d"),
    ])  # fmt: skip
    found = {miss.told.row.id: miss for miss in misses(rows, {"T0005": "so it is"})}
    assert found["T0031"].side == "published better than predicted"
    assert found["T0005"].side == "published better than predicted"
    assert found["T0011"].side == "published lower"
    assert found["T0005"].reason == "so it is"
    assert found["T0031"].reason == UNKNOWN


@pytest.mark.parametrize(
    "text",
    ["", "study,row,reason\n", "study,xrow,reason\na,T1,why\n", "study,row,reason\na,T1\n", "study,row,reason\n,,why\n",
     'study,row,reason\na,T1,"why', "study,row,reason\na,T1,\n"],
)  # fmt: skip
def test_a_spoiled_table_of_reasons_is_refused(tmp_path, text):
    """Not a report in which every miss is without one."""
    place = tmp_path / "miss_reasons.csv"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=r"miss_reasons\.csv .* is no table of study, row and reason"):
        reasons_in(place)
    place.unlink()
    with pytest.raises(TableError):
        reasons_in(place)


def test_every_written_reason_is_of_a_study_or_row_that_exists():
    known = {one.id for one in studies()} | {row.id for row in outcomes()}
    assert set(written_reasons()) <= known
    assert all(len(reason) > 20 for reason in written_reasons().values())


def test_hypotheses_are_compared_study_by_study():
    rows = [score("one", "a", -10), score("one", "b", -12), score("two", "a", -11), score("two", "b", -15),
            score("one", "c", -5)]  # fmt: skip
    best, other = ranked(rows)
    assert (best.hypothesis, best.studies, best.log_density) == ("one", 2, -22)
    assert other.difference == -4
    assert other.error == pytest.approx(2**0.5 * 2**0.5)  # differences -1 and -3: SD root 2, of two studies
    words = hypotheses_in_words([best, other])
    assert "do not tell it from two" in words


def test_a_clear_difference_speaks_against_and_never_refutes():
    rows = [score(name, str(i), base - i % 3) for name, base in (("one", -10), ("two", -14)) for i in range(10)]
    best, other = ranked(rows)
    assert other.difference == -40
    assert other.told_apart
    words = hypotheses_in_words([best, other])
    assert "speak against two" in words
    assert "no proof" in words
    assert "prove " not in words


def test_a_small_difference_tells_nothing_however_sure_it_is():
    rows = [score(name, str(i), base - i % 3) for name, base in (("one", -10), ("two", -10.3)) for i in range(10)]
    other = ranked(rows)[1]
    assert other.difference == pytest.approx(-3)
    assert other.error == pytest.approx(0, abs=1e-6)
    assert not other.told_apart


def test_unreliable_densities_are_named():
    assert ranked([score("one", "a", -1, pareto_k=0.9), score("one", "b", -1)])[0].unreliable == ("a",)


def test_the_plain_answer_holds_what_the_report_says(always_off):
    plain = as_plain(always_off)
    assert plain["numbers"] == 8
    assert [one["verdict"] for one in plain["targets"]] == ["not met"] * 4
    assert {one["level"]: one["inside"] for one in plain["coverage"]} == {0.5: 0, 0.8: 0, 0.95: 0}
    assert len(plain["misses"]) == 8
    assert plain["response_errors"][0]["errors"]["model"] == pytest.approx(60.0)


def test_a_parameter_as_wide_as_before_is_not_known_from_the_data():
    fitted = parameters(HYPOTHESIS)
    z = np.random.default_rng(5).normal(size=(4000, len(fitted)))
    z[:, 1] = 1.0 + 0.3 * z[:, 1]  # one is known better, and moved by an SD
    z[:, 2] = z[:, 2] * (0.78 / z[:, 2].std(ddof=1))  # another by just more than a fifth, which is the line
    z[:, 3] = z[:, 3] * (0.82 / z[:, 3].std(ddof=1))
    draws = tuple(
        {one.name: one.natural(one.centre + one.sd * row[i]) for i, one in enumerate(fitted)} for row in z
    )  # fmt: skip
    found = narrowed(Posterior("of-the-test", {"hypothesis": HYPOTHESIS}, draws))
    told = {one.name: one for one in found}
    known = told[fitted[1].name]
    assert found[-1] is known
    assert known.ratio == pytest.approx(0.3, abs=0.02)
    assert known.shift == pytest.approx(1.0, abs=0.03)
    assert known.words == "much"
    assert [told[fitted[i].name].words for i in (2, 3)] == ["a little", "not known from these data"]
    assert {one.words for one in found[:-2]} == {"not known from these data"}
    low, middle, high = told["kA"].before
    assert (low, middle, high) == pytest.approx((0.0223, 0.0594, 0.158), rel=0.01)
    text = html(Document("t", "s", (identified(Posterior("t", {"hypothesis": HYPOTHESIS}, draws)),), "f"))
    assert f"{len(fitted) - 2} of {len(fitted)} parameters are as wide" in text


def test_a_fit_that_did_not_settle_is_doubted():
    sound = {"largest_r_hat": 1.004, "smallest_effective_sample": 900, "divergences": 0, "exact_pareto_k": 0.3,
             "emulator_error_in_all_errors": {"median": 0.2, "worst": 0.6}}  # fmt: skip
    assert doubts(sound) == ()
    assert doubts({}) == ()
    found = doubts({**sound, "largest_r_hat": 1.05, "smallest_effective_sample": 76, "exact_pareto_k": 7.9,
                    "emulator_error_in_all_errors": {"worst": 3.4}})  # fmt: skip
    assert len(found) == 4
    assert found[0].startswith("largest r hat 1.05 (above 1.01)")
    draw = {one.name: one.median for one in parameters(HYPOTHESIS)}
    posterior = Posterior("t", {"hypothesis": HYPOTHESIS, "diagnostics": {"divergences": 3}}, (draw, draw, draw))
    text = html(Document("t", "s", (identified(posterior),), "f"))
    assert "not above doubt" in text
    assert "divergences 3 (above 0)" in text
