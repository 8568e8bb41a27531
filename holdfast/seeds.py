"""What a seed of random numbers may be: the same everywhere, on the command line and from Python."""

from __future__ import annotations

from numbers import Integral

from holdfast.errors import InputError

SEED_BITS = 64  # half of the key of Philox, which draws virtual patients


def require_seed(seed: int) -> int:
    """The seed as a plain whole number. Raises `InputError` for one that no generator takes."""
    if not isinstance(seed, Integral):
        raise InputError(f"the seed is {seed!r}; give a whole number")
    if not 0 <= seed < 1 << SEED_BITS:
        raise InputError(f"seed {seed} is out of range; give a whole number from 0 to {(1 << SEED_BITS) - 1}")
    return int(seed)
