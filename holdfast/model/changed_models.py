"""A named model with some of its numbers changed, for fits and for draws of a posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel, named_models


def with_values(model: NamedModel, values: Mapping[str, float], kind: str = "typical") -> NamedModel:
    """The model with other values of one kind, by symbol, each in the unit of the row it takes the place of.

    A symbol that the model lacks has the unit of the first model that holds it.
    """
    rows = dict(model.parameters.get(kind, {}))
    for symbol, value in values.items():
        unit = _holder(model, symbol, kind).parameter(symbol, kind)["unit"]
        cells = {"symbol": symbol, "value": value, "unit": unit, "kind": kind, "status": "assumed"}
        rows[symbol] = Row(f"{model.id}.{symbol}", MappingProxyType(cells), "being fitted", 0)
    return replace(model, parameters=MappingProxyType({**model.parameters, kind: MappingProxyType(rows)}))


def _holder(model: NamedModel, symbol: str, kind: str) -> NamedModel:
    return next((one for one in (model, *named_models().values()) if one.has(symbol, kind)), model)
