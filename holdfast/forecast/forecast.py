"""One patient's forecast, whole: from a patient file to answers as plain values for JSON."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from holdfast.days import DAYS_PER_WEEK
from holdfast.forecast import plans as of_plans
from holdfast.forecast.answers import (
    WEEKS,
    Asked,
    chance_at,
    chance_ever,
    counted,
    curve,
    judge,
    lasted,
    lasts,
    outcomes_of_plans,
    ratings_on,
    relapsed_on,
    weekly,
)
from holdfast.forecast.bodies import bodies
from holdfast.forecast.boosters import boosted
from holdfast.forecast.choices import choice
from holdfast.forecast.futures import even_course, person, person_before
from holdfast.forecast.histories import Population, Setting, population, racemate
from holdfast.forecast.likelihood import Prior
from holdfast.forecast.mood_levels import Event
from holdfast.forecast.observed import observed, require_linked
from holdfast.forecast.patient_file import Patient
from holdfast.forecast.plans import Plan, dose_mg, dose_of, hours_in_clinic, plans
from holdfast.forecast.posterior import Case, Posterior, posterior_of
from holdfast.forecast.verdicts import Learnt, Likeness, learnt, least_learnt, likeness, unlike_share
from holdfast.model.mood.scale_links import METRIC
from holdfast.model.pharmacokinetics.dosing import regimen
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range
from holdfast.model.population.named_populations import NamedPopulation, named_population
from holdfast.model.provenance import provenance
from holdfast.seeds import require_seed
from holdfast.units import H_PER_D

VERSION = 3  # of this calculation; a change of it that moves numbers is a new version
SEED = 1
WHOLE_D = 60  # days ahead of which a forecast is kept whole: a course that is rated has a newer one by then
SAID = (
    "What the calibrated model holds likely for this patient, from their own doses and ratings. It informs whoever "
    "decides and directs nothing: no schedule is advised. It was checked against simulated patients, and against no "
    "course of a real one. Thoughts of suicide (item 9) are not forecast; the crisis path does not wait for this."
)


def forecast(patient: Patient, *, seed: int = SEED, weeks: int = WEEKS, whole: bool = False) -> dict[str, Any]:
    """Posterior, verdicts, curve, answers and schedules of one patient, plain values. Raises `InputError`.

    `whole` adds to the curve how many ratings fell on each total, of the first `WHOLE_D` days: what scores it exactly.
    """
    require_linked(patient.scale)
    require_seed(seed)
    case = case_of(patient)
    found = posterior_of(case, np.random.default_rng([seed, 0]))
    like = likeness(case, found.before)
    asked = Asked(patient, case, person(case, found.particles, np.random.default_rng([seed, 2])), judge(patient), seed)
    plan = of_plans.unchanged(patient, patient.today + weeks * DAYS_PER_WEEK)
    own = _learnt(asked, found, plan)
    return {
        "about": _about(patient, case.people, seed),
        "verdict": _verdict(like, own, begun=bool(patient.doses)),
        "posterior": _diagnostics(found),
        "today": patient.today, "scale": patient.scale, "definitions": asked.judge.as_dict(),
        "curve": None if like.unlike else _curve(asked, plan, weeks, whole=whole),
        "answers": None if like.unlike else _answers(asked, plan, weeks),
        "plans": None if like.unlike else _compared(asked, weeks),
        "item_9": _item_9(patient),
        "notes": [*patient.notes, *_notes(patient, case), *_never_well(asked)],
    }  # fmt: skip


def case_of(patient: Patient, people: Population | None = None) -> Case:
    """The patient as the posterior needs them. Raises `InputError` for a dose or a scale the model cannot take."""
    people = people or population()
    doses = [one.dose for one in patient.doses]
    setting = Setting(
        bodies(people.model, patient, tuple(dict.fromkeys([*doses, dose_of(patient)]))), patient.care,
        racemate([one.drug for one in doses or [dose_of(patient)]]),
    )  # fmt: skip
    seen = observed(patient)
    return Case(
        people, setting, prior_of(patient, people, len(seen.scales)),
        tuple(((one.day - patient.start_day) * H_PER_D, setting.bodies.kind(one.dose)) for one in patient.doses),
        seen, (patient.today - patient.start_day) * H_PER_D,
    )  # fmt: skip


def prior_of(patient: Patient, people: Population, biases: int) -> Prior:
    """Baseline as the population has it, without the bounds by which trials take people in; biases around 0."""
    spread = _baseline(named_population(patient.population), patient.sex)
    bias = people.model.value("self_rating_bias", "omega", unit="SD points")
    return Prior(np.array([spread[0], *[0.0] * biases]), np.array([spread[1], *[bias] * biases]))


def _baseline(of: NamedPopulation, sex: str | None) -> tuple[float, float]:
    one = of.distributions["madrs_baseline", sex or "female"]
    return one.mean, one.sd


def _learnt(asked: Asked, found: Posterior, plan: Plan) -> Learnt:
    """What the ratings told about the score, as a share of the baseline, at the review."""
    at = [asked.hour(_review_day(asked.patient))]
    before = person_before(asked.case, found.before, asked.random(3))
    shares = [even_course(asked.case, who, _events(asked, plan), at)[0] / np.maximum(who.base, 1e-9)
              for who in (before, asked.person)]  # fmt: skip
    after_first = sum(one.day > asked.patient.start_day for one in asked.patient.obtained)
    return learnt(shares[0], shares[1], after_first if asked.patient.doses else 0)


def _events(asked: Asked, plan: Plan) -> list[Event]:
    return asked.doses(plan.days, _kind(asked))


def _kind(asked: Asked) -> int:
    return asked.case.setting.bodies.kind(dose_of(asked.patient))


def _review_day(patient: Patient) -> float:
    return patient.planned.review_day if patient.planned.review_day is not None else patient.today + _review_d()


def _review_d() -> float:
    """Days from today to the review, where none is planned."""
    return choice("review", "d")


def _verdict(like: Likeness, own: Learnt, *, begun: bool) -> dict[str, Any]:
    said = []
    if like.unlike:
        said.append(
            f"Unlike the population: fewer than {100 * unlike_share():g} in 100 virtual patients have ratings that "
            "lie as far from what the ratings before them let expect. No forecast is given; check the entries, or "
            "look for what the model does not know."
        )
    elif own.share is None:
        said.append(
            f"Not enough data: no {'rating since the first dose' if begun else 'treatment session so far'}. "
            "What follows is what the population says of this baseline."
        )
    elif not own.enough:
        said.append(
            "Not enough data: the patient's own ratings take away less than "
            f"{100 * least_learnt():g} % of the uncertainty; the forecast is still mostly that of the population."
        )
    return {
        "enough_data": own.enough, "learnt": own.share, "ratings_since_first_dose": own.ratings,
        "unlike_population": like.unlike, "p_value": like.p_value, "said": said,
    }  # fmt: skip


def _curve(asked: Asked, plan: Plan, weeks: int, *, whole: bool) -> dict[str, Any]:
    days = [asked.patient.today + day for day in range(0, weeks * DAYS_PER_WEEK + 1)]
    even = even_course(asked.case, asked.person, _events(asked, plan), [asked.hour(day) for day in days])
    totals = ratings_on(asked, days, even, 4)
    kept = {"totals": counted(totals[: WHOLE_D + 1])} if whole else {}
    told = {"plan": plan.name, "words": plan.words, "today_as_given": _given_today(asked, plan)}
    return {**told, **curve(days, totals), **kept}


def _answers(asked: Asked, plan: Plan, weeks: int) -> dict[str, Any]:
    events, review = _events(asked, plan), _review_day(asked.patient)
    responding = asked.judge.responding
    without = "no rating of this scale on or before the first dose: response is undefined"
    unknown = {"chance": None, "why": without}
    has_baseline = asked.judge.baseline is not None
    share_left = 1.0 - asked.judge.response.values[0] / 100.0
    return {
        "response_by_review": {
            "day": review, **(asdict(chance_at(asked, review, events, responding)) if has_baseline else unknown),
        },
        "benefit": {"lasted": lasted(asked), "lasts": lasts(asked, share_left, weeks * DAYS_PER_WEEK)},
        "relapse_before_next": _relapse_before_next(asked, plan),
        "later_response": _later_response(asked, events, review) if has_baseline else unknown,
    }  # fmt: skip


def _relapse_before_next(asked: Asked, plan: Plan) -> dict[str, Any]:
    coming = [day for day in plan.days if day > asked.patient.today]
    if not coming:
        return {"chance": None, "why": "no treatment session is planned after today"}
    if not asked.has_been_well:
        return {
            "chance": None,
            "day": coming[0],
            "why": "neither response nor remission so far: not at risk of relapse",
        }
    if (relapsed := relapsed_on(asked)) is not None:
        return {
            "chance": None,
            "day": coming[0],
            "why": f"ratings until day {relapsed:g} meet the definition: relapse is there already",
        }
    definition = asked.judge.relapse
    on_madrs = replace(asked, judge=replace(asked.judge, scale=METRIC))
    events = asked.doses([day for day in plan.days if day <= asked.patient.today], _kind(asked))
    found = asdict(chance_at(on_madrs, coming[0], events, asked.judge.relapsing))
    by, given = f"a rating before it with {definition.text.split(',')[0]}, unconfirmed", _given_today(asked, plan)
    by += "; the treatment session due on the day of the forecast counts as given" if given else ""
    return {"day": coming[0], **found, "by": by, "today_as_given": given}


def _given_today(asked: Asked, plan: Plan) -> bool:
    """Is a treatment session due today? It counts as given, whatever is asked."""
    return asked.patient.today in plan.days


def _later_response(asked: Asked, events: list[Event], review: float) -> dict[str, Any]:
    if asked.has_been_well:
        return {"chance": None, "why": "there was a response or remission already"}
    given = len(asked.patient.doses)
    days = [day for day in weekly(asked) if day <= max(review, asked.patient.today + _review_d())]
    return {
        "after_treatment_sessions": given, "until_day": days[-1],
        **asdict(chance_ever(asked, days, events, asked.judge.responding)), "by": "any weekly rating until then",
    }  # fmt: skip


def _compared(asked: Asked, weeks: int) -> list[dict[str, Any]]:
    horizon = asked.patient.today + weeks * DAYS_PER_WEEK
    compared = [plan for plan in plans(asked.patient, horizon)
                if not plan.triggered or asked.judge.baseline is not None]  # fmt: skip
    fixed = [_events(asked, plan) for plan in compared if not plan.triggered]
    found = iter(outcomes_of_plans(asked, fixed, weeks))
    hours = hours_in_clinic(asked.patient)
    each = (dose_mg(asked.patient), None if hours is None else hours[0])
    return [
        {"plan": plan.name, "words": plan.words, "weeks": weeks,
         **_costs(plan, boosted(asked, _kind(asked), weeks=weeks) if plan.triggered else next(found), *each)}
        for plan in compared
    ]  # fmt: skip


def _costs(plan: Plan, found: dict[str, Any], mg: float, hours: float | None) -> dict[str, Any]:
    """What was found under a plan, with its treatment sessions, dose and hours in clinic."""
    given = float(len(plan.days))
    count = found.pop("treatment_sessions", {"expected": given, "low": given, "high": given})
    return {
        **found, "treatment_sessions": count, "dose_mg": {name: value * mg for name, value in count.items()},
        "hours_in_clinic": None if hours is None else {name: value * hours for name, value in count.items()},
    }  # fmt: skip


def _diagnostics(found: Posterior) -> dict[str, Any]:
    return {
        "virtual_patients": found.drawn, "effective_at_first": found.effective, "steps": found.steps,
        "effective_histories": found.histories, "moves_accepted": found.accepted, "log_evidence": found.log_evidence,
    }  # fmt: skip


def _item_9(patient: Patient) -> dict[str, Any] | None:
    known = [one for one in patient.obtained if one.item_9 is not None]
    if not known:
        return None
    return {"last": known[-1].item_9, "day": known[-1].day, "said": "item 9 is kept apart and is not forecast"}


def _about(patient: Patient, people: Population, seed: int) -> dict[str, Any]:
    named = named_population(patient.population)
    return provenance(
        people.model, said=SAID, seed=seed, forecast_version=VERSION, posterior=dict(people.posterior.named),
        population=named.id, population_below_verified=dict(named.below_verified()),
    )  # fmt: skip


def _never_well(asked: Asked) -> list[str]:
    if asked.has_been_well:
        return []
    return [
        "relapse under a schedule counts who responds first and loses it then: "
        "for somebody not well so far a low chance can mean that no response is likely"
    ]


def _notes(patient: Patient, case: Case) -> list[str]:
    given = regimen(one.dose for one in patient.doses) if patient.doses else regimen([dose_of(patient)])
    notes = beyond_fitted_range(case.people.model, given, patient.weight_kg)
    if patient.diagnosis not in (None, "trd", "mdd"):
        notes.append(
            f"the model knows no effect of the diagnosis {patient.diagnosis}; it was calibrated to unipolar depression"
        )
    if patient.failed_trials is not None:
        notes.append("the model knows no effect of how many trials failed; people behind it had two or more")
    if patient.scale != METRIC:
        notes.append(
            f"{patient.scale} is read by a published link of group means to MADRS, which often fails for one person"
        )
    hours = hours_in_clinic(patient)
    notes.append(
        "hours in clinic are not known: not one protocol alone gives this drug by this route; name the patient's own"
        if hours is None
        else f"hours in clinic: dose and least observation by the protocol {hours[1]}"
    )
    return notes
