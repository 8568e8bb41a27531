"""From registries back to the model: predictions beside what was seen, and a study that is shown and never fitted."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.evidence.rows import Study
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.facts import load
from holdfast.facts.loader import read_tables
from holdfast.recalibration.observed import Observed, observed
from holdfast.recalibration.predicted import OUTSIDE, Compared, predicted, trial_text
from holdfast.recalibration.study import Named, study_rows, write_study
from holdfast.registry.report.choices import Choices
from holdfast.registry.sets import RegistrySet, from_rows, opened
from holdfast.statistics.estimate import Estimate
from tests.gates.repository import ROOT

WEST = ROOT / "docs" / "examples" / "registry" / "west"
FACTS = ROOT / "holdfast" / "facts"
NAMED = Named("madeup2026", "A rehearsal", 2026)


@pytest.fixture(scope="module")
def west() -> RegistrySet:
    return opened([WEST])


@pytest.fixture(scope="module")
def seen(west: RegistrySet) -> Observed:
    return observed(west, Choices())


@pytest.mark.story("HF-REG-153")
def test_what_was_seen_is_what_a_plain_count_gives(west: RegistrySet, seen: Observed) -> None:
    ratings, courses = west.tables["ratings"], west.courses
    names = west.names["courses.protocol"]
    arm = next(one for one in seen.arms if one.protocol == "iv-racemic")
    for one in arm.seen:
        last: dict[int, float] = {}
        base: dict[int, float] = {}
        for course, day, total, fixed in zip(
            *(ratings[name] for name in ("course", "day", "total", "baseline")), strict=True
        ):
            if names[courses["protocol"][course]] != "iv-racemic" or total != total:
                continue
            if fixed:
                base[course] = total
            elif one.at.low <= day <= one.at.high:
                last[course] = total
        falls = [total - base[course] for course, total in last.items()]
        assert (one.rated, one.change) == (len(falls), pytest.approx(sum(falls) / len(falls)))
        assert one.reached["response"] == sum(2 * total <= base[course] for course, total in last.items())
        assert one.rated + one.ended + one.missed == arm.started == 20
    assert (arm.drug, arm.route, arm.dose, arm.dose_unit) == ("ketamine", "iv", 0.5, "mg/kg")
    assert arm.days[:3] == (0, 3, 7)


@pytest.mark.story("HF-REG-153")
def test_each_site_and_protocol_is_a_virtual_trial_of_its_own_size(seen: Observed, tmp_path: Path) -> None:
    for arm in seen.arms:
        path = tmp_path / "trial.toml"
        path.write_text(trial_text(arm, seen))
        of = trial(str(path))
        assert [track.n for track in of.tracks] == [one.rated for one in arm.seen]
        assert {one.doses for one in of.arms.values()} == {(arm.dose,)}
        assert [one.published for one in of.asked] == [()] * 9


@pytest.mark.story("HF-REG-153")
def test_a_prediction_carries_its_model_its_facts_and_its_seed(seen: Observed) -> None:
    few = Observed(seen.scale, seen.definitions, seen.arms[:1], ())
    found, again = (predicted(few, replicates=16, seed=3) for _ in range(2))
    assert [one.as_dict() for one in found.rows] == [one.as_dict() for one in again.rows]
    assert len(found.rows) == 9
    assert sum(found.held().values()) == 9
    (about,) = found.about.values()
    assert (about["model"], about["model_version"], about["seed"]) == ("holdfast-2", "1", 3)
    assert about["facts_digest"] == load().digest
    assert about["posterior"] is not None
    for one in found.rows:
        ends = [one.predicted[name] for name in ("p2.5", "p10", "p50", "p90", "p97.5")]
        assert ends == sorted(ends)
        assert -60 < ends[0] < ends[-1] < 100


def test_what_lies_outside_is_told_so() -> None:
    ends = {"p2.5": 10.0, "p10": 20.0, "p50": 30.0, "p90": 40.0, "p97.5": 50.0}
    lies = {5.0: OUTSIDE, 10.0: "inside 95", 20.0: "inside 80", 45.0: "inside 95", 51.0: OUTSIDE}
    for value, words in lies.items():
        one = Compared("a", "b", 1, "response", None, "percent", 9, 0, 0, Estimate(value, value - 1, value + 1), ends)
        assert one.where == words


def with_study(folder: Path, rows: Any) -> Path:
    """A copy of the facts with the rows of a study behind theirs, as the guide does it."""
    shutil.copytree(FACTS, folder / "facts", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    write_study(folder / "study", rows)
    for path in (folder / "study").iterdir():
        with (folder / "facts" / path.name).open("a", encoding="utf-8") as file:
            file.write(path.read_text(encoding="utf-8").split("\n", 1)[1])
    return folder / "facts"


@pytest.mark.story("HF-REG-154")
def test_a_pool_is_a_study_of_design_registry_that_the_tables_take(west: RegistrySet, tmp_path: Path) -> None:
    pooled = observed(west, Choices(), by_site=False)
    rows = study_rows(pooled, west.manifests, NAMED, rehearse=True)
    facts, faults = read_tables(with_study(tmp_path, rows))
    assert faults == []
    assert facts is not None
    (study,) = [row for row in facts.rows("studies") if row["id"] == "madeup2026"]
    assert (study["design_kind"], study["split"], study["status"]) == ("registry", "context", "transcribed")
    assert study["title"].startswith("SIMULATED courses, no evidence")
    outcomes = [row for row in facts.rows("study_outcomes") if row["study"] == "madeup2026"]
    assert len(outcomes) == 18
    response = next(row for row in outcomes if row["id"] == "madeup2026.iv-racemic.w1.response")
    assert response["value"] == pytest.approx(100 * response["events"] / response["n_analysed"])
    assert "rated of 20 started" in response["note"]
    assert Study.__dataclass_fields__.keys() >= {"split", "design_kind"}


@pytest.mark.story("HF-REG-154")
def test_a_registry_is_never_fitted(west: RegistrySet, tmp_path: Path) -> None:
    rows = dict(study_rows(observed(west, Choices(), by_site=False), west.manifests, NAMED, rehearse=True))
    rows["studies"] = [{**rows["studies"][0], "split": "calibrate"}]
    _, faults = read_tables(with_study(tmp_path, rows))
    assert ["a study of design registry is never fitted; write context" in str(one) for one in faults] == [True]


@pytest.mark.story("HF-REG-154")
def test_what_may_not_become_a_study_is_refused_and_nothing_is_written(
    west: RegistrySet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = f"registry study {WEST} --name madeup2026 --title T --year 2026 --output {tmp_path / 'study'}".split()
    assert main(words) == InputError.exit_code
    assert "simulated and no evidence" in capsys.readouterr().err
    assert not (tmp_path / "study").exists()
    with pytest.raises(InputError, match="is no id of a study"):
        Named("North & South", "T", 2026)
    own = from_rows({}, type(west.manifests[0])(kind="programme", sites=("own",), made_by="x", facts_digest="0"))
    with pytest.raises(InputError, match="a programme's own set is no extract"):
        study_rows(Observed("madrs", (), (), ()), own.manifests, NAMED)
    with pytest.raises(InputError, match="nobody who started has a rating of depression"):
        observed(own, Choices())


def test_the_command_writes_what_the_guide_appends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = f"registry study {WEST} --name madeup2026 --title T --year 2026 --rehearse --json --output".split()
    assert main([*words, str(tmp_path / "study")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["split"], answer["rows"]["study_arms"]) == ("context", 2)
    with (tmp_path / "study" / "study_outcomes.csv").open() as file:
        assert len(list(csv.DictReader(file))) == answer["rows"]["study_outcomes"] == 18
