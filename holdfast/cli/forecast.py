"""`holdfast forecast`: what is likely for one patient, from their own doses and ratings."""

from __future__ import annotations

import argparse
from pathlib import Path

from holdfast.cli.output import emit, json_from_stdin, read_json, seed_argument, text_table
from holdfast.cli.parser import EXIT_CODES
from holdfast.forecast.patient_file import read_patient
from holdfast.whole_files import require_writable

EXAMPLE = "holdfast forecast docs/examples/forecast/responder.json"
FOLDER = "docs/examples/forecast"
_MOST_SIGNS = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the noun, which is its own verb."""
    parser.description = (
        "Tells what the calibrated model holds likely for one patient: ratings to come with their bands, chances of "
        "response and relapse, and schedules compared. It informs; it advises no schedule. Writes nothing but its "
        "answer, or the plot that --plot names."
    )
    parser.epilog = f"example: {EXAMPLE}\n{EXIT_CODES}"
    parser.add_argument("file", type=Path, help=f"the patient, JSON, - for standard input; {FOLDER} shows fields")
    parser.add_argument("--seed", type=seed_argument, default=1, help="the same seed gives the same answer; default: 1")
    parser.add_argument("--plot", type=Path, help="draw the bands to come into this file, .svg or .png")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument(
        "--whole", action="store_true",
        help="with --json: also how many ratings fell on each total, of the first 60 days, to score it exactly",
    )  # fmt: skip
    parser.set_defaults(run=_forecast, example=EXAMPLE)


def _forecast(arguments: argparse.Namespace) -> None:
    given = json_from_stdin(_MOST_SIGNS) if str(arguments.file) == "-" else read_json(arguments.file)
    patient = read_patient(given)
    if arguments.plot is not None:
        require_writable(arguments.plot)
    from holdfast.forecast.forecast import forecast
    from holdfast.forecast.told import HEADER, told

    answer = forecast(patient, seed=arguments.seed, whole=arguments.whole)
    if arguments.plot is not None:
        from holdfast.forecast.picture import fan_chart
        from holdfast.model.plots import write_figure

        write_figure(fan_chart(answer, patient), arguments.plot)
    before, rows, after = told(answer)
    table = [text_table(rows, HEADER)] if rows else []
    emit(arguments, answer, "\n".join([*before, *table, "", *after]))
