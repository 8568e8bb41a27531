"""A trial as plain values, read off its document. What cannot be is told by `faults`."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.facts.schema import Document, Row
from holdfast.units import convert

DAY_H = convert(1.0, "d", "h")
INERT = ("placebo", "midazolam")
CROSSOVER, WITHDRAWAL = "crossover", "randomised withdrawal"


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

    @property
    def inert(self) -> bool:
        """Has it no effect of drug?"""
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


@dataclass(frozen=True)
class Trial:
    """A trial. `ratings` gives hours after the first dose of the period by key, in order of time."""

    id: str
    header: Row
    arms: dict[str, Arm]
    tracks: tuple[Track, ...]
    ratings: dict[str, float]
    asked: tuple[Asked, ...]
    selection: tuple[str, str] | None
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


def trial_of(document: Document) -> Trial:
    """The trial a sound document describes."""
    header, selection = document.header, document.row("selection")
    arms = {row["key"]: _arm(row) for row in document.rows("arm")}
    rated = {row["key"]: rating_h(row) for row in document.rows("rating")}
    return Trial(
        id=document.id, header=header, arms=arms, tracks=_tracks(document, arms),
        ratings=dict(sorted(rated.items(), key=lambda item: item[1])),
        asked=tuple(_asked(row, arms) for row in document.rows("outcome")),
        selection=None if selection is None else (selection["rating"], selection["definition"]),
        not_compared={name: row["why"] for row in document.rows("not_compared") for name in row["rows"]},
        assumptions=tuple(row["text"] for row in document.rows("assumption")),
    )  # fmt: skip


def rating_h(row: Row) -> float:
    """Hours after the first dose of the period."""
    hours = row.get("at_h")
    return float(hours if hours is not None else row["at_d"] * DAY_H)


def _arm(row: Row) -> Arm:
    return Arm(
        row["key"], row["label"], row["drug"], row.get("route"), tuple(row.get("doses", ())), row.get("dose_unit"),
        row.get("infusion_min"), tuple(row["dose_days"]),
        tuple(row.get("placebo_days", ())), row.get("dose_rule", "fixed"), row.get("n"),
        row.get("study_arm"),
    )  # fmt: skip


def _tracks(document: Document, arms: dict[str, Arm]) -> tuple[Track, ...]:
    if document.header["design"] != CROSSOVER:
        return tuple(Track(arm.key, (Period(arm.key, 0.0),), arm.n or 0) for arm in arms.values())
    starts = [day * DAY_H for day in document.header.get("period_starts_d", ())]
    return tuple(
        Track(row["key"], tuple(Period(arm, at) for arm, at in zip(row["arms"], starts, strict=False)), row["n"])
        for row in document.rows("sequence")
    )


def _asked(row: Row, arms: dict[str, Arm]) -> Asked:
    of = row.get("arms") or tuple(key for key in arms if key != row.get("against"))
    return Asked(
        row["key"], row["kind"], tuple(row["ratings"]), row.get("definition"), tuple(of), row.get("against"),
        row.get("better"), tuple(row.get("published", ())),
    )  # fmt: skip
