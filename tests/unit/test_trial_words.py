"""What an answer of a virtual trial rests on is said in words, and the words stay on the figure."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from holdfast.evidence.virtual_trials.figures import trial_figure
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.evidence.virtual_trials.replicates import simulate_trial
from holdfast.evidence.virtual_trials.wording import UNCALIBRATED, calibration_line
from holdfast.model.named_models import CALIBRATED_MODEL, DEFAULT_MODEL


def test_medians_of_the_calibrated_hypothesis_are_told_from_another_hypothesis() -> None:
    about = {"model": CALIBRATED_MODEL, "posterior": None, "hypothesis": "nmda-driven"}
    medians = calibration_line(about)
    other = calibration_line({**about, "hypothesis": "hnk-driven"})
    assert medians == f"By the medians of the calibrated model {CALIBRATED_MODEL}, without how unsure it is."
    assert other.startswith(
        f"By the hypothesis hnk-driven with the medians of {CALIBRATED_MODEL}, which was calibrated"
    )
    assert "under nmda-driven" in other
    assert calibration_line({**about, "model": DEFAULT_MODEL}) == UNCALIBRATED


def test_only_the_medians_report_shares_of_whole_people() -> None:
    """The guide says so: by draws a share is moved by the misfit, and is none that a trial of 18 could report."""
    for uncertain in (True, False):
        found = simulate_trial(trial("zarate-2006"), replicates=40, model=CALIBRATED_MODEL, uncertain=uncertain)
        shares = next(one.values for one in found.reported if one.asked.kind == "response")
        people = [shares * rated / 100 for rated in range(14, 19)]  # of 18, as many as were still there
        whole = np.min([abs(one - one.round()) for one in people], axis=0) < 1e-9
        assert whole.mean() < 0.5 if uncertain else whole.all()


@pytest.mark.parametrize("how", [{}, {"hypothesis": "hnk-driven"}])
def test_no_word_of_a_figure_touches_its_edge(how: dict[str, str]) -> None:
    figure = trial_figure(simulate_trial(trial("zarate-2006"), replicates=10, model=CALIBRATED_MODEL, **how))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    ends = [one.get_window_extent(canvas.get_renderer()) for one in figure.texts]
    assert len(ends) > 5
    assert max(end.x1 for end in ends) < 0.985 * width
    assert min(end.x0 for end in ends) > 0.01 * width
    assert min(end.y0 for end in ends) > 0
    assert max(end.y1 for end in ends) < height
    lowest_panel = min(axes.get_tightbbox(canvas.get_renderer()).y0 for axes in figure.axes)
    assert max(end.y1 for end in ends[1:]) < lowest_panel
