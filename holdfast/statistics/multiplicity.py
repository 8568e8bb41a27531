"""Many tests at once: p-values adjusted so that a limit set for one holds for all of them.

Holm (references.csv `holm_1979`): the chance of one false alarm or more stays below the limit.
"""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.errors import InputError


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the order given."""
    order, found, worst = _by_size(p_values), [0.0] * len(p_values), 0.0
    for place, which in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - place) * p_values[which]))
        found[which] = worst
    return tuple(found)


def _by_size(p_values: Sequence[float]) -> list[int]:
    for place, value in enumerate(p_values, start=1):
        if not 0.0 <= value <= 1.0:
            raise InputError(f"p-value {place} is {value!r}; give numbers from 0 to 1, and leave out tests not made")
    return sorted(range(len(p_values)), key=lambda which: p_values[which])
