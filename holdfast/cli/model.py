"""`holdfast model`: named models, what each is, and how each does against published values."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import HoldfastError, InputError
from holdfast.facts import load
from holdfast.model.named_models import DEFAULT_MODEL, named_model, named_models


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
    rows = [(m.id, m.row["title"], ", ".join(m.row["drugs"]), ", ".join(m.row["routes"])) for m in _all()]
    answer = [m.row.as_dict() for m in _all()]
    emit(arguments, answer, text_table(rows, ("model", "title", "drugs", "routes")))


def _all() -> list[Any]:
    return list(named_models().values())


def _show(arguments: argparse.Namespace) -> None:
    model = named_model(arguments.model)
    parameters = [row for rows in model.parameters.values() for row in rows.values()]
    answer = {
        **model.row.as_dict(),
        "below_verified": model.below_verified(),
        "parameters": [row.as_dict() for row in parameters],
    }
    said = [f"{name}: {_words(model.row[name])}" for name in
            ("title", "drugs", "routes", "structure", "level_site", "fitted_to", "known_failures")]  # fmt: skip
    lines = [
        (row["kind"], row["symbol"], f"{row['value']:g}", row["unit"], row["status"], row["ref"], row["locator"])
        for row in parameters
    ]
    said += [_status_line(model.below_verified()), ""]
    said.append(text_table(lines, ("kind", "symbol", "value", "unit", "status", "ref", "locator")))
    emit(arguments, answer, "\n".join(said))


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _status_line(counts: Any) -> str:
    return "parameters below verified: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))


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
    answer = []
    for row in rows:
        values = {model.id: measured(row, model) for model in _all()}
        judged = {name: None if value is None else verdict(row, value, name) for name, value in values.items()}
        answer.append(
            {"id": row.id, "quantity": row["quantity"], "scenario": row["scenario"], "expected": row["expected"],
             "unit": row["unit"], "values": values, "verdicts": judged}
        )  # fmt: skip
    if arguments.plot:
        from holdfast.model.plots import compared_figure, write_figure

        write_figure(compared_figure(rows[0], _all()), arguments.plot)
    names = [model.id for model in _all()]
    cells = [
        (a["id"], a["quantity"], a["scenario"], f"{a['expected']} {a['unit']}",
         *(_cell(a["values"][name], a["verdicts"][name]) for name in names))
        for a in answer
    ]  # fmt: skip
    text = text_table(cells, ("row", "quantity", "scenario", "published", *names))
    emit(arguments, answer, f"{text}\n\nempty: the model does not speak of it; (!): outside the tolerance")


def _cell(value: float | None, judged: str | None) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" + (" (!)" if judged in ("FAIL", "known miss") else "")


def _qualify(arguments: argparse.Namespace) -> int:
    from holdfast.model.qualification import FAIL, qualify

    model = named_model(arguments.model)
    verdicts = qualify(model)
    counts: dict[str, int] = {}
    for one in verdicts:
        counts[one.verdict] = counts.get(one.verdict, 0) + 1
    answer = {
        "model": model.id,
        "below_verified": model.below_verified(),
        "counts": counts,
        "rows": [one.as_dict() for one in verdicts],
    }
    lines = [
        (one.row.id, one.row["quantity"], one.row["scenario"], f"{one.row['expected']} {one.row['unit']}",
         _tolerance(one.row), "" if one.value is None else f"{one.value:.3g}",
         one.verdict + (f": {one.row['reason']}" if one.verdict == "known miss" else ""))
        for one in verdicts
    ]  # fmt: skip
    text = text_table(lines, ("row", "quantity", "scenario", "published", "tolerance", model.id, "verdict"))
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    emit(arguments, answer, f"{text}\n\n{told}\n{_status_line(model.below_verified())}")
    return HoldfastError.exit_code if FAIL in counts else 0


def _tolerance(row: Any) -> str:
    return "" if row.get("tol_low") is None else f"{row['tol_low']:g} to {row['tol_high']:g}"
