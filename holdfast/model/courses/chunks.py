"""A simulation in chunks of patients: any number of processes, or Ray, and the same bytes from each of them.

Chunks have a size of their own, whoever works on them, and are taken in order. Files go into a folder beside the
output as they are done, and are joined at the end; a run that was stopped leaves whole parts, from which it goes on.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import pickle
import shutil
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, TypeVar

from holdfast.errors import ExtraMissingError, InputError
from holdfast.model.courses.batch import simulate_batch
from holdfast.model.courses.parts import format_of, join_parts, write_about, write_part
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.courses.tally import Tally, loaded, saved, tally
from holdfast.whole_files import refusals_told, require_writable, written_whole

PATIENT_DAYS = 2_000_000  # of one chunk: a few hundred MB while it is simulated
MOST_PATIENTS = 10_000
MOST_CHUNKS = 100_000  # a billion patients of half a year; their list and the names of their parts stay small
_LOG = logging.getLogger("holdfast")
_ABOUT, _COUNTS = "about.json", ".counts.json"
T = TypeVar("T")
Progress = Callable[[int, int], None]  # chunks done, chunks in all


@dataclass(frozen=True)
class Chunk:
    """Patients `first` to `first + count` - 1, and the part they go to; None where nothing is written."""

    number: int
    first: int
    count: int
    part: Path | None
    kind: str


@dataclass(frozen=True)
class Workers:
    """Who does the work. `threads` are those of the solver inside one process."""

    processes: int = 1
    threads: int = 1
    ray: bool = False

    def __post_init__(self) -> None:
        for name in ("processes", "threads"):
            if getattr(self, name) < 1:
                raise InputError(f"{getattr(self, name)} {name} do nothing; give 1 or more")


class Stopped(KeyboardInterrupt):
    """The user stopped a run; says how many parts are whole and how to go on."""


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


def simulate(
    plan: CoursePlan,
    output: Path | None = None,
    *,
    folder: bool = False,
    workers: Workers | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    chunk_patients: int | None = None,
) -> Tally:
    """Simulate a plan; write it to `output` where one is given, and count what it showed.

    The format is that of the name's ending: .parquet, .csv or .json (one object a line); beside it lies
    `<output>.about.json`. With `folder` the parts stay as they are, in the folder `output`. Raises `InputError` where
    it cannot be written, `Stopped` when the user stops it, and `ExtraMissingError` for Ray that is not installed.
    """
    workers = workers or Workers()
    kind = "parquet" if output is None or folder else format_of(output)
    place = output if output is None or folder else output.with_name(output.name + ".parts")
    chunks = chunks_of(plan, place, kind, chunk_patients)
    about = dict(plan.about())
    if output is not None and not folder:
        require_writable(output, _beside(output))
    if place is not None:
        _make_room(place, about | {"chunk_patients": chunks[0].count}, resume=resume)
    counted, done = Tally(plan.days), 0
    try:
        for one in _worked(plan, chunks, workers):
            counted.add(one)
            done += 1
            if progress is not None:
                progress(done, len(chunks))
        if output is not None and place is not None:
            _finish(output, place, chunks, about, folder=folder)
    except KeyboardInterrupt:
        raise Stopped(f"stopped by the user: {_left(place, chunks)}") from None
    except InputError as error:
        raise InputError(f"{error}; {_left(place, chunks)}") from None
    return counted


def work(plan: CoursePlan, chunk: Chunk, threads: int) -> Tally:
    """Simulate one chunk and write its part, unless that lies there whole already."""
    if chunk.part is not None and _is_whole(chunk.part):
        return loaded(json.loads(_counts(chunk.part).read_text(encoding="utf-8")))
    courses = simulate_batch(plan, chunk.first, chunk.count, threads=threads)
    made = tally(courses)
    if chunk.part is not None:
        write_part(courses, chunk.part, chunk.kind, plan.about())
        write_about(saved(made), _counts(chunk.part))
    return made


def _counts(part: Path) -> Path:
    """What a part showed, beside it; written after it."""
    return part.with_name(part.name + _COUNTS)


def _is_whole(part: Path | None) -> bool:
    return part is not None and part.exists() and _counts(part).exists()


def _worked(plan: CoursePlan, chunks: Sequence[Chunk], workers: Workers) -> Iterator[Tally]:
    if workers.ray:
        return _by_ray(plan, chunks)
    if min(workers.processes, len(chunks)) > 1:
        return _by_processes(plan, chunks, workers)
    return (work(plan, chunk, workers.threads) for chunk in chunks)


def _ahead(chunks: Sequence[Chunk], most: int, begin: Callable[[Chunk], T]) -> Iterator[tuple[Chunk, T]]:
    """Each chunk with what `begin` gave for it, in order; at most `most` are begun before the first is taken."""
    waiting: deque[tuple[Chunk, T]] = deque()
    left = iter(chunks)
    while True:
        waiting.extend((chunk, begin(chunk)) for chunk in islice(left, most - len(waiting)))
        if not waiting:
            return
        yield waiting.popleft()


def _by_processes(plan: CoursePlan, chunks: Sequence[Chunk], workers: Workers) -> Iterator[Tally]:
    _require_travelling(plan)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        min(workers.processes, len(chunks)), context, initializer=_begin_worker, initargs=(_LOG.getEffectiveLevel(),)
    )
    try:
        for _, answer in _ahead(
            chunks, 2 * workers.processes, lambda one: pool.submit(work, plan, one, workers.threads)
        ):
            yield answer.result()
    except BrokenProcessPool:
        raise InputError("a process ended before its work was done, as one does that runs out of memory") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _require_travelling(plan: CoursePlan) -> None:
    """A policy of your own must be a function that other processes can import."""
    try:
        pickle.dumps(plan)
    except (pickle.PicklingError, AttributeError, TypeError):
        raise InputError(
            "the policy or the dose rule cannot be sent to another process; define it in a module, or use one process"
        ) from None


def _begin_worker(level: int) -> None:
    """Interrupts are the caller's to hear; a worker ends with it, however it ends, and logs from the same level on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    _LOG.setLevel(level)
    _LOG.addHandler(logging.StreamHandler())


