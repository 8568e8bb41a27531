"""A named model with some of its numbers changed, for fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel


def with_values(model: NamedModel, values: Mapping[str, float], kind: str = "typical") -> NamedModel:
    """The model with other values of one kind, by symbol."""
    rows = dict(model.parameters.get(kind, {}))
    for symbol, value in values.items():
        cells = {"symbol": symbol, "value": value, "kind": kind, "status": "assumed"}
        rows[symbol] = Row(f"{model.id}.{symbol}", MappingProxyType(cells), "being fitted", 0)
    return replace(model, parameters=MappingProxyType({**model.parameters, kind: MappingProxyType(rows)}))
