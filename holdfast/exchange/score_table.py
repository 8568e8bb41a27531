"""Tidy score tables: one rating a row, checked row by row before anything is imported.

Reading never stops at the first fault and never repairs one: a `ScoreTable` carries what is sound, every bad row
with its place and reason, and what was left out on purpose. Importing is for the caller, who takes all or nothing.

Columns of a score table: `participant_id`, `scale`, `day`, `score`; optional `group` and `leg`. `day` is a whole
number of days; `leg` is `baseline`, the drug a rating follows (`ketamine`, `esketamine`), or `placebo`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts.plausible import plausible
from holdfast.facts.tables import DRUGS
from holdfast.facts.text_files import read_rows
from holdfast.facts.written import written_number, written_whole_number
from holdfast.scales import check_total, scale

NOT_AVAILABLE = frozenset({"", "n/a", "NA", "na", "N/A"})
LEGS = ("baseline", *DRUGS, "placebo")
ID_LENGTH = 64  # longer than any study identifier seen; keeps a mis-split row from becoming a person
GROUP_LENGTH = 60


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be imported: where it stands, and why."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line} column {self.column}: {self.reason}"


@dataclass(frozen=True)
class Participant:
    """A person of the table. Unknown stays None."""

    id: str
    group: str = ""
    age_y: int | None = None
    sex: str | None = None  # "M" or "F" as the file says it


@dataclass(frozen=True)
class Rating:
    """One total of one scale on one study day."""

    participant_id: str
    scale: str  # id of the scale, such as madrs
    day: int
    leg: str
    total: int
    file: str
    line: int


@dataclass(frozen=True)
class ScoreTable:
    """What a file or folder holds, before anybody decides to import it."""

    title: str
    licence: str
    source: str
    participants: tuple[Participant, ...]
    ratings: tuple[Rating, ...]
    bad_rows: tuple[BadRow, ...]
    left_out: Mapping[str, int]  # reason → rows

    def report(self) -> dict[str, object]:
        """What would come in, as plain values; no score and no identifier except in the place of a bad row."""
        groups = Counter(p.group or "no group" for p in self.participants)
        by_scale = Counter(r.scale for r in self.ratings)
        by_day = Counter(f"{r.leg or 'no leg'}, day {r.day}" for r in self.ratings)
        return {
            "title": self.title,
            "licence": self.licence,
            "source": self.source,
            "participants": len(self.participants),
            "participants_by_group": dict(sorted(groups.items())),
            "ratings": len(self.ratings),
            "ratings_by_scale": dict(sorted(by_scale.items())),
            "ratings_by_day": dict(sorted(by_day.items())),
            "left_out": dict(self.left_out),
            "bad_rows": [
                {"file": b.file, "line": b.line, "column": b.column, "reason": b.reason} for b in self.bad_rows
            ],
        }


@dataclass(frozen=True)
class Line:
    """One line of a separated file, as text by column."""

    file: str
    number: int
    cells: Mapping[str, str]

    def bad(self, column: str, reason: str) -> BadRow:
        """This line as a bad row."""
        return BadRow(self.file, self.number, column, reason)


def read_lines(
    path: Path, required: Iterable[str], *, separator: str = ",", name: str | None = None
) -> tuple[list[Line], list[BadRow]]:
    """Lines of a separated file and those whose number of cells is wrong; blank lines are passed over.

    Raises `InputError` where the file cannot be read or a required column is missing: then no row means anything.
    """
    file = name or path.name
    header, rows = read_rows(path, tuple(required), separator=separator, name=file)
    lines, bad = [], []
    for number, cells in rows:
        if len(cells) == len(header):
            lines.append(Line(file, number, {c: cell.strip() for c, cell in zip(header, cells, strict=True)}))
        else:
            bad.append(BadRow(file, number, "-", f"has {len(cells)} cells, the header has {len(header)}"))
    return lines, bad


def read_participants(lines: Iterable[Line]) -> tuple[list[Participant], list[BadRow]]:
    """People from `participant_id` and, where given, `group`, `age_y`, `sex`. Each person once."""
    people: dict[str, Participant] = {}
    bad = []
    for line in lines:
        person_id = line.cells["participant_id"]
        if fault := _id_fault(person_id):
            bad.append(line.bad("participant_id", fault))
            continue
        if person_id in people:
            bad.append(line.bad("participant_id", "stands here a second time"))
            continue
        if fault := _group_fault(line.cells.get("group", "")):
            bad.append(line.bad("group", fault))
            continue
        age_y, age_fault = _age(line.cells.get("age_y", ""))
        sex = line.cells.get("sex", "")
        if age_fault:
            bad.append(line.bad("age_y", age_fault))
        elif sex not in NOT_AVAILABLE and sex.upper() not in ("M", "F"):
            bad.append(line.bad("sex", f"{sex!r} is neither M nor F; leave it empty where it is not known"))
        else:
            people[person_id] = Participant(
                person_id,
                line.cells.get("group", ""),
                age_y,
                sex.upper() if sex not in NOT_AVAILABLE else None,
            )
    return list(people.values()), bad


def read_ratings(lines: Iterable[Line]) -> tuple[list[Rating], list[BadRow], Counter[str]]:
    """Sound ratings, bad rows, and rows left out because they hold no score."""
    ratings: list[Rating] = []
    bad: list[BadRow] = []
    left_out: Counter[str] = Counter()
    first_line: dict[tuple[str, str, str, int], int] = {}
    for line in lines:
        if line.cells["score"] in NOT_AVAILABLE:
            left_out["no score given: a missing rating is a gap, not a zero"] += 1
            continue
        rating = read_rating(line)
        if isinstance(rating, BadRow):
            bad.append(rating)
            continue
        key = (rating.participant_id, rating.scale, rating.leg, rating.day)
        if key in first_line:
            bad.append(line.bad("day", f"the same person, scale, leg and day already stand in line {first_line[key]}"))
            continue
        first_line[key] = line.number
        ratings.append(rating)
    return ratings, bad, left_out


def read_rating(line: Line) -> Rating | BadRow:
    """One rating, or the first thing wrong with its row."""
    cells = line.cells
    if fault := _id_fault(cells["participant_id"]):
        return line.bad("participant_id", fault)
    if fault := _group_fault(cells.get("group", "")):
        return line.bad("group", fault)
    leg = cells.get("leg", "")
    if leg and leg not in LEGS:
        return line.bad("leg", f"{leg!r} is not one of {', '.join(LEGS)}")
    try:
        day = written_whole_number(cells["day"])
    except InputError:
        return line.bad("day", f"{cells['day']!r} is not a whole number of days")
    try:
        plausible("study_day", day, field="the day")
    except InputError as error:
        return line.bad("day", str(error))
    try:
        rated = scale(cells["scale"])
    except UnknownNameError as error:
        return line.bad("scale", str(error))
    try:
        total = check_total(rated, written_number(cells["score"]))
    except InputError as error:
        return line.bad("score", str(error))
    return Rating(cells["participant_id"], rated.id, day, leg, int(total), line.file, line.number)


def assemble(
    *,
    participants: list[Participant] | None,
    groups: Mapping[str, str],
    ratings: list[Rating],
    bad_rows: list[BadRow],
    left_out: Counter[str],
    title: str,
    licence: str,
    source: str,
) -> ScoreTable:
    """Join people and ratings. With a participants file, a rating of somebody not in it is a bad row.

    `groups` are those the score rows name; a group that the two files tell differently is a bad row.
    """
    people = _people(participants, groups, ratings)
    sound = []
    contradicted = {(bad.file, bad.line) for bad in bad_rows}
    for rating in ratings:
        if (rating.file, rating.line) in contradicted:
            continue
        person = people.get(rating.participant_id)
        group = groups.get(rating.participant_id, "")
        if person is None:
            bad_rows.append(BadRow(rating.file, rating.line, "participant_id", "is not in the participants file"))
        elif group and person.group != group:
            reason = f"{group!r} here, {person.group!r} in the participants file"
            bad_rows.append(BadRow(rating.file, rating.line, "group", reason))
        elif rating.leg == "placebo":
            left_out["placebo leg: not part of a course of treatment"] += 1
        else:
            sound.append(rating)
    bad_rows.sort(key=lambda b: (b.file, b.line))
    return ScoreTable(title, licence, source, tuple(people.values()), tuple(sound), tuple(bad_rows), dict(left_out))


def _people(
    participants: list[Participant] | None, groups: Mapping[str, str], ratings: Iterable[Rating]
) -> dict[str, Participant]:
    """People by id: those of their own file, with the group of the score rows where that names none; else the rated."""
    if participants is None:
        return {r.participant_id: Participant(r.participant_id, groups.get(r.participant_id, "")) for r in ratings}
    return {p.id: p if p.group else replace(p, group=groups.get(p.id, "")) for p in participants}


def _id_fault(person_id: str) -> str:
    if not person_id:
        return "is empty; every row needs the person it belongs to"
    if len(person_id) > ID_LENGTH or not person_id.isprintable():
        return f"is longer than {ID_LENGTH} characters or holds signs that cannot be printed"
    return ""


def _group_fault(group: str) -> str:
    if len(group) > GROUP_LENGTH or not group.isprintable():
        return f"is longer than {GROUP_LENGTH} characters or holds signs that cannot be printed"
    return ""


def _age(text: str) -> tuple[int | None, str]:
    if text in NOT_AVAILABLE:
        return None, ""
    try:
        age = written_number(text)
    except InputError:
        return None, f"{text!r} is not an age in years"
    try:
        plausible("recorded_age_y", age, field="the age")
    except InputError as error:
        return None, str(error)
    return int(age), ""
