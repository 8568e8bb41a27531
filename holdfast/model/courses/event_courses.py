"""Courses from an event table: any doses at any times, read at the table's own observation rows.

Each ID of the table is lived by as many virtual patients as are asked for; the same people for every ID, so that IDs
compare. A reset ends everything: what follows is lived as by another patient, with its treatment sessions counted anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.assembly import ARTERIAL, CEQ, NORKETAMINE, VENOUS, equations
from holdfast.model.effects.drive import CIRCULATION, MIND, on_mind
from holdfast.model.effects.treatment_session import Drives, acting
from holdfast.model.effects.variability import occasion_factors, person_factors
from holdfast.model.integration.compiled import solver
from holdfast.model.integration.stretches import stretch_of
from holdfast.model.mood.individuals import PERSON_DRAWS, MoodIndividuals, individuals
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS
from holdfast.model.mood.placebo import Care, placebo
from holdfast.model.mood.score import LEVELS, removed, score
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.event_tables import Events
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.population.named_populations import NamedPopulation
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
MOST_STEPS = 100_000
EVENT_COLUMNS: Mapping[str, str] = {
    "patient": "ID of the table", "person": "number of the virtual patient who lives it, from 1",
    "at_h": "time of the observation row, h", "treatment_sessions": "doses begun since the start or the last reset",
    ARTERIAL: "arterial level of ketamine base (S and R)", VENOUS: "venous level", NORKETAMINE: "level of norketamine",
    "cadss": "CADSS total, without error of rating", "sbp_rise_mmhg": "rise of systolic pressure by the drug",
    "dbp_rise_mmhg": "rise of diastolic pressure by the drug", "hr_rise_bpm": "rise of heart rate by the drug",
    "sedation_probability": "probability of MOAA/S below 5; empty where the model has no sedation",
    "madrs": "MADRS without fluctuation and without error of rating",
}  # fmt: skip


@dataclass(frozen=True)
class _Segment:
    """What one ID gets and when it is read between two resets; hours since the segment's start."""

    doses: tuple[Dose, ...]
    times_h: tuple[float, ...]
    start_h: float


def event_rows(
    events: Mapping[str, Events], model: NamedModel, population: NamedPopulation, *,
    seed: int, persons: int = 1, hypothesis: str = DEFAULT_HYPOTHESIS, care: Care | None = None,
    every_h: float | None = None,
) -> Iterator[dict[str, NDArray[Any]]]:  # fmt: skip
    """For each ID its rows as columns, arrays of shape (persons * times,): person by person, in order of time.

    `every_h` reads an ID without observation rows at such steps, from its first dose to a day after its last. Raises
    `InputError` where nothing says when an ID is read, or the model does not describe a drug by its route.
    """
    events = read_by_steps(events, every_h)
    people = virtual_patients(model, population, seed=seed, count=persons)
    mood = individuals(model, {name: people.normal(name) for name in PERSON_DRAWS})
    for name, one in events.items():
        found = [_lived(segment, model, people, mood, hypothesis, care or Care()) for segment in segments(one)]
        joined = {key: np.concatenate([part[key] for part in found], axis=1) for key in found[0]}
        count = joined["at_h"].shape[1]
        yield {
            "patient": np.full(persons * count, name, dtype=object),
            "person": np.repeat(np.arange(1, persons + 1), count),
            **{key: values.reshape(-1) for key, values in joined.items()},
        }  # fmt: skip


def read_by_steps(events: Mapping[str, Events], every_h: float | None) -> dict[str, Events]:
    """Every ID with the times at which it is read. Raises `InputError` as `event_rows`."""
    return {name: _read_at(name, one, every_h) for name, one in events.items()}


def _read_at(name: str, one: Events, every_h: float | None) -> Events:
    if one.observed_at_h:
        return one
    if every_h is None or not one.regimen.doses:
        raise InputError(
            f"patient {name} has no observation row (EVID 0); say when it is to be read, or by which steps"
        )
    if not 0 < every_h < math.inf:
        raise InputError(f"steps of {every_h:g} h lead nowhere; give hours above 0")
    first, last = one.regimen.doses[0].at_h, one.regimen.doses[-1].at_h + H_PER_D
    steps = int((last - first) / every_h) + 1
    if steps > MOST_STEPS:
        raise InputError(f"patient {name} would be read {steps:,} times; give longer steps than {every_h:g} h")
    return Events(one.regimen, tuple(first + every_h * step for step in range(steps)))


