"""Repeat the calibration of the mood model: the posterior, its check, studies left out, rival hypotheses, the report.

python -m calibration.mood                 all of it: at most an hour on two cores; what was done before is not repeated
python -m calibration.mood --small         the same in miniature, into a folder of its own, to see that it runs
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from datetime import date

import numpy as np

from calibration.mood.checking import Checked, checked
from calibration.mood.left_out import LeftOut
from calibration.mood.model_rows import write_rows
from calibration.mood.report import summary, write_report
from calibration.mood.runs import CACHE
from calibration.mood.scoring import compared, hypothesis_rows, predictions, scored, study_rows
from calibration.mood.stages import Calibrated, Sizes, calibrated, kept, rival
from calibration.mood.tables import basis_of, fitted_values, predicted_row, write_posterior, write_tables
from holdfast import __version__
from holdfast.facts import load
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS, HYPOTHESES

BASE, MADE = "holdfast-1", "holdfast-2"
COMMAND = "make calibrate"
SMALL = Sizes(first=32, second=32, third=16, rival=16, rival_near=16, people=100, warmup=100, draws=100,
              again_warmup=50, again_draws=50, last_warmup=100, last_draws=100, last_thinned=1, exact=8,
              predicted=8)  # fmt: skip


def main(words: list[str] | None = None) -> int:
    """Everything, in order."""
    parser = argparse.ArgumentParser(description="Calibrate the mood model.")
    parser.add_argument("--small", action="store_true", help="in miniature; writes nothing into the package")
    parser.add_argument("--rivals", nargs="*", default=None, help="rival hypotheses to score; default: all")
    arguments = parser.parse_args(words)
    sizes = SMALL if arguments.small else Sizes()
    began = time.monotonic()
    found = calibrated(BASE, sizes)
    check = kept("checked", found.setup, sizes, lambda: checked(found, sizes))
    without = kept("left-out", found.setup, sizes, lambda: scored(found, sizes))
    rows = kept("predicted", found.setup, sizes, lambda: predictions(found, without, sizes))
    about = _about(found, check, sizes)
    names = [name for name in HYPOTHESES if name != DEFAULT_HYPOTHESIS]
    rivals = [rival(BASE, name, found, sizes) for name in (names if arguments.rivals is None else arguments.rivals)]
    scores = compared([found, *rivals], sizes)
    said = {one.setup.hypothesis: _note(one, found, scores[one.setup.hypothesis]) for one in rivals}
    print(f"took {time.monotonic() - began:.0f} s, without what was found on disk", file=sys.stderr)
    tables = _tables(found, rows, scores, said, sizes)
    if arguments.small:
        print(json.dumps(about, indent=2))
        return 0
    # Last, since what is kept on disk goes by the facts: an interrupted run must find them unchanged.
    about["posterior"] = {"name": MADE, "digest": write_posterior(found, MADE, about)}
    write_rows(MADE, BASE, summary(found))
    write_tables(tables, about)
    write_report(found, check, without, tables, about)
    return 0


def _tables(found: Calibrated, rows, scores, said, sizes):  # type: ignore[no-untyped-def]
    values = fitted_values(found, sizes.seed)
    of_all = {"left out": "fitted"}
    fitted = [predicted_row(DEFAULT_HYPOTHESIS, one, values[one.row], of_all.get(basis_of(one), basis_of(one)))
              for one in found.emulator.targets]  # fmt: skip
    studies = study_rows(found, scores[DEFAULT_HYPOTHESIS], rows)
    for name, scored_by in scores.items():
        if name != DEFAULT_HYPOTHESIS:
            studies += [{**row, "hypothesis": name} for row in study_rows(found, scored_by, [])]
    return {
        "left_out.csv": rows, "fitted.csv": sorted(fitted, key=lambda row: row["row"]), "left_out_studies.csv": studies,
        "hypotheses.csv": hypothesis_rows(scores, said),
    }  # fmt: skip


def _note(rival: Calibrated, default: Calibrated, scores: Mapping[str, LeftOut]) -> str:
    """How far the score of a rival is to be trusted."""
    anew = sum(one.sampled_anew for one in scores.values())
    places = default.published.places
    coarser = np.median(rival.emulator.off[places] / default.emulator.off[places])
    return f"{anew} of {len(scores)} studies sampled anew; emulator {coarser:.1f} times as far off as the default's"


def _about(found: Calibrated, check: Checked, sizes: Sizes) -> dict[str, object]:
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

    draws = found.draws
    each = [draws.by_chain(values) for values in (draws.z, draws.tau, draws.b)]
    r_hat = max(float(np.nanmax(split_gelman_rubin(one))) for one in each)
    effective = min(float(np.nanmin(effective_sample_size(one))) for one in each)
    return {
        "version": "1", "hypothesis": found.setup.hypothesis, "based_on": found.setup.base,
        "date": date.today().isoformat(),  # noqa: DTZ011  # the day it was run
        "holdfast": __version__, "facts_digest": load().digest, "command": COMMAND, "model": MADE,
        "sizes": vars(sizes), "seed": sizes.seed,
        "diagnostics": {
            "chains": draws.chains, "draws": len(draws.z), "divergences": draws.divergences,
            "largest_r_hat": round(r_hat, 3), "smallest_effective_sample": round(effective),
            "emulator_error_in_chance_errors": {"median": round(float(np.nanmedian(check.rms)), 2),
                                                "worst": round(float(np.nanmax(check.rms)), 2)},
            "emulator_error_in_all_errors": {"median": round(float(np.nanmedian(check.rms_of_both)), 2),
                                             "worst": round(float(np.nanmax(check.rms_of_both)), 2)},
            "exact_draws": check.draws, "exact_pareto_k": round(check.pareto_k, 2),
            "exact_effective_draws": round(check.effective, 1),
        },
        "fitted_rows": len(found.published.targets), "fitted_studies": len(set(found.published.study_of.tolist())),
    }  # fmt: skip


if __name__ == "__main__":
    CACHE.mkdir(parents=True, exist_ok=True)
    sys.exit(main())
