"""A crisis response as its page shows it: level, what to do, who is told and how soon, and the next step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.assessments.crisis import SCREENER
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses.models import Course
from holdfast.safety.crisis import CrisisLevel, CrisisResponse, CrisisTask, HowSoon

HOW_SOON = {HowSoon.NOW: "now", HowSoon.SAME_DAY: "the same day", HowSoon.AT_VISIT: "at the visit"}
SCREEN = frozenset({"cssrs", "cssrs-complete"})  # tasks that the C-SSRS form carries out


@dataclass(frozen=True)
class Told:
    """One person to tell."""

    who: str
    how_soon: str
    what: str
    rule: str


@dataclass(frozen=True)
class CrisisPage:
    """`next_url` is None where no screener is asked for, or the reader may record none.

    `screened` is the newest C-SSRS screener recorded since: what it says goes before what was answered then.
    """

    response: CrisisResponse
    level: str
    told: tuple[Told, ...]
    tasks: tuple[CrisisTask, ...]
    next_url: str | None
    screened: Assessment | None
    other_warnings: tuple[str, ...]  # those that belong to no crisis line


def crisis_page(
    actor: Actor, course: Course, response: CrisisResponse | None, *, scale: str, since: Assessment | None = None
) -> CrisisPage | None:
    """The response to answers on `scale` as a page; None where they ask for none. `since` is the stored rating."""
    if response is None:
        return None
    tasks = _tasks(response, scale)
    on_its_form = scale == SCREENER and since is None  # the screener itself stands below
    asked = not on_its_form and any(task.code in SCREEN for task in tasks)
    asks = asked and may(actor, "assessment.record", course)
    return CrisisPage(
        response=response,
        level=_level(response),
        told=tuple(Told(t.who, HOW_SOON[t.how_soon], t.what, t.rule) for t in response.tell),
        tasks=tasks,
        next_url=reverse("assessment-record", args=[course.public_id, SCREENER]) if asks else None,
        screened=None if since is None else _screened_since(since),
        other_warnings=tuple(w for w in response.warnings if w not in response.lines.warnings),
    )


def _tasks(response: CrisisResponse, scale: str) -> tuple[CrisisTask, ...]:
    """Without the item 9 that a screener does not have: it asks more than that item does."""
    return tuple(t for t in response.tasks if scale != SCREENER or t.code != "item-9-unanswered")


def _level(response: CrisisResponse) -> str:
    if response.level is CrisisLevel.UNTRIAGED:
        return "not triaged yet; the C-SSRS screener has to be asked"
    could_rise = "c-ssrs-screener" in response.not_assessed and response.level is not CrisisLevel.HIGH
    return f"{'at least ' if could_rise else ''}{response.level} by the C-SSRS screener"


def _screened_since(row: Assessment) -> Assessment | None:
    own = Assessment.objects.current().filter(course=row.course_id, scale=SCREENER).exclude(chain=row.chain)
    if row.rated_at is None:
        return own.filter(study_day__gte=row.study_day).order_by("study_day", "pk").last()
    return own.filter(rated_at__gte=_whole_minute(row.rated_at)).order_by("rated_at", "pk").last()


def _whole_minute(at: dt.datetime) -> dt.datetime:
    """Forms take minutes: a screener of the same minute was asked because of the answer."""
    return at.replace(second=0, microsecond=0)
