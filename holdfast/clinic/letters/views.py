"""Pages of letters: those issued, a new one from the records, the same as a file before it is signed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course
from holdfast.clinic.letters import actions, queries
from holdfast.clinic.letters.drafts import Draft, draft_of
from holdfast.clinic.letters.forms import LetterForm
from holdfast.clinic.letters.models import Letter
from holdfast.clinic.referrals.queries import referral_of_course
from holdfast.clinic.ui.permitted import permitted
from holdfast.errors import InputError

FORM = ["GET", "HEAD", "POST"]
FILE_NAME = "letter.pdf"  # of every letter: a name in a folder of downloads tells nothing


@require_safe
def listed(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Letters about a course, newest first."""
    course = course_or_404(request.user, course_id)
    found = queries.letters_of(actor=request.user, course=course)
    context = {
        "course": course, "course_url": page_of(course), "letters": found, "may": permitted(request.user, course),
        "study_days": course.time_basis != "calendar",
    }  # fmt: skip
    with timezone.override(course.programme.time_zone):
        return render(request, "letters/list.html", context)


@require_http_methods(FORM)
def write(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """A letter drafted from the records; the clinician adds a paragraph and signs."""
    course = course_or_404(request.user, course_id)
    require(request.user, "letter.sign", course)
    return _write(request, course, None)


@require_http_methods(FORM)
def correct(request: SignedInRequest, letter_id: UUID) -> HttpResponse:
    """A newer letter that corrects an issued one."""
    letter = _letter_or_404(request, letter_id)
    require(request.user, "letter.sign", letter.course)
    return _write(request, letter.course, letter)


def _write(request: SignedInRequest, course: Course, corrects: Letter | None) -> HttpResponse:
    now = timezone.now()
    try:
        draft = draft_of(request.user, course, now)
    except InputError as error:
        messages.error(request, str(error), extra_tags="late")
        return redirect("letters", course.public_id)
    form = LetterForm(
        request.POST or None, correcting=corrects is not None, initial=_initial(request, course, corrects, draft)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.issue_letter(actor=request.user, course=course, corrects=corrects, now=now, **form.cleaned_data)
            messages.success(request, "The letter is signed and kept as issued.", extra_tags="good")
            return redirect("letters", course.public_id)
        except InputError as error:
            form.refuse(error)
    wrong = bool(form.errors)
    if wrong:
        form.data = request.POST.dict() | {"read": draft.digest}
    context = {"course": course, "draft": draft, "form": form, "corrects": corrects}
    with timezone.override(course.programme.time_zone):
        return render(request, "letters/write.html", context, status=422 if wrong else 200)


def _initial(request: SignedInRequest, course: Course, corrects: Letter | None, draft: Draft) -> dict[str, str]:
    """To the referrer on record; a correction begins from the letter it corrects."""
    if corrects is not None:
        told = {"to": corrects.to, "paragraph": corrects.paragraph, "signed_as": corrects.signed_as}
    else:
        referral = referral_of_course(course, timezone.now())
        lines = [referral.row.referrer_name, referral.row.referrer_address] if referral else []
        told = {"to": "\n".join(line for line in lines if line), "signed_as": str(request.user)}
    return {**told, "read": draft.digest}


@require_http_methods(["POST"])
def preview(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """The page as it would be set, marked as a draft. Nothing is kept."""
    from holdfast.clinic.letters.paper import Words, set_letter  # loads the setter of PDFs: only where one is made

    course = course_or_404(request.user, course_id)
    require(request.user, "letter.sign", course)
    now = timezone.now()
    words = Words(
        programme=course.programme.name, to=request.POST.get("to", ""), paragraph=request.POST.get("paragraph", ""),
        signed_as="", on=course.programme.day_of(now), number=None,
    )  # fmt: skip
    try:
        return _pdf(set_letter(draft_of(request.user, course, now), words))
    except InputError as error:
        messages.error(request, str(error).partition(": ")[2] or str(error), extra_tags="late")
        return redirect("letter-write", course.public_id)


@require_safe
def file(request: SignedInRequest, letter_id: UUID) -> HttpResponse:
    """The very bytes that were issued."""
    letter = _letter_or_404(request, letter_id)
    require(request.user, "letter.view", letter.course)
    return _pdf(bytes(letter.file))


def _pdf(content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _letter_or_404(request: SignedInRequest, public_id: UUID) -> Letter:
    rows = Letter.objects.select_related("course__patient__programme")
    mine = request.user.programme_ids()
    found = rows.filter(public_id=public_id, course__patient__programme__in=mine).first()
    if found is None:
        raise Http404
    return found
