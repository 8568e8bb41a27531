"""The ledger of a programme: what is in the safe, what is out, what happened, and the close of day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.accounts.second_person import confirm_second_person
from holdfast.clinic.drug_ledger import actions, queries, standing
from holdfast.clinic.drug_ledger.forms import (
    AccountForm,
    CorrectionForm,
    CountForm,
    DrawForm,
    EntryForm,
    ExplainForm,
    ReceiveForm,
    RemoveForm,
    WitnessedForm,
)
from holdfast.clinic.drug_ledger.models import DrugLot, Movement
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.ui.forms import ClinicForm
from holdfast.clinic.ui.permitted import permitted
from holdfast.errors import InputError, RefusedError
from holdfast.facts.plausible import plausible_day
from holdfast.safety.drug_ledger import Kind

FORM = ["GET", "HEAD", "POST"]
SENT_BEFORE = (
    "That entry stands as it was sent first; nothing was entered now. If you changed a figure since, open the page "
    "again and enter it there."
)


@require_safe
def ledgers(request: SignedInRequest) -> HttpResponse:
    """The ledger, where there is one; with several programmes, which of them waits for what."""
    require(request.user, "drug_ledger.view")
    found = queries.ledgers(actor=request.user, now=timezone.now())
    if len(found) == 1:
        return redirect("drug-ledger", found[0].programme.key)
    return render(request, "drug_ledger/list.html", {"ledgers": found})


@require_safe
def ledger(request: SignedInRequest, key: str) -> HttpResponse:
    """Balances, open drawings, what happened on the open day."""
    row = programme_by_key(actor=request.user, key=key)
    seen = queries.ledger(actor=request.user, programme=row, now=timezone.now())
    return _page(request, "ledger", row, {"seen": seen})


@require_http_methods(FORM)
def receive(request: SignedInRequest, key: str) -> HttpResponse:
    """Take sealed vials or devices in."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "drug_ledger.receive", row)
    with timezone.override(row.time_zone):
        form = ReceiveForm(request.POST or None)

        def enter(values: dict[str, Any]) -> Any:
            return actions.receive_stock(actor=request.user, programme=row, now=timezone.now(), **values)

        if _entered(request, form, enter):
            return redirect("drug-ledger", row.key)
        return _page(request, "receive", row, {"form": form})


@require_safe
def lot(request: SignedInRequest, lot_id: UUID) -> HttpResponse:
    """One lot: what its label says, what is left, every movement with what remained after it."""
    row = _lot_or_404(request, lot_id, "drug_ledger.view")
    seen, movements = queries.lot_view(row, timezone.now())
    return _page(request, "lot", row.programme, {"seen": seen, "movements": movements})


@require_http_methods(FORM)
def draw(request: SignedInRequest, lot_id: UUID) -> HttpResponse:
    """Take drug out of the safe for a patient."""
    row = _lot_or_404(request, lot_id, "drug_ledger.draw")
    now = timezone.now()
    sessions = queries.sessions_to_draw_for(row, now)
    with timezone.override(row.programme.time_zone):
        form = DrawForm(request.POST or None, lot=row, sessions=sessions)

        def enter(values: dict[str, Any]) -> Any:
            found = _chosen(sessions, values)
            return actions.draw(actor=request.user, lot=row, now=now, treatment_session=found, **values)

        if _entered(request, form, enter):
            return redirect("drug-ledger", row.programme.key)
        seen, _ = queries.lot_view(row, now)
        return _page(request, "draw", row.programme, {"form": form, "seen": seen})


@require_http_methods(FORM)
def account(request: SignedInRequest, movement_id: UUID) -> HttpResponse:
    """One drawing: drawn = given + wasted + returned, and the form that says so."""
    row = _movement_or_404(request, movement_id, "drug_ledger.view")
    if row.kind != Kind.DRAWN or row.corrects_id is not None:
        raise Http404
    if request.method == "POST":
        require(request.user, "drug_ledger.give", row)
    with timezone.override(row.programme.time_zone):
        sessions = [] if row.treatment_session else queries.sessions_to_draw_for(row.lot, row.happened_at)
        form = AccountForm(request.POST or None, drawing=row, sessions=sessions)

        def enter(values: dict[str, Any]) -> Any:
            found = _chosen(sessions, values)
            return actions.account_for_drawing(
                actor=request.user, drawing=row, now=timezone.now(), treatment_session=found, **values
            )

        if _entered(request, form, enter):
            return redirect("drug-account", row.public_id)
        context = {"form": form, "seen": queries.drawing_view(row), "row": row}
        return _page(request, "account", row.programme, context)


@require_http_methods(FORM)
def remove(request: SignedInRequest, lot_id: UUID) -> HttpResponse:
    """Waste or send away what was never drawn."""
    row = _lot_or_404(request, lot_id, "drug_ledger.remove")
    with timezone.override(row.programme.time_zone):
        form = RemoveForm(request.POST or None, lot=row)

        def enter(values: dict[str, Any]) -> Any:
            return actions.remove_from_stock(actor=request.user, lot=row, now=timezone.now(), **values)

        if _entered(request, form, enter):
            return redirect("drug-lot", row.public_id)
        seen, _ = queries.lot_view(row, timezone.now())
        return _page(request, "remove", row.programme, {"form": form, "seen": seen})