def segments(one: Events) -> list[_Segment]:
    """The stretches between resets that are read. A dose or an observation at the time of a reset comes after it."""
    times = np.array(one.observed_at_h)
    first = min([*times, *(dose.at_h for dose in one.regimen.doses)])
    starts = [first, *(reset for reset in one.regimen.resets_h if reset > first)]
    found = []
    for start, end in zip(starts, [*starts[1:], np.inf], strict=True):
        doses = tuple(replace(dose, at_h=dose.at_h - start) for dose in one.regimen.doses if start <= dose.at_h < end)
        read = tuple(float(t - start) for t in times if start <= t < end)
        if read:
            found.append(_Segment(tuple(dose for dose in doses if dose.at_h <= read[-1]), read, start))
    return found


def _lived(
    segment: _Segment, model: NamedModel, people: VirtualPatients, mood: MoodIndividuals, hypothesis: str, care: Care
) -> dict[str, Values]:
    given, times = regimen(segment.doses), np.array(segment.times_h)
    read = _solved(segment, given, model, people, mood, hypothesis)
    held = [dose.at_h for dose in given.doses]
    begun, shape = _begun(held, times), (len(people), len(times))
    gained = mood.gain[:, None] * removed(model, {name: read[name] for name in LEVELS})
    expected = placebo(model, care, mood.placebo, times, held, np.ones((len(people), len(held))))
    return {
        "at_h": np.broadcast_to(times + segment.start_h, shape),
        "treatment_sessions": np.broadcast_to(begun, shape),
        **{name: np.maximum(read[name], 0.0) for name in (ARTERIAL, VENOUS, NORKETAMINE)},  # rounding leaves -1e-14
        **_acute(model, people, read, begun),
        "madrs": score(people.madrs_baseline[:, None], expected, gained),
    }


def _begun(held: Sequence[float], times: Values) -> NDArray[np.int64]:
    return np.searchsorted(np.array(held), times, side="right").astype(np.int64)


def _solved(
    segment: _Segment, given: Regimen, model: NamedModel, people: VirtualPatients, mood: MoodIndividuals,
    hypothesis: str,
) -> dict[str, Values]:  # fmt: skip
    """Readings and levels of the law by name, (persons, times)."""
    etas = people.etas_on(range(len(given.doses)))
    entering = inputs(model, given, people.who, etas=etas)
    distinct, place = np.unique(segment.times_h, return_inverse=True)
    end = max([*distinct, *entering.edges_h()], default=0.0)
    stretch, amounts = stretch_of(entering, float(end) + 1.0, tuple(distinct))
    body = dispositions(model, people.who, given.routes, etas=etas)
    made = equations(model, body, entering.ka_per_h, hypothesis=hypothesis, mood=mood.cascade)
    out = solver(made, threads=1).advance(stretch, amounts)[:, place]
    return {name: out[..., i] for i, name in enumerate(made.output_names)}


def _acute(
    model: NamedModel, people: VirtualPatients, read: Mapping[str, Values], begun: NDArray[np.int64]
) -> dict[str, Values]:
    """Effects as they stand at each time, by the person and by the treatment session that began last.

    Before the first dose there is no drive, and so no effect, whichever treatment session is asked.
    """
    person = person_factors(model, people.normal)
    names = ("cadss", "sbp_rise_mmhg", "dbp_rise_mmhg", "hr_rise_bpm", "sedation_probability")
    mind = on_mind(model, read[MIND], read[CEQ])
    found = {name: np.empty(mind.shape) for name in names}
    last = np.maximum(begun, 1)
    for number in map(int, np.unique(last)):
        at = last == number
        occasion = occasion_factors(model, partial(people.occasion_normal, occasion=number - 1))
        effects = acting(model, Drives(mind[:, at], read[CIRCULATION][:, at]), person, occasion, number)
        for name, values in found.items():
            values[:, at] = getattr(effects, name)
    return found
