"""Made-up sites: sound sets, the same bytes from the same seed, and never taken for real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.registry.common_model import ENDS
from holdfast.registry.sets import counted, opened


def made(folder: Path, *more: str) -> int:
    """A site of 30 courses by the command line."""
    asked = ["iv-racemic:20", "esketamine-nasal:10", "--site", "north", "--days", "60", "--output", str(folder)]
    return main(["registry", "simulate", *asked, *more])


def test_a_site_is_sound_and_made_of_what_was_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [made(tmp_path / name) for name in ("a", "b")] == [0, 0]
    assert "no evidence" in capsys.readouterr().out
    site = opened([tmp_path / "a"])
    assert counted(site, "route") == {"nasal": 10, "iv": 20, "im": 0, "sc": 0, "oral": 0, "sublingual": 0}
    assert site.courses["started"].all()
    assert site.tables["ratings"]["baseline"].sum() == 30
    first = site.tables["treatment_sessions"]["number"] == 1
    assert first.sum() == 30
    assert (site.tables["treatment_sessions"]["day"][first] == 0).all()
    for one in (tmp_path / "a").iterdir():
        assert one.read_bytes() == (tmp_path / "b" / one.name).read_bytes()


def test_who_is_stopped_for_no_response_did_not_complete_induction(tmp_path: Path) -> None:
    assert made(tmp_path / "a") == 0
    courses = opened([tmp_path / "a"]).courses
    stopped = courses["end_reason"] == ENDS.index("non_response")
    completed = ~np.isnan(courses["induction_ended_day"])
    assert 3 < stopped.sum() < 27
    assert not completed[stopped].any()
    assert np.isnan(courses["maintenance_day"][stopped]).all()
    assert (completed & ~stopped).sum() > 3


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--site", "North Wing"), 3, "is no name of a site (--site)"),
        (("--days", "0"), 3, "0 days are no course"),
        (("--processes", "0"), 3, "0 processes do nothing"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], code: int, words: str
) -> None:
    assert made(tmp_path / "a", *more) == code
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arm", "code"), [("iv-racemic", 3), ("iv-racemic:x", 3), (":3", 3), ("nowhere:3", 5)])
def test_an_arm_is_a_protocol_and_a_number(tmp_path: Path, arm: str, code: int) -> None:
    assert main(["registry", "simulate", arm, "--site", "n", "--output", str(tmp_path / "a")]) == code
    assert list(tmp_path.iterdir()) == []
