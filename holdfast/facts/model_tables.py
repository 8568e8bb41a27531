"""The flat tables of the model side: named models, their parameters, published numbers, curves, qualification."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from holdfast.facts.schema import PROVENANCE, Column, Fault, Row, Table

MODEL_DRUGS = ("esketamine", "arketamine", "ketamine")
MODEL_ROUTES = ("iv", "nasal", "im", "sc", "oral", "sublingual")
ANALYTES = (
    "ketamine", "esketamine", "arketamine", "norketamine", "noresketamine", "norarketamine", "hydroxynorketamine",
)  # fmt: skip
PARAMETER_KINDS = ("typical", "omega", "occasion_omega", "sigma", "covariate_effect")
_SPREADS = ("omega", "occasion_omega", "sigma")
EFFECTS = ("drive", "dissociation", "blood_pressure", "heart_rate", "sedation")
PARAMETER_UNITS = (
    "L", "L/kg", "L/h", "L/min", "L/h/y", "1/h", "1/min", "h", "min", "mg", "kg", "y", "g/mol", "fraction", "1",
    "mmHg", "bpm", "points", "ng/mL", "mg/L", "umol/L", "nmol/L", "1/d", "d", "bpm/(ng/mL)",
    "SD log", "SD logit", "SD mmHg", "SD bpm", "SD points", "percent CV",
)  # fmt: skip
QUALIFICATION_GROUPS = ("pk", "dissociation", "blood_pressure", "sedation", "mood")
MEASURES = (
    "cmax", "auc", "auc_inf", "tmax", "tmax_after_last_device", "half_life", "half_life_between", "share_left",
    "bioavailability", "covariate_auc_ratio", "level_at", "level_ratio", "curve_error", "clearance", "volume_per_kg",
    "auc_ratio", "mean_absorption_time", "madrs_difference", "madrs_change", "madrs_responders", "madrs_remitters",
    "effect_peak", "effect_peak_time", "effect_share_left", "effect_spread_at_peak", "effect_ordered",
    "effect_change_over_repetition", "effect_at_steady_state",
    "patients_above", "patients_from", "patients_below", "placebo_patients_above",
)  # fmt: skip
QUALIFICATION_KINDS = ("pass", "known miss", "calibrate", "report only")


def _assumed_says_why(row: Row) -> Iterable[tuple[str, str]]:
    if row["status"] == "assumed" and not row.get("note"):
        yield "note", "is empty; an assumed value says why we hold it"


def _variability_has_its_unit(row: Row) -> Iterable[tuple[str, str]]:
    spread = row["unit"] == "percent CV" or row["unit"].startswith("SD ")
    if spread != (row["kind"] in _SPREADS):
        yield "unit", f"percent CV and the units SD ... belong to the kinds {', '.join(_SPREADS)}, and to no other"


_FROM_0 = ("device_interval", "age_reference", "kT", "kC")  # 0 says that there is no wait, no limit, no such path
_DIVIDES = (  # numbers without unit by which something is divided or scaled, or to whose power something is raised
    "CLint_R_over_S", "CLn_R_over_S", "CADSS_gamma", "gamma_occupancy", "gamma_HNK", "sedation_gamma",
    "sedation_step", "O50",
)  # fmt: skip
_BELOW_1 = ("non_responders",)  # what is left of 1 divides
_ANY_SIGN = ("age_on_Qh", "weight_exponent_flow", "weight_exponent_volume")


def parameter_faults(row: Row) -> Iterable[tuple[str, str]]:
    """A parameter that no body and no equation can have: NaN, below 0, or 0 where it divides or empties something.

    A volume, a flow, a rate constant, a time, a level and a molar mass are above 0; a number without unit may be 0
    unless it is one of those that divide; a fraction is a share; a spread may be 0.
    """
    symbol, value, unit, kind = row["symbol"], row["value"], row["unit"], row["kind"]
    if not math.isfinite(value):
        yield "value", f"{symbol} is {value}, which is no finite number"
    elif unit == "fraction" and not 0 <= value <= 1:
        yield "value", f"{symbol} is {value:g}, outside 0 to 1; a fraction is a share"
    elif symbol in _BELOW_1 and value >= 1:
        yield "value", f"{symbol} is {value:g}; what is left of 1 divides, so give a number below it"
    elif symbol in _DIVIDES and kind == "typical" and value <= 0:
        yield "value", f"{symbol} is {value:g}; it divides, so give a number above 0"
    elif unit in ("1", "fraction") or kind in _SPREADS or symbol in _FROM_0:
        if value < 0 and symbol not in _ANY_SIGN:
            yield "value", f"{symbol} is {value:g}; give 0 or more"
    elif value <= 0 and symbol not in _ANY_SIGN:
        yield "value", f"{symbol} is {value:g} {unit}; give a number above 0"


def _spread_of_levels_has_its_scale(row: Row) -> Iterable[tuple[str, str]]:
    scales = ("SD log",) if row["kind"] == "sigma" else ("SD log", "SD logit", "percent CV")
    if row["kind"] in _SPREADS and row["unit"] not in scales:
        yield "unit", f"is {row['unit']}; a spread of levels ({row['kind']}) is in {' or '.join(scales)}"


def _tolerance_is_whole(row: Row) -> Iterable[tuple[str, str]]:
    low, high = row.get("tol_low"), row.get("tol_high")
    if (low is None) != (high is None):
        yield "tol_high", "a tolerance needs both ends, or neither"
    if low is not None and high is not None and low > high:
        yield "tol_high", "is below tol_low"
    if low is None and row["kind"] in ("pass", "known miss"):
        yield "tol_low", f"is empty; a row of kind {row['kind']} needs a tolerance"
    if low is None and row["kind"] == "calibrate" and row.get("missed_by"):
        yield "tol_low", "is empty; a model that missed_by does not name is judged by the tolerance"
    if row["kind"] == "known miss" and not row.get("reason"):
        yield "reason", "is empty; a known miss says why"
    if row.get("missed_by") and row["kind"] not in ("known miss", "calibrate"):
        yield "missed_by", f"is for known misses and rows to calibrate, and not for a row of kind {row['kind']}"


def _measure_is_whole(row: Row) -> Iterable[tuple[str, str]]:
    for column in ("substance", "drug", "route", "doses", "dose_unit", "site"):
        if row.get("measure") and row.get(column) is None:
            yield column, f"is empty; the measure {row['measure']} needs it"


def _fraction_is_one(row: Row) -> Iterable[tuple[str, str]]:
    if row["unit"] == "fraction" and not 0 <= row["value"] <= 1:
        yield "value", "lies outside 0 to 1; a fraction is a share"


def _days_are_whole(row: Row) -> Iterable[tuple[str, str]]:
    if row["unit"] == "d" and not (row["value"] >= 1 and row["value"] == int(row["value"])):
        yield "value", "is no number of days; give 1 or more, and whole days"


def _fact(*columns: Column) -> tuple[Column, ...]:
    return (Column("id", "Name of the fact, unique over all tables"), *columns, *PROVENANCE)


MODELS = Table(
    name="models",
    path="models.csv",
    doc="Pharmacokinetic models by name: what each is, what it was fitted to, and where it fails.",
    columns=_fact(
        Column("title", "Name in print"),
        Column("based_on", "Model whose parameters hold where it has none of its own", required=False,
               refers_to="models"),
        Column("version", "Version of our reading of it"),
        Column("drugs", "Drugs it describes", "words", choices=MODEL_DRUGS),
        Column("routes", "Routes it describes", "words", choices=MODEL_ROUTES),
        Column("structure", "Structure in words"),
        Column("fitted_to", "What it was fitted to: the range in which it may be used"),
        Column("fitted_routes", "Routes whose levels it was fitted to", "words", choices=MODEL_ROUTES),
        Column("fitted_nasal_mg", "Largest nasal dose it was fitted to, where read", "number", required=False),
        Column("fitted_iv_mg_per_kg", "Largest dose by vein it was fitted to, where read", "number", required=False),
        Column("effects_fitted_iv_mg_per_kg", "Largest dose by vein that its acute effects were fitted to", "number",
               required=False),
        Column("known_failures", "Where it is known to fail"),
        Column(
            "level_site", "Where the level of its central compartment is read; both = a delayed venous level too",
            choices=("arterial", "venous", "arterial and venous"),
        ),
    ),
)  # fmt: skip

_PARAMETER = (
    Column("symbol", "Symbol, unique within model and kind"),
    Column("value", "Number", "number"),
    Column("unit", "Unit of the number", choices=PARAMETER_UNITS),
    Column("kind", "typical value, between-person SD, between-occasion SD, residual SD or covariate effect",
           choices=PARAMETER_KINDS),
    Column("population", "Whom it was found in", required=False),
    Column("meaning", "What it is"),
)  # fmt: skip

MODEL_PARAMETERS = Table(
    name="model_parameters",
    path="model_parameters.csv",
    doc="Parameters of the named models: dose to level. Variability stays as reported; code converts.",
    columns=_fact(
        Column("model", "Model it belongs to", refers_to="models"),
        Column("analyte", "Substance it speaks of; ketamine = both enantiomers", choices=ANALYTES),
        *_PARAMETER,
    ),
    checks=(_assumed_says_why, _variability_has_its_unit, _spread_of_levels_has_its_scale, parameter_faults),
)

EFFECT_PARAMETERS = Table(
    name="effect_parameters",
    path="effect_parameters.csv",
    doc="Parameters of the named models: level to dissociation, blood pressure, heart rate and sedation.",
    columns=_fact(
        Column("model", "Model it belongs to", refers_to="models"),
        Column("effect", "Effect it speaks of", choices=EFFECTS),
        *_PARAMETER,
    ),
    checks=(_assumed_says_why, _variability_has_its_unit, parameter_faults),
)

MOOD_PARAMETERS = Table(
    name="mood_parameters",
    path="mood_parameters.csv",
    doc="Parameters of the named models: drive to mood, who responds, what is no effect of the drug, rating error.",
    columns=_fact(Column("model", "Model it belongs to", refers_to="models"), *_PARAMETER),
    checks=(_assumed_says_why, _variability_has_its_unit, parameter_faults),
)

PUBLISHED_PHARMACOLOGY = Table(
    name="published_pharmacology",
    path="published_pharmacology.csv",
    doc="Published numbers on levels, effects and mood. A row of status unverified was read nowhere: never scored.",
    columns=_fact(
        Column("quantity", "What was measured"),
        Column("analyte", "Of which substance, in the source's words"),
        Column("route", "Route, in the source's words", required=False),
        Column("dose", "Dose, in the source's words", required=False),
        Column("dose_unit", "Unit of the dose", required=False),
        Column("infusion_min", "Duration of the infusion in min, or bolus", required=False),
        Column("value", "Number", "number", required=False),
        Column("low", "Low end", "number", required=False),
        Column("high", "High end", "number", required=False),
        Column("unit", "Unit, in the source's words"),
        Column("spread", "Spread, in the source's words", required=False),
        Column("spread_kind", "What the spread is", required=False),
        Column("n", "How many people", required=False),
        Column("population", "Who they were", required=False),
    ),
)

CONCENTRATION_CURVES = Table(
    name="concentration_curves",
    path="concentration_curves.csv",
    doc="Points of published mean concentration curves, digitised by a third party: for shape, never for variability.",
    columns=_fact(
        Column("curve", "Curve it belongs to"),
        Column("analyte", "Substance", choices=ANALYTES),
        Column("scenario", "Dose and site of sampling"),
        Column("t_h", "Hours after the start of the dose", "number"),
        Column("value", "Level", "number"),
        Column("unit", "Unit of the level", choices=("ng/mL", "umol/L")),
        Column("scored", "Is it compared with a model?", "flag"),
    ),
)

QUALIFICATION = Table(
    name="qualification",
    path="qualification.csv",
    doc="What a model must reproduce, value by value, with its tolerance. `starting_value` is what the starting model "
    "gave when the table was made.",
    columns=_fact(
        Column("group", "Part of the model it speaks of", choices=QUALIFICATION_GROUPS),
        Column("quantity", "What is compared"),
        Column("scenario", "Dose, route and site"),
        Column("measure", "How it is computed; empty = not yet modelled", required=False, choices=MEASURES),
        Column("substance", "Substance or effect that is read", required=False),
        Column("drug", "Drug given", required=False, choices=MODEL_DRUGS),
        Column("route", "Route of the doses", required=False, choices=MODEL_ROUTES),
        Column("doses", "Doses, each starting when the one before has ended", "numbers", required=False),
        Column("dose_unit", "Unit of the doses, base", required=False, choices=("mg", "mg/kg")),
        Column("duration_min", "Length of each infusion in min; 0 = bolus", "number", required=False),
        Column("site", "Site of sampling", required=False, choices=("venous", "arterial")),
        Column("argument", "What the measure needs besides: times (h; level_at and effect_: min), covariate, substance; "
               "patients_: population, limit; effect_change_over_repetition: more doses, h between them; "
               "madrs_difference: h, score under placebo then, h between doses; madrs_change, madrs_responders, "
               "madrs_remitters: population, open or blinded, h of the rating, h of each dose where there are several",
               required=False),
        Column("curve", "Published curve it is compared with", required=False),
        Column("expected", "Published value, in the source's words"),
        Column("unit", "Unit of tolerance and values"),
        Column("tol_low", "Lowest value that passes", "number", required=False),
        Column("tol_high", "Highest value that passes", "number", required=False),
        Column("kind", "What is asked of it", choices=QUALIFICATION_KINDS),
        Column("missed_by", "Models that may miss it, or that it is still to be calibrated for; empty = every model. "
               "Any other model must pass it, or have its miss in known_misses.csv", "words", required=False, refers_to="models"),
        Column("reason", "Why it is missed, or what to know about it", required=False),
        Column("starting_value", "Value of the starting model", "number", required=False),
        Column("used_in_fit", "Was it used to fit the starting model?", required=False),
        Column("published", "Published numbers it rests on", "words", required=False,
               refers_to="published_pharmacology"),
    ),
    checks=(_tolerance_is_whole, _measure_is_whole),
)  # fmt: skip

KNOWN_MISSES = Table(
    name="known_misses",
    path="known_misses.csv",
    doc="Rows of the qualification that one model misses and why, beside the misses that `missed_by` lists with one "
    "reason for all. A miss that neither lists fails `holdfast model qualify`.",
    columns=_fact(
        Column("row", "Row that is missed", refers_to="qualification"),
        Column("model", "Model that misses it", refers_to="models"),
        Column("reason", "Why this model misses it"),
    ),
)


def miss_faults(tables: Mapping[str, tuple[Row, ...]]) -> Iterator[Fault]:
    """Misses listed twice, or of a row that is not judged, or that `missed_by` lists for the same model."""
    asked = {row.id: row for row in tables["qualification"]}
    seen: set[tuple[str, str]] = set()
    for miss in tables["known_misses"]:
        row, model = asked.get(miss.get("row", "")), miss.get("model", "")
        if row is None:
            continue
        listed = row.get("kind") in ("known miss", "calibrate") and model in row.get("missed_by", (model,))
        if row.get("tol_low") is None:
            yield Fault(miss.file, miss.line, "row", f"is {row.id}, which asks nothing of a model; take the line out")
        if listed:
            said = f"is {model}, which missed_by of {row.id} names already; take one of both out"
            yield Fault(miss.file, miss.line, "model", said)
        if (row.id, model) in seen:
            yield Fault(miss.file, miss.line, "model", f"is {model}, whose miss of {row.id} is listed already")
        seen.add((row.id, model))


SCALE_LINKS = Table(
    name="scale_links",
    path="scale_links.csv",
    doc="Totals of a scale that correspond to totals of MADRS, by published links: for means of groups, never for one "
    "person.",
    columns=_fact(
        Column("link", "Link it belongs to"),
        Column("scale", "Scale that is linked", choices=("ham-d17", "qids-sr16", "phq-9")),
        Column("total", "Total on that scale", "number"),
        Column("madrs_low", "Least MADRS that corresponds to it", "number"),
        Column("madrs_high", "Largest MADRS that corresponds to it; the middle is used", "number"),
    ),
    checks=(_assumed_says_why,),
)

COURSE_BEHAVIOUR = Table(
    name="course_behaviour",
    path="course_behaviour.csv",
    doc="How simulated people keep to a course: check-ins, missed treatment sessions, leaving; and what a simulated "
    "clinic takes for worsening.",
    columns=_fact(
        Column("symbol", "Name of the number"),
        Column("value", "Number", "number"),
        Column("unit", "Unit of the number", choices=("fraction", "d", "points", "mmHg")),
        Column("meaning", "What it is"),
    ),
    checks=(_assumed_says_why, _fraction_is_one, _days_are_whole),
)

MODEL_TABLES = (
    MODELS,
    MODEL_PARAMETERS,
    EFFECT_PARAMETERS,
    MOOD_PARAMETERS,
    PUBLISHED_PHARMACOLOGY,
    CONCENTRATION_CURVES,
    QUALIFICATION,
    KNOWN_MISSES,
    COURSE_BEHAVIOUR,
    SCALE_LINKS,
)
