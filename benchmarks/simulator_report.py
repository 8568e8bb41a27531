"""The page that the simulator's benchmark writes: ratios first."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

HONESTY = (
    "**Read every ratio with this**: ours solves one structure only, linear kinetics that drive levels which relax one "
    "way; the peers take any differential equation."
)


@dataclass
class Row:
    """One peer: turns[threads] holds pairs of courses a second, ours and the peer's, taken one after the other."""

    name: str
    version: str
    patients: int
    setting: tuple[float, float]
    error: float
    start_s: float
    turns: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def ratio(self, threads: int, worst: float) -> str:
        if threads not in self.turns:
            return "-"
        if not self.error <= worst:
            return "refused: error above 1e-6"
        each = [ours / peer for ours, peer in self.turns[threads]]
        return f"**{_short(statistics.median(each))}x** ({_short(min(each))}-{_short(max(each))})"

    def rate(self, threads: int) -> str:
        turns = self.turns.get(threads)
        return _short(statistics.median(peer for _, peer in turns)) if turns else "-"


@dataclass
class Ours:
    """Our own row; each turn holds courses a second of one process, of two, and of one with two threads.

    A turn is the first alone where the machine has one core.
    """

    patients: int
    error: float
    turns: list[tuple[float, ...]]
    first_s: float
    panels: int

    def told(self) -> str:
        """Rates, and what the second core gains, each the median over turns."""
        each = [_short(statistics.median(rates)) for rates in zip(*self.turns, strict=True)]
        if len(each) == 1:
            return f"{each[0]} courses/s on 1 core"
        gains = [[turn[k] / turn[0] for turn in self.turns] for k in (1, 2)]
        median, least, most = (f"{of(gains[0]):.2f}" for of in (statistics.median, min, max))
        return (
            f"{each[0]} courses/s on 1 core, {each[1]} on 2: **two cores are {median} times one** ({least}-{most}), a "
            f"process each, as the processes of `holdfast course simulate`; two threads of one process: {each[2]}, "
            f"{statistics.median(gains[1]):.2f} times"
        )


def report(done: list[tuple[str, Ours, list[Row], list[str], str]], machine: dict[str, str], worst: float) -> str:
    """The whole page."""
    lines = ["# The simulator beside other solvers", "", HONESTY, ""]
    lines += [
        "Written by `make bench-simulator`; rates drift with the machine and its load, ratios taken in turns less. A "
        "ratio is the median over turns of ours and the peer (smallest to largest in brackets), both at an achieved "
        f"error of {worst:g} at most: the largest difference from the reference over the largest value in time, of the "
        "worst output of the worst patient. Ours is timed from the patients' parameters to all that is read; a peer's "
        "compiling and start are not timed, ours' neither.",
        "",
    ]
    for name, ours, rows, missing, reference in done:
        lines += _workload(name, ours, rows, missing, reference, worst)
    lines += ["## Machine", "", *(f"- {key}: {value}" for key, value in machine.items()), ""]
    return "\n".join(lines)


def _workload(name: str, ours: Ours, rows: list[Row], missing: list[str], reference: str, worst: float) -> list[str]:
    lines = [f"## Workload `{name}`", "", HONESTY, ""]
    lines += ["| peer | version | ours : peer, 1 core | 2 cores | achieved error | rtol / atol | patients | "
              "courses/s, 1 core | 2 cores | start, s |", "|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in rows:
        lines.append(
            f"| {row.name} | {row.version} | {row.ratio(1, worst)} | {row.ratio(2, worst)} | {row.error:.1e} | "
            f"{row.setting[0]:g} / {row.setting[1]:g} | {row.patients:,} | "
            f"{row.rate(1)} | {row.rate(2)} | {row.start_s:.1f} |"
        )
    lines += [
        "",
        f"Ours: {ours.told()}; achieved error {ours.error:.1e} over all {ours.patients:,} patients; "
        f"{ours.panels} panels of 6 nodes; first call in this process {ours.first_s:.1f} s, loading or making machine "
        "code included.",
        "",
        f"Reference: {reference}.",
        "",
        *(f"- Missing: {line}" for line in missing),
        *([""] if missing else []),
    ]
    return lines


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
