"""Expected ranges as values for pages and for the process that computes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.expected_ranges.models import ExpectedRangeAnswer, ExpectedRangeQuestion, digest_of
from holdfast.clinic.expected_ranges.simulator import is_installed
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.facts import chosen_settings, load

SETTING, SHOWN = "expected_range", "shown"
AT_ONCE = 20  # questions taken in one round
WAITS_FOR = dt.timedelta(days=1)  # an older question is of a day that is over


@dataclass(frozen=True)
class RangeView:
    """The ranges of a treatment session as they are shown. `given` None = there are none, and `why` says so."""

    given: Mapping[str, Any] | None
    why: str
    asked_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    took_ms: int | None = None

    @property
    def outer(self) -> int:
        """Per cent of readings in the wide range."""
        return round(100 * self.given["shares"]["outer"]) if self.given else 0


def is_shown(programme: Any) -> bool:
    """Does the programme show expected ranges?"""
    return chosen_settings(programme.choices, load())[SETTING] == SHOWN


def range_for(*, actor: Actor, treatment_session: TreatmentSession, asked: Mapping[str, Any] | None) -> RangeView:
    """The ranges for exactly these values; never those of another dose, weight or pressure."""
    require(actor, "expected_range.view", treatment_session)
    if asked is None:
        return RangeView(None, "Expected range: no dose is worked out yet.")
    of_this = ExpectedRangeQuestion.objects.filter(
        treatment_session__course=treatment_session.course_id, treatment_session__number=treatment_session.number
    )
    questions = {question.digest: question for question in of_this.select_related("answer")}
    question = questions.get(digest_of(asked))
    if question is None:
        changed = "the dose or what it rests on has changed since it was computed." if questions else "not asked for."
        return RangeView(None, f"Expected range: {changed}")
    return _view(question)


def _view(question: ExpectedRangeQuestion) -> RangeView:
    answer: ExpectedRangeAnswer | None = getattr(question, "answer", None)
    if answer is None:
        why = "not computed yet; open the page again." if is_installed() else "no simulator is installed here."
        return RangeView(None, f"Expected range: {why}", question.at)
    if answer.refused:
        return RangeView(None, f"Expected range: {answer.refused}", question.at, answer.at, answer.took_ms)
    return RangeView(answer.given, "", question.at, answer.at, answer.took_ms)


def waiting(*, actor: Actor, now: dt.datetime) -> list[ExpectedRangeQuestion]:
    """Questions without an answer, newest first, for those are on a page now; those of days long over are left."""
    require(actor, "expected_range.keep")
    rows = ExpectedRangeQuestion.objects.filter(answer=None, at__gt=now - WAITS_FOR).order_by("-pk")
    return list(rows.select_related("treatment_session__course__patient__programme")[:AT_ONCE])
