"""Every study that may be fitted or checked ships as a file of a trial, or a table says why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from holdfast.evidence.tables import studies
from holdfast.evidence.virtual_trials.reading import trials, without_trials

pytestmark = pytest.mark.story("HF-EVD-008")
WANTED = ("calibrate", "check")


def unaccounted(wanted: Iterable[str], shipped: Iterable[str | None], reasons: Mapping[str, str]) -> list[str]:
    """Studies with neither a file nor a reason, or with both."""
    filed = set(shipped)
    return sorted(study for study in wanted if (study in filed) == (study in reasons))


def test_every_study_to_be_fitted_or_checked_has_a_file_or_a_reason() -> None:
    wanted = [one.id for one in studies() if one.split in WANTED]
    assert len(wanted) > 30
    assert unaccounted(wanted, (one.study for one in trials()), without_trials()) == []
    assert set(without_trials()) <= set(wanted)
    assert all(len(why) > 20 for why in without_trials().values())


def test_the_gate_can_go_red() -> None:
    reasons = {"pool": "it reports no outcome"}
    assert unaccounted(["one", "pool"], ["one"], reasons) == []
    assert unaccounted(["one", "two", "pool"], ["one"], reasons) == ["two"]
    assert unaccounted(["one", "pool"], ["one", "pool"], reasons) == ["pool"]
