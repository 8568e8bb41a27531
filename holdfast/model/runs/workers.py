"""Who works on the chunks of a run: this process, several processes, or a Ray cluster; the same bytes from each."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, TypeVar

from holdfast.errors import ExtraMissingError, InputError
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.runs.chunks import Chunk, counts_of, is_whole, work
from holdfast.model.runs.parts import write_about
from holdfast.model.runs.tally import Tally, loaded, saved
from holdfast.whole_files import written_whole

MOST = 1024  # processes or threads: beyond it a slip, not a machine
_LOG = logging.getLogger("holdfast")
T = TypeVar("T")


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
            if getattr(self, name) > MOST:
                raise InputError(f"{getattr(self, name)} {name} are more than {MOST}; give as many as there are cores")


def worked(plan: CoursePlan, chunks: Sequence[Chunk], workers: Workers) -> Iterator[Tally]:
    """What each chunk showed, in their order; its part is whole by then."""
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
    with worker_processes(min(workers.processes, len(chunks))) as pool:
        for _, answer in _ahead(
            chunks, 2 * workers.processes, lambda one: pool.submit(work, plan, one, workers.threads)
        ):
            yield answer.result()


@contextmanager
def worker_processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes to give work to; what has not begun when they are left is dropped.

    Raises `InputError` where one ended before its work was done.
    """
    pool = ProcessPoolExecutor(
        count, multiprocessing.get_context("spawn"), initializer=begin_worker, initargs=(_LOG.getEffectiveLevel(),)
    )
    try:
        yield pool
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


def begin_worker(level: int) -> None:
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
        return None if is_whole(chunk.part) else task.remote(plan, chunk)

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
        write_about(counts, counts_of(chunk.part))
    return loaded(counts)
