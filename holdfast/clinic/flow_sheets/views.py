"""The page of a flow-sheet, its entries by form, corrections, and the slip for patient and escort."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.assessments.actions import crisis_setting
from holdfast.clinic.assessments.crisis import crisis_of_cssrs
from holdfast.clinic.assessments.crisis_page import CrisisPage, crisis_page
from holdfast.clinic.assessments.scoring import CrisisInputError
from holdfast.clinic.courses.alerts import SCREENER
from holdfast.clinic.courses.lookup import page_of
from holdfast.clinic.courses.models import TimeBasis
from holdfast.clinic.drug_ledger.queries import drawings_of_session, is_kept, open_lots
from holdfast.clinic.flow_sheets import actions
from holdfast.clinic.flow_sheets.entry_fields import EntryForm
from holdfast.clinic.flow_sheets.expected import range_of_sheet
from holdfast.clinic.flow_sheets.forms import DeviceForm, entry_form, initial_of
from holdfast.clinic.flow_sheets.page import Page, page_of_sheet
from holdfast.clinic.flow_sheets.plot import plot_of
from holdfast.clinic.flow_sheets.queries import EntryView, entries
from holdfast.clinic.flow_sheets.queue import queue_of
from holdfast.clinic.flow_sheets.sheets import is_signed, last_weight, person_of, rows_of, rules_of, sheet_from
from holdfast.clinic.flow_sheets.wording import name, said
from holdfast.clinic.treatment_sessions.lookup import treatment_session_or_404
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.ui.permitted import permitted
from holdfast.errors import HoldfastError, InputError, RefusedError
from holdfast.treatment_sessions.entries import Kind, read_given, read_kind
from holdfast.treatment_sessions.flow_sheet import Sheet
from holdfast.treatment_sessions.moves import MOVING
from holdfast.treatment_sessions.rems import FORM_RULE
from holdfast.treatment_sessions.states import State

NOT_CORRECTED = {Kind.SIGN, Kind.DISCHARGE, Kind.AMENDMENT}


@require_safe
def show(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """One page: what is due, what is asked, what was entered."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "flow_sheet.view", row)
    if row.course.time_basis == TimeBasis.STUDY_DAY:
        messages.error(request, "This course counts study days; it has no flow-sheet.", extra_tags="late")
        return redirect(page_of(row.course))
    with timezone.override(row.programme.time_zone):
        return _page(request, row)


@require_POST
def record(request: SignedInRequest, treatment_session_id: UUID, kind: str) -> HttpResponse:
    """One entry by its form. The hidden key makes it one, however often it is sent."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "flow_sheet.record", row)
    read = _kind_or_404(kind)
    with timezone.override(row.programme.time_zone):
        sheet = _sheet(row)
        form = entry_form(read, sheet, request.POST, signed=is_signed(row))
        refused = None
        if form.is_valid():
            try:
                return _back(request, row, _entered(request, row, form))
            except (InputError, RefusedError) as error:
                form.refuse(error)
                form.renew_key(taken=isinstance(error, actions.KeyTakenError))
                refused = error
        return _page(request, row, bound=form, crisis=_crisis_of_refused(request, row, form, refused))


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, treatment_session_id: UUID, entry_key: UUID) -> HttpResponse:
    """A newer entry in the place of one that was wrong, or its withdrawal, with the reason."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "flow_sheet.record", row)
    refused = None
    with timezone.override(row.programme.time_zone):
        found = _entry_or_404(request, row, entry_key)
        if not found.standing or found.kind in NOT_CORRECTED:
            messages.error(request, "This entry was corrected before, or is not corrected here.", extra_tags="late")
            return redirect("flow-sheet", row.public_id)
        initial = initial_of(found.content) | {"made_at": timezone.localtime(found.made_at)}
        form = entry_form(found.kind, _sheet(row), request.POST or None, why="Why it is corrected", initial=initial)
        if isinstance(form, DeviceForm):
            form.offer([])
        if request.method == "POST" and form.is_valid():
            try:
                withdraw = "withdraw" in request.POST
                done = _entered(request, row, form, supersedes=found, withdraw=withdraw)
                return _back(request, row, done)
            except (InputError, RefusedError) as error:
                form.refuse(error)
                refused = error
        context = {"row": row, "course": row.course, "entry": _line(found, row), "form": form,
                   "crisis": _crisis_of_refused(request, row, form, refused) if form.is_bound else None,
                   "may_withdraw": found.kind not in MOVING, "action": request.path}  # fmt: skip
        return render(request, "flow_sheets/correct.html", context, status=422 if form.errors else 200)


