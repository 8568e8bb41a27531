"""Write what the model gives for the founding studies, for pages that must not compute it.

    .venv/bin/python -m calibration.founding_predictions           writes holdfast/evidence/founding_predictions.json
    .venv/bin/python -m calibration.founding_predictions --check   writes nothing; exit code 1 where it would differ

Nothing is fitted here: each trial is run by the code of `holdfast trial simulate`, at a fixed seed, once for each
hypothesis: the one that was calibrated by draws of its posterior, which holds what these studies themselves reported
where they were fitted; the others by its medians. Numbers are kept to four digits, so that two machines write the same
file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.evidence.founding import SWITCH, is_founding
from holdfast.evidence.founding_predictions import COMMAND, FILE, inputs_digest
from holdfast.evidence.virtual_trials.compared import Compared, compare
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.evidence.virtual_trials.replicates import Reported, Simulated, simulate_trial
from holdfast.evidence.virtual_trials.wording import calibration_line, reported_plain, short
from holdfast.model.named_models import CALIBRATED_MODEL
from holdfast.whole_files import written_whole

TRIALS = tuple(dict.fromkeys(("zarate-2006", "diazgranados-2010", "diamond-2014", *SWITCH)))
HYPOTHESES = ("nmda-driven", "hnk-driven", "mixed")  # the default first
REPLICATES, SEED = 1_000, 1
_DIGITS = 4
_PERCENTILES = ("p2.5", "p10", "p50", "p90", "p97.5")
_ABOUT = ("holdfast", "facts_digest", "model", "model_version", "based_on", "seed", "replicates")
# Ends of a printed range stand beside the kind that predicts them; no interval of one number judges a range.
_OF_RANGE = {"loss_of_response_shortest": "spread_low", "loss_of_response_longest": "spread_high"}
_MEDIAN = "loss_of_response_median"
_TOLD_IN = {"onset_before": "T0046"}  # what a source says in words only, by the row whose note holds it


def founding_predictions() -> dict[str, Any]:
    """The file as plain values."""
    runs = [
        simulate_trial(
            trial(name),
            replicates=REPLICATES,
            seed=SEED,
            model=CALIBRATED_MODEL,
            hypothesis=hypothesis,
            threads=os.cpu_count() or 1,
        )
        for name in TRIALS
        for hypothesis in HYPOTHESES
    ]
    about = {name: runs[0].about[name] for name in _ABOUT}
    return {
        "about": {**about, "inputs_digest": inputs_digest(TRIALS, CALIBRATED_MODEL), "written_by": COMMAND},
        "trials": [trial_told(one) for one in runs],
    }


def trial_told(simulated: Simulated) -> dict[str, Any]:
    """One trial as the file holds it."""
    one, (compared, left) = simulated.trial, compare(simulated)
    whole = one.study is not None and is_founding(one.study)  # of other trials only what the switch shows
    shown = [found for found in simulated.reported if whole or found.asked.key in SWITCH[one.id]]
    return {
        "trial": one.id, "hypothesis": simulated.about["hypothesis"], "people": one.n,
        "said": simulated.about["said"], "calibrated": _calibrated(simulated.about["posterior"]),
        "rests_on": calibration_line(simulated.about),
        "numbers": [_number(found, compared) for found in shown],
        "not_compared": {found.row.id: found.why for found in left if whole},
    }  # fmt: skip


def _calibrated(posterior: Mapping[str, str] | None) -> str | None:
    return None if posterior is None else ", ".join(f"{name} {value}" for name, value in posterior.items())


def _number(one: Reported, compared: Sequence[Compared]) -> dict[str, Any]:
    told = reported_plain(one)
    beside = [
        {"row": found.row.id, "column": "value", "inside": 80 if found.inside_80 else 95 if found.inside_95 else 0,
         "caveat": found.caveat}
        for found in compared
        if found.reported is one
    ]  # fmt: skip
    if one.asked.kind in _OF_RANGE:
        beside += [
            {"row": found.row.id, "column": _OF_RANGE[one.asked.kind], "inside": None, "caveat": found.caveat}
            for found in compared
            if found.reported.asked.kind == _MEDIAN and found.row.spread_low is not None
        ]
    return {
        "outcome": told["outcome"], "kind": told["kind"], "group": short(one.group),
        "against": None if one.against is None else short(one.against), "unit": told["unit"],
        **{name: _rounded(told[name]) for name in _PERCENTILES},
        "excludes_0": _rounded(told.get("interval_excludes_0")), "beside": beside,
        "told_in": _TOLD_IN.get(one.asked.kind),
    }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def written(found: dict[str, Any]) -> str:
    """The text of the file."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Writes what the model gives for the founding studies.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file is stale")
    found = written(founding_predictions())
    if parser.parse_args().check:
        same = FILE.exists() and FILE.read_text(encoding="utf-8") == found
        if not same:
            print(f"{FILE.name} is stale; write it anew: .venv/bin/{COMMAND}", file=sys.stderr)
        return 0 if same else 1
    with written_whole(FILE) as place:
        place.write_text(found, encoding="utf-8")
    print(f"wrote {FILE.name}: {len(TRIALS)} trials under {len(HYPOTHESES)} hypotheses")
    return 0


if __name__ == "__main__":
    sys.exit(main())
