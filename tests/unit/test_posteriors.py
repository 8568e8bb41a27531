"""Posteriors of the mood model: read whole or refused in a sentence; each draw is a model; trials take their draws."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from holdfast.errors import TableError, UnknownNameError
from holdfast.evidence.virtual_trials import uncertain
from holdfast.evidence.virtual_trials.misfit import moved
from holdfast.evidence.virtual_trials.power import share_error
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.evidence.virtual_trials.replicates import Simulated, simulate_trial
from holdfast.facts.digest import digest_of
from holdfast.model.mood.laws import HYPOTHESES
from holdfast.model.named_models import named_model
from holdfast.model.posteriors.parameters import changed, parameters, spreads
from holdfast.model.posteriors.reading import Posterior, columns, posterior, read_posterior

pytestmark = pytest.mark.story("HF-EVD-040")
NMDA = "nmda-driven"
MODEL = "holdfast-1"


def draws_text(count: int = 8, *, tau: float = 0.5) -> str:
    """Draws around the prior medians, a tenth of the prior's SD apart."""
    random = np.random.default_rng(1)
    lines = [",".join(["draw", *columns(NMDA)])]
    for number in range(count):
        values = [one.natural(one.centre + 0.1 * one.sd * random.normal()) for one in parameters(NMDA)]
        lines.append(",".join([str(number + 1), *(f"{value:.6g}" for value in [*values, tau, tau, 0.8, tau])]))
    return "\n".join(lines) + "\n"


def written(folder: Path, text: str, **about: object) -> Path:
    (folder / f"{MODEL}.csv").write_text(text, encoding="utf-8")
    told = {"name": MODEL, "hypothesis": NMDA, "version": "1", "file_digest": digest_of(text.encode()), **about}
    (folder / f"{MODEL}.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


@pytest.fixture
def made(tmp_path: Path) -> Posterior:
    return read_posterior(written(tmp_path, draws_text()), MODEL)


def test_every_draw_is_a_model_with_its_values(made: Posterior) -> None:
    assert len(made) == 8
    for number in range(len(made)):
        model = made.model(number)
        assert model.value("gX") == pytest.approx(made.draws[number]["gX"])
        assert model.value("kout", "omega", unit="SD log") == pytest.approx(made.draws[number]["kout.omega"])
    assert made.model(0).value("gX") != made.model(1).value("gX")


def test_a_study_moves_the_shares_of_its_part_and_nothing_else(made: Posterior) -> None:
    middle, more_drug = made.model(0), made.model(0, (1.0, 0.0))

    def logit(share: float) -> float:
        return float(np.log(share / (1 - share)))

    for symbol in ("gA", "gX", "gZ"):
        assert logit(more_drug.value(symbol)) - logit(middle.value(symbol)) == pytest.approx(0.5)
    for symbol in ("expectancy", "improvement", "kout"):
        assert more_drug.value(symbol, unit="1/h" if symbol == "kout" else "1") == middle.value(
            symbol, unit="1/h" if symbol == "kout" else "1"
        )
    assert made.model(0, (0.0, -1.0)).value("expectancy") < middle.value("expectancy")


def test_a_share_stays_a_share_however_far_a_study_lies(made: Posterior) -> None:
    far = made.model(0, (40.0, 40.0))
    assert 0.99 < far.value("gX") <= 1.0


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_every_prior_is_of_a_parameter_that_the_model_has(hypothesis: str) -> None:
    for one in parameters(hypothesis):
        assert named_model(MODEL).has(one.symbol, one.kind)
        assert one.natural(one.scaled(one.median)) == pytest.approx(one.median)
        for value in (one.natural(one.centre - 2 * one.sd), one.natural(one.centre + 2 * one.sd)):
            changed(named_model(MODEL), (one,), {one.name: value}, {})
    assert [one.name for one in spreads(hypothesis)] == ["tau_drug", "tau_placebo", "tau_row", "racemate"]


CUT = "is not the file"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text[: len(text) // 2], CUT),
        (lambda text: text.replace("0.5\n", "0.6\n", 1), CUT),
        (lambda text: "", CUT),
    ],
)
def test_a_file_of_draws_that_was_cut_or_changed_is_refused(tmp_path: Path, spoil: object, said: str) -> None:
    written(tmp_path, draws_text())
    (tmp_path / f"{MODEL}.csv").write_text(spoil(draws_text()), encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(TableError, match=said):
        read_posterior(tmp_path, MODEL)


def test_line_ends_of_another_system_change_nothing(tmp_path: Path) -> None:
    written(tmp_path, draws_text())
    (tmp_path / f"{MODEL}.csv").write_bytes(draws_text().replace("\n", "\r\n").encode())
    assert len(read_posterior(tmp_path, MODEL)) == 8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (draws_text().replace("tau_row", "tau_other", 1), "does not hold the parameters"),
        (draws_text() + "9,1,2\n", "line 10 holds no whole draw"),
        (draws_text().replace(",0.5\n", ",nan\n", 1), "line 2 holds no whole draw"),
        (draws_text().replace(",0.5\n", ",half\n", 1), "line 2 holds no whole draw"),
        (draws_text(0), "holds no draw"),
        (draws_text() + "9" * 200_000, "is no table in UTF-8"),
    ],
)
def test_draws_that_are_none_are_refused_by_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_posterior(written(tmp_path, text), MODEL)


@pytest.mark.parametrize("named", [["nmda-driven"], None, 5])
def test_a_hypothesis_that_is_no_name_is_refused(tmp_path: Path, named: object) -> None:
    with pytest.raises(TableError, match="names no hypothesis"):
        read_posterior(written(tmp_path, draws_text(), hypothesis=named), MODEL)


