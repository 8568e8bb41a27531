"""A trial as plain values, read off its document. What cannot be is told by `faults`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.facts.schema import Document, Row
from holdfast.facts.trial_documents import COMPARATORS, INERT, RATES
from holdfast.units import H_PER_D

CROSSOVER, WITHDRAWAL = "crossover", "randomised withdrawal"
_WHOLE = 1e-9  # of an interval: a last day written with decimals is still reached


@dataclass(frozen=True)
class Interval:
    """A policy of intervals: from which day on, which intervals it may choose, and what says that somebody holds."""

    policy: str
    from_d: float
    allowed_d: tuple[float, ...]
    definition: str
    hold: int | None


@dataclass(frozen=True)
class Comparator:
    """A treatment that is no ketamine: its effect is set to a published row; how it sets in and fades, in days."""

    set_to: str
    set_outcome: str | None
    onset_half_life_d: float
    fade_half_life_d: float
    lasts_d: float | None  # None: to each one's last treatment session


@dataclass(frozen=True)
class Arm:
    """What a group is given. `doses` are the steps a dose rule may choose from, lowest first; empty without drug."""

    key: str
    label: str
    drug: str
    route: str | None
    doses: tuple[float, ...]
    dose_unit: str | None
    infusion_min: float | None
    dose_days: tuple[float, ...]
    placebo_days: tuple[float, ...]
    dose_rule: str
    n: int | None
    study_arm: str | None
    rule_definition: str | None = None
    reaches_percent: float | None = None
    interval: Interval | None = None
    comparator: Comparator | None = None

    @property
    def inert(self) -> bool:
        """Is no ketamine given in it?"""
        return self.drug in (*INERT, *COMPARATORS)

    @property
    def control(self) -> bool:
        """Is it one without any effect of drug, which people may see through?"""
        return self.drug in INERT

    @property
    def group(self) -> str:
        """What its numbers are reported under: the published arm where there is one, which several arms may share."""
        return self.study_arm or self.key


@dataclass(frozen=True)
class Period:
    """An arm from a day on, as part of a track."""

    arm: str
    start_h: float


@dataclass(frozen=True)
class Track:
    """What one group of people goes through: one arm, or in a crossover several, one after the other."""

    key: str
    periods: tuple[Period, ...]
    n: int


@dataclass(frozen=True)
class Asked:
    """One number the trial would report: of each of `arms`, or of each against the arm `against`."""

    key: str
    kind: str
    ratings: tuple[str, ...]
    definition: str | None
    arms: tuple[str, ...]
    against: str | None
    better: str | None
    published: tuple[str, ...]
    lost_by: str | None = None
    among: str | None = None
    among_ratings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """Who goes on: a definition met at `least` of `ratings`, and after it a relapse, where one is asked for."""

    ratings: tuple[str, ...]
    least: int
    definition: str
    relapse: str | None
    relapse_ratings: tuple[str, ...]

    @property
    def last(self) -> str:
        """The rating at which it is decided."""
        return (self.relapse_ratings or self.ratings)[-1]


@dataclass(frozen=True)
class Trial:
    """A trial. `ratings` gives hours after the first dose of the period by key, in order of time."""

    id: str
    header: Row
    arms: dict[str, Arm]
    tracks: tuple[Track, ...]
    ratings: dict[str, float]
    asked: tuple[Asked, ...]
    selection: Selection | None
    not_compared: dict[str, str]
    assumptions: tuple[str, ...]

    @property
    def design(self) -> str:
        """Its kind of design."""
        return str(self.header["design"])

    @property
    def study(self) -> str | None:
        """The published study it stands for."""
        return self.header.get("study")

    @property
    def n(self) -> int:
        """People in all tracks."""
        return sum(track.n for track in self.tracks)

    @property
    def begins_h(self) -> float:
        """Hours after the first dose at which people are randomised; 0 where nobody is selected before."""
        return 0.0 if self.selection is None else self.ratings[self.selection.last]

    @property
    def baseline_h(self) -> float:
        """Hours after the first dose (of the period) at which the baseline is rated."""
        anew = self.header.get("baseline_rating")
        return 0.0 if anew is None else self.ratings[anew]


def trial_of(document: Document) -> Trial:
    """The trial a sound document describes."""
    header = document.header
    arms = {row["key"]: _arm(row) for row in document.rows("arm")}
    rated, series = {row["key"]: rating_h(row) for row in document.rows("rating")}, series_of(document)
    for row in document.rows("rating_series"):
        rated |= {key: at_d * H_PER_D for key, at_d in zip(series[row["key"]], series_days(row), strict=True)}
    return Trial(
        id=document.id, header=header, arms=arms, tracks=_tracks(document, arms),
        ratings=dict(sorted(rated.items(), key=lambda item: item[1])),
        asked=tuple(_asked(row, arms, series) for row in document.rows("outcome")),
        selection=_selection(document.row("selection"), series),
        not_compared={name: row["why"] for row in document.rows("not_compared") for name in row["rows"]},
        assumptions=tuple(row["text"] for row in document.rows("assumption")),
    )  # fmt: skip


def rating_h(row: Row) -> float:
    """Hours after the first dose of the period."""
    hours = row.get("at_h")
    return float(hours if hours is not None else row["at_d"] * H_PER_D)


def series_days(row: Row) -> tuple[float, ...]:
    """Days of the ratings of a series."""
    count = int((row["to_d"] - row["from_d"]) / row["every_d"] + _WHOLE) + 1
    return tuple(row["from_d"] + number * row["every_d"] for number in range(count))


def series_of(document: Document) -> dict[str, tuple[str, ...]]:
    """The keys of the ratings of each series."""
    return {
        row["key"]: tuple(f"{row['key']} day {day:g}" for day in series_days(row))
        for row in document.rows("rating_series")
    }


def expanded(keys: Iterable[str], series: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Keys of ratings, each series written out."""
    return tuple(one for key in keys for one in series.get(key, (key,)))


