"""The only writer of sent forms."""

from __future__ import annotations

import datetime as dt

from holdfast.clinic.sent_forms.models import SentForm

KEPT = dt.timedelta(days=1)


def take(digest: str, *, now: dt.datetime) -> SentForm | None:
    """Take the form for carrying it out; None where that was done before.

    Must run in the transaction that carries it out: whoever sends the same form meanwhile waits for its end.
    """
    form, is_new = SentForm.objects.get_or_create(digest=digest, defaults={"at": now})
    return form if is_new else None


def done(form: SentForm, location: str, *, now: dt.datetime) -> None:
    """Keep where the answer led, and forget what was sent more than a day ago."""
    form.location = location
    form.save(update_fields=["location"])
    SentForm.objects.filter(at__lt=now - KEPT).delete()


def give_back(form: SentForm) -> None:
    """The form was refused and may be sent again."""
    form.delete()
