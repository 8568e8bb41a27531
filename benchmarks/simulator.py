"""The compiled solver beside other people's, in one run and in turns: `make bench-simulator`.

Writes docs/benchmarks/simulator.md. A peer that is not installed is a line that says so. A peer is timed at the loosest
setting tried that stays within 1e-6 of the reference over all its patients; where none does, no ratio is printed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.peer import LADDER, MissingPeerError, Peer, Setting, limited
from benchmarks.peers.written import Problem, written
from benchmarks.simulator_report import Ours, Row, report
from benchmarks.simulator_shares import Shares, rate
from benchmarks.simulator_workloads import WORKLOADS, Workload
from holdfast.model.integration.compiled import CompiledSolver
from holdfast.model.integration.equations import Equations

ROOT = Path(__file__).parent.parent
WORST = 1e-6  # achieved error beyond which a row gets no ratio
REFERENCE: Setting = (1e-10, 1e-12)
TRIED = 1000  # patients on which settings are tried before all are
TURN_S = 2.0
OWN_TURNS = 7  # of ours on one core and on two
PATIENTS = {"course": 10_000, "product": 500}
TOO_SLOW = {
    ("product", method): f"diffrax {method} is left out here: it takes minutes for a few patients"
    for method in ("Tsit5", "Kvaerno5")
}
OUT = ROOT / "docs" / "benchmarks" / "simulator.md"


def _c_power(base: str, exponent: str) -> str:
    return f"pow(fabs({base}), {exponent})"


def _python_power(base: str, exponent: str) -> str:
    return f"(abs({base}) ** ({exponent}))"


def _jax_power(base: str, exponent: str) -> str:
    return f"(jnp.abs({base}) ** ({exponent}))"


def _sbml_power(base: str, exponent: str) -> str:
    return f"(abs({base})^({exponent}))"


PEERS: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    ("numbalsoda_peer", "NumbaLsoda", _python_power, {}),
    ("mrgsolve_peer", "Mrgsolve", _c_power, {}),
    ("roadrunner_peer", "Roadrunner", _sbml_power, {}),
    ("diffrax_peer", "Diffrax", _jax_power, {"method": "Tsit5"}),
    ("diffrax_peer", "Diffrax", _jax_power, {"method": "Kvaerno5"}),
    ("scipy_peer", "Scipy", _python_power, {}),
)


@dataclass
class Bench:
    """One workload: its equations, ours, the reference, and what each peer came to."""

    work: Workload
    rounds: int
    equations: Equations = field(init=False)
    out: Any = field(init=False)
    reference: Any = None
    rows: list[Row] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.equations = self.work.equations(self.work.parameters)
        begun = time.perf_counter()
        self.out = CompiledSolver(self.equations, threads=1).advance(self.work.stretch, self.work.amounts)
        self.first_s = time.perf_counter() - begun
        self.values = self.out.copy()
        shape = (self.work.name, len(self.equations), self.values.shape[2])
        self.shares = {cores: Shares(*shape, processes=cores) for cores in (1, 2) if cores <= CORES}

    def ours(self, cores: int) -> float:
        """Courses a second, from the patients' parameters to all that is read, again and again for TURN_S seconds.

        What else the machine has to do then weighs on ours as it does on a peer, whose turn takes longer.
        """
        return self.shares[cores].rate(TURN_S)

    def measure_ours(self) -> Ours:
        """In turns: one process, two, and one with two threads."""
        error = self.error(self.values)
        turns: list[tuple[float, ...]] = []
        for _ in range(OWN_TURNS):
            one = self.ours(1)
            turns.append((one, self.ours(2), rate([self.work], 2, [self.out], TURN_S)) if CORES > 1 else (one,))
        if any(not np.array_equal(shares.values(), self.values) for shares in self.shares.values()):
            raise SystemExit("shares of the patients gave other numbers than all together")
        return Ours(len(self.equations), error, turns, self.first_s, len(self.work.stretch.edges_h) - 1)

    def problem(self, power: Any, most: int) -> Problem:
        return limited(written(self.equations, self.work.stretch, self.work.amounts, power), most)

    def read(self, states: Any) -> Any:
        """What is read, from a peer's states."""
        groups, n = self.equations.system.K_per_h.shape[1:3]
        x = states[..., : groups * n].reshape(*states.shape[:2], groups, n)
        read = np.einsum("prgn,ptgn->ptr", self.equations.readings[: len(states)], x, optimize=True)
        return np.concatenate([read, states[..., groups * n :]], axis=2)

    def measure_reference(self) -> str:
        """LSODA far below the errors compared; of all patients where numbalsoda is, of 16 by SciPy where not."""
        for module, name, power, more in (PEERS[0], PEERS[-1]):
            try:
                kind = getattr(importlib.import_module(f"benchmarks.peers.{module}"), name)
                peer = kind(self.problem(power, kind.most), **more)
            except (MissingPeerError, ImportError):
                continue
            self.reference = self.read(peer.run(REFERENCE, max(peer.threads)).states)
            return (
                f"{peer.name} {peer.version} at rtol {REFERENCE[0]:g}, atol {REFERENCE[1]:g}, {peer.patients} patients"
            )
        raise SystemExit("no reference solver: install numba, and numbalsoda or scipy")

    def error(self, values: Any) -> float:
        """Largest difference over time by the largest value over time, over patients and outputs."""
        return worst(values, self.reference)

    def compare(self, module: str, name: str, power: Any, more: dict[str, Any]) -> None:
        begun = time.perf_counter()
        try:
            kind = getattr(importlib.import_module(f"benchmarks.peers.{module}"), name)
            peer = kind(self.problem(power, kind.most), **more)
            start = time.perf_counter() - begun
            self.rows.append(self._row(peer, start, kind, power, more))
        except (MissingPeerError, ImportError, RuntimeError) as reason:
            self.missing.append(f"{name} {' '.join(more.values())}: {' '.join(str(reason).split())[:200]}".strip())
        say(f"  {name} {more} done")

    def _row(self, peer: Peer, start: float, kind: Any, power: Any, more: dict[str, Any]) -> Row:
        few = kind(self.problem(power, min(TRIED, kind.most)), **more) if peer.patients > TRIED else peer
        setting, error = LADDER[0], np.inf
        for setting in LADDER:
            if few is not peer and self.error(self.read(few.run(setting, 1).states)) > WORST:
                continue
            error = self.error(self.read(peer.run(setting, 1).states))
            if error <= WORST:
                break
        row = Row(peer.name, peer.version, peer.patients, setting, error, start)
        for threads in (t for t in (1, 2) if t in peer.threads and t <= CORES):
            with pinned(threads):
                turns = [
                    (self.ours(threads), peer.patients / peer.run(setting, threads).seconds) for _ in range(self.rounds)
                ]
            row.turns[threads] = turns
        return row


