"""What the pages behind links share: how often one may be asked for, and where to get help now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from holdfast.clinic.messaging.actions import count_request
from holdfast.clinic.messaging.models import MessageLink
from holdfast.clinic.messaging.tokens import digest_of_address
from holdfast.clinic.programmes.models import Programme
from holdfast.safety.crisis_lines import lines_for
from holdfast.safety.patient_text import IN_DANGER, NOT_AN_EMERGENCY_SERVICE

# Limits of the software. A check-in of every instrument takes about forty requests.
WINDOW = dt.timedelta(minutes=10)
MOST_OF_A_LINK = 200
MOST_WRONG_LINKS = 30


def too_many(request: HttpRequest, link: MessageLink | None, now: dt.datetime) -> bool:
    """Guesses are counted by address of the net, a link by itself: guessing never locks out who holds a link."""
    seconds = int(now.timestamp()) // int(WINDOW.total_seconds()) * int(WINDOW.total_seconds())
    window = dt.datetime.fromtimestamp(seconds, dt.UTC)
    key = link.digest if link else digest_of_address(request.META.get("REMOTE_ADDR", ""))
    most = MOST_OF_A_LINK if link else MOST_WRONG_LINKS
    return count_request(key=key, window=window, now=now) > most


def help_now(programme: Programme | None) -> dict[str, Any]:
    """Where to get help now, for the frame of every page. Of a programme nobody knows, without a country's lines."""
    context: dict[str, Any] = {"in_danger": IN_DANGER, "not_a_service": NOT_AN_EMERGENCY_SERVICE}
    if programme is not None:
        context["country_lines"] = lines_for(programme.country, programme.day_of(timezone.now())).lines
        context["out_of_hours"] = programme.out_of_hours_text
    return context
