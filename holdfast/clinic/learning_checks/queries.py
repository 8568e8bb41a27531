"""Learning checks as values for their page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.forecasts.words import reason_words
from holdfast.clinic.jobs.models import Job, State
from holdfast.clinic.learning_checks.alarms import alarms_of
from holdfast.clinic.learning_checks.gathered import BEFORE, LOOKING_BACK
from holdfast.clinic.learning_checks.models import DriftAlarm, LearningCheck, LearningCheckRequest
from holdfast.clinic.learning_checks.pictures import Calibration, Places, calibration_of, places_of
from holdfast.clinic.programmes.models import Programme
from holdfast.facts.scale_names import scale_document

LISTED = 20
JOB = "learning_checks.make"
FEW = 20  # ratings below which the page says that they tell little
OURS = "forecast"
KINDS = {
    BEFORE: "Forecasts made before the rating came",
    LOOKING_BACK: "Forecasts that looked back: made later, from what was on record before the rating",
}


@dataclass(frozen=True)
class Method:
    """One line of the table. `worse` None: it is ours."""

    name: str
    n: int
    crps: float
    worse: Mapping[str, float | None] | None
    inside_80: Mapping[str, float]
    mean_error: float


@dataclass(frozen=True)
class Part:
    """One kind of forecast on one scale."""

    key: str
    title: str
    scale: str
    n: int
    people: int
    few: bool
    methods: tuple[Method, ...]
    horizons: tuple[Mapping[str, Any], ...]
    coverage: tuple[tuple[str, Mapping[str, float]], ...]
    calibration: Calibration
    places: Places
    drift: Mapping[str, Any] | None  # of forecasts that looked back: none, an alarm is of those made before
    on_bands: int  # of the ratings, how many met a forecast of which only median and bands were kept

    @property
    def beaten_by(self) -> list[str]:
        """Rivals that are better for certain: the whole interval of the difference says so."""
        return [
            one.name for one in self.methods if one.worse and one.worse["high"] is not None and one.worse["high"] < 0
        ]


@dataclass(frozen=True)
class Alarm:
    """A drift alarm in words."""

    row: DriftAlarm
    scale: str
    by_question: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class OfProgramme:
    """How forecasts of a programme did. `check` None: nobody has checked yet."""

    check: LearningCheck | None
    standing: tuple[Alarm, ...]
    closed: tuple[Alarm, ...]
    parts: tuple[Part, ...]
    earlier: tuple[LearningCheck, ...]
    state: str
    may_ask: bool


def of_programme(*, actor: Actor, programme: Programme, now: dt.datetime) -> OfProgramme | None:
    """For the page; None where the programme shows no forecasts."""
    require(actor, "learning_check.view", programme)
    if not is_shown(programme):
        return None
    rows = list(LearningCheck.objects.filter(request__programme=programme).order_by("-pk")[: LISTED + 1])
    newest = rows[0] if rows else None
    asks = may(actor, "learning_check.ask", programme) and numerics.is_installed()
    alarms = [_alarm(one) for one in alarms_of(programme)]
    return OfProgramme(
        newest, tuple(one for one in alarms if not hasattr(one.row, "closed")),
        tuple(one for one in alarms if hasattr(one.row, "closed")), _parts(newest), tuple(rows[1:]),
        _state(programme, newest), asks,
    )  # fmt: skip


def alarm_of(programme: Programme, public_id: UUID) -> DriftAlarm | None:
    """One alarm of this programme. The caller has asked for permission."""
    return alarms_of(programme).filter(public_id=public_id).first()


def _alarm(row: DriftAlarm) -> Alarm:
    return Alarm(row, str(scale_document(row.scale).header["name"]), tuple(row.by_question.items()))


def _state(programme: Programme, newest: LearningCheck | None) -> str:
    """A sentence on the check that comes next; empty where none was asked for."""
    if not numerics.is_installed():
        return f"{numerics.NOT_INSTALLED}, so nothing new is checked."
    waits = LearningCheckRequest.objects.filter(programme=programme).order_by("-pk").first()
    if waits is None or (newest is not None and newest.request.pk >= waits.pk):
        return ""
    job = Job.objects.filter(key=f"{JOB}:{waits.public_id}").first()
    if job is not None and job.state == State.FAILED:
        return f"The newest check could not be made: {reason_words(job.reason)}. It was tried {job.tries} times."
    return "A new check was asked for; it is made within minutes. Open this page again then."


def _parts(check: LearningCheck | None) -> tuple[Part, ...]:
    if check is None:
        return ()
    return tuple(
        _part(kind, scale, one) for kind in KINDS for scale, one in check.found.get(kind, {}).items() if one["n"]
    )


def _part(kind: str, scale: str, one: Mapping[str, Any]) -> Part:
    ours = one["methods"][OURS]
    return Part(
        key=f"{kind.replace('_', '-')}-{scale}", title=KINDS[kind], scale=str(scale_document(scale).header["name"]),
        n=one["n"], people=one["people"], few=one["n"] < FEW,
        methods=tuple(
            Method(name, of["n"], of["crps"], of.get("worse_than_ours"), of["coverage"]["80"], of["mean_error"])
            for name, of in one["methods"].items()
        ),
        horizons=tuple(one["horizons"]), coverage=tuple(ours["coverage"].items()),
        calibration=calibration_of(one["levels"]), places=places_of(one["pit"]),
        drift=one["drift"] if kind == BEFORE else None,
        on_bands=one["rests_on"]["bands"] if "rests_on" in one else one["n"],
    )  # fmt: skip
