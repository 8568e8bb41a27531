"""`holdfast course simulate --doses`: courses from a table of doses, read at the table's own times."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdfast.cli.output import emit, read_csv, text_table
from holdfast.errors import InputError
from holdfast.model.pharmacokinetics.event_tables import read_events
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range, effects_beyond_fitted_range
from holdfast.model.provenance import provenance, provenance_line, statuses_in_words
from holdfast.whole_files import require_writable

_SHOWN_ROWS = 60
_MOST_ROWS = 20_000_000  # of all columns at once in memory, some 2 GB


def simulate_table(arguments: argparse.Namespace) -> int | None:
    """Live every ID of the table, write and print its rows."""
    table, persons = arguments.doses, 1 if arguments.patients is None else arguments.patients
    output = _output(arguments.output)
    events = read_events(read_csv(table, ()), drug=arguments.drug, where=str(table))

    import numpy as np

    from holdfast.model.courses.event_courses import event_rows, read_by_steps
    from holdfast.model.courses.plan import course_model
    from holdfast.model.mood.placebo import Care
    from holdfast.model.population.named_populations import named_population
    from holdfast.model.runs.parts import write_columns

    events = read_by_steps(events, arguments.every_h)
    read = sum(len(one.observed_at_h) for one in events.values()) * persons
    if read > _MOST_ROWS:
        raise InputError(f"{table}: {read:,} rows do not fit in memory; ask for fewer --patients, or divide the table")

    model = course_model(arguments.model)
    found = list(event_rows(
        events, model, named_population(arguments.population), seed=arguments.seed, persons=persons,
        hypothesis=arguments.hypothesis, care=Care(new_antidepressant=arguments.new_antidepressant),
    ))  # fmt: skip
    rows = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    about = _about(arguments, model, persons, events)
    if output is not None:
        write_columns(rows, *output, about)
    emit(arguments, about | {"output": arguments.output, "rows": _plain(rows)}, _said(rows, about, arguments.output))
    return None


def _output(named: str | None) -> tuple[Path, str] | None:
    """The file to write and its format. Raises `InputError`, before anything is lived, where that cannot be."""
    if named is None:
        return None
    from holdfast.model.runs.parts import beside, format_of

    if named.endswith("/"):
        raise InputError(f"--output {named}: courses by a table of doses are one file; name it, such as rows.csv")
    path = Path(named)
    kind = format_of(path)
    require_writable(path, beside(path))
    return path, kind


def _about(arguments: argparse.Namespace, model: Any, persons: int, events: Mapping[str, Any]) -> dict[str, Any]:
    from holdfast.model.courses.plan import said_of
    from holdfast.model.pharmacokinetics.covariate_words import TYPICAL_WEIGHT_KG

    ranges = (beyond_fitted_range, effects_beyond_fitted_range)
    warnings = [said for one in events.values() for of in ranges for said in of(model, one.regimen, TYPICAL_WEIGHT_KG)]
    return provenance(
        model, said=said_of(model.id, arguments.hypothesis), seed=arguments.seed, hypothesis=arguments.hypothesis,
        population=arguments.population, persons_of_each_id=persons, warnings=list(dict.fromkeys(warnings)),
    )  # fmt: skip


def _plain(rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = list(rows)
    columns = [[None if value != value else value for value in values.tolist()] for values in rows.values()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _said(rows: Mapping[str, Any], about: Mapping[str, Any], output: str | None) -> str:
    columns = [values[:_SHOWN_ROWS].tolist() for values in rows.values()]
    shown = [[_cell(value) for value in row] for row in zip(*columns, strict=True)]
    more = len(rows["patient"]) - len(shown)
    lines = [text_table(shown, list(rows))]
    if more > 0:
        lines.append(
            f"and {more:,} more rows: " + ("in the file" if output else "name a file with --output, or --json")
        )
    lines += ["", *about["warnings"]]
    if output:
        lines.append(f"written: {output}")
    below = statuses_in_words(about["below_verified"])
    lines.append(f"{about['persons_of_each_id']} virtual patient(s) of each ID, hypothesis {about['hypothesis']}; "
                 f"parameters below verified: {below}")  # fmt: skip
    return "\n".join([*lines, about["said"], provenance_line(about)])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"
    return str(value)