def test_a_description_nested_without_end_is_refused(tmp_path: Path) -> None:
    (written(tmp_path, draws_text()) / f"{MODEL}.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(TableError, match="cannot be read as JSON"):
        read_posterior(tmp_path, MODEL)


def test_a_posterior_without_its_description_is_refused(tmp_path: Path) -> None:
    (written(tmp_path, draws_text()) / f"{MODEL}.json").write_text("{", encoding="utf-8")
    with pytest.raises(TableError, match="cannot be read as JSON"):
        read_posterior(tmp_path, MODEL)
    (tmp_path / f"{MODEL}.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TableError, match="names no hypothesis"):
        read_posterior(tmp_path, MODEL)


def test_a_model_without_posterior_is_named_as_such() -> None:
    with pytest.raises(UnknownNameError, match="posterior of a model"):
        posterior("domino-1984")


# --- the misfit of a number


def test_a_misfit_of_nothing_changes_nothing() -> None:
    values = np.array([0.0, 20.0, 50.0, 100.0])
    for kind in ("response", "change", "effect_size_d", "relapse_median", "superior"):
        np.testing.assert_allclose(moved(kind, values, 10, 0.0, 8.0), values, atol=1e-9)


def test_a_share_is_moved_on_its_logit_and_stays_a_share() -> None:
    half = moved("response", np.array([50.0]), 1e9, 1.0, 1.0)
    assert half[0] == pytest.approx(100 / (1 + np.exp(-1)), abs=1e-4)
    nobody, more = moved("response", np.array([0.0, 0.0]), 30, np.array([-3.0, 3.0]), 1.0)
    assert nobody == 0.0
    assert 10 < more < 50


def test_other_numbers_are_moved_by_the_spread_they_have() -> None:
    unit = np.sqrt(3) / np.pi
    assert moved("change", np.array([-10.0]), 30, 1.0, 9.0)[0] == pytest.approx(-10 + 9 * unit)
    assert moved("effect_size_d", np.array([0.5]), 30, -1.0, 9.0)[0] == pytest.approx(0.5 - unit)
    assert moved("relapse_median", np.array([20.0]), 30, 1.0, 9.0)[0] == pytest.approx(20 * np.exp(unit))
    assert moved("superior", np.array([1.0]), 30, -9.0, 9.0)[0] == 1.0


# --- trials by draws


@pytest.fixture
def drawn(made: Posterior, monkeypatch: pytest.MonkeyPatch) -> Posterior:
    monkeypatch.setattr(uncertain, "posterior_names", lambda: (MODEL,))
    monkeypatch.setattr(uncertain, "posterior", lambda name: made)
    monkeypatch.setattr(uncertain, "BATCHES", 12)
    return made


def simulated(**how: object) -> Simulated:
    asked = {"replicates": 120, "seed": 3, "model": MODEL, **how}
    return simulate_trial(trial("berman-2000"), **asked)  # type: ignore[arg-type]


def width(one: Simulated) -> float:
    ends = one.reported[0].percentiles
    assert ends["p97.5"] is not None
    assert ends["p2.5"] is not None
    return ends["p97.5"] - ends["p2.5"]


def test_draws_widen_intervals_and_the_answer_names_them(drawn: Posterior) -> None:
    whole, typical = simulated(), simulated(uncertain=False)
    assert len(whole.reported[0].values) == len(typical.reported[0].values) == 120
    assert width(whole) > 1.15 * width(typical) > 0
    assert whole.about["posterior"]["name"] == MODEL
    assert "how unsure the calibrated model is" in whole.about["said"]
    assert typical.about["posterior"] is None
    assert "does not hold how unsure the model is" in typical.about["said"]


def test_a_trial_is_another_study_in_each_draw(
    made: Posterior, drawn: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Studies that differ widen an interval beyond what draws of the parameters and chance do."""
    alike = [{**draw, **dict.fromkeys(("tau_drug", "tau_placebo", "tau_row"), 0.0)} for draw in made.draws]
    apart = [{**draw, "tau_drug": 2.0, "tau_placebo": 2.0} for draw in alike]
    monkeypatch.setattr(uncertain, "posterior", lambda name: replace(made, draws=tuple(alike)))
    narrow = width(simulated())
    monkeypatch.setattr(uncertain, "posterior", lambda name: replace(made, draws=tuple(apart)))
    assert width(simulated()) > 1.2 * narrow > 0


def test_the_error_of_a_share_counts_draws_and_not_replicates(drawn: Posterior) -> None:
    """Eight draws of twenty replicates that all agree within a draw: the share is as sure as eight flags make it."""
    flags = np.repeat([1.0, 1, 1, 0, 1, 0, 1, 1], 20)
    assert share_error(flags, np.repeat(np.arange(8), 20)) == pytest.approx(np.sqrt(0.75 * 0.25 / 7))
    assert share_error(flags, None) == pytest.approx(np.sqrt(0.75 * 0.25 / 160))
    draw = next(one.draw for one in simulated().reported if one.excludes_0 is not None)
    assert draw is not None
    assert (len(draw), len(set(draw.tolist()))) == (120, 12)
    assert all(one.draw is None for one in simulated(uncertain=False).reported)


def test_the_same_seed_gives_the_same_numbers(drawn: Posterior) -> None:
    first, again, other = simulated(), simulated(), simulated(seed=4)
    np.testing.assert_array_equal(first.reported[0].values, again.reported[0].values)
    assert not np.array_equal(first.reported[0].values, other.reported[0].values)


def test_a_posterior_says_nothing_of_another_hypothesis(drawn: Posterior) -> None:
    assert simulated(hypothesis="mixed").about["posterior"] is None
