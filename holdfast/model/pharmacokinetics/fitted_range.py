"""Use of a model beyond what it was fitted to: flagged in a sentence, beside the answer."""

from __future__ import annotations

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.dosing import Regimen


def beyond_fitted_range(model: NamedModel, regimen: Regimen, weight_kg: float) -> list[str]:
    """A sentence for each way in which the doses leave the range of the model's fit; empty where none does."""
    said = []
    for route in sorted(regimen.routes - set(model.row["fitted_routes"])):
        said.append(f"{model.id} was not fitted to levels after {route} doses")
    if "sc" in regimen.routes:
        said.append("no value for subcutaneous doses was read: those for muscle are used")
    nasal, by_vein, whose = _nasal_mg(regimen), _iv_mg_per_kg(regimen, weight_kg), f"{model.id} was"
    said += _largest(model, "fitted_nasal_mg", nasal, "nasal doses", "mg", whose)
    said += _largest(model, "fitted_iv_mg_per_kg", by_vein, "doses by vein", "mg/kg", whose)
    return said


def effects_beyond_fitted_range(model: NamedModel, regimen: Regimen, weight_kg: float) -> list[str]:
    """The same of acute effects, which were fitted to fewer doses than levels: for whoever shows effects."""
    given, whose = _iv_mg_per_kg(regimen, weight_kg), f"the acute effects of {model.id} were"
    found = _largest(model, "effects_fitted_iv_mg_per_kg", given, "doses by vein", "mg/kg", whose)
    return [f"{said}: nothing read says how they go on, and heart rate has no ceiling here" for said in found]


def _nasal_mg(regimen: Regimen) -> list[float]:
    return [dose.dose_mg for dose in regimen.doses if dose.route == "nasal" and dose.dose_mg is not None]


def _iv_mg_per_kg(regimen: Regimen, weight_kg: float) -> list[float]:
    doses = [dose for dose in regimen.doses if dose.route == "iv"]
    return [d.dose_mg / weight_kg if d.dose_mg is not None else d.dose_mg_per_kg or 0.0 for d in doses]


def _largest(model: NamedModel, column: str, amounts: list[float], what: str, unit: str, whose: str) -> list[str]:
    limit = model.row.get(column)
    if limit is None or not amounts or max(amounts) <= limit:
        return []
    return [f"{max(amounts):g} {unit} is beyond the {limit:g} {unit} of {what} that {whose} fitted to"]
