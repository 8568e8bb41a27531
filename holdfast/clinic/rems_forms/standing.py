"""Which monitoring forms are due, for lists: read by courses, so it knows records and values only."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from django.db.models import QuerySet

from holdfast.clinic.courses.due import Due
from holdfast.clinic.flow_sheets.left_open import SheetEnd
from holdfast.clinic.rems_forms.models import RemsForm
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.facts import RuleSet
from holdfast.treatment_sessions.rems import FORM_RULE, FormDue, form_due
from holdfast.treatment_sessions.rems_site import Setting

KIND = "rems"


def sent_by_course(course_ids: Iterable[int]) -> dict[int, dict[int, bool]]:
    """Treatment sessions whose form was sent, by number: is it the newest version that was? One query."""
    found: dict[int, dict[int, bool]] = defaultdict(dict)
    rows = RemsForm.objects.filter(treatment_session__course__in=list(course_ids)).order_by("version")
    columns = ("treatment_session__course", "treatment_session__number", "sent__pk")
    for course, number, sent in rows.values_list(*columns):
        if sent is not None or number in found[course]:
            found[course][number] = sent is not None
    return dict(found)


def forms_of(treatment_session: TreatmentSession) -> QuerySet[RemsForm]:
    """Every version of the form of one treatment session, whichever version of its record it named, oldest first."""
    rows = RemsForm.objects.filter(
        treatment_session__course=treatment_session.course_id, treatment_session__number=treatment_session.number
    )
    return rows.select_related("by", "sent__by", "treatment_session__course__patient__programme").order_by("version")


def setting_of(site: Mapping[str, object]) -> Setting | None:
    """As the flow-sheet has it."""
    word = str(site.get("setting") or "")
    return Setting(word) if word in list(Setting) else None


def due_of(
    sheet: SheetEnd, *, now: dt.datetime, rules: RuleSet, zone: dt.tzinfo, sent_at: dt.datetime | None
) -> FormDue:
    """What the rule says of one treatment session whose patient has left, its times where the clinic is."""
    assert sheet.discharged_at is not None
    return form_due(
        session_ended_at=sheet.discharged_at.astimezone(zone), now=max(now, sheet.discharged_at, sent_at or now),
        setting=setting_of(sheet.site), rules=rules, submitted_at=sent_at,
    )  # fmt: skip


def rems_due(
    sheets: Iterable[SheetEnd], sent: Mapping[int, bool], *, now: dt.datetime, rules: RuleSet, zone: dt.tzinfo
) -> tuple[Due, ...]:
    """Each treatment session with a flow-sheet whose form was not sent yet, or not in its newest version.

    Those recorded whole have none to fill.
    """
    told = {sheet.number: due for sheet, due in _not_sent(sheets, sent, now=now, rules=rules, zone=zone)}
    found = []
    for sheet in sheets:
        due, newer = told.get(sheet.number), sent.get(sheet.number) is False
        if sheet.discharged_at is None or (due is None and not newer):
            continue
        on, what = sheet.discharged_at.astimezone(zone).date(), f"REMS form of treatment session {sheet.number}"
        why = due.text if due else "A newer version was signed after the form was sent; send that one too."
        late = due is not None and due.overdue
        found.append(Due(KIND, what, on, overdue=late, about=sheet.public_id, why=why, rule=FORM_RULE))
    return tuple(found)


def rems_turns_late(
    sheets: Iterable[SheetEnd], sent: Mapping[int, bool], *, now: dt.datetime, rules: RuleSet, zone: dt.tzinfo
) -> dt.datetime | None:
    """The next moment from which a form that was not sent is overdue; None where none waits, or all are already."""
    told = (due for _, due in _not_sent(sheets, sent, now=now, rules=rules, zone=zone))
    return min((due.due_at + dt.timedelta.resolution for due in told if due.due_at and not due.overdue), default=None)


def _not_sent(
    sheets: Iterable[SheetEnd], sent: Mapping[int, bool], *, now: dt.datetime, rules: RuleSet, zone: dt.tzinfo
) -> Iterator[tuple[SheetEnd, FormDue]]:
    if rules.weight(FORM_RULE) is None:
        return
    for sheet in sheets:
        if sheet.discharged_at is None or sheet.number in sent:
            continue
        due = due_of(sheet, now=now, rules=rules, zone=zone, sent_at=None)
        if due.required:
            yield sheet, due
