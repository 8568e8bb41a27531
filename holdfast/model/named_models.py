"""Models by name, each with its parameters of levels, effects and mood and their sources, from the tables of facts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from holdfast.errors import InputError, TableError, UnknownNameError
from holdfast.facts import load
from holdfast.facts.model_tables import parameter_faults
from holdfast.facts.schema import Row
from holdfast.units import MIN_PER_H, convert

DEFAULT_MODEL = "holdfast-1"
CALIBRATED_MODEL = "holdfast-2"  # the same levels and acute effects; mood calibrated to trials, with a posterior


@dataclass(frozen=True)
class NamedModel:
    """One published or own model: what it is, and its rows of model_parameters.csv by kind and symbol.

    Raises `TableError`, one sentence for each, where a parameter is a number that no equation can be solved with.
    """

    id: str
    row: Row
    parameters: Mapping[str, Mapping[str, Row]]  # kind → symbol → row

    def __post_init__(self) -> None:
        faults = [
            f"{row.file} line {row.line}: {row.id} of model {self.id}: {said}"
            for rows in self.parameters.values()
            for row in rows.values()
            for _, said in parameter_faults(row)
        ]
        if faults:
            raise TableError(faults)

    def value(self, symbol: str, kind: str = "typical", *, unit: str = "1") -> float:
        """The number of a parameter in `unit`, whatever unit its row is written in; left out, a number without unit.

        Raises `UnknownNameError` where the model has none, `TableError` where the row's unit is of another kind.
        """
        row = self.parameter(symbol, kind)
        try:
            return convert(float(row["value"]), row["unit"], unit)
        except InputError:
            said = f"{row.file} line {row.line}: {row.id} is in {row['unit']}"
            raise TableError([f"{said}, which cannot be read in {unit}; correct the unit"]) from None

    def rate_per_h(self, half_life: str) -> float:
        """The rate constant in 1/h of what has the half-life of that name. Errors as `value`."""
        return math.log(2) * MIN_PER_H / self.value(half_life, unit="min")

    def parameter(self, symbol: str, kind: str = "typical") -> Row:
        """The row of a parameter, as it is written. Raises `UnknownNameError` where the model has none."""
        rows = self.parameters.get(kind, {})
        if symbol not in rows:
            raise UnknownNameError(f"{kind} parameter of {self.id}", symbol, sorted(rows))
        return rows[symbol]

    def has(self, symbol: str, kind: str = "typical") -> bool:
        """Does the model have that parameter?"""
        return symbol in self.parameters.get(kind, {})

    def covers(self, drug: str, route: str) -> bool:
        """Does the model describe this drug by this route?"""
        return drug in self.row["drugs"] and route in self.row["routes"] and not _mixed_up(drug, route)

    def require(self, drug: str, route: str) -> None:
        """Raises `InputError` where the model does not describe this drug by this route."""
        if drug not in self.row["drugs"]:
            raise InputError(f"model {self.id} does not describe {drug}; it describes {', '.join(self.row['drugs'])}")
        if route not in self.row["routes"]:
            raise InputError(
                f"model {self.id} has no route {route!r} for {drug}; it has {', '.join(self.row['routes'])}"
            )
        if _mixed_up(drug, route):
            raise InputError(
                f"nasal {drug} is another product than the 28 mg esketamine device and has no model here; "
                "use esketamine, or another route"
            )

    def below_verified(self) -> Mapping[str, int]:
        """How many parameter rows stand at each status below verified."""
        counts: dict[str, int] = {}
        for rows in self.parameters.values():
            for row in rows.values():
                if row["status"] != "verified":
                    counts[row["status"]] = counts.get(row["status"], 0) + 1
        return counts


def _mixed_up(drug: str, route: str) -> bool:
    """The device of the nasal route holds esketamine; numbers of racemic atomisers must not be mixed with it."""
    return route == "nasal" and drug != "esketamine"


@cache
def named_models() -> Mapping[str, NamedModel]:
    """Every model of models.csv, in the order of the table."""
    rows = {row.id: row for row in load().rows("models")}
    found = {}
    for row in rows.values():
        parameters: dict[str, dict[str, Row]] = {}
        for model in _with_its_bases(row, rows):
            for parameter in _own_parameters(model):
                parameters.setdefault(parameter["kind"], {})[parameter["symbol"]] = parameter
        found[row.id] = NamedModel(row.id, row, MappingProxyType(parameters))
    return MappingProxyType(found)


def _with_its_bases(row: Row, rows: Mapping[str, Row]) -> list[str]:
    """The model itself last, so that its own parameters hold."""
    line = [row.id]
    while (base := rows[line[0]].get("based_on")) is not None:
        if base in line:
            raise TableError([f"models.csv: {row.id} is based on itself, by way of {base}"])
        line.insert(0, base)
    return line


def _own_parameters(model: str) -> Iterator[Row]:
    facts = load()
    for table in ("model_parameters", "effect_parameters", "mood_parameters"):
        yield from (row for row in facts.rows(table) if row["model"] == model)


def named_model(name: str = DEFAULT_MODEL) -> NamedModel:
    """The model of that name. Raises `UnknownNameError` naming those there are."""
    models = named_models()
    if name not in models:
        raise UnknownNameError("model", name, list(models))
    return models[name]
