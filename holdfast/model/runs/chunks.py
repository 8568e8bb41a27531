"""Chunks: patients that are simulated at once. A chunk has a size of its own, whoever works on it, and a part to write.

What a part showed is kept beside it, and written after it: then the part is whole, and is never made again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import InputError
from holdfast.model.courses.batch import simulate_batch
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.runs.parts import write_about, write_part
from holdfast.model.runs.tally import Tally, loaded, saved, tally

PATIENT_DAYS = 2_000_000  # of one chunk: a few hundred MB while it is simulated
MOST_PATIENTS = 10_000
MOST_CHUNKS = 100_000  # a billion patients of half a year; their list and the names of their parts stay small
COUNTS = ".counts.json"


@dataclass(frozen=True)
class Chunk:
    """Patients `first` to `first + count` - 1, and the part they go to; None where nothing is written."""

    number: int
    first: int
    count: int
    part: Path | None
    kind: str


def chunks_of(plan: CoursePlan, folder: Path | None, kind: str, patients: int | None = None) -> list[Chunk]:
    """The chunks of a plan, `patients` in each (by default as many as memory likes), in order.

    Raises `InputError` for more than `MOST_CHUNKS`.
    """
    size = patients or max(1, min(MOST_PATIENTS, PATIENT_DAYS // plan.days))
    if plan.patients > MOST_CHUNKS * size:
        raise InputError(
            f"{plan.patients} patients of {plan.days} days are more than one run goes through; ask for at most "
            f"{MOST_CHUNKS * size}, and for others by another seed"
        )
    firsts = range(0, plan.patients, size)
    return [
        Chunk(number, first, min(size, plan.patients - first), folder and folder / f"part-{number:06d}.{kind}", kind)
        for number, first in enumerate(firsts)
    ]


def work(plan: CoursePlan, chunk: Chunk, threads: int) -> Tally:
    """Simulate one chunk and write its part, unless that lies there whole already."""
    if chunk.part is not None and is_whole(chunk.part):
        return loaded(json.loads(counts_of(chunk.part).read_text(encoding="utf-8")))
    courses = simulate_batch(plan, chunk.first, chunk.count, threads=threads)
    made = tally(courses)
    if chunk.part is not None:
        write_part(courses, chunk.part, chunk.kind, plan.about())
        write_about(saved(made), counts_of(chunk.part))
    return made


def counts_of(part: Path) -> Path:
    """What a part showed, beside it; written after it."""
    return part.with_name(part.name + COUNTS)


def is_whole(part: Path | None) -> bool:
    """Whether a part lies there with its counts."""
    return part is not None and part.exists() and counts_of(part).exists()
