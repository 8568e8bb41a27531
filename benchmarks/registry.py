"""How long a registry takes: `make bench-registry`. Prints; asserts nothing.

Kaplan-Meier of the same follow-ups by us and by lifelines, in turns, where lifelines is installed (BENCH_PYTHON=... for
a Python that has the extra bench). Then a million courses of three sites: checked, pooled and reported on two cores,
with the most memory that all processes held together. `--courses` takes another number, `--folder` keeps the sets.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import multiprocessing
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numba
import numpy as np

from benchmarks.registry_million import rows_of, sites_of

SIZES = (1_000, 100_000, 1_000_000)
TURNS = 5
LONGEST_D = 730
CORES = 2
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--courses", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=CORES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--without-survival", action="store_true")
    parser.add_argument("--ray", action="store_true", help="report by a Ray cluster of two workers too")
    asked = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if not asked.without_survival:
        _survival()
    if asked.courses:
        with _folder(asked.folder) as folder:
            _million(asked.courses, folder, asked.processes, ray=asked.ray)
    _say(f"load {os.getloadavg()[0]:.2f}; duckdb {duckdb.__version__}; numba {numba.__version__}; numpy "
         f"{np.__version__}; Python {sys.version.split()[0]}")  # fmt: skip


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named is not None:
        named.mkdir(parents=True, exist_ok=True)
        yield named
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def _survival() -> None:
    """Times to relapse, a third censored; made from a seed, whole days."""
    try:
        import lifelines
    except ImportError:
        _say("lifelines is not installed: Kaplan-Meier is not compared (extra bench)")
        return
    from holdfast.registry.follow_up import follow_up
    from holdfast.registry.survival import kaplan_meier

    for size in SIZES:
        random = np.random.default_rng(20261122)
        relapse, leaves = random.exponential(300.0, size), random.uniform(30.0, LONGEST_D, size)
        day = np.minimum(relapse, leaves).astype(np.int64)
        event = relapse <= leaves

        def theirs(day: Any = day, event: Any = event) -> Any:
            return lifelines.KaplanMeierFitter().fit(day, event)

        def ours(day: Any = day, event: Any = event) -> Any:
            return kaplan_meier(follow_up(day, event))

        curve, fitted = ours(), theirs()
        times = [(_seconds(ours), _seconds(theirs)) for _ in range(TURNS)]
        ratios = [peer / own for own, peer in times]
        own_s, peer_s = (statistics.median(column) for column in zip(*times, strict=True))
        _say(
            f"Kaplan-Meier with intervals, {size:,} follow-ups: {1e3 * own_s:.3g} ms of processor time, lifelines "
            f"{lifelines.__version__} {1e3 * peer_s:.3g} ms: {statistics.median(ratios):.3g} times "
            f"({min(ratios):.3g} to {max(ratios):.3g}); largest difference {_apart(curve, fitted):.1e}"
        )


def _seconds(work: Callable[[], Any]) -> float:
    """Processor time, the least of three: a busy machine would favour whoever is done within one turn of it."""
    found = []
    for _ in range(3):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def _apart(curve: Any, fitted: Any) -> float:
    """Largest difference of shares and of the ends of their intervals, over every day on which anybody left."""
    days = [point.day for point in curve.points]
    shares = fitted.survival_function_at_times(days).to_numpy()
    found = [abs(point.survival - share) for point, share in zip(curve.points, shares, strict=True)]
    ends = fitted.confidence_interval_survival_function_.loc[days].to_numpy()
    for point, (low, high) in zip(curve.points, ends, strict=True):
        if point.low is not None and point.high is not None and 0.0 < point.survival < 1.0:
            found += [abs(point.low - low), abs(point.high - high)]
    return float(max(found))


def _million(courses: int, folder: Path, processes: int, *, ray: bool) -> None:
    _say(f"making {courses:,} courses: some thousand virtual ones, repeated under new pseudonyms (not timed) ...")
    sets = sites_of(courses, folder)
    told = ", ".join(f"{rows:,} {name.replace('_', ' ')}" for name, rows in rows_of(sets).items() if rows)
    _say(
        f"{len(sets)} sites: {told}; {sum(path.stat().st_size for one in sets for path in one.iterdir()) / 1e6:.0f} MB"
    )
    pool = folder / "pool"
    shutil.rmtree(pool, ignore_errors=True)
    pooled = _watched(_pool, sets, pool)
    reported = _watched(_report, [pool], folder / "report.json", processes, False)  # noqa: FBT003
    for what, one in (("checked and pooled", pooled), (f"pool reported by {processes} processes", reported)):
        _say(f"{what}: {one}")
    both = pooled.wall_s + reported.wall_s
    _say(f"together: {both:.1f} s of wall clock, {pooled.processor_s + reported.processor_s:.0f} s of processor time, "
         f"{max(pooled.peak_gb, reported.peak_gb):.2f} GB at most")  # fmt: skip
    if ray:
        by_ray = _watched(_report, [pool], folder / "by-ray.json", processes, True)  # noqa: FBT003
        same = (folder / "by-ray.json").read_bytes() == (folder / "report.json").read_bytes()
        _say(f"reported by two workers of a Ray cluster: {by_ray}; the same bytes: {same}")


def _pool(sets: list[Path], pool: Path) -> None:
    from holdfast.registry.pool import write_pool

    write_pool(pool, sets)


def _report(sets: list[Path], path: Path, processes: int, by_ray: bool) -> None:  # noqa: FBT001
    import json

    from holdfast.registry.report.over_parts import report_over_parts

    if by_ray:
        import ray
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        for _ in range(CORES):
            cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False)
    report = report_over_parts(sets, processes=1 if by_ray else processes, ray=by_ray)
    path.write_text(json.dumps(report.as_dict()), encoding="utf-8")


@dataclass(frozen=True)
class Used:
    """Of a process and all it started."""

    wall_s: float
    processor_s: float
    peak_gb: float

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s of wall clock, {self.processor_s:.0f} s of processor time, {self.peak_gb:.2f} GB"


def _watched(work: Callable[..., None], *given: Any) -> Used:
    """Work in a process of its own; its memory and that of its children are added up ten times a second."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=given)
    start = time.perf_counter()
    process.start()
    seen: dict[int, float] = {}
    peak = [0.0]
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            family = _family(process.pid or 0)
            peak[0] = max(peak[0], sum(held for held, _ in family.values()))
            seen.update({pid: used for pid, (_, used) in family.items()})

    watcher = threading.Thread(target=look)
    watcher.start()
    process.join()
    wall = time.perf_counter() - start
    done.set()
    watcher.join()
    if process.exitcode:
        raise SystemExit(f"the work ended with {process.exitcode}")
    return Used(wall, sum(seen.values()), peak[0] / 1e9)


def _family(root: int) -> dict[int, tuple[float, float]]:
    """Bytes held (shared pages counted once for each) and processor seconds of a process and all below it."""
    parents: dict[int, int] = {}
    found: dict[int, tuple[float, float]] = {}
    for path in Path("/proc").iterdir():
        if not path.name.isdecimal():
            continue
        try:
            stat = (path / "stat").read_text().rpartition(")")[2].split()
            held = int((path / "statm").read_text().split()[1]) * _PAGE
        except OSError:
            continue
        parents[int(path.name)] = int(stat[1])
        found[int(path.name)] = (held, (int(stat[11]) + int(stat[12])) / _TICKS)
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return {pid: found[pid] for pid in family if pid in found}


if __name__ == "__main__":
    main()
