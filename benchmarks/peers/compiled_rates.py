"""The right-hand side as a function of numba, from text: for solvers that call one."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.peer import MissingPeerError
from benchmarks.peers.written import Problem


def power(base: str, exponent: str) -> str:
    """A step may overshoot 0 by its tolerance, where a power is no number."""
    return f"(abs({base}) ** ({exponent}))"


def source(problem: Problem) -> str:
    """rates(t, u, du, p)."""
    lines = [f"    du[{i}] = {rate}" for i, rate in enumerate(problem.in_language(r"u[\1]", r"p[\1]"))]
    return "\n".join(["def rates(t, u, du, p):", *lines, ""])


def rates(problem: Problem) -> Any:
    """The plain Python function."""
    try:
        import numba  # noqa: F401
    except ImportError as missing:
        raise MissingPeerError("numba is not installed") from missing
    made: dict[str, Any] = {}
    exec(source(problem), made)
    return made["rates"]