def worst(values: Any, reference: Any) -> float:
    """Largest difference over time by the largest value over time, over the patients both have, and outputs."""
    found = values[: len(reference)]
    reference = reference[: len(found)]
    top = np.abs(reference).max(axis=1)
    return float((np.abs(found - reference).max(axis=1) / np.where(top > 0, top, 1.0)).max())


CORES = len(os.sched_getaffinity(0))


class pinned:  # noqa: N801 - reads as a word of the language
    """Only so many cores."""

    def __init__(self, cores: int) -> None:
        self.all = os.sched_getaffinity(0)
        self.some = set(sorted(self.all)[:cores])

    def __enter__(self) -> None:
        os.sched_setaffinity(0, self.some)

    def __exit__(self, *_: object) -> None:
        os.sched_setaffinity(0, self.all)


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def run(name: str, patients: int, rounds: int, peers: list[str]) -> tuple[Bench, Ours, str]:
    """One workload against all peers."""
    say(f"{name}: {patients} patients")
    bench = Bench(WORKLOADS[name](patients), rounds)
    reference = bench.measure_reference()
    ours = bench.measure_ours()
    say(f"  reference done; ours is within {ours.error:.1e}")
    for module, kind, power, more in PEERS:
        left_out = TOO_SLOW.get((name, more.get("method", "")))
        if left_out:
            bench.missing.append(left_out)
        elif not peers or module.removesuffix("_peer") in peers:
            bench.compare(module, kind, power, more)
    for shares in bench.shares.values():
        shares.end()
    return bench, ours, reference


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workload", nargs="*", default=list(WORKLOADS), choices=list(WORKLOADS))
    parser.add_argument("--patients", type=int, help="of each workload; 10,000 and 500 where not given")
    parser.add_argument("--rounds", type=int, default=3, help="turns of ours and each peer")
    parser.add_argument(
        "--peers", nargs="*", default=[], help="numbalsoda mrgsolve roadrunner diffrax scipy; all where not given"
    )
    parser.add_argument("--output", type=Path, default=OUT)
    arguments = parser.parse_args()
    before, began = os.getloadavg()[0], datetime.now(UTC)
    done = []
    for name in arguments.workload:
        done.append(run(name, arguments.patients or PATIENTS[name], arguments.rounds, arguments.peers))
        write(done, before, began, arguments.output)
    sys.stdout.write(arguments.output.read_text())


def write(done: list[tuple[Bench, Ours, str]], before: float, began: datetime, output: Path) -> None:
    """The page, of the workloads done so far."""
    machine = {
        "date": f"{began:%Y-%m-%d %H:%M} UTC", "cpu": cpu(), "cores": str(CORES), "python": platform.python_version(),
        "load": f"{before:.2f} before, {os.getloadavg()[0]:.2f} after, our own work included; above 0.3 before the "
                "start, something else ran beside",
    }  # fmt: skip
    text = report([(b.work.name, ours, b.rows, b.missing, reference) for b, ours, reference in done], machine, WORST)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)


def cpu() -> str:
    """The processor's name, and what LLVM takes it for."""
    from llvmlite import binding

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return f"{name} ({binding.get_host_cpu_name()})"


if __name__ == "__main__":
    main()
