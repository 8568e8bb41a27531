"""Everything the tables hold about one study, gathered once for every page that shows it.

The clinic's pages, the static pages and the reference pages all print a `StudyCard`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from holdfast.evidence.citation import Use, uses
from holdfast.evidence.findings import outcomes_of, status_counts
from holdfast.evidence.rows import AdverseEvent, Arm, Conflict, Outcome, Overlap, Study
from holdfast.evidence.tables import adverse_events, arms, conflicts, overlaps, studies, study
from holdfast.facts import Row, load

SPLIT_WORDS: Mapping[str, str] = MappingProxyType({
    "calibrate": "may be fitted", "check": "compared, never fitted", "context": "shown, never fitted",
    "exclude_overlap": "part of another study, never fitted",
})  # fmt: skip


@dataclass(frozen=True)
class StudyCard:
    """One study whole: outcomes by time, `rests` the facts outside the evidence tables that name its publication."""

    study: Study
    reference: Row
    arms: tuple[Arm, ...]
    outcomes: tuple[Outcome, ...]
    adverse_events: tuple[AdverseEvent, ...]
    overlaps: tuple[Overlap, ...]
    conflicts: tuple[Conflict, ...]
    statuses: Mapping[str, int]
    rests: tuple[Use, ...]

    @property
    def use(self) -> str:
        """What may be done with the study, in words."""
        return SPLIT_WORDS[self.study.split]


def study_card(study_id: str) -> StudyCard:
    """The card of a study. Raises `UnknownNameError` naming those there are."""
    one = study(study_id)
    return StudyCard(
        study=one,
        reference=load().by_id[f"references.{one.cited}"],
        arms=arms(one.id),
        outcomes=tuple(sorted(outcomes_of(one.id), key=lambda row: (row.time_h is None, row.time_h or 0))),
        adverse_events=adverse_events(one.id),
        overlaps=tuple(pair for pair in overlaps() if one.id in (pair.study, pair.other)),
        conflicts=tuple(found for found in conflicts() if one.id in found.studies),
        statuses=statuses_of(one),
        rests=tuple(uses([one.cited])),
    )


def with_titles(text: str) -> str:
    """The text with every id of a study in it written as the title of that study."""
    titles = {one.id: one.title for one in studies()}
    return re.sub(r"\w+", lambda found: titles.get(found.group(), found.group()), text)


def drugs_of(one: Study) -> tuple[str, ...]:
    """What its arms were given, each once."""
    return tuple(dict.fromkeys(arm.drug for arm in arms(one.id)))


def statuses_of(one: Study) -> Mapping[str, int]:
    """How many of its rows are of each status, the most trusted first."""
    return status_counts((*outcomes_of(one.id), *adverse_events(one.id)))
