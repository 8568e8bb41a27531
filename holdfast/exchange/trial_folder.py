"""Find out what a path holds, tidy tables or tables as published in BIDS, and read it into a `ScoreTable`.

Known shapes:

- a CSV file: a tidy score table;
- a folder with `scores.csv` and, where there is one, `participants.csv`;
- a BIDS folder with `participants.tsv` and `phenotype/phenotype.tsv`, as OpenNeuro publishes it. Of its sessions
  the baseline and day 2 after ketamine are read; the others are counted and left out.

`dataset_description.json`, where present, gives title, licence and DOI.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from holdfast.errors import InputError
from holdfast.exchange.score_table import (
    NOT_AVAILABLE,
    BadRow,
    Line,
    Participant,
    ScoreTable,
    assemble,
    read_lines,
    read_participants,
    read_ratings,
)

TIDY_COLUMNS = ("participant_id", "scale", "day", "score")
BIDS_SCALES = {"MADRS_Total": "madrs", "HAMD_Bech": "hamd-6", "HAM17_Total": "ham-d17"}
BIDS_SESSIONS = {"ses-b0": ("baseline", 0), "ses-d2": ("ketamine", 2)}
BIDS_LEFT_OUT = "session {session}: only the baseline and day 2 after ketamine are read"
# BIDS leaves the names of demographic columns to the authors: the usual ones, lower case.
BIDS_PEOPLE = {
    "group": ("group", "diagnosis", "dx"),
    "age_y": ("age_y", "age"),
    "sex": ("sex", "gender"),
}
SEX_WORDS = {"male": "M", "female": "F", "m": "M", "f": "F"}


def read_trial(path: Path) -> ScoreTable:
    """Read a file or folder of scores. Raises `InputError` where it is none of the known shapes."""
    try:
        path.stat()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:  # too long a name, a loop of links, a folder that may not be entered
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    if path.is_file():
        return _read_tidy(path, None, path.parent)
    if (path / "scores.csv").is_file():
        people = path / "participants.csv"
        return _read_tidy(path / "scores.csv", people if people.is_file() else None, path)
    if (path / "phenotype" / "phenotype.tsv").is_file():
        return _read_bids(path)
    raise InputError(f"{path} holds neither scores.csv nor phenotype/phenotype.tsv; see docs/how-to/import-a-trial.md")


def _read_tidy(scores: Path, people: Path | None, folder: Path) -> ScoreTable:
    lines, bad = read_lines(scores, TIDY_COLUMNS)
    ratings, bad_ratings, left_out = read_ratings(lines)
    participants = None
    if people is not None:
        people_lines, bad_people_lines = read_lines(people, ("participant_id",))
        participants, bad_people = read_participants(people_lines)
        bad += bad_people_lines + bad_people
    return _finish(folder, scores, participants, lines, ratings, bad + bad_ratings, left_out)


def _read_bids(folder: Path) -> ScoreTable:
    phenotype = folder / "phenotype" / "phenotype.tsv"
    wide, bad = read_lines(phenotype, ("participant_id", "session_id"), separator="\t", name="phenotype/phenotype.tsv")
    known = [column for column in BIDS_SCALES if wide and column in wide[0].cells]
    if wide and not known:
        raise InputError(f"phenotype/phenotype.tsv line 1: has none of the columns {', '.join(BIDS_SCALES)}")
    left_out: Counter[str] = Counter()
    ratings, bad_ratings, no_score = read_ratings(_tidy_from_bids(wide, known, left_out))
    participants, bad_people = _bids_people(folder / "participants.tsv")
    return _finish(folder, phenotype, participants, [], ratings, bad + bad_ratings + bad_people, left_out + no_score)


def _tidy_from_bids(wide: Iterable[Line], columns: Iterable[str], left_out: Counter[str]) -> Iterable[Line]:
    for line in wide:
        session = line.cells["session_id"]
        given = [column for column in columns if line.cells[column] not in NOT_AVAILABLE]
        if session not in BIDS_SESSIONS:
            left_out[BIDS_LEFT_OUT.format(session=session or "without a name")] += len(given)
            continue
        leg, day = BIDS_SESSIONS[session]
        for column in columns:
            cells = {
                "participant_id": line.cells["participant_id"],
                "leg": leg,
                "day": str(day),
                "scale": BIDS_SCALES[column],
                "score": line.cells[column],
            }
            yield Line(line.file, line.number, cells)


def _bids_people(path: Path) -> tuple[list[Participant] | None, list[BadRow]]:
    if not path.is_file():
        return None, []
    lines, bad = read_lines(path, ("participant_id",), separator="\t")
    participants, bad_people = read_participants([_plain_person(line) for line in lines])
    return participants, bad + bad_people


def _plain_person(line: Line) -> Line:
    """The demographic columns under our names; `n/a` becomes empty."""
    by_lower = {column.lower(): value for column, value in line.cells.items()}
    cells = {"participant_id": line.cells["participant_id"]}
    for ours, theirs in BIDS_PEOPLE.items():
        value = next((by_lower[name] for name in theirs if name in by_lower), "")
        cells[ours] = "" if value in NOT_AVAILABLE else value
    cells["sex"] = SEX_WORDS.get(cells["sex"].lower(), cells["sex"])
    return Line(line.file, line.number, cells)


def _finish(
    folder: Path,
    source: Path,
    participants: list[Participant] | None,
    lines: Iterable[Line],
    ratings: list,
    bad_rows: list[BadRow],
    left_out: Counter[str],
) -> ScoreTable:
    groups: dict[str, str] = {}
    for line in lines:
        group = line.cells.get("group", "")
        first = groups.setdefault(line.cells["participant_id"], group)
        if group != first:
            bad_rows.append(line.bad("group", f"{group!r} here, {first!r} in an earlier row of the same person"))
    title, licence, doi = _description(folder)
    return assemble(
        participants=participants,
        groups=groups,
        ratings=ratings,
        bad_rows=bad_rows,
        left_out=left_out,
        title=title or source.stem,
        licence=licence,
        source=doi or source.name,
    )


def _description(folder: Path) -> tuple[str, str, str]:
    path = folder / "dataset_description.json"
    if not path.is_file():
        return "", "", ""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        raise InputError("dataset_description.json is not JSON; mend it or take it out of the folder") from None
    except OSError as error:
        raise InputError(f"dataset_description.json cannot be read: {error.strerror}") from None
    if not isinstance(content, dict):
        raise InputError("dataset_description.json must hold one object, like {...}; take it out of the folder")
    return _word(content, "Name"), _word(content, "License"), _word(content, "DatasetDOI")


def _word(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"dataset_description.json: {name} must be text; mend it or take it out")
    return value or ""