@require_http_methods(FORM)
def correct(request: SignedInRequest, movement_id: UUID) -> HttpResponse:
    """Say what an entry really was."""
    row = _movement_or_404(request, movement_id, "drug_ledger.correct")
    form = CorrectionForm(request.POST or None, lot=row.lot)

    def enter(values: dict[str, Any]) -> Any:
        return actions.correct_movement(actor=request.user, movement=row, now=timezone.now(), **values)

    if _entered(request, form, enter):
        return redirect("drug-lot", row.lot.public_id)
    context = {"form": form, "seen": queries.MovementView(row), "effective": standing.effective(row)}
    return _page(request, "correct", row.programme, context)


@require_http_methods(FORM)
def close(request: SignedInRequest, key: str) -> HttpResponse:
    """Two people count every lot; what differs is told afterwards, not before."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "drug_ledger.count", row)
    now = timezone.now()
    form = CountForm(request.POST or None, lots=queries.lots_to_count(row, now))

    def enter(values: dict[str, Any]) -> Any:
        given = {name: values[name] for name in ("entry_key", "witness")}
        return actions.count_stock(actor=request.user, programme=row, counted=form.counted(), now=now, **given)

    if _entered(request, form, enter):
        newest = row.stock_counts.order_by("-pk").first()
        return redirect("drug-count", newest.public_id) if newest else redirect("drug-ledger", row.key)
    days = standing.day_state(row, now)
    return _page(request, "close", row, {"form": form, "days": days, "open": queries.open_drawings(row)})


@require_http_methods(FORM)
def count(request: SignedInRequest, count_id: UUID) -> HttpResponse:
    """A count beside the ledger; where it differs, a prescriber or lead explains it here."""
    row = queries.counts_visible_to(request.user).filter(public_id=count_id).first()
    if row is None:
        raise Http404
    require(request.user, "drug_ledger.view", row)
    if request.method == "POST":
        require(request.user, "drug_ledger.explain", row)
    form = ExplainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            why = form.cleaned_data["why"]
            actions.explain_difference(actor=request.user, stock_count=row, why=why, now=timezone.now())
            messages.success(request, "The difference is explained and the day is closed.", extra_tags="good")
            return redirect("drug-count", row.public_id)
        except (InputError, RefusedError) as error:
            form.refuse(error)
    context = {
        "form": form, "count": row, "lines": queries.count_lines(row), "stands": standing.stands(row),
        "closed": standing.day_is_closed(row.programme, row.counted_on),
        "may_explain": may(request.user, "drug_ledger.explain", row),
    }  # fmt: skip
    return _page(request, "count", row.programme, context)


@require_safe
def day(request: SignedInRequest, key: str, day: str) -> HttpResponse:
    """The sheet of one day, for paper too."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "drug_ledger.view", row)
    try:
        wanted = plausible_day(dt.date.fromisoformat(day), "day")
    except (ValueError, InputError):
        raise Http404 from None
    lines = queries.sheet(row, wanted)
    newest = standing.newest_of(row, wanted)
    context = {
        "day": wanted, "lines": lines, "later": queries.entered_after(row, wanted),
        "sessions": queries.sessions_of(row, wanted),
        "totals": queries.sheet_totals(lines), "printed_at": timezone.now(),
        "counts": [(c, queries.count_lines(c), standing.stands(c)) for c in queries.counts_of(row, wanted)],
        "closed": standing.day_is_closed(row, wanted), "newest": newest,
    }  # fmt: skip
    return _page(request, "day", row, context)


def _page(request: SignedInRequest, name: str, programme: Programme, context: dict[str, Any]) -> HttpResponse:
    """A page of the ledger, its times where the programme is; 422 where its form was refused."""
    form = context.get("form")
    shown = {"programme": programme, "may": permitted(request.user, programme), **context}
    with timezone.override(programme.time_zone):
        wrong = isinstance(form, ClinicForm) and form.is_bound and bool(form.errors)
        return render(request, f"drug_ledger/{name}.html", shown, status=422 if wrong else 200)


def _chosen(sessions: list[TreatmentSession], values: dict[str, Any]) -> TreatmentSession | None:
    """The treatment session that the entry names, taken out of its values."""
    chosen = values.pop("treatment_session", "")
    return next((s for s in sessions if str(s.public_id) == chosen), None)


def _entered(request: SignedInRequest, form: EntryForm, enter: Callable[[dict[str, Any]], Any]) -> bool:
    """Carry out an entry; True where it stands, sent before or now. The second person is asked outside of it."""
    if request.method != "POST":
        return False
    if queries.entered_before(form.key):
        messages.info(request, SENT_BEFORE, extra_tags="info")
        return True
    if not form.is_valid():
        return False
    try:
        values = form.cleaned_data
        if isinstance(form, WitnessedForm):
            values, proof = form.taken_out()
            if form.asks_second_person():
                values["witness"] = confirm_second_person(request, **proof)
        enter(values)
    except (InputError, RefusedError) as error:
        form.refuse(error)
        return False
    return True


def _lot_or_404(request: SignedInRequest, lot_id: UUID, action: str) -> DrugLot:
    row = queries.lot_by_id(request.user, lot_id)
    if row is None:
        raise Http404
    require(request.user, action, row)
    return row


def _movement_or_404(request: SignedInRequest, movement_id: UUID, action: str) -> Movement:
    row = queries.movements_visible_to(request.user).filter(public_id=movement_id).first()
    if row is None:
        raise Http404
    require(request.user, action, row)
    return row
