"""`holdfast model`: named models, what each is, and how each does against published values."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import HoldfastError, InputError
from holdfast.facts import load
from holdfast.facts.schema import Row
from holdfast.model.named_models import DEFAULT_MODEL, NamedModel, named_model, named_models
from holdfast.model.provenance import (
    COMPARED,
    PARAMETERS,
    of_model,
    provenance,
    provenance_line,
    statuses_in_words,
    with_version,
)

# Units of qualification.csv as people say them; the others are said as they stand.
_UNIT_WORDS = {"1": "fraction", "order": "1 is ordered", "n": "patients", "%; d": "% and d"}


def add_verbs(verbs: Verbs) -> None:
    """list, show, compare, qualify."""
    verbs.add("list", _list, does="list the models", example="holdfast model list")
    show = verbs.add(
        "show",
        _show,
        does="show one model: what it is, its parameters and where each was read",
        example="holdfast model show holdfast-start",
    )
    show.add_argument("model")
    compare = verbs.add(
        "compare",
        _compare,
        does="set every model beside the published values, or draw one of them",
        example="holdfast model compare",
        writes="nothing but its answer, and the plot where --plot names one",
    )
    compare.add_argument("--row", help="a row of the qualification table, such as Q-V01; default: every row it can")
    compare.add_argument("--plot", type=Path, help="draw the levels of that row by every model: a .svg or .png file")
    qualify = verbs.add(
        "qualify",
        _qualify,
        does="compare a model with the qualification table; exit code 1 where a miss is not a listed one",
        example="holdfast model qualify",
    )
    qualify.add_argument("--model", default=DEFAULT_MODEL, help=f"default: {DEFAULT_MODEL}")


def _list(arguments: argparse.Namespace) -> None:
    columns = ("id", "based_on", "version", "title", "drugs", "routes")
    rows = [(m.id, *(_words(m.row.get(column, "")) for column in columns[1:])) for m in _all()]
    answer = provenance(said=PARAMETERS, rows=[m.row.as_dict() for m in _all()])
    table = text_table(rows, ("model", "based on", *columns[2:]))
    emit(arguments, answer, f"{table}\n\n{PARAMETERS}\n{provenance_line(answer)}")


def _all() -> list[Any]:
    return list(named_models().values())


def _show(arguments: argparse.Namespace) -> None:
    model = named_model(arguments.model)
    parameters = [row for rows in model.parameters.values() for row in rows.values()]
    parameters.sort(key=lambda row: row["model"] != model.id)  # its own first
    answer = model.row.as_dict() | provenance(model, said=PARAMETERS, parameters=[row.as_dict() for row in parameters])
    said = [f"{name}: {_words(model.row[name])}" for name in
            ("title", "drugs", "routes", "structure", "level_site", "fitted_to", "known_failures")]  # fmt: skip
    lines = [
        (row["kind"], row["symbol"], f"{row['value']:g}", row["unit"], row["model"], row["status"], row["ref"],
         row["locator"])
        for row in parameters
    ]  # fmt: skip
    said += [_own_line(model, parameters), _status_line(model.below_verified()), ""]
    said.append(text_table(lines, ("kind", "symbol", "value", "unit", "from", "status", "ref", "locator")))
    said += ["", answer["said"], provenance_line(answer)]
    emit(arguments, answer, "\n".join(said))


def _own_line(model: NamedModel, parameters: Sequence[Row]) -> str:
    own = sum(row["model"] == model.id for row in parameters)
    base = model.row.get("based_on")
    inherited = f"; where it has none of its own, those of {base}" if base else ""
    return f"own parameters: {own} of {len(parameters)}{inherited}"


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _status_line(counts: Any) -> str:
    return f"parameters below verified: {statuses_in_words(counts)}"


def _compare(arguments: argparse.Namespace) -> None:
    from holdfast.model.qualification import measured, verdict

    if arguments.plot and not arguments.row:
        raise InputError("--plot draws one row; name it with --row, such as --row Q-V01")
    rows = [row for row in load().rows("qualification") if row.get("measure")]
    if arguments.row:
        known = [row.id for row in rows]
        if arguments.row not in known:
            raise InputError(f"{arguments.row!r} is no row that is modelled; the rows are {', '.join(known)}")
        rows = [row for row in rows if row.id == arguments.row]
    compared = []
    for row in rows:
        values = {model.id: measured(row, model) for model in _all()}
        judged = {name: None if value is None else verdict(row, value, name) for name, value in values.items()}
        compared.append(
            {"id": row.id, "quantity": row["quantity"], "scenario": row["scenario"], "expected": row["expected"],
             "unit": row["unit"], "values": values, "verdicts": judged,
             "inside_tolerance": {name: _inside(row, value) for name, value in values.items()}}
        )  # fmt: skip
    if arguments.plot:
        from holdfast.model.plots import write_figure
        from holdfast.model.qualification.figures import compared_figure

        write_figure(compared_figure(rows[0], _all()), arguments.plot)
    answer = provenance(said=COMPARED, models=[of_model(model) for model in _all()], rows=compared)
    told = f"models {', '.join(map(with_version, _all()))}; {provenance_line(answer)}"
    emit(arguments, answer, f"{_compared_text(compared)}\n{COMPARED}\n{told}")


def _compared_text(answer: Sequence[Mapping[str, Any]]) -> str:
    """One table under a heading for each scenario; models that speak of none of the rows are left out."""
    names = [name for name in answer[0]["values"] if any(a["values"][name] is not None for a in answer)]
    cells = [
        (a["id"], a["quantity"], a["expected"], _unit(a["unit"]),
         *(_cell(a, name) for name in names))
        for a in answer
    ]  # fmt: skip
    head, line, *body = text_table(cells, ("row", "quantity", "published", "unit", *names)).splitlines()
    lines = [head, line]
    for a, text, before in zip(answer, body, [None, *answer], strict=False):
        if before is None or before["scenario"] != a["scenario"]:
            lines += ["", a["scenario"]]
        lines.append(text)
    tally = ", ".join(f"{name} {_tally([a['inside_tolerance'][name] for a in answer])}" for name in names)
    silent = [name for name in answer[0]["values"] if name not in names]
    lines += ["", "empty: the model does not speak of it; (!): outside the tolerance"]
    lines.append(f"inside the tolerance, of the rows that have one and a model speaks of: {tally}")
    if silent:
        lines.append(f"{', '.join(silent)}: cannot give {'this row' if len(answer) == 1 else 'any of these rows'}")
    return "\n".join(lines)


def _inside(row: Row, value: float | None) -> bool | None:
    """Is the value inside the tolerance; None where there is no value or no tolerance."""
    if value is None or row.get("tol_low") is None:
        return None
    return bool(row["tol_low"] <= value <= row["tol_high"])


def _tally(inside: Sequence[bool | None]) -> str:
    judged = [one for one in inside if one is not None]
    return f"{sum(judged)} of {len(judged)}"


def _cell(compared: Mapping[str, Any], model: str) -> str:
    value = compared["values"][model]
    if value is None:
        return ""
    mark = " (!)" if compared["inside_tolerance"][model] is False else ""
    return (f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}") + mark


def _qualify(arguments: argparse.Namespace) -> int:
    from holdfast.model.qualification import FAIL, KNOWN_MISS, qualify
    from holdfast.model.qualification.nasal_trial import PATIENTS, SEED

    model = named_model(arguments.model)
    verdicts = qualify(model)
    counts: dict[str, int] = {}
    for one in verdicts:
        counts[one.verdict] = counts.get(one.verdict, 0) + 1
    patients = any(one.value is not None and "patients" in one.row["measure"] for one in verdicts)
    misses = [one.row.id for one in verdicts if one.verdict == KNOWN_MISS]
    said = f"{COMPARED} Shares of patients are of {PATIENTS:,} virtual patients." if patients else COMPARED
    answer = provenance(
        model,
        said=said,
        seed=SEED if patients else None,
        counts=counts,
        known_misses=misses,
        rows=[one.as_dict() for one in verdicts],
    )
    lines = [
        (one.row.id, one.row["quantity"], one.row["scenario"], one.row["expected"], _unit(one.row["unit"]),
         _tolerance(one.row), "" if one.value is None else f"{one.value:.3g}",
         one.verdict + (f": {one.reason}" if one.verdict == KNOWN_MISS else ""))
        for one in verdicts
    ]  # fmt: skip
    text = text_table(lines, ("row", "quantity", "scenario", "published", "unit", "tolerance", model.id, "verdict"))
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    emit(arguments, answer, "\n".join([text, "", told, _status_line(model.below_verified()), said,
                                       provenance_line(answer)]))  # fmt: skip
    return HoldfastError.exit_code if FAIL in counts else 0


def _unit(unit: str) -> str:
    return _UNIT_WORDS.get(unit, unit)


def _tolerance(row: Any) -> str:
    return "" if row.get("tol_low") is None else f"{row['tol_low']:g} to {row['tol_high']:g}"
