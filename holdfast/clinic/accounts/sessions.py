"""Sessions in the database, as Django keeps them; a database that is busy is no bad request.

Django takes every failure to write a session for one that was deleted meanwhile, and answers 400. Where the database
could not be written the answer is 503 instead, which browsers and queues understand as "send it again"; and where
nothing but the time of the last request was to be written, the request is answered as if it had been: the next one
writes it.
"""

from __future__ import annotations

import copy
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from holdfast.clinic.config.prepared import Given, Question
from holdfast.clinic.screen_lock.locking import AFTER, LAST_INPUT

LAST_REQUEST = "last_request_s"
_NOTED = (LAST_REQUEST, LAST_INPUT, AFTER)  # rewritten now and then; each is read as of long ago where it was not

_KEPT = Question(  # asked by every request
    lambda: SessionStore.get_model_class().objects.filter(
        session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField())
    )
)


class SessionStore(db.SessionStore):
    """The store of the settings. Keeps Django's name: what is stored is signed with it."""

    _loaded: dict[str, Any] | None = None

    def load(self) -> dict[str, Any]:
        """What is stored, remembered as it was."""
        found: dict[str, Any] = super().load()
        self._loaded = copy.deepcopy(_without_noted(found))
        return found

    def _get_session_from_db(self) -> Any:
        found = _KEPT.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 — as Django names it
        """Write it. Raises `OperationalError` where the database cannot be written and something would be lost."""
        try:
            super().save(must_create)
        except UpdateError as error:
            busy = error.__context__
            if not isinstance(busy, OperationalError):
                raise  # signed out meanwhile: it stays so
            if self._loaded is None or _without_noted(dict(self.items())) != self._loaded:
                raise busy from None


def _without_noted(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in _NOTED}
