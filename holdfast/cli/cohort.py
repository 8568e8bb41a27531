"""`holdfast cohort`: forecasts of many people at once, kept before their ratings come, and judged when they have."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.cli.output import (
    emit,
    json_from_stdin,
    number_argument,
    read_csv,
    read_json,
    seed_argument,
    tell,
    text_table,
    whole_number_argument,
)
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError
from holdfast.forecast.cohort_people import Cohort, read_design, read_patient_files, read_trial
from holdfast.whole_files import require_writable, written_whole

if TYPE_CHECKING:
    from holdfast.forecast.cohort import Made

EXAMPLE = "docs/examples/cohort/trial"
DESIGN = "docs/examples/cohort/design.json"
_LEAST_CHANCE = 0.01
_MOST_SIGNS = 20_000_000
_INSIDE = tuple(f"inside {share} %" for share in (50, 80, 95))
_HEADER = ("method", "ratings", "CRPS (SE)", "worse than ours (95 %)", *_INSIDE, "mean error", "mean absolute")


def add_verbs(verbs: Verbs) -> None:
    """forecast, score, check."""
    making = verbs.add(
        "forecast",
        _forecast,
        does="forecast a later rating of each person of a folder, with simple rivals, before that rating is seen",
        example=f"holdfast cohort forecast {EXAMPLE} --design {DESIGN} --day 10 --passes 1 --output forecasts.csv",
        writes="the table of --output and, beside it with the ending .json, what made it",
    )
    making.add_argument(
        "folder", type=Path, help="scores.csv and participants.csv of a trial, or patient files (.json)"
    )
    making.add_argument("--design", type=Path, help="what a trial's tables do not say (JSON); needed with scores.csv")
    making.add_argument(
        "--day", type=number_argument, required=True, help="day to forecast, from infusion or first dose"
    )
    making.add_argument("--from", dest="used", type=number_argument, nargs="+", metavar="DAY",
                        help="days of the ratings to use, 0 the baseline; default: all before --day")  # fmt: skip
    making.add_argument("--output", type=Path, required=True, help="the table of forecasts, .csv")
    making.add_argument("--seed", type=seed_argument, default=1, help="default: 1")
    pooled = "forecasts of each person that are pooled, each by days that may have been; default: 4"
    making.add_argument("--passes", type=whole_number_argument, default=4, help=pooled)
    judging = verbs.add(
        "score",
        _score,
        does="judge forecasts by ratings that came later: coverage, CRPS, places, errors, beside the rivals",
        example="holdfast cohort score docs/examples/cohort/forecasts.csv docs/examples/cohort/later.csv",
    )
    judging.add_argument("forecasts", type=Path, help="a table that `holdfast cohort forecast` wrote")
    judging.add_argument("ratings", type=Path, help="CSV: participant_id, scale, day, score; optional group, leg")

    checking = verbs.add(
        "check",
        _check,
        does="check the kept forecasts of a programme against the ratings they met: coverage, CRPS, drift, rivals",
        example="holdfast cohort check docs/examples/cohort/met.json",
    )
    checking.add_argument("file", type=Path, help="forecasts and the ratings they met, JSON, - for standard input")


def _check(arguments: argparse.Namespace) -> None:
    from holdfast.forecast.learning import learning_check

    given = json_from_stdin(_MOST_SIGNS) if str(arguments.file) == "-" else read_json(arguments.file)
    answer = learning_check(given)
    emit(arguments, answer, "\n".join(_told_check(answer)))


def _told_check(answer: Mapping[str, Any]) -> list[str]:
    if not answer["n"]:
        return ["No forecast has met a rating yet."]
    rows = [_row(name, one) for name, one in answer["methods"].items()]
    drift = answer["drift"]
    raised, limit = drift["raised_at"], 1 / drift["alarm"]
    alarm = "not raised" if raised is None else f"raised at rating {raised}"
    return [
        f"{answer['n']} ratings of {answer['people']} people met a forecast; scores in points, less is better.",
        text_table(rows, _HEADER),
        f"Forecasts kept whole: {answer['rests_on']['whole']}; by median and bands alone, so that CRPS is off by a "
        f"hundredth: {answer['rests_on']['bands']}.",
        f"Places of the ratings in the forecasts, ten bins: {' '.join(map(str, answer['pit']))}",
        f"Drift alarm: {alarm} (evidence {drift['evidence']:.2g}, alarm at {limit:g}).",
    ]


def _forecast(arguments: argparse.Namespace) -> None:
    cohort = _cohort(arguments)
    if arguments.passes < 1:
        raise InputError("--passes is 0; give 1 or more")
    if arguments.output.suffix != ".csv":
        raise InputError(f"{arguments.output}: forecasts are a table; name it .csv")
    beside = arguments.output.with_suffix(".json")
    _require_apart(arguments, beside)
    require_writable(arguments.output, beside)
    from holdfast.forecast.cohort import OURS, about, forecasts
    from holdfast.forecast.cohort_table import written_table

    made: list[Made] = []
    for number, of_person in enumerate(forecasts(cohort, seed=arguments.seed, passes=arguments.passes), start=1):
        made += of_person
        if number <= len(cohort.people):
            tell(f"{number} of {len(cohort.people)}")
    text = written_table(made, cohort.scale, cohort.leg, cohort.day)
    ours = [one for one in made if one.method == OURS]
    answer = {
        "about": about(cohort, arguments.seed, arguments.passes, read=_digests(arguments)),
        "table_sha256": _digest(text.encode("utf-8")),
        "forecast": sum(one.chances is not None for one in ours),
        "not_forecast": {one.id: one.why_not for one in ours if one.chances is None},
        "methods": list(dict.fromkeys(one.method for one in made if one.chances is not None)),
    }
    with written_whole(arguments.output) as table, written_whole(beside) as side:
        table.write_text(text, encoding="utf-8")
        side.write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    emit(arguments, answer, _told_forecast(answer, arguments.output, beside))


def _cohort(arguments: argparse.Namespace) -> Cohort:
    folder: Path = arguments.folder
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give one with scores.csv, or with patient files (.json)")
    if (folder / "scores.csv").exists():
        if arguments.design is None:
            raise InputError(f"{folder} is a trial: say with --design what was given and when ({DESIGN} is an example)")
        return read_trial(folder, read_design(read_json(arguments.design)), arguments.day, arguments.used)
    if arguments.design is not None or arguments.used is not None:
        raise InputError(
            "--design and --from are for a trial's scores.csv; patient files carry their own days and doses"
        )
    files = sorted(folder.glob("*.json"))
    return read_patient_files(folder, {path.stem: read_json(path) for path in files}, arguments.day)


def _require_apart(arguments: argparse.Namespace, beside: Path) -> None:
    """What was read is never written over, nor read as a patient the next time."""
    folder, written = arguments.folder.resolve(), [arguments.output.resolve(), beside.resolve()]
    read = {folder / "scores.csv", folder / "participants.csv"}
    if arguments.design is not None:
        read.add(arguments.design.resolve())
    elif written[0].parent == folder:
        raise InputError(f"{arguments.output} lies among the patient files; write it into another folder")
    for path in written:
        if path in read:
            raise InputError(f"{path.name} beside {arguments.output.name} is read here; give --output another name")


def _digests(arguments: argparse.Namespace) -> dict[str, str]:
    """What was read, by file name and SHA-256."""
    paths = [path for path in sorted(arguments.folder.iterdir()) if path.is_file() and path.suffix in (".csv", ".json")]
    if arguments.design is not None:
        paths.append(arguments.design)
    return {path.name: _digest(path.read_bytes()) for path in paths}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _told_forecast(answer: Mapping[str, Any], table: Path, beside: Path) -> str:
    from holdfast.model.provenance import provenance_line

    lines = [f"{answer['forecast']} people forecast, by {len(answer['methods'])} methods: {table}; made by: {beside}"]
    reasons: dict[str, list[str]] = {}
    for who, why in answer["not_forecast"].items():
        reasons.setdefault(why, []).append(who)
    lines += [f"Not forecast, {len(who)}: {why} ({', '.join(who)})" for why, who in reasons.items()]
    return "\n".join([*lines, answer["about"]["said"], provenance_line(answer["about"])])


def _score(arguments: argparse.Namespace) -> None:
    from holdfast.forecast.cohort_score import later_ratings, scored
    from holdfast.forecast.cohort_table import read_table
    from holdfast.outcomes.score_rows import COLUMNS, check_rows

    table = read_table(arguments.forecasts)
    scores = check_rows(read_csv(arguments.ratings, COLUMNS), arguments.ratings.name, with_baseline=False)
    answer = scored(table, later_ratings(scores, table))
    emit(arguments, answer, "\n".join(_told_scores(answer)))


def _told_scores(answer: Mapping[str, Any]) -> list[str]:
    leg = f", {answer['leg']} leg" if answer["leg"] else ""
    lines = [f"Ratings of {answer['scale']} on day {answer['day']:g}{leg}; scores in points, less is better."]
    for group, found in answer["groups"].items():
        rows = [_row(name, one) for name, one in found["methods"].items()]
        lines += [
            "", f"{group}:", text_table(rows, _HEADER),
            f"Places of the ratings in the forecasts, ten bins: {' '.join(map(str, found['pit']))}",
            *_aim(found["aim"]),
        ]  # fmt: skip
    for said, who in (("Forecast and not rated", answer["forecast_not_rated"]),
                      ("Rated and not forecast", answer["rated_not_forecast"]),
                      ("Not forecast", list(answer["not_forecast"]))):  # fmt: skip
        if who:
            lines.append(f"{said}, {len(who)}: {', '.join(who)}")
    return lines


def _aim(aim: Mapping[str, Any]) -> list[str]:
    """Nothing of so few people that not even right forecasts could meet it."""
    if aim["chance_if_right"] < _LEAST_CHANCE:
        return []
    return [
        f"Aim, {100 * aim['low']:.0f} to {100 * aim['high']:.0f} % inside the middle 80 %: "
        f"{'met' if aim['met'] else 'not met'}; right forecasts of so many people meet it with a chance of "
        f"{100 * aim['chance_if_right']:.0f} %."
    ]


def _row(name: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    apart = one.get("worse_than_ours")
    error = "" if one["crps_se"] is None else f" ({one['crps_se']:.2f})"
    between = "" if apart is None else f"{apart['mean']:+.2f}"
    if apart is not None and apart["low"] is not None:
        between += f" ({apart['low']:+.2f} to {apart['high']:+.2f})"
    return (name, str(one["n"]), f"{one['crps']:.2f}{error}", between,
            *(_covered(one["coverage"][share]) for share in ("50", "80", "95")),
            f"{one['mean_error']:+.1f}", f"{one['mean_absolute_error']:.1f}")  # fmt: skip


def _covered(one: Mapping[str, float]) -> str:
    return f"{100 * one['share']:.0f} % ({100 * one['low']:.0f} to {100 * one['high']:.0f})"
