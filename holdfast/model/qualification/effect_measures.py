"""What is measured of acute effects. Register each measure by the name that facts/model_tables.py knows."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.model.qualification.scenario import Measure

EFFECT_MEASURES: Mapping[str, Measure] = {}
