"""The worklist of one's programmes, and who looks after what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404
from holdfast.clinic.courses.models import Course
from holdfast.clinic.forecasts.standing import KIND as FORECASTS
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key, programmes
from holdfast.clinic.ui.permitted import permitted
from holdfast.clinic.worklist import actions, queries
from holdfast.clinic.worklist.forms import ME, NOBODY, OwnerForm
from holdfast.clinic.worklist.items import KINDS, WorkItem
from holdfast.errors import InputError, RefusedError

ROWS_A_PAGE = 40
ASKED = ("owner", "kind", "programme")


@require_safe
def worklist(request: SignedInRequest) -> HttpResponse:
    """What waits, why, since when and for whom, worst first; each with the page where it is done."""
    require(request.user, "work.view")
    now = timezone.now()
    asked = {name: request.GET.get(name, "").strip() for name in ASKED}
    mine = list(programmes(actor=request.user))
    shown = [p for p in mine if p.key == asked["programme"]] or mine
    asked["programme"] = asked["programme"] if len(shown) == 1 and shown[0].key == asked["programme"] else ""
    kinds = _kinds(request.user, shown)
    found = queries.work(
        actor=request.user, now=now, owner=asked["owner"], kind=asked["kind"] if asked["kind"] in kinds else "",
        programme_key=asked["programme"],
    )  # fmt: skip
    page: Page[WorkItem] = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
    people = queries.people_to_assign(shown)
    context = {
        "page": page,
        "lines": queries.lines(page.object_list, request.user),
        "overdue": found.overdue,
        "asked": asked,
        "kinds": kinds,
        "people": people,
        "programmes": mine,
        "shown_programmes": shown,
        "may": permitted(request.user),
        "today": max((p.day_of(now) for p in shown), default=now.date()),
        "back": request.get_full_path(),
    }
    return render(request, "worklist/worklist.html", context)


def _kinds(actor: User, shown: Sequence[Programme]) -> dict[str, str]:
    """Kinds of work to choose from; forecasts only where one of these programmes shows the actor any."""
    any_shown = any(is_shown(one) and may(actor, "forecast.view", one) for one in shown)
    return {kind: name for kind, name in KINDS.items() if kind != FORECASTS or any_shown}


@require_POST
def own_of_course(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Take, give or hand back something of one course."""
    course = course_or_404(request.user, course_id)
    require(request.user, "work.take", course)
    return _own(request, course.programme, course)


@require_POST
def own_of_programme(request: SignedInRequest, key: str) -> HttpResponse:
    """The same of what is the programme's own."""
    programme = programme_by_key(actor=request.user, key=key)
    require(request.user, "work.take", programme)
    return _own(request, programme, None)


def _own(request: SignedInRequest, programme: Programme, course: Course | None) -> HttpResponse:
    people = queries.people_to_assign([programme])
    form = OwnerForm(request.POST, people=people)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: open the list again and choose from there.", extra_tags="late")
        return redirect("worklist")
    values = form.cleaned_data
    try:
        messages.success(request, _changed(request.user, programme, course, values, people))
    except (InputError, RefusedError) as error:
        messages.error(request, str(error).removeprefix("to: "), extra_tags="late")
    return redirect(_back(request, values["back"]))


def _changed(
    actor: User, programme: Programme, course: Course | None, values: dict[str, Any], people: list[User]
) -> str:
    """Carry it out; the sentence that says so."""
    named = {"actor": actor, "programme": programme, "course": course, "item": values["item"], "was": values["was"],
             "now": timezone.now()}  # fmt: skip
    if values["to"] == ME:
        actions.take_work(**named)
        return "You look after it."
    if values["to"] == NOBODY:
        actions.hand_back_work(**named)
        return "Handed back: nobody looks after it."
    owner = next(person for person in people if str(person.public_id) == values["to"])
    actions.assign_work(**named, owner=owner)
    return f"{owner} looks after it."


def _back(request: HttpRequest, asked: str) -> str:
    """Where the form stood, if that is an address of this clinic."""
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, {request.get_host()}):
        return asked
    return reverse("worklist")