def _then(days: tuple[float, ...], every_d: float | None, until_d: float | None) -> tuple[float, ...]:
    """The days, and after the last of them further ones."""
    if every_d is None or until_d is None or not days:
        return days
    count = max(0, int((until_d - days[-1]) / every_d + _WHOLE))
    return days + tuple(days[-1] + (number + 1) * every_d for number in range(count))


def _arm(row: Row) -> Arm:
    return Arm(
        row["key"], row["label"], row["drug"], row.get("route"), tuple(row.get("doses", ())), row.get("dose_unit"),
        row.get("infusion_min"), _then(tuple(row["dose_days"]), row.get("then_every_d"), row.get("until_d")),
        _then(tuple(row.get("placebo_days", ())), row.get("placebo_every_d"), row.get("placebo_until_d")),
        row.get("dose_rule", "fixed"), row.get("n"), row.get("study_arm"), row.get("rule_definition"),
        row.get("reaches_percent"), _interval(row), _comparator(row),
    )  # fmt: skip


def _interval(row: Row) -> Interval | None:
    if row.get("policy") is None:
        return None
    return Interval(row["policy"], row["policy_from_d"], tuple(row["policy_intervals_d"]), row["policy_definition"],
                    row.get("policy_hold"))  # fmt: skip


def _comparator(row: Row) -> Comparator | None:
    if row["drug"] not in COMPARATORS:
        return None
    return Comparator(
        row["set_to"], row.get("set_outcome"), row["onset_half_life_d"], row["fade_half_life_d"], row.get("lasts_d")
    )


def _selection(row: Row | None, series: dict[str, tuple[str, ...]]) -> Selection | None:
    if row is None:
        return None
    ratings = expanded(row["ratings"], series)
    return Selection(ratings, row.get("least") or len(ratings), row["definition"], row.get("relapse"),
                     expanded(row.get("relapse_ratings", ()), series))  # fmt: skip


def _tracks(document: Document, arms: dict[str, Arm]) -> tuple[Track, ...]:
    if document.header["design"] != CROSSOVER:
        return tuple(Track(arm.key, (Period(arm.key, 0.0),), arm.n or 0) for arm in arms.values())
    starts = [day * H_PER_D for day in document.header.get("period_starts_d", ())]
    return tuple(
        Track(row["key"], tuple(Period(arm, at) for arm, at in zip(row["arms"], starts, strict=False)), row["n"])
        for row in document.rows("sequence")
    )


def _asked(row: Row, arms: dict[str, Arm], series: dict[str, tuple[str, ...]]) -> Asked:
    of = row.get("arms") or tuple(key for key in arms if key != row.get("against"))
    return Asked(
        row["key"], row["kind"], expanded(row["ratings"], series), row.get("definition"), tuple(of),
        row.get("against"), row.get("better"), tuple(row.get("published", ())), row.get("lost_by"), row.get("among"),
        expanded(row.get("among_ratings", ()), series),
    )  # fmt: skip


def asked_of(trial: Trial, comparator: Comparator) -> Asked:
    """The number of the trial that means what the published row does. Raises `InputError` where none can."""
    for asked in trial.asked:
        chosen = asked.key == comparator.set_outcome or comparator.set_to in asked.published
        if chosen and asked.kind in RATES:
            return asked
    raise InputError(
        f"{trial.id}: no outcome that is {' or '.join(RATES)} names the row {comparator.set_to} as published; "
        "name the outcome that means the same as set_outcome"
    )
