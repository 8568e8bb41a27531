"""Random numbers by name of what they are for: the same ones in whatever order, batch or process they are drawn.

A number belongs to (seed, purpose, occasion, name, patient). The first four make the key of Philox, a generator that
turns a key and a counter into noise and keeps no state (Salmon 2011); the patient is the place in its output. So a
batch of patients costs one call, another name or purpose never shifts those there are, and one raw 64-bit number makes
one draw: nothing is rejected and drawn again. Names are told apart by their CRC-32.
"""

from __future__ import annotations

import zlib
from enum import IntEnum
from numbers import Integral

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from holdfast.errors import InputError
from holdfast.seeds import require_seed

Values = NDArray[np.float64]
Who = NDArray[np.int_]
_RAW_PER_BLOCK = 4  # Philox gives four numbers for each count of its counter
_UNUSED_BITS = 12  # 52 bits are left, so that half a step below 1 is still a number of its own
_STEP = 2.0**-52
_OCCASION_BITS, _NAME_BITS, _PATIENT_BITS = 24, 32, 48


class Purpose(IntEnum):
    """Named streams. A number, once given, stays: another stream takes the next one."""

    PERSON = 1  # who somebody is: covariates, parameters, person factors
    TREATMENT_SESSION = 2  # what differs from one treatment session to the next
    FLUCTUATION = 3  # the natural course of mood
    RATING = 4  # error of a rating
    ATTENDANCE = 5  # missed, late, dropped out
    RESIDUAL = 6  # error of a measured level or vital sign


def named_uniform(
    seed: int, purpose: Purpose, name: str, first: int, count: int, occasion: int = 0, *, who: Who | None = None
) -> Values:
    """Uniform numbers called `name`, strictly between 0 and 1, shape (count,): patients `first` to `first + count` - 1.

    `occasion` counts what the purpose speaks of, from 0; `who`, where given, are the places of those wanted, counted
    from `first`. Raises `InputError` for a seed, an occasion or a patient that cannot be one, and an empty population.
    """
    require_draw(seed, first, count, occasion)
    stream = (int(purpose) << _OCCASION_BITS | occasion) << _NAME_BITS | zlib.crc32(name.encode())
    block, skipped = divmod(first, _RAW_PER_BLOCK)
    bits = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64), counter=block)
    raw = np.asarray(bits.random_raw(skipped + count), dtype=np.uint64)[skipped:]
    wanted = raw if who is None else raw[who]
    return (wanted >> np.uint64(_UNUSED_BITS)).astype(float) * _STEP + _STEP / 2


def named_normal(
    seed: int, purpose: Purpose, name: str, first: int, count: int, occasion: int = 0, *, who: Who | None = None
) -> Values:
    """The same for a standard normal number. A name is one draw: its normal is the quantile of its uniform."""
    return np.asarray(ndtri(named_uniform(seed, purpose, name, first, count, occasion, who=who)), dtype=float)


def require_draw(seed: int, first: int, count: int, occasion: int = 0) -> None:
    """Raises `InputError` where nobody can be drawn so."""
    require_seed(seed)
    for what, value in (("first patient", first), ("number of patients", count)):
        if not isinstance(value, Integral):
            raise InputError(f"the {what} is {value!r}; give a whole number")
    if not 0 <= occasion < 1 << _OCCASION_BITS:
        raise InputError(
            f"occasion {occasion} is out of range; give a whole number from 0 to {(1 << _OCCASION_BITS) - 1}"
        )
    if count < 0:
        raise InputError(f"{count} patients are none; give 1 or more")
    if count == 0:
        raise InputError("the population is empty; give at least one patient")
    most = 1 << _PATIENT_BITS
    if not 0 <= first < most:
        raise InputError(f"patient {first} is none; patients are counted from 0 to {most - 1}")
    if first + count > most:
        raise InputError(f"{count} patients are more than can be told apart; give at most {most - first}")
