"""The studies Holdfast began from, a page each: what was done and found, what is not known, what the model gives.

Every number of a sentence is written from its row (founding_findings.csv). What the articles said wrongly is told by
the conflicts of the study (article_conflicts.csv); what the model gives stands in a computed file
(founding_predictions).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from holdfast.errors import UnknownNameError
from holdfast.evidence.cards import StudyCard, study_card
from holdfast.evidence.founding_predictions import Number, PredictedTrial, predictions
from holdfast.evidence.natural_frequencies import sentences_of
from holdfast.facts import Row, load

# The study behind the hypothesis switch has no trial of its own. Its page sets the hypotheses beside each other on
# these: ketamine once, ketamine repeated, and esketamine, which holds no R-form to become the metabolite.
SWITCH = {
    "zarate-2006": ("response day 1", "difference day 1"),
    "diamond-2014": ("response 3 days after the last",),
    "daly-2018-period-1": ("difference day 7",),
}


@dataclass(frozen=True)
class Sentence:
    """One sentence with its numbers written in, and the rows they were written from."""

    id: str
    text: str
    rests_on: tuple[Row, ...]


@dataclass(frozen=True)
class FoundingStudy:
    """One page. `predicted` is the trial by the default hypothesis, `rivals` the same by the others."""

    card: StudyCard
    done: tuple[Sentence, ...]
    found: tuple[Sentence, ...]
    unknown: tuple[Sentence, ...]
    predicted: PredictedTrial | None
    rivals: tuple[PredictedTrial, ...]

    @property
    def parts(self) -> tuple[tuple[str, str, tuple[Sentence, ...]], ...]:
        """Key, heading and sentences of each part of the page."""
        return (
            ("done", "What was done", self.done), ("found", "What was found", self.found),
            ("unknown", "What is not known", self.unknown),
        )  # fmt: skip


@dataclass(frozen=True)
class Switched:
    """One number of a trial under each hypothesis, in the order of the hypotheses."""

    trial: str
    study: str
    numbers: tuple[Number, ...]


def switch_parameters() -> tuple[Row, ...]:
    """Rows of the model by which hydroxynorketamine may drive mood."""
    return tuple(row for row in load().rows("mood_parameters") if row["symbol"].startswith("HNK"))


@cache
def founding_studies() -> tuple[FoundingStudy, ...]:
    """The pages, in the order of the table."""
    ids = dict.fromkeys(row["study"] for row in load().rows("founding_findings"))
    return tuple(_founding_study(study_id) for study_id in ids)


def founding_study(study_id: str) -> FoundingStudy:
    """One of them. Raises `UnknownNameError` naming those there are."""
    for one in founding_studies():
        if one.card.study.id == study_id:
            return one
    raise UnknownNameError("founding study", study_id, [one.card.study.id for one in founding_studies()])


def is_founding(study_id: str) -> bool:
    """Has the study a page of its own?"""
    return any(row["study"] == study_id for row in load().rows("founding_findings"))


def _founding_study(study_id: str) -> FoundingStudy:
    rows = [row for row in load().rows("founding_findings") if row["study"] == study_id]
    simulated = [one for one in predictions().trials if one.study == study_id]
    return FoundingStudy(
        card=study_card(study_id),
        done=_sentences(row for row in rows if row["part"] == "done"),
        found=_sentences(row for row in rows if row["part"] == "found"),
        unknown=_sentences(row for row in rows if row["part"] == "unknown"),
        predicted=simulated[0] if simulated else None,
        rivals=tuple(simulated[1:]),
    )


def _sentences(rows: Iterable[Row]) -> tuple[Sentence, ...]:
    by_id = load().by_id
    return tuple(Sentence(row.id, sentences_of(row), tuple(by_id[name] for name in row["rests_on"])) for row in rows)


def switched() -> tuple[Switched, ...]:
    """The numbers of `SWITCH` under every hypothesis: what would follow from each."""
    found: list[Switched] = []
    for trial, outcomes in SWITCH.items():
        by_hypothesis = [one for one in predictions().trials if one.trial == trial]
        for together in zip(*(one.numbers for one in by_hypothesis), strict=True):
            if together[0].outcome in outcomes:
                found.append(Switched(trial, by_hypothesis[0].study, together))
    return tuple(found)