def _end_with_the_caller() -> None:
    """A caller that is killed says nothing to its workers, who would wait for work for ever."""
    caller = multiprocessing.parent_process()
    if caller is not None:
        wait([caller.sentinel])
        os._exit(1)


def _by_ray(plan: CoursePlan, chunks: Sequence[Chunk]) -> Iterator[Tally]:
    """Chunks as tasks of a Ray cluster, one started here where none is joined. Files come back as bytes."""
    _require_travelling(plan)
    try:
        import ray
    except ImportError:
        raise ExtraMissingError("simulating on many machines", "ray") from None
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False)
    task = ray.remote(_work_elsewhere)

    def sent(chunk: Chunk) -> Any:
        return None if _is_whole(chunk.part) else task.remote(plan, chunk)

    for chunk, answer in _ahead(chunks, 2 * max(1, int(ray.cluster_resources().get("CPU", 1))), sent):
        yield work(plan, chunk, 1) if answer is None else _taken_home(chunk, *ray.get(answer))


def _work_elsewhere(plan: CoursePlan, chunk: Chunk) -> tuple[dict[str, Any], bytes]:
    """One chunk on another machine, whose disk is not ours."""
    import tempfile

    if chunk.part is None:
        return saved(work(plan, chunk, 1)), b""
    with tempfile.TemporaryDirectory() as there:
        part = Path(there) / chunk.part.name
        made = work(plan, Chunk(chunk.number, chunk.first, chunk.count, part, chunk.kind), 1)
        return saved(made), part.read_bytes()


def _taken_home(chunk: Chunk, counts: dict[str, Any], content: bytes) -> Tally:
    if chunk.part is not None:
        with written_whole(chunk.part) as place:
            place.write_bytes(content)
        write_about(counts, _counts(chunk.part))
    return loaded(counts)


def _make_room(place: Path, about: dict[str, Any], *, resume: bool) -> None:
    """The folder of the parts, empty or of the very same simulation."""
    note = place / _ABOUT
    with refusals_told(place):
        if place.is_dir() and any(place.iterdir()):
            _require_ours(place)
            if not resume:
                raise InputError(
                    f"{place} holds parts of an earlier run; add --resume to go on with it, or remove the folder"
                )
            if _read(note) != json.loads(json.dumps(about)):
                raise InputError(
                    f"{place} holds parts of another simulation; remove the folder, or name another output"
                )
            for counts in sorted(place.glob(f"*{_COUNTS}")):
                _read(counts)
            return
        place.mkdir(exist_ok=True)
    write_about(about, note)


def _require_ours(place: Path) -> None:
    """Files of somebody else are never advised away, and never removed."""
    names = sorted(one.name for one in place.iterdir())
    foreign = [name for name in names if not name.startswith("part-") and _ABOUT not in name]
    if foreign or _ABOUT not in names:
        raise InputError(f"{place} is not a folder of parts: it holds {(foreign or names)[0]}; name another output")


def _read(path: Path) -> Any:
    """What `write_about` wrote, of a run that did not end."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError(
            f"{path} is cut short or changed; remove the folder {path.parent}, or name another output"
        ) from None


def _left(place: Path | None, chunks: Sequence[Chunk]) -> str:
    """What a run that did not end leaves, and how to go on. Where no part is whole the folder goes too."""
    whole = sum(_is_whole(chunk.part) for chunk in chunks)
    if place is None or not whole:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        return "nothing was written"
    return f"{whole} of {len(chunks)} parts are whole in {place}; the same command with --resume goes on"


def _beside(output: Path) -> Path:
    """What the output is of, in a file of its own."""
    return output.with_name(output.name + ".about.json")


def _finish(output: Path, place: Path, chunks: Sequence[Chunk], about: dict[str, Any], *, folder: bool) -> None:
    """Join the parts; in a folder they stay as they are, without the counts that --resume needs."""
    parts = [chunk.part for chunk in chunks if chunk.part is not None]
    if not folder:
        beside = _beside(output)
        waiting = place / beside.name
        write_about(about, waiting)
        join_parts(parts, output, chunks[0].kind, about)
        with refusals_told(beside):
            waiting.replace(beside)
        shutil.rmtree(place, ignore_errors=True)
        return
    for part in parts:
        _counts(part).unlink(missing_ok=True)
