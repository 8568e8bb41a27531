"""`holdfast population`: whom virtual patients are drawn from, and who they are."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from holdfast.cli.output import emit, seed_argument, tell, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.csv_tables import TableWriter
from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.model.named_models import DEFAULT_MODEL, named_model
from holdfast.model.provenance import DRAWN, provenance, provenance_line
from holdfast.whole_files import require_writable, written_whole

_MOST_ON_SCREEN = 10_000


def add_verbs(verbs: Verbs) -> None:
    """list, show, draw."""
    verbs.add("list", _list, does="list the populations", example="holdfast population list")
    show = verbs.add(
        "show",
        _show,
        does="show one population: how each covariate is spread and where that was read",
        example="holdfast population show trd-adults",
    )
    show.add_argument("population")
    draw = verbs.add(
        "draw",
        _draw,
        does="draw virtual patients: covariates, parameters and their deviations, one row a person",
        example="holdfast population draw trd-adults --patients 5 --seed 1",
        writes="nothing but its answer, or the CSV file that --output names, with <output>.about.json beside it",
    )
    draw.add_argument("population")
    draw.add_argument("--patients", type=whole_number_argument, required=True, help="how many")
    draw.add_argument("--seed", type=seed_argument, required=True, help="the same seed draws the same people")
    draw.add_argument("--first", type=whole_number_argument, default=0, help="number of the first; default: 0")
    draw.add_argument("--model", default=DEFAULT_MODEL, help=f"whose parameters; default: {DEFAULT_MODEL}")
    draw.add_argument(
        "--output", type=Path,
        help="write a CSV file instead, in place of one of that name; any number of people in little memory",
    )  # fmt: skip


def _list(arguments: argparse.Namespace) -> None:
    from holdfast.model.population.named_populations import named_populations

    rows = [population.row for population in named_populations().values()]
    text = text_table([(row.id, row["title"]) for row in rows], ("population", "title"))
    answer = provenance(said=DRAWN, rows=[row.as_dict() for row in rows])
    emit(arguments, answer, f"{text}\n\n{DRAWN}\n{provenance_line(answer)}")


def _show(arguments: argparse.Namespace) -> None:
    from holdfast.model.population.named_populations import named_population

    population = named_population(arguments.population)
    pairs = [
        row for row in load().rows("population_correlations") if row.get("population", population.id) == population.id
    ]
    answer = population.row.as_dict() | provenance(
        said=DRAWN, below_verified=population.below_verified(),
        covariates=[row.as_dict() for row in population.rows], correlations=[row.as_dict() for row in pairs],
    )  # fmt: skip
    cells = [
        (row["quantity"], row["sex"], row["distribution"],
         *("" if row.get(name) is None else f"{row[name]:g}" for name in ("mean", "sd", "low", "high")),
         row["status"], row["ref"], row["locator"])
        for row in population.rows
    ]  # fmt: skip
    header = ("quantity", "sex", "distribution", "mean", "SD", "low", "high", "status", "ref", "locator")
    said = [f"{population.row['title']}: {population.row['meaning']}", "", text_table(cells, header), ""]
    said += [f"{row['first']} goes with {row['second']}: r = {row['r']:g} ({row['status']})" for row in pairs]
    emit(arguments, answer, "\n".join([*said, "", DRAWN, provenance_line(answer)]))


def _draw(arguments: argparse.Namespace) -> None:
    from holdfast.model.population.listing import header, people
    from holdfast.model.population.named_populations import named_population

    model, population = named_model(arguments.model), named_population(arguments.population)
    columns = header(model)
    rows = people(model, population, seed=arguments.seed, patients=arguments.patients, first=arguments.first)
    about = provenance(
        model, said=DRAWN, population=population.id, covariates_below_verified=population.below_verified(),
        seed=arguments.seed, first=arguments.first, patients=arguments.patients,
    )  # fmt: skip
    if arguments.output is None:
        if arguments.patients > _MOST_ON_SCREEN:
            raise InputError(f"{arguments.patients} people are more than anybody reads; name a file with --output")
        drawn = list(rows)
        listed = [dict(zip(columns, row, strict=True)) for row in drawn]
        emit(arguments, about | {"rows": listed}, _as_csv(columns, drawn))
        if not arguments.json:  # beside the CSV, which holds rows alone
            tell(f"{DRAWN}\n{provenance_line(about)}")
        return
    require_writable(arguments.output)
    beside = arguments.output.with_name(f"{arguments.output.name}.about.json")
    _write(arguments.output, columns, rows, beside, about)
    said = f"{arguments.patients} people of {population.id}, seed {arguments.seed}: written to {arguments.output}"
    text = f"{said}, what they are to {beside}\n{DRAWN}\n{provenance_line(about)}"
    emit(arguments, about | {"output": str(arguments.output), "about": str(beside)}, text)


def _as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    writer = TableWriter(written)
    writer.row(columns)
    writer.rows(rows)
    return written.getvalue()


def _write(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], note: Path, about: Mapping[str, Any]
) -> None:
    """The rows and the note on what they are; both or neither."""
    with written_whole(note) as note_part, written_whole(path) as part:
        note_part.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = TableWriter(file)
            writer.row(columns)
            writer.rows(rows)
