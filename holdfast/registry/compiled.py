"""Functions as machine code."""

from __future__ import annotations

from typing import Any

import numba


def compiled(function: Any) -> Any:
    """Machine code kept on disk; where no folder for it can be written, made anew in each run."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)
