"""The page behind a link: one question at a time, the crisis text before anything else, then the patient's own curve.

The token is the only secret and stands for nobody: a page shows no name, and a link that is wrong, over or revoked
says the same whatever was behind it. No cookie is set and none is needed, so that the page also opens inside a mail
program; whoever could forge a form would need the token, which is all there is to steal.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.models import PatientByLink
from holdfast.clinic.assessments.actions import crisis_setting
from holdfast.clinic.assessments.crisis import crisis_of_items
from holdfast.clinic.checkins import actions, queries
from holdfast.clinic.checkins.models import CheckIn, Kind
from holdfast.clinic.checkins.progress import Progress, progress_of
from holdfast.clinic.checkins.still_curve import still_curve
from holdfast.clinic.messaging.link_pages import help_now, too_many
from holdfast.clinic.patients.curve import curve
from holdfast.errors import InputError
from holdfast.safety.crisis import CrisisResponse
from holdfast.scales import scale as scale_named

SEE_OTHER = 303


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens now: the crisis text, the next question, or what the patient sees at the end.

    Where the database cannot be written (a full disk) the patient is told so, with the words that help.
    """
    try:
        return _opened(request, token)
    except OperationalError:
        return _not_saved(request, token)


def _opened(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    link = queries.link_of(token)
    if too_many(request, link, now):
        return _sorry(request, "too-many", 429, link.check_in if link else None)
    if link is None:
        return _sorry(request, "no-link", 404)
    row = link.check_in
    patient = PatientByLink(course_pk=row.course_id, programme_pk=row.course.patient.programme_id)
    with timezone.override(row.course.programme.time_zone):
        if request.method == "POST":
            return _post(request, patient, row, now)
        return _show(request, patient, row, now)


def _post(request: HttpRequest, patient: PatientByLink, row: CheckIn, now: dt.datetime) -> HttpResponse:
    if "read" in request.POST:
        actions.read_crisis_text(actor=patient, check_in=row, now=now)
        return _again(request)
    try:
        given = request.POST
        progress = actions.answer_question(
            actor=patient, check_in=row, instrument=given.get("instrument", ""), question=given.get("question", ""),
            value=_whole(given.get("value", "")), now=now,
        )  # fmt: skip
    except InputError as error:
        return _show(request, patient, row, now, said=str(error).partition(": ")[2] or str(error))
    if progress.must_read_crisis_text:
        return _crisis(request, row, progress, now)  # at once, in the answer itself
    return _again(request)


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise InputError("answer: choose one of the answers shown")
    return int(text)


def _again(request: HttpRequest) -> HttpResponse:
    response = redirect(request.path)
    response.status_code = SEE_OTHER
    return response


def _show(request: HttpRequest, patient: PatientByLink, row: CheckIn, now: dt.datetime, said: str = "") -> HttpResponse:
    progress = progress_of(row)
    if Kind.REVOKED in progress.events or now >= row.closes_at:
        # what was answered about suicide outlives the link: the words that help stay
        closed = not progress.must_read_crisis_text
        return _sorry(request, "over", 410, row) if closed else _crisis(request, row, progress, now)
    if progress.must_read_crisis_text:
        return _crisis(request, row, progress, now)
    if request.method == "GET":
        actions.open_check_in(actor=patient, check_in=row, now=now)
    following = progress.next
    if following is None:
        return _done(request, patient, row, progress, now)
    back = progress.before if "back" in request.GET else None
    instrument, question = back or following
    context = {
        **help_now(row.programme),
        "instrument": instrument,
        "question": question,
        "given": progress.answers.get(instrument.id, {}).get(question.key),
        "number": progress.answered + (0 if back else 1),
        "count": progress.count,
        "may_go_back": back is None and progress.before is not None,
        "went_back": back is not None,
        "is_first": progress.answered == 0,
        "said": said,
    }
    return render(request, "checkins/question.html", context, status=422 if said else 200)


def _crisis(request: HttpRequest, row: CheckIn, progress: Progress, now: dt.datetime) -> HttpResponse:
    """The programme's crisis text and lines, alone on the page; going on comes after them."""
    context = {"crisis": _response(row, progress, now), "more": progress.next is not None}
    return render(request, "checkins/crisis.html", context)


def _response(row: CheckIn, progress: Progress, now: dt.datetime) -> CrisisResponse | None:
    """What the answers of this check-in ask for, as of today's lines and texts."""
    setting = crisis_setting(row.programme, now)
    for instrument in progress.asked:
        if instrument.scale and progress.is_whole(instrument):
            found = crisis_of_items(scale_named(instrument.scale), progress.scores(instrument), setting)
            if found is not None:
                return found
    return None


def _done(
    request: HttpRequest, patient: PatientByLink, row: CheckIn, progress: Progress, now: dt.datetime
) -> HttpResponse:
    """Thanks, the plan, and the patient's own curve; the crisis text stays above them where it was shown."""
    own = queries.own_course(actor=patient, check_in=row, now=now)
    scales = queries.scales_of(own.ratings)
    drawn: dict[str, Any] = {}
    if scales:
        # no line of response and no band of remission: those judge a course, and this page judges nobody
        drawn = {**curve(own, scales[0]), "response": None, "remission": None}
    context = {
        **help_now(row.programme),
        "crisis": _response(row, progress, now),
        "own": own,
        "scale": scale_named(scales[0]) if scales else None,
        "curve": drawn,
        "still": still_curve(drawn) if drawn else None,
        "table": [r for r in reversed(own.ratings) if scales and r.scale == scales[0]],
        "others": [(scale_named(s), [r for r in reversed(own.ratings) if r.scale == s]) for s in scales[1:]],
        "closes_at": row.closes_at,
    }
    return render(request, "checkins/done.html", context)


def _not_saved(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = queries.link_of(token)
        return _sorry(request, "not-saved", 503, link.check_in if link else None)
    except OperationalError:  # nor can it be read
        return _sorry(request, "not-saved", 503)


def _sorry(request: HttpRequest, why: str, status: int, row: CheckIn | None = None) -> HttpResponse:
    """No question is open. Says whether an answer that was just given is lost, and first what it asks for.

    `row` None: of a link nobody knows, the words of help, without a country's lines.
    """
    unsaved, crisis = _lost_answer(request, row)
    context = {"why": why, "unsaved": unsaved, "crisis": crisis, **help_now(row.programme if row else None)}
    return render(request, "checkins/sorry.html", context, status=status)


def _lost_answer(request: HttpRequest, row: CheckIn | None) -> tuple[bool, CrisisResponse | None]:
    """Was an answer given that is not kept, and what would it have asked for at once?"""
    given = request.POST
    if row is None or "value" not in given:
        return "value" in given, None
    progress = progress_of(row)
    asked = next((one for one in progress.asked if one.id == given.get("instrument")), None)
    question = asked.question(given.get("question", "")) if asked else None
    if asked is None or question is None:
        return True, None
    value = int(given["value"]) if given["value"] in {str(known) for known, _ in question.options} else None
    if value is not None and progress.answers.get(asked.id, {}).get(question.key) == value:
        return False, None  # it came before, and is kept
    if value is None or asked.scale is None:
        return True, None
    scores = [value if one.key == question.key else None for one in asked.questions]
    return True, crisis_of_items(scale_named(asked.scale), scores, crisis_setting(row.programme, timezone.now()))
