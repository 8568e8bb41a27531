"""What the model predicted of a study without it: by one hypothesis, in words of its rows, and nothing before a fit."""

from __future__ import annotations

from dataclasses import fields

import pytest

from holdfast.evidence import unseen as module
from holdfast.evidence.qualification.reading import Predicted
from holdfast.evidence.unseen import Unseen, of_one_hypothesis, unseen

pytestmark = pytest.mark.story("HF-EVD-030")


def predicted(hypothesis: str = "nmda-driven", row: str = "T0046", *, inside: tuple[bool, bool] = (False, True)):
    told = {
        "hypothesis": hypothesis, "study": "diamond2014", "trial": "diamond-2014", "row": row, "outcome": "response",
        "unit": "percent", "published": 29, "status": "transcribed", "basis": "never fitted", "median": 44.4,
        "p2_5": 10.0, "p10": 20.0, "p90": 66.0, "p97_5": 77.0, "inside_80": inside[0], "inside_95": inside[1],
    }  # fmt: skip
    return Predicted(**{one.name: told.get(one.name) for one in fields(Predicted)})


def test_the_rows_of_one_hypothesis_are_shown() -> None:
    rows = [predicted("mixed"), predicted(), predicted(row="T0047")]
    assert of_one_hypothesis(rows, "nmda-driven") == tuple(rows[1:])
    assert of_one_hypothesis(rows, None) == (rows[0],)
    assert of_one_hypothesis(rows, "moon-driven") == (rows[0],)
    assert of_one_hypothesis([], "nmda-driven") == ()


@pytest.mark.parametrize(("inside", "told"), [((True, True), 80), ((False, True), 95), ((False, False), 0)])
def test_the_narrowest_interval_that_holds_it(inside: tuple[bool, bool], told: int) -> None:
    one = Unseen(predicted(inside=inside), module.outcome("T0046"))
    assert (one.inside, one.ends_80, one.ends_95) == (told, (20.0, 66.0), (10.0, 77.0))


def test_a_study_has_its_own_rows_and_before_a_fit_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_left_out", lambda: (predicted(), predicted(row="T0047")))
    assert [one.row.id for one in unseen("diamond2014")] == ["T0046", "T0047"]
    assert unseen("zarate2006") == ()
    monkeypatch.undo()
    monkeypatch.setattr(module.reading, "ABOUT", "no-such-file.json")
    module._left_out.cache_clear()
    assert unseen("diamond2014") == ()
    module._left_out.cache_clear()
