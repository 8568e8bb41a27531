"""What the calibrated model predicted of a study before it had seen it: rows of the qualification, for its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from holdfast.evidence.qualification import reading
from holdfast.evidence.qualification.reading import Predicted
from holdfast.evidence.qualification.summary import summary
from holdfast.evidence.rows import Outcome
from holdfast.evidence.tables import outcome


@dataclass(frozen=True)
class Unseen:
    """One published number and its prediction without the study. `row` is as it stands today."""

    predicted: Predicted
    row: Outcome

    @property
    def ends_80(self) -> tuple[float | None, float | None]:
        """Ends of the 80 percent interval; of a yes or no both None."""
        return self.predicted.p10, self.predicted.p90

    @property
    def ends_95(self) -> tuple[float | None, float | None]:
        """The same of the 95 percent interval."""
        return self.predicted.p2_5, self.predicted.p97_5

    @property
    def inside(self) -> int:
        """The narrowest interval that holds the published number: 80, 95, or 0 for neither."""
        return 80 if self.predicted.inside_80 else 95 if self.predicted.inside_95 else 0


def unseen(study_id: str) -> tuple[Unseen, ...]:
    """Its numbers by the hypothesis that the qualification reports; empty before the first calibration.

    Raises `TableError` where the predictions were cut or changed after the fit.
    """
    return tuple(Unseen(one, outcome(one.row)) for one in _left_out() if one.study == study_id)


@cache
def _left_out() -> tuple[Predicted, ...]:
    if not (files("holdfast.evidence.qualification") / reading.ABOUT).is_file():
        return ()
    told = summary()
    return of_one_hypothesis(reading.left_out(), None if told is None else told.hypothesis)


def of_one_hypothesis(rows: Iterable[Predicted], wanted: str | None) -> tuple[Predicted, ...]:
    """Rows of that hypothesis; of the first of the table where none is wanted, or the wanted one has no row."""
    found = tuple(rows)
    names = list(dict.fromkeys(one.hypothesis for one in found))
    name = wanted if wanted in names else next(iter(names), None)
    return tuple(one for one in found if one.hypothesis == name)
