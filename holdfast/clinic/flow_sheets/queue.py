"""What a browser needs to keep entries until the server has them: who made them, and a key to seal them with.

Entries wait sealed (AES-GCM) by a key of the person's own. The page of somebody signed in brings the key; the
browser forgets it when they sign out, when another person signs in, and after the time of the inactivity lock. So
what waits is kept, and is readable again only when its person signs in (docs/adr/0013-entries-wait-sealed.md).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

from django.conf import settings
from django.db.models import Count, Max
from django.utils.crypto import salted_hmac

from holdfast.clinic.accounts.models import User
from holdfast.clinic.flow_sheets.sheets import rows_of
from holdfast.clinic.flow_sheets.wording import name
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.chairside import WATCHED
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.states import State


def queue_of(user: User, treatment_session: TreatmentSession, now: dt.datetime) -> dict[str, Any]:
    """What the page gives to its queue."""
    return {
        "person": str(user.public_id),
        "key": seal_key(user),
        "now": now.isoformat(),
        "idle_s": settings.IDLE_SIGN_OUT_S,
        "names": json.dumps({kind.value: name(kind) for kind in Kind}),
        "version": version_of(user, treatment_session),
        "moves": State(treatment_session.state) in WATCHED,  # does the clock alone change what the page says?
    }


def seal_key(user: User) -> str:
    """256 bits of the person's own, made from the installation's secret; the same at every sign-in."""
    made = salted_hmac("holdfast.flow_sheets.queue", str(user.public_id), algorithm="sha256")
    return base64.b64encode(made.digest()).decode("ascii")


def version_of(user: User, treatment_session: TreatmentSession) -> str:
    """What changes whenever somebody enters something: entries are only ever added. Another for another person."""
    found = rows_of(treatment_session).aggregate(count=Count("pk"), newest=Max("pk"))
    parts = [user.public_id, treatment_session.pk, treatment_session.state, found["count"], found["newest"]]
    digest = salted_hmac("holdfast.flow_sheets.version", "|".join(map(str, parts)), algorithm="sha256").hexdigest()
    return digest[:24]