@require_safe
def slip(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """Until when not to drive, on paper, for patient and escort."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "flow_sheet.view", row)
    with timezone.override(row.programme.time_zone):
        left = [e for e in entries(actor=request.user, treatment_session=row) if e.kind is Kind.DISCHARGE]
        if not left:
            messages.error(request, "The slip is printed after discharge is recorded.", extra_tags="late")
            return redirect("flow-sheet", row.public_id)
        until = left[-1].answer.get("drive_free")
        context = {"row": row, "course": row.course, "until": until, "left_at": left[-1].made_at}
        return render(request, "flow_sheets/slip.html", context)


def _entered(
    request: SignedInRequest, row: TreatmentSession, form: EntryForm, *, supersedes: EntryView | None = None,
    withdraw: bool = False,
) -> actions.Recorded:  # fmt: skip
    """Record what the form holds. A correction without a time keeps the time of what it corrects."""
    made_at = form.cleaned_data["made_at"]
    if supersedes is not None and (made_at is None or _same_minute(made_at, supersedes)):
        made_at = supersedes.made_at
    return actions.record_entry(
        actor=request.user, treatment_session=row, key=form.cleaned_data["key"], kind=form.kind.value,
        given=form.given(), made_at=made_at, why=form.cleaned_data.get("why", ""),
        supersedes=supersedes.key if supersedes else None, withdraw=withdraw, now=timezone.now(),
    )  # fmt: skip


def _same_minute(made_at: Any, entry: EntryView) -> bool:
    return made_at.replace(second=0, microsecond=0) == entry.made_at.replace(second=0, microsecond=0)


def _back(request: SignedInRequest, row: TreatmentSession, done: actions.Recorded) -> HttpResponseRedirect:
    kind = name(Kind(done.entry.kind))
    messages.success(
        request, f"Entered: {kind}." if done.is_new else f"{kind}: this had arrived before; it is one entry."
    )
    return redirect(f"{reverse('flow-sheet', args=[row.public_id])}#now")


def _page(
    request: SignedInRequest, row: TreatmentSession, *, bound: EntryForm | None = None, crisis: CrisisPage | None = None
) -> HttpResponse:
    now, signed = timezone.now(), is_signed(row)
    row = (
        TreatmentSession.objects.current()
        .select_related("course__patient__programme")
        .get(course=row.course_id, number=row.number)
    )
    seen, sheet = entries(actor=request.user, treatment_session=row), _sheet(row)
    rules, person = rules_of(row.course), person_of(row.course, now)
    expected = range_of_sheet(request.user, row, sheet)
    page = page_of_sheet(
        sheet, state=State(row.state), now=now, person=person, rules=rules, signed=signed,
        bound=bound,
    )  # fmt: skip
    _tell_last_weight(page, row)
    kept = is_kept(row.programme, row.drug) and may(request.user, "drug_ledger.view", row)
    lots = [(v.lot.lot_number, f"{v.lot.lot_number}, {v.counted}") for v in open_lots(row.programme, row.drug, now)]
    for name_ in ("device", "start"):
        page.forms[name_].offer(lots if kept else [])  # type: ignore[attr-defined]
    context = {
        "drawings": drawings_of_session(actor=request.user, treatment_session=row) if kept else [], "kept": kept,
        "rems_asked": rules.weight(FORM_RULE) is not None,
        "row": row, "course": row.course, "course_url": page_of(row.course), "programme": row.programme, "page": page,
        "sheet": sheet, "signed": signed, "may": permitted(request.user, row), "now": now,
        "dose": next((e for e in reversed(seen) if e.kind is Kind.DOSE and e.standing), None),
        "entries": [_line(e, row) for e in reversed(seen)], "crisis": crisis or _crisis(request, row, sheet),
        "expected": expected, "plot": plot_of(
            sheet, age_y=person.age_y, rules=rules, expected=expected.given if expected else None
        ),
        "left": next((e for e in seen if e.kind is Kind.DISCHARGE), None), "queue": queue_of(request.user, row, now),
    }  # fmt: skip
    return render(request, "flow_sheets/show.html", context, status=200 if bound is None else 422)


def _tell_last_weight(page: Page, row: TreatmentSession) -> None:
    """Beside the field of the weight, while the dose is worked out."""
    field = page.forms["dose"].fields.get("weight_kg")
    if field is not None and page.before_drug and (last := last_weight(row)):
        field.help_text = f"last {last.weight_kg:g} kg, {date_format(timezone.localtime(last.at), 'j M Y')}"


def _crisis(request: SignedInRequest, row: TreatmentSession, sheet: Sheet) -> CrisisPage | None:
    """What the newest C-SSRS of today asks for at once."""
    newest = sheet.last(Kind.CSSRS)
    return None if newest is None else _crisis_of(request, row, newest.content.answers)


def _crisis_of_refused(
    request: SignedInRequest, row: TreatmentSession, form: EntryForm, refused: HoldfastError | None
) -> CrisisPage | None:
    """What answers ask for that were not entered, for whatever reason: a time mistyped beside them hides no danger."""
    if isinstance(refused, CrisisInputError):
        return crisis_page(request.user, row.course, refused.crisis, scale=SCREENER)
    if form.kind is not Kind.CSSRS:
        return None
    return _crisis_of(request, row, read_given(Kind.CSSRS, form.given()).answers)


def _crisis_of(request: SignedInRequest, row: TreatmentSession, answers: dict[str, bool | None]) -> CrisisPage | None:
    try:
        found = crisis_of_cssrs(answers, crisis_setting(row.programme, timezone.now()))
    except InputError:
        return None
    return crisis_page(request.user, row.course, found, scale=SCREENER)


def _line(entry: EntryView, row: TreatmentSession) -> dict[str, Any]:
    """An entry as the list shows it."""
    can = entry.standing and entry.kind not in NOT_CORRECTED and row.state != State.CANCELLED
    late_min = round(entry.late_by.total_seconds() / 60) if entry.late_by else None
    return {"seen": entry, "name": name(entry.kind), "said": said(entry), "late_min": late_min, "can_be_corrected": can}


def _sheet(row: TreatmentSession) -> Sheet:
    return sheet_from(row, rows_of(row))


def _kind_or_404(word: str) -> Kind:
    try:
        return read_kind(word)
    except InputError:
        raise Http404 from None


def _entry_or_404(request: SignedInRequest, row: TreatmentSession, key: UUID) -> EntryView:
    found = next((e for e in entries(actor=request.user, treatment_session=row) if e.key == key), None)
    if found is None:
        raise Http404
    return found
