"""A total in a score table is a whole number, as it is when a trial is imported: the two readers agree."""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.outcomes.score_rows import check_rows


def test_a_fractional_total_is_refused_by_line():
    rows = [
        (2, {"participant_id": "p1", "scale": "madrs", "day": "0", "score": "30"}),
        (3, {"participant_id": "p1", "scale": "madrs", "day": "2", "score": "12.5"}),
    ]
    with pytest.raises(InputError, match=r"scores\.csv line 3: .*whole number"):
        check_rows(rows, "scores.csv")
