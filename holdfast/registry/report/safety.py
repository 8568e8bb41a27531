"""The chapter of safety: its counts as keys of a report, and its sections in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from holdfast.registry.chosen import chosen
from holdfast.registry.report import safety_acute, safety_courses, safety_events, safety_signals
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.sections import Section
from holdfast.registry.safety import acute, courses
from holdfast.registry.safety import counts as events
from holdfast.registry.safety.acute import acute_cells
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import event_cells
from holdfast.registry.safety.courses import course_cells

KEY = "safety"
Kept = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
KEPT: Kept = {**events.KEPT, **acute.KEPT, **courses.KEPT}
SECTIONS: tuple[Callable[[Mapping[str, Cells]], Section], ...] = (
    safety_events.tell, safety_signals.tell, safety_acute.tell, safety_courses.exposure, safety_courses.checks,
    safety_courses.serious, safety_courses.years,
)  # fmt: skip


def count(judged: JudgedSet) -> Counts:
    """Every table of counts of a set."""
    found = {**event_cells(judged.set), **acute_cells(judged.set), **course_cells(judged.set)}
    return counts_of(found, KEPT)


def counts_of(found: Mapping[str, Cells], kept: Kept) -> Counts:
    """Tables of counts, the name of each after the key of the chapter and what is counted at the end."""
    assert {name: (one.by, one.counted) for name, one in found.items()} == kept
    numbers: dict[Key, int] = {
        (KEY, name, *key, of): number
        for name, cells in found.items()
        for key, row in cells.rows.items()
        for of, number in zip(cells.counted, row, strict=True)
    }
    return counts(numbers)


def cells_of(found: Counts, kept: Kept = KEPT) -> dict[str, Cells]:
    """The tables of counts again."""
    rows: dict[str, dict[Key, list[int]]] = {name: {} for name in kept}
    for key, number in found.numbers.items():
        if key[0] == KEY:
            name, of = str(key[1]), str(key[-1])
            counted = kept[name][1]
            rows[name].setdefault(key[2:-1], [0] * len(counted))[counted.index(of)] = number
    return {
        name: Cells(*kept[name], {key: tuple(row) for key, row in sorted(own.items())}) for name, own in rows.items()
    }


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """One section after the other."""
    cells = cells_of(found)
    return tuple(of_simulated(told(cells), choices) for told in SECTIONS)


def of_simulated(section: Section, choices: Choices) -> Section:
    """Signals with what a made-up event is, where courses are made up."""
    if section.key != safety_signals.KEY or not choices.simulated:
        return section
    return replace(section, notes=(_simulated(), *section.notes))


def _simulated() -> str:
    return (
        "Courses here are simulated: a dissociation event is any treatment session with a CADSS total of "
        f"{chosen('simulated_cadss_min', 'score')} or more, a blood pressure event any systolic peak of "
        f"{chosen('simulated_sbp_min', 'mmHg')} mmHg or more, a sedation event MOAA/S "
        f"{chosen('simulated_moaas_max', 'score')} or less, each written down without fail, while published events are "
        "those that patients reported. A signal here comes of that difference and is no finding."
    )
