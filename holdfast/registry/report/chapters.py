"""Every chapter of a report, in the order in which they are told. A new one is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.registry.report import (
    adherence,
    by_group,
    flow,
    groups,
    per_session,
    safety,
    scales,
    short,
    times,
    times_told,
    weeks,
    weeks_by_group,
)
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.sections import Section


@dataclass(frozen=True)
class Chapter:
    """`count` works on a part of a set and begins each of its keys with `key`; `tell` works on the sum over all parts.

    `tell` looks at nothing but its arguments: no set, no clock. Where nothing was counted it tells a plain sentence.
    """

    key: str
    count: Callable[[JudgedSet], Counts]
    tell: Callable[[Counts, Choices], tuple[Section, ...]]


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(short.KEY, short.count, short.tell),
    Chapter(flow.KEY, flow.count, flow.tell), Chapter(scales.KEY, scales.count, scales.tell),
    Chapter(weeks.KEY, weeks.count, weeks.tell),
    Chapter(times.KEY, times.count, times_told.tell),
    Chapter(groups.KEY, by_group.count, by_group.tell),
    Chapter(weeks_by_group.KEY, weeks_by_group.count, weeks_by_group.tell),
    Chapter(per_session.KEY, per_session.count, per_session.tell),
    Chapter(adherence.KEY, adherence.count, adherence.tell),
    Chapter(safety.KEY, safety.count, safety.tell),
)  # fmt: skip
