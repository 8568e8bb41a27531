"""The product of Kaplan and Meier, written once: for one group, or for every replicate of a trial at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Number = TypeVar("Number")  # a float, or an array of one number per replicate


def product_limit(steps: Iterable[tuple[Number, Number]]) -> Iterator[Number]:
    """Share without the event after each step, from (people at risk, people with the event); nobody at risk is never 0.

    Steps are by time. Whoever leaves at the time of a step was still at risk in it.
    """
    staying = 1.0
    for at_risk, events in steps:
        staying = staying * ((at_risk - events) / at_risk)  # type: ignore[operator]
        yield staying
