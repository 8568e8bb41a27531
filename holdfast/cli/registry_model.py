"""`holdfast registry predict` and `study`: what sites saw beside the model, and as a study of the evidence."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.cli.output import emit, seed_argument, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.model.named_models import CALIBRATED_MODEL
from holdfast.model.provenance import provenance_line

if TYPE_CHECKING:
    from holdfast.recalibration.observed import Observed
    from holdfast.recalibration.predicted import Compared
    from holdfast.registry.manifest import Manifest

_SETS_HELP = "folder of a registry set, or of several"


def add_verbs(verbs: Verbs) -> None:
    """predict, study."""
    predict = verbs.add(
        "predict", _predict,
        does="show what the calibrated model would have expected at each site, beside what was seen there",
        example="holdfast registry predict docs/examples/registry/west --replicates 32",
    )  # fmt: skip
    predict.add_argument("sets", type=Path, nargs="+", metavar="SET", help=_SETS_HELP)
    predict.add_argument("--replicates", type=whole_number_argument, default=400, help="default: 400")
    predict.add_argument("--seed", type=seed_argument, default=1, help="default: 1")
    predict.add_argument("--model", default=CALIBRATED_MODEL, help=f"default: {CALIBRATED_MODEL}")
    study = verbs.add(
        "study", _study,
        does="turn extracts into a study of the evidence tables, of design registry: shown, never fitted",
        example="holdfast registry study docs/examples/registry/north docs/examples/registry/south "
        "--name madeup2026 --title 'A rehearsal' --year 2026 --rehearse --output study",
        writes="a folder of CSV files, rows for the tables of facts, whole or not at all",
    )  # fmt: skip
    study.add_argument("sets", type=Path, nargs="+", metavar="SET", help=_SETS_HELP)
    study.add_argument("--name", required=True, help="id in the tables, such as northsouth2026")
    study.add_argument("--title", required=True, help="name in print")
    study.add_argument("--year", type=whole_number_argument, required=True, help="calendar year it is of")
    study.add_argument("--rehearse", action="store_true", help="take simulated courses too; every row then says so")
    study.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="a folder that is new or empty")


def _seen(arguments: argparse.Namespace, *, by_site: bool) -> tuple[Observed, tuple[Manifest, ...]]:
    from holdfast.recalibration.observed import observed
    from holdfast.registry.report.choices import choices_of
    from holdfast.registry.sets import opened

    registry_set = opened(arguments.sets)
    return observed(registry_set, choices_of(registry_set.manifests), by_site=by_site), registry_set.manifests


def _predict(arguments: argparse.Namespace) -> None:
    from holdfast.recalibration.observed import scale_title
    from holdfast.recalibration.predicted import ASSUMED, predicted

    seen, _ = _seen(arguments, by_site=True)
    found = predicted(
        seen, replicates=arguments.replicates, seed=arguments.seed, model=arguments.model, threads=os.cpu_count() or 1
    )
    about: Any = next(iter(found.about.values()), None)
    answer = {
        "scale": seen.scale, "rows": [one.as_dict() for one in found.rows], "held": found.held(),
        "left_out": list(seen.left_out), "assumptions": list(ASSUMED), "about": dict(found.about),
    }  # fmt: skip
    lines = [
        f"Seen, and predicted by {arguments.model}, on {scale_title(seen.scale)}", "",
        text_table(map(_line, found.rows), _HEADER), "",
        "; ".join(f"{words}: {count}" for words, count in found.held().items()) + f" of {len(found.rows)}",
        *(f"left out: {one}" for one in seen.left_out), "", *ASSUMED,
    ]  # fmt: skip
    if about is not None:
        lines += ["", str(about["said"]), f"hypothesis {about['hypothesis']}; {provenance_line(about)}"]
    emit(arguments, answer, "\n".join(lines))


_HEADER = ("site", "protocol", "week", "outcome", "rated", "ended", "seen (95 percent)", "predicted", "80 percent",
           "95 percent", "lies")  # fmt: skip


def _line(one: Compared) -> tuple[str, ...]:
    ends = one.predicted
    outcome = f"{one.outcome}, {one.unit}"
    return (
        one.site, one.protocol, str(one.week), outcome, str(one.rated), str(one.ended),
        f"{_number(one.seen.value)} ({_number(one.seen.low)} to {_number(one.seen.high)})", _number(ends["p50"]),
        f"{_number(ends['p10'])} to {_number(ends['p90'])}", f"{_number(ends['p2.5'])} to {_number(ends['p97.5'])}",
        one.where,
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _study(arguments: argparse.Namespace) -> None:
    from holdfast.recalibration.study import SPLIT, Named, study_rows, write_study
    from holdfast.whole_files import require_new_folder, require_outside

    require_new_folder(arguments.output)
    require_outside(arguments.output, arguments.sets)
    named = Named(arguments.name, arguments.title, arguments.year)
    seen, manifests = _seen(arguments, by_site=False)
    rows = study_rows(seen, manifests, named, rehearse=arguments.rehearse)
    write_study(arguments.output, rows)
    counted = {name: len(of_table) for name, of_table in rows.items()}
    told = (
        f"{arguments.output}: {counted['study_outcomes']} outcomes of {counted['study_arms']} arms as study "
        f"{named.id}, {SPLIT}. Next: docs/how-to/recalibrate.md"
    )
    answer = {
        "folder": str(arguments.output), "study": named.id, "split": SPLIT, "rows": counted,
        "left_out": list(seen.left_out),
    }  # fmt: skip
    emit(arguments, answer, told)
