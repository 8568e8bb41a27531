"""The report of sets that memory does not hold: counted part by part, by this process, by several, or by a Ray cluster.

Counts are whole numbers and add up, so that the report is the same to the last byte whoever counted and in however
many parts. On a cluster every machine reads the same files: give paths that all of them can see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import ExtraMissingError, InputError
from holdfast.registry.manifest import Manifest, read_manifest
from holdfast.registry.report.choices import Choices, choices_of
from holdfast.registry.report.counts import Counts, added
from holdfast.registry.report.report import Report, counted, told
from holdfast.registry.report.yearly import count_year, tell_year
from holdfast.registry.sets import checked, part_of, require_each_once

MOST_PROCESSES = 1024  # beyond it a slip, not a machine
PART_COURSES = 50_000  # of a part at most: with ten treatment sessions and fifteen ratings each it takes about 0.5 GB


@dataclass(frozen=True)
class Part:
    """What a worker is given: where the sets are, what they are judged by, and which part of them to count."""

    folders: tuple[Path, ...]
    manifests: tuple[Manifest, ...]
    choices: Choices
    part: int
    parts: int
    year: int | None = None


def report_over_parts(
    folders: Sequence[Path], *, signed: Iterable[str] = (), scale: str | None = None, processes: int = 1,
    ray: bool = False, parts: int | None = None, year: int | None = None,
) -> Report:  # fmt: skip
    """The report of sets put together. Raises `InputError` as `checked`, `choices_of` and `tell_year` do.

    With `year` the safety report of that calendar year.

    `parts` is worked out from the number of courses and of processes; another number gives the same report.
    """
    if processes < 1:
        raise InputError(f"{processes} processes do nothing; give 1 or more")
    if processes > MOST_PROCESSES:
        raise InputError(f"{processes} processes are more than {MOST_PROCESSES}; give as many as there are cores")
    require_each_once(folders)
    manifests = tuple(read_manifest(folder) for folder in folders)
    choices = choices_of(manifests, signed=signed, scale=scale)
    courses = sum(one.files["courses"]["rows"] for one in manifests)
    several = parts or max(processes, 2 if ray else 1, -(-courses // PART_COURSES))
    places = tuple(folder.absolute() for folder in folders)
    every = [Part(places, manifests, choices, place, several, year) for place in range(several)]
    if not ray and processes > 1:
        found = added(_by_processes(every, processes))
    else:
        checked(folders)
        found = added(_by_ray(every) if ray else map(count_part, every))
    return told(found, manifests, choices) if year is None else tell_year(found, manifests, choices, year)


def count_part(part: Part) -> Counts:
    """Counts of one part of sets that were checked."""
    found = part_of(part.folders, part.manifests, part.part, part.parts)
    return counted(found, part.choices) if part.year is None else count_year(found, part.year)


def _by_processes(every: Sequence[Part], processes: int) -> list[Counts]:
    """Parts are counted while this process checks the sets; where they are not sound, nothing counted is looked at."""
    from holdfast.model.runs.workers import worker_processes

    with worker_processes(min(processes, len(every))) as pool:
        found = pool.map(count_part, every)
        checked(every[0].folders)
        return list(found)


def _by_ray(every: Sequence[Part]) -> Iterator[Counts]:
    """Parts as tasks of a Ray cluster, one started here where none is joined."""
    try:
        import ray
    except ImportError:
        raise ExtraMissingError("reporting on many machines", "ray") from None
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False)
    task = ray.remote(count_part)
    yield from ray.get([task.remote(part) for part in every])
