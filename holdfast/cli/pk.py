"""`holdfast pk`: from a dose to concentrations."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from holdfast.cli.output import emit, number_argument, read_csv, seed_argument, text_table, whole_number_argument
from holdfast.cli.parser import Verbs, given_options
from holdfast.errors import InputError
from holdfast.facts.model_tables import MODEL_DRUGS, MODEL_ROUTES
from holdfast.facts.plausible import plausible
from holdfast.model.named_models import DEFAULT_MODEL, NamedModel, named_model
from holdfast.model.pharmacokinetics.covariate_words import (
    ANCESTRIES,
    CYP2B6,
    SEXES,
    SITES,
    TYPICAL_AGE_Y,
    TYPICAL_ANCESTRY,
    TYPICAL_WEIGHT_KG,
    WEIGHT_CHOICES,
)
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.event_tables import Events, read_events
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range
from holdfast.model.population import DEFAULT_POPULATION
from holdfast.model.provenance import TYPICAL, VIRTUAL, provenance, provenance_line, statuses_in_words
from holdfast.units import MIN_PER_H, NG_PER_ML_PER_MG_PER_L

_MOST_PATIENTS = 1_000_000  # every measure of everybody is kept for its percentiles: 40 bytes a person and substance
_TYPICAL: dict[str, Any] = {"weight_kg": TYPICAL_WEIGHT_KG, "age_y": TYPICAL_AGE_Y, "ancestry": TYPICAL_ANCESTRY}


def add_verbs(verbs: Verbs) -> None:
    """profile."""
    profile = verbs.add(
        "profile",
        _profile,
        does="Cmax, Tmax, AUC and half-life of a dose: in one person, a table of patients, or a population",
        example="holdfast pk profile --drug esketamine --route nasal --dose-mg 56 --weight-kg 70",
        writes="nothing but its answer, and the plot where --plot names one",
    )
    profile.add_argument("--drug", choices=MODEL_DRUGS, help="for a table without drugs, too")
    profile.add_argument("--route", choices=MODEL_ROUTES)
    profile.add_argument("--dose-mg", type=number_argument, help="mg of base, not of salt")
    profile.add_argument("--dose-mg-per-kg", type=number_argument, help="mg of base per kg")
    profile.add_argument("--duration-min", type=number_argument, help="length of an infusion; 0 for a bolus")
    profile.add_argument("--doses", type=Path, help="a table of doses instead: NONMEM-style or our own columns")
    profile.add_argument("--weight-kg", type=number_argument, help=f"default: {TYPICAL_WEIGHT_KG:g}")
    profile.add_argument("--age-y", type=number_argument, help=f"default: {TYPICAL_AGE_Y:g}")
    profile.add_argument("--ancestry", choices=ANCESTRIES, help=f"default: {TYPICAL_ANCESTRY}")
    profile.add_argument("--child-pugh-b", action="store_true", help="moderate hepatic impairment")
    profile.add_argument("--sex", choices=SEXES, help="switches the disputed effect of sex on")
    profile.add_argument("--cyp2b6", choices=CYP2B6, help="switches the disputed effect of CYP2B6 on")
    profile.add_argument("--weight-scaling", choices=WEIGHT_CHOICES, default=WEIGHT_CHOICES[0])
    profile.add_argument("--site", choices=SITES, default=SITES[0])
    profile.add_argument("--hours", type=number_argument, default=24.0, help="span of the AUC after the first dose")
    profile.add_argument("--model", default=DEFAULT_MODEL, help=f"default: {DEFAULT_MODEL}")
    profile.add_argument("--patients", type=whole_number_argument, help="draw so many people instead of one")
    profile.add_argument("--population", help=f"whom they are drawn from; default: {DEFAULT_POPULATION}")
    profile.add_argument("--seed", type=seed_argument, help="the same seed draws the same people")
    profile.add_argument("--plot", type=Path, help="draw the levels: a .svg or .png file, in place of one of that name")


def _profile(arguments: argparse.Namespace) -> None:
    model = named_model(arguments.model)
    if arguments.patients is not None:
        return _of_population(model, arguments)
    _fill_in_one_person(arguments)
    answer = _about(model, arguments, TYPICAL)
    answer |= {"weight_kg": arguments.weight_kg, "age_y": arguments.age_y}
    if arguments.doses:
        events = _table(arguments)
        if arguments.plot and len(events) > 1:
            raise InputError("--plot draws one patient; give a table of one")
        answer["patients"] = [_of_patient(model, name, one, arguments) for name, one in events.items()]
        table = _table_of_patients(answer["patients"])
        regimens = [one.regimen for one in events.values()]
    else:
        given = regimen([_dose(arguments)])
        regimens = [given]
        answer |= {"drug": arguments.drug, "route": arguments.route, "dose": _dose_words(arguments)}
        answer["results"] = _results(model, given, arguments)
        table = text_table([_cells(result) for result in answer["results"]], _HEADER)
    if arguments.plot:
        _plot(model, regimens[0], arguments)
    beyond = [said for one in regimens for said in beyond_fitted_range(model, one, arguments.weight_kg)]
    answer["warnings"] += dict.fromkeys(beyond)
    _emit(answer, table, arguments)


def _emit(answer: Mapping[str, Any], table: str, arguments: argparse.Namespace, who: str = "") -> None:
    notes = [f"fitted to: {answer['fitted_to']}", f"fails at: {answer['known_failures']}"]
    notes.append(f"against published values: {answer['compared_with_published_values_by']}")
    notes += [*answer["warnings"], f"{who}{answer['said']}", provenance_line(answer)]
    emit(arguments, answer, "\n".join([table, "", *notes]))


def _fill_in_one_person(arguments: argparse.Namespace) -> None:
    if idle := given_options(arguments, ("population", "seed")):
        raise InputError(f"{idle[0]} speaks of many people; say how many with --patients")
    for name, typical in _TYPICAL.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, typical)


def _about(model: NamedModel, arguments: argparse.Namespace, said: str) -> dict[str, Any]:
    return provenance(
        model, said=said, site=arguments.site, hours=arguments.hours, fitted_to=model.row["fitted_to"],
        warnings=[f"parameters below verified: {statuses_in_words(model.below_verified())}"],
    )  # fmt: skip


def _dose(arguments: argparse.Namespace) -> Dose:
    for name in ("drug", "route"):
        if getattr(arguments, name) is None:
            raise InputError(f"--{name} is missing; give it, or a table with --doses")
    per_kg, dose_mg, minutes = arguments.dose_mg_per_kg, arguments.dose_mg, arguments.duration_min
    plausible("dose_mg", dose_mg, field="--dose-mg")
    if per_kg is not None and arguments.route != "nasal":
        plausible(f"dose_mg_per_kg.{arguments.route}", per_kg, field="--dose-mg-per-kg")
    if arguments.route == "iv" and minutes is None:
        raise InputError("--duration-min is missing; an iv dose needs its length, 0 for a bolus")
    if minutes:
        plausible("duration_min", minutes, field="--duration-min")
    return Dose(arguments.drug, arguments.route, 0.0, dose_mg, per_kg, (minutes or 0.0) / MIN_PER_H)


def _dose_words(arguments: argparse.Namespace) -> dict[str, Any]:
    unit = "mg of base" if arguments.dose_mg is not None else "mg of base per kg"
    value = arguments.dose_mg if arguments.dose_mg is not None else arguments.dose_mg_per_kg
    return {"value": value, "unit": unit, "duration_min": arguments.duration_min}


def _table(arguments: argparse.Namespace) -> Mapping[str, Events]:
    if idle := given_options(arguments, ("route", "dose_mg", "dose_mg_per_kg", "duration_min")):
        raise InputError(f"{idle[0]} contradicts --doses; the table says what is given")
    return read_events(read_csv(arguments.doses, ()), drug=arguments.drug, where=str(arguments.doses))


def _people(arguments: argparse.Namespace) -> tuple[Any, Any]:
    from holdfast.model.pharmacokinetics.covariates import Effects, covariates

    effects = Effects(arguments.weight_scaling, sex=arguments.sex is not None, cyp2b6=arguments.cyp2b6 is not None)
    who = covariates(
        arguments.weight_kg, arguments.age_y, ancestry=arguments.ancestry, child_pugh_b=arguments.child_pugh_b,
        female=None if arguments.sex is None else arguments.sex == "female", cyp2b6=arguments.cyp2b6,
    )  # fmt: skip
    return who, effects


def _substances(model: NamedModel, given: Regimen) -> list[str]:
    """The given drug and its metabolites, as far as the model holds them; both enantiomers where drugs mix."""
    from holdfast.model.pharmacokinetics.levels import FAMILIES

    drug = next(iter(given.drugs)) if len(given.drugs) == 1 else "ketamine"
    families = [f for f in FAMILIES[drug] if f == "ketamine" or model.has({"norketamine": "Vn"}.get(f, "Vhnk"))]
    return [FAMILIES[drug][family] for family in families]


def _results(model: NamedModel, given: Regimen, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    from holdfast.model.pharmacokinetics.profile import profiles

    who, effects = _people(arguments)
    found = profiles(
        model, given, who, _substances(model, given), site=arguments.site, hours_h=arguments.hours, effects=effects
    )
    results = []
    for profile in found:
        values = {name: {"value": float(of[0]), "unit": unit} for name, (unit, of) in profile.measures().items()}
        results.append({"substance": profile.substance, "site": profile.site, **values})
    return results


_HEADER = ("substance", "site", "Cmax ng/mL", "Tmax min", "AUC ng*h/mL", "AUC to infinity", "half-life h")


def _cells(result: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = (format(one["value"], ".1f" if name == "tmax" else ".4g") for name, one in _measured(result))
    return (result["substance"], result["site"], *numbers)


def _measured(result: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in result.items() if name not in ("substance", "site")]


def _table_of_patients(patients: Sequence[Mapping[str, Any]]) -> str:
    """A line for each patient and substance; below, the levels at the observation rows where there are any."""
    rows = [(p["patient"], *_cells(result)) for p in patients for result in p["results"]]
    said = text_table(rows, ("patient", *_HEADER))
    levels = [
        (p["patient"], f"{level['at_h']:g}", level["substance"], f"{level['value']:.4g}")
        for p in patients
        for level in p.get("levels", ())
    ]
    return f"{said}\n\n{text_table(levels, ('patient', 'at h', 'substance', 'ng/mL'))}" if levels else said


def _of_patient(model: NamedModel, name: str, events: Events, arguments: argparse.Namespace) -> dict[str, Any]:
    from holdfast.model.pharmacokinetics.simulation import simulate

    if not events.regimen.doses:
        raise InputError(f"{arguments.doses}: patient {name} has no dose; take the patient out")
    answer: dict[str, Any] = {"patient": name, "results": _results(model, events.regimen, arguments)}
    if events.observed_at_h:
        who, effects = _people(arguments)
        simulation = simulate(model, events.regimen, who, events.observed_at_h, effects=effects)
        substance = _substances(model, events.regimen)[0]
        levels = simulation.level_mg_per_l(substance, arguments.site)[0] * NG_PER_ML_PER_MG_PER_L
        answer["levels"] = [
            {"at_h": at_h, "substance": substance, "value": float(level), "unit": "ng/mL"}
            for at_h, level in zip(events.observed_at_h, levels, strict=True)
        ]
    return answer


def _plot(model: NamedModel, given: Regimen, arguments: argparse.Namespace) -> None:
    from holdfast.model.pharmacokinetics.figures import level_figure
    from holdfast.model.plots import write_figure

    who, effects = _people(arguments)
    drawn = level_figure(
        model, given, who, _substances(model, given), site=arguments.site, hours_h=arguments.hours, effects=effects
    )
    write_figure(drawn, arguments.plot)


def _of_population(model: NamedModel, arguments: argparse.Namespace) -> None:
    from holdfast.model.pharmacokinetics.covariates import Effects
    from holdfast.model.population.named_populations import named_population
    from holdfast.model.population.profile_spread import population_profiles

    _refuse_one_person(arguments)
    given, population = regimen([_dose(arguments)]), named_population(arguments.population or DEFAULT_POPULATION)
    asked: dict[str, Any] = {
        "patients": arguments.patients, "seed": arguments.seed, "site": arguments.site, "hours_h": arguments.hours,
        "effects": Effects(arguments.weight_scaling),
    }  # fmt: skip
    substances = _substances(model, given)
    found = population_profiles(model, given, population, substances, **asked)
    answer = _about(model, arguments, VIRTUAL) | {
        "drug": arguments.drug, "route": arguments.route, "dose": _dose_words(arguments),
        "population": population.id, "patients": arguments.patients, "seed": arguments.seed,
        "results": [_spreads(profile) for profile in found],
    }  # fmt: skip
    answer["warnings"].append(f"covariates below verified: {statuses_in_words(population.below_verified())}")
    answer["warnings"] += beyond_fitted_range(model, given, _TYPICAL["weight_kg"])
    who = f"{arguments.patients} people of {population.id}, seed {arguments.seed}"
    if arguments.plot:
        _plot_bands(model, given, population, found, who, arguments.plot, asked)
    table = text_table([cells for result in answer["results"] for cells in _spread_cells(result)], _SPREAD_HEADER)
    _emit(answer, table, arguments, f"{who}. ")


def _refuse_one_person(arguments: argparse.Namespace) -> None:
    one = ("weight_kg", "age_y", "ancestry", "child_pugh_b", "sex", "cyp2b6", "doses")
    if idle := given_options(arguments, one):
        raise InputError(f"{idle[0]} speaks of one person and contradicts --patients; leave one out")
    if arguments.seed is None:
        raise InputError("--seed is missing; give a whole number, so that the same people can be drawn again")
    if arguments.patients > _MOST_PATIENTS:
        raise InputError(f"{arguments.patients} people are more than are kept at once; give at most {_MOST_PATIENTS}")


def _spreads(profile: Any) -> dict[str, Any]:
    from holdfast.model.population.profile_spread import spread

    found: dict[str, Any] = {"substance": profile.substance, "site": profile.site}
    for name, (unit, values) in profile.measures().items():
        of_all = spread(values)
        percentiles = {f"p{number}": value for number, value in of_all.percentiles.items()}
        found[name] = {**percentiles, "mean": of_all.mean, "cv_percent": of_all.cv_percent, "unit": unit}
    return found


_SPREAD_HEADER = ("substance", "site", "measure", "unit", "5 %", "median", "95 %", "mean", "CV %")


def _spread_cells(result: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (result["substance"], result["site"], name, one["unit"],
         *(f"{one[number]:.4g}" for number in ("p5", "p50", "p95", "mean")), f"{one['cv_percent']:.0f}")
        for name, one in _measured(result)
    ]  # fmt: skip


def _plot_bands(
    model: NamedModel, given: Regimen, population: Any, profiles: list[Any], who: str, path: Path,
    asked: Mapping[str, Any],
) -> None:  # fmt: skip
    from holdfast.model.pharmacokinetics.figures import band_figure
    from holdfast.model.plots import write_figure
    from holdfast.model.population.profile_spread import level_bands

    times, bands = level_bands(model, given, population, [profile.substance for profile in profiles], **asked)
    named = {f"{p.substance} ({p.site}), median and 5 to 95 %": bands[p.substance] for p in profiles}
    write_figure(band_figure(model, given, times, named, people=who), path)
