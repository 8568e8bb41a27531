"""The two workloads of the simulator's benchmark: `course`, eight states, and `product`, Holdfast's own model.

`course` is a made-up model of a usual size: its numbers are a benchmark's, not pharmacology.

    A1' = R - (CL+Q)/V1 A1 + Q/V2 A2     A2' = Q/V1 A1 - Q/V2 A2                              drug
    N1' = CL/V1 A1 - (CLM+QM)/VM N1 + QM/VM2 N2     N2' = QM/VM N1 - QM/VM2 N2                metabolite
    H'  = CLM/VM N1 - CLH/VH H           CE' = KE0 (C - CE),  C = 1000 A1/V1                  second; effect site
    S'  = KOUT (1 + EMAX C/(EC50 + C)) - KOUT S                                               turnover
    M'  = KM (M0 (1 - 0.7 u/(u + 0.5)) - M),  u = S - 1                                       score

Both: six infusions of 40 minutes on days 0, 3, 7, 10, 14, 17; 183 days; read daily and every 10 minutes for 4 h after
each dose: 328 times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.equations import Equations
from holdfast.model.integration.laws import Law
from holdfast.model.integration.stretches import SLOW_WIDTHS_H, Constant, Stretch
from holdfast.model.pharmacokinetics.compartments import System

Values = NDArray[np.float64]
DAYS, DOSE_DAYS, INFUSION_H = 183, (0, 3, 7, 10, 14, 17), 40 / 60
MIN = 1 / 60
NAMES = ("CL", "V1", "Q", "V2", "CLM", "VM", "QM", "VM2", "CLH", "VH", "KE0", "KOUT", "EMAX", "EC50", "KM", "M0")
MEDIANS = (80, 60, 100, 200, 60, 100, 50, 100, 50, 100, 10, 0.01, 30, 150, 0.3, 33.0)
CV, SEED, DOSE_MG = 0.25, 20260101, 35.0
COMPARTMENTS = ("A1", "A2", "N1", "N2", "H", "CE")


@dataclass(frozen=True)
class Workload:
    """A name, what is read, the patients, and how one gets from their parameters to `Equations`."""

    name: str
    stretch: Stretch
    amounts: Values  # (patients, inputs, groups)
    parameters: Values
    equations: Callable[[Values], Equations]  # timed with ours: from parameters to what the solver takes

    def share(self, first: int, last: int) -> Workload:
        """Some of the patients, from `first` to before `last`."""
        which = slice(first, last)
        return Workload(self.name, self.stretch, self.amounts[which], self.parameters[which], self.equations)


def times_h() -> tuple[float, ...]:
    """Daily, and every 10 minutes for 4 h from each dose."""
    close = (24.0 * day + 10 * k / 60 for day in DOSE_DAYS for k in range(25))
    return tuple(sorted({*(24.0 * day for day in range(DAYS + 1)), *close}))


def stretch(compartment: str, widths_h: tuple[float, ...]) -> Stretch:
    """Both workloads' doses and times."""
    given = tuple(Constant(24.0 * day, 24.0 * day + INFUSION_H, compartment) for day in DOSE_DAYS)
    return Stretch(24.0 * DAYS, times_h(), (), given, widths_h)


def course(patients: int) -> Workload:
    """The workload that the field's solvers were compared on."""
    drawn = np.random.default_rng(SEED).standard_normal((max(patients, 10_000), len(NAMES)))[:patients]
    parameters = np.array(MEDIANS) * np.exp(np.sqrt(np.log(1 + CV**2)) * drawn)
    widths = (5 * MIN, 10 * MIN, 20 * MIN, 40 * MIN, 80 * MIN, 4.0, 8.0, 24.0)
    amounts = np.full((patients, len(DOSE_DAYS), 1), DOSE_MG)
    return Workload("course", stretch("A1", widths), amounts, parameters, course_equations)


def course_equations(parameters: Values) -> Equations:
    """Rates and weights of the patients."""
    CL, V1, Q, V2, CLM, VM, QM, VM2, CLH, VH, KE0 = parameters.T[:11]
    n = len(COMPARTMENTS)
    K = np.zeros((len(parameters), 1, n, n))
    A1, A2, N1, N2, H, CE = range(n)
    flows = ((A1, N1, CL / V1), (A1, A2, Q / V1), (A2, A1, Q / V2), (N1, H, CLM / VM), (N1, N2, QM / VM),
             (N2, N1, QM / VM2), (H, None, CLH / VH))  # fmt: skip
    for start, end, rate in flows:
        K[:, 0, start, start] -= rate
        if end is not None:
            K[:, 0, end, start] = rate
    K[:, 0, CE, CE] = -KE0
    per_mg = 1000 / V1
    K[:, 0, CE, A1] = KE0 * per_mg
    signals = np.zeros((len(parameters), 1, 1, n))
    signals[:, 0, 0, A1] = per_mg
    readings = np.broadcast_to(np.eye(n)[:, None, :], (len(parameters), n, 1, n))
    return Equations(System(COMPARTMENTS, K), COURSE_LAW, parameters[:, 11:], signals, readings, COMPARTMENTS)


def _turnover(signals, y, p):  # type: ignore[no-untyped-def]
    KOUT, EMAX, EC50, _, _ = p
    return KOUT * (1 + EMAX * signals[0] / (EC50 + signals[0])), KOUT


def _score(signals, y, p):  # type: ignore[no-untyped-def]
    _, _, _, KM, M0 = p
    u = y[0] - 1
    return KM * M0 * (1 - 0.7 * u / (u + 0.5)), KM


COURSE_LAW = Law(
    "course", ("C",), ("S", "M"), NAMES[11:], (_turnover, _score), lambda p: (1.0, p[4])
)  # fmt: skip


def product(patients: int) -> Workload:
    """Holdfast's own model: both enantiomers of racemic ketamine 0.5 mg/kg, effect site, occupancy, mood."""
    from holdfast.model.assembly import equations
    from holdfast.model.courses.people import People
    from holdfast.model.courses.plan import CoursePlan
    from holdfast.model.integration.stretches import stretch_of
    from holdfast.model.named_models import named_model
    from holdfast.model.pharmacokinetics.absorption import inputs
    from holdfast.model.pharmacokinetics.dosing import Dose, regimen

    plan = CoursePlan("iv-racemic", patients, DAYS, SEED)
    model = named_model(plan.model)
    people = People(model, plan.population, plan.seed, 0, patients, plan.care)
    everyone = np.arange(patients)
    dose = Dose("ketamine", "iv", 0.0, 0.5 * people.patients.who.weight_kg.mean(), duration_h=INFUSION_H)
    given = inputs(model, regimen([dose]), people.patients.who.take(everyone), etas=people.patients.etas.take(everyone))
    made = equations(model, people.disposition(frozenset({"iv"})), given.ka_per_h, hypothesis=plan.hypothesis,
                     mood=people.cascade)  # fmt: skip
    one, amounts = stretch_of(given, 24.0, ())
    each = np.repeat(np.broadcast_to(amounts[:1], amounts.shape), len(DOSE_DAYS), axis=1)  # one dose for all

    @cache
    def taken(first: int, count: int) -> Equations:
        return made if count == patients else made.take(slice(first, first + count))

    def of(places: Values) -> Equations:
        return taken(int(places[0, 0]), len(places))

    whole = stretch(one.constants[0].compartment, SLOW_WIDTHS_H)
    return Workload("product", whole, each, everyone[:, None].astype(float), of)


WORKLOADS = {"course": course, "product": product}
