"""exp(K h) for matrices of compartments, exact to rounding, however close the rates lie.

Off the diagonal K holds only rates that are 0 or more. Then K + mu I, with mu the largest rate of loss, has no negative
entry, and exp(K h) = exp(-mu h) exp((K + mu I) h) is computed without one subtraction: no cancellation, no level below
0, and equal rates need no care, because nothing is ever divided by the difference of two of them. Partial fractions
lose digits there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_NORM = 0.5  # of the scaled matrix
_TERMS = 16  # 0.5**17 / 17! is 2e-20: below the rounding of 1


def exponential(K: Values, h: float) -> Values:
    """exp(K h) for matrices of shape (..., n, n), `h` above 0 in the unit that K's rates are per.

    K must have no negative entry off its diagonal; that is the caller's promise (see compartments.py).
    """
    n = K.shape[-1]
    mu = np.max(-np.diagonal(K, axis1=-2, axis2=-1), axis=-1, initial=0.0)[..., None, None]
    shifted = (K + mu * np.eye(n)) * h
    norm = shifted.sum(axis=-2).max(axis=-1, initial=0.0)
    # each matrix has its own number of halvings, so that a patient's digits do not depend on who else is in the batch
    halvings = np.ceil(np.log2(np.maximum(norm, _NORM) / _NORM)).astype(int)
    scale = (2.0**-halvings)[..., None, None]
    power: Values = _taylor(shifted * scale) * np.exp(-mu * h * scale)
    for done in range(int(halvings.max(initial=0))):
        unfinished = halvings > done
        power[unfinished] = power[unfinished] @ power[unfinished]
    return power


def with_inputs(K: Values, entered: Sequence[int]) -> Values:
    """K with a further state for each compartment that `entered` names: a constant input into it, which never changes.

    The exponential over h then holds E(h) = exp(K h), and beside it, a column for each input, its integral J(h).
    """
    n, inputs = K.shape[-1], len(entered)
    made: Values = np.zeros((*K.shape[:-2], n + inputs, n + inputs))
    made[..., :n, :n] = K
    for place, compartment in enumerate(entered):
        made[..., compartment, n + place] = 1.0
    return made


def _taylor(B: Values) -> Values:
    """exp(B) by its series to the power of 16 in six products (Paterson and Stockmeyer)."""
    I = np.eye(B.shape[-1])  # noqa: E741 - the identity
    B2 = B @ B
    B3 = B2 @ B
    B4 = B2 @ B2
    powers = (I, B, B2, B3)
    total: Values = B4 / math.factorial(_TERMS)
    for block in range(_TERMS // 4 - 1, -1, -1):
        part = sum(power / math.factorial(4 * block + i) for i, power in enumerate(powers))
        total = part + (total @ B4 if block < _TERMS // 4 - 1 else total)
    return total
