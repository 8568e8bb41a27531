"""The only writer of expected ranges: a flow-sheet asks, and whoever ran the simulator keeps its answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.expected_ranges.models import ExpectedRangeAnswer, ExpectedRangeQuestion, digest_of
from holdfast.clinic.treatment_sessions.models import TreatmentSession


@transaction.atomic
def ask_expected_range(
    *, actor: Actor, treatment_session: TreatmentSession, asked: Mapping[str, Any], now: dt.datetime
) -> ExpectedRangeQuestion | None:
    """Ask the simulator once for these values; None where that was asked before, or nobody signed in asks."""
    require(actor, "expected_range.ask", treatment_session)
    digest = digest_of(asked)
    of_this = ExpectedRangeQuestion.objects.filter(
        treatment_session__course=treatment_session.course_id, treatment_session__number=treatment_session.number
    )
    if not isinstance(actor, User) or of_this.filter(digest=digest).exists():
        return None
    question = ExpectedRangeQuestion(
        treatment_session=treatment_session, asked=dict(asked), digest=digest, by=actor, at=now
    )
    question.save()
    audit.record(actor, "expected_range.ask", question, at=now, details={"digest": digest[:16]})
    return question


@transaction.atomic
def keep_expected_range(
    *, actor: Actor, question: ExpectedRangeQuestion, given: Mapping[str, Any], refused: str, took_ms: int,
    now: dt.datetime,
) -> ExpectedRangeAnswer | None:  # fmt: skip
    """Keep the simulator's answer, or the sentence why there is none; None where another process was first."""
    require(actor, "expected_range.keep", question)
    ExpectedRangeQuestion.objects.select_for_update(no_key=True).get(pk=question.pk)
    if ExpectedRangeAnswer.objects.filter(question=question).exists():
        return None
    about = {} if refused else given["about"]
    answer = ExpectedRangeAnswer(
        question=question, given={} if refused else dict(given), refused=refused, model=about.get("model", ""),
        model_version=about.get("model_version", ""), facts_digest=about.get("facts_digest", ""), took_ms=took_ms,
        at=now,
    )  # fmt: skip
    answer.save()
    told = {"digest": question.digest[:16], "refused": bool(refused), "model": answer.model or "none"}
    audit.record(actor, "expected_range.keep", answer, at=now, details=told)
    return answer
