"""The only writer of letters: drafted from the records, signed, set as one page, and kept as it is."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import transaction
from django.db.models import Max

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.models import Course
from holdfast.clinic.letters.drafts import Draft, draft_of
from holdfast.clinic.letters.models import Letter
from holdfast.clinic.plain_text import plain_text, require_plain_text, required_text
from holdfast.errors import InputError


@transaction.atomic
def issue_letter(
    *,
    actor: Actor,
    course: Course,
    to: str,
    paragraph: str,
    signed_as: str,
    now: dt.datetime,
    read: str,
    corrects: Letter | None = None,
    why: str = "",
) -> Letter:
    """Sign the letter as it was drafted and keep its very bytes.

    `read` is the digest of the draft that was read: where the records have changed since, it is refused. A
    correction names the newest letter it replaces and says why. Raises `InputError`.
    """
    require(actor, "letter.sign", course)
    if not isinstance(actor, User):
        raise InputError("a letter is signed by a person who signed in")
    course = course.locked()
    draft = draft_of(actor, course, now)
    if draft.digest != read:
        raise InputError("the records changed since the draft was read; read it again below, then sign")
    number = (course.letters.aggregate(last=Max("number"))["last"] or 0) + 1
    why = _correction(course, corrects, why)
    letter = Letter(
        course=course, number=number, corrects=corrects, why=why,
        to=required_text("to", to, "say to whom the letter goes"), paragraph=plain_text("paragraph", paragraph),
        signed_as=required_text("signed_as", signed_as, "say who signs"), drafted=draft.as_dict(),
        facts_digest=facts.load().digest, by=actor, at=now,
    )  # fmt: skip
    require_plain_text(letter, "signed_as")
    letter.file = _file(letter, draft, now)
    letter.digest = hashlib.sha256(letter.file).hexdigest()
    letter.save()
    details = {"number": number, "digest": letter.digest, "corrects": corrects is not None}
    audit.record(actor, "letter.issue", letter, at=now, details=details)
    return letter


def _correction(course: Course, corrects: Letter | None, why: str) -> str:
    if corrects is None:
        return ""
    if corrects.course_id != course.pk:
        raise InputError("the letter to be corrected is about another course")
    if Letter.objects.filter(corrects=corrects).exists():
        raise InputError("this letter was corrected already; correct the newest")
    return required_text("why", why, "a correction says what was wrong")


def _file(letter: Letter, draft: Draft, now: dt.datetime) -> bytes:
    from holdfast.clinic.letters.paper import Words, set_letter  # loads the setter of PDFs: only where one is made

    programme, corrects = letter.course.programme, letter.corrects
    return set_letter(
        draft,
        Words(
            programme=programme.name, to=letter.to, paragraph=letter.paragraph, signed_as=letter.signed_as,
            on=programme.day_of(now), number=letter.number, why=letter.why,
            corrects=(corrects.number, programme.day_of(corrects.at)) if corrects else None,
        ),
    )  # fmt: skip
