"""The board as a page and as a live stream, its chairs, and who sits where."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.board import actions, queries
from holdfast.clinic.board.forms import NO_CHAIR, ChairForm, NamesForm, SeatForm
from holdfast.clinic.board.live import events
from holdfast.clinic.board.tiles import Look, drawn
from holdfast.clinic.courses.lookup import page_of
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.clinic.screen_lock.locking import readable_when_locked
from holdfast.clinic.treatment_sessions.lookup import treatment_session_or_404
from holdfast.errors import InputError, RefusedError


@readable_when_locked
@require_safe
def start(request: SignedInRequest) -> HttpResponse:
    """To the board of the person's programme; where there are several, the page leads to the others."""
    found = queries.programmes_with_a_day(actor=request.user)
    if not found:
        messages.error(request, "None of your programmes treats by the calendar, so none has a board.", "late")
        return redirect("home")
    return redirect("board", found[0].key)


@readable_when_locked
@require_safe
def show(request: SignedInRequest, key: str) -> HttpResponse:
    """The board as of now. The script keeps it live; without it the page renews itself."""
    row = programme_by_key(actor=request.user, key=key)
    board = queries.board(actor=request.user, programme=row, now=timezone.now())
    found = drawn(board, _look(request.user, row))
    context = {
        "programme": row, "board": board, "drawn": found,
        "others": queries.programmes_with_a_day(actor=request.user),
        "may_set": may(request.user, "board.set_chairs", row),
    }  # fmt: skip
    with timezone.override(row.time_zone):
        return render(request, "board/show.html", context)


@readable_when_locked
@require_GET
def live(request: SignedInRequest, key: str) -> StreamingHttpResponse:
    """What changes on the board, as it changes, until the person may no longer see it."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "board.view", row)
    look, session_key = _look(request.user, row), request.session.session_key or ""
    last_id = request.headers.get("Last-Event-ID", "")[:32]
    alerts_of = request.user.pk if may(request.user, "alert.view") else None

    async def still_allowed() -> bool:
        return await asyncio.get_running_loop().run_in_executor(_ASKING, _asked_in_passing, session_key, look)

    async def stream() -> Any:
        async for event in events(look, last_id=last_id, still_allowed=still_allowed, alerts_of=alerts_of):
            yield event

    response = StreamingHttpResponse(stream(), content_type="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that waits for the end would show nothing
    return response


@require_safe
def chairs(request: SignedInRequest, key: str) -> HttpResponse:
    """Chairs and rooms of the programme, and how its boards name people."""
    return _chairs(request, programme_by_key(actor=request.user, key=key))


@require_POST
def add_chair(request: SignedInRequest, key: str) -> HttpResponse:
    """One more chair or room."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "board.set_chairs", row)
    form = ChairForm(request.POST)
    if form.is_valid():
        try:
            actions.add_chair(actor=request.user, programme=row, now=timezone.now(), **form.cleaned_data)
            return redirect("board-chairs", row.key)
        except InputError as error:
            form.refuse(error)
    return _chairs(request, row, form=form)


@require_POST
def end_chair(request: SignedInRequest, key: str, chair_id: UUID) -> HttpResponse:
    """Take a chair off the board."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "board.set_chairs", row)
    chair = queries.chair_by_id(actor=request.user, programme=row, public_id=chair_id)
    if chair is None:
        raise Http404
    try:
        actions.end_chair(actor=request.user, chair=chair, now=timezone.now())
    except RefusedError as error:
        messages.error(request, f"{error}.", extra_tags="late")
    return redirect("board-chairs", row.key)


@require_POST
def choose_names(request: SignedInRequest, key: str) -> HttpResponse:
    """How the boards of the programme name people."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "board.choose_names", row)
    form = NamesForm(request.POST)
    if not form.is_valid():
        return _chairs(request, row, names=form)
    actions.choose_board_names(actor=request.user, programme=row, now=timezone.now(), **form.cleaned_data)
    messages.success(request, "Boards that are open change within seconds.", extra_tags="good")
    return redirect("board-chairs", row.key)


@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """Where a treatment session takes place."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "board.seat", row)
    sits = queries.chair_of(actor=request.user, treatment_session=row)
    used = {str(chair.public_id): chair for chair in queries.chairs(actor=request.user, programme=row.programme)}
    taken = queries.chairs_taken(actor=request.user, programme=row.programme) - {sits.public_id if sits else None}
    choices = [(ref, f"{c.name}, taken now" if c.public_id in taken else c.name) for ref, c in used.items()]
    initial = {"chair": str(sits.public_id) if sits else NO_CHAIR}
    form = SeatForm(request.POST or None, choices=choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            chair = used.get(form.cleaned_data["chair"])
            actions.seat_patient(actor=request.user, treatment_session=row, chair=chair, now=timezone.now())
            return redirect("board", row.programme.key)
        except (InputError, RefusedError) as error:
            form.refuse(error)
    context = {"form": form, "row": row, "course": row.course, "course_url": page_of(row.course), "used": used,
               "may_set": may(request.user, "board.set_chairs", row)}  # fmt: skip
    return render(request, "board/seat.html", context, status=422 if form.errors else 200)


def _chairs(
    request: SignedInRequest, row: Programme, *, form: ChairForm | None = None, names: NamesForm | None = None
) -> HttpResponse:
    shown = queries.names_shown(actor=request.user, programme=row)
    context = {
        "programme": row, "chairs": queries.chairs(actor=request.user, programme=row), "shown": shown,
        "form": form or ChairForm(), "names": names or NamesForm(initial={"shown": shown}),
        "may_set": may(request.user, "board.set_chairs", row),
        "may_choose": may(request.user, "board.choose_names", row),
    }  # fmt: skip
    wrong = any(asked is not None and asked.errors for asked in (form, names))
    return render(request, "board/chairs.html", context, status=422 if wrong else 200)


def _look(user: User, programme: Programme) -> Look:
    return Look(programme.pk, queries.sees_clinical(user, programme), may(user, "board.seat", programme))


def _still_allowed(session_key: str, look: Look) -> bool:
    """Is the person still signed in, at work here, and of a role that sees the same?"""
    asked = HttpRequest()
    asked.session = SessionStore(session_key)
    user = get_user(asked)
    programme = Programme.objects.get(pk=look.programme_pk)
    return isinstance(user, User) and may(user, "board.view", programme) and _look(user, programme) == look


def _asked_in_passing(session_key: str, look: Look) -> bool:
    """The same, for all open boards in one thread with one connection to the database."""
    close_old_connections()
    return _still_allowed(session_key, look)


_ASKING = ThreadPoolExecutor(1, thread_name_prefix="board-allowed")
