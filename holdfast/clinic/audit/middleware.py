"""Every page about a patient that somebody was shown is an entry: who, whose record, which page, when.

It stands here and not in the views, so that a page added later cannot forget it; a test holds that each address
that names a record is known to `patients/lookup.py`. A list of many patients is one entry of its own kind, not one
a patient. Why, and what it does not show: docs/adr/0008-every-read-is-audited.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from holdfast.clinic.audit import actions
from holdfast.clinic.patients.lookup import patient_named_by

# Lists with more than one patient on them, and what reading one is called.
LISTS = {
    "caseload": "caseload.read",
    "worklist": "work.read",
    "alert-list": "alert.read",
    "board": "board.read",
    "board-live": "board.read",
    "referral-list": "referral.read",
    "break-glass-list": "break_glass.read",
    "drug-ledger": "drug_ledger.read",
    "drug-lot": "drug_ledger.read",
    "drug-draw": "drug_ledger.read",
    "drug-day": "drug_ledger.read",
    "programme-safety": "registry_report.read",  # serious events line by line
}
SAME_LIST = {"board-live": "board"}  # the page and what keeps it live are one reading
SHOWN = frozenset({200, 422})  # a page, or a form given back with its faults: both show whose it is
_LOST = "audit.reads_lost"
_log = logging.getLogger("holdfast.audit")


class AuditedReads:
    """Notes who was shown what, before it is sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as the view does, the read on record."""
        response = self.get_response(request)
        if _shows_a_record(request, response):
            _note(request)
        return response


def _shows_a_record(request: HttpRequest, response: HttpResponseBase) -> bool:
    match = request.resolver_match
    if match is None or response.status_code not in SHOWN or not request.user.is_authenticated:
        return False
    page = request.method == "GET" or response.headers.get("Content-Type", "").startswith("text/html")
    return page and request.method != "HEAD" and (match.url_name in LISTS or bool(match.kwargs))


def _note(request: HttpRequest) -> None:
    """One entry; the same person at the same page of the same patient again within minutes adds none."""
    match = request.resolver_match
    assert match is not None
    name, listed = match.url_name or "", match.url_name in LISTS
    parts = [] if listed else sorted(map(str, match.kwargs.values()))
    key = ":".join(["read", str(request.user.pk), SAME_LIST.get(name, name), *parts])
    if cache.get(key):
        return
    try:
        if not _recorded(request.user, name, {} if listed else match.kwargs):
            return
    except Error:  # care goes on: a full disk must not hide a patient's record from whoever treats them
        cache.add(_LOST, 0, None)
        cache.incr(_LOST)
        _log.error("a read could not be recorded: page %s", name)
        return
    cache.set(key, 1, settings.LIST_AGAIN_S if listed else settings.READ_AGAIN_S)


def _recorded(user: Any, name: str, named: dict[str, Any]) -> bool:
    """Write the entry; False where the address names no patient."""
    patient = patient_named_by(named) if named else None
    if patient is None and name not in LISTS:
        return False
    lost = int(cache.get(_LOST) or 0)
    listed = LISTS.get(name, "caseload.read")
    actions.note_read(user, patient, page=name, lost=lost, at=timezone.now(), listed=listed)
    if lost:
        cache.decr(_LOST, lost)
    return True
