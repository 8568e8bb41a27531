"""Rows of lists, kept in the memory of the process and worked out anew only for courses whose record has changed.

Nothing is stored: a row is what plain functions say of the records, and a process that starts has none. What is spared
is asking them again of thousands of courses for every look at a list. Every change of a record leaves its entry in the
audit in the same transaction (ADR 0005); so the number and hash of the newest entry tell whether anything changed, and
the entries since then tell of which courses. What tells nothing certain makes every row anew. A row also has an end:
the moment from which time alone makes it another one. See docs/adr/0012-lists-are-remembered-by-the-audit.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import Generic, Protocol, TypeVar

from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import changes_since, newest_number
from holdfast.clinic.courses.models import Course

AT_ONCE = 1000  # courses worked out by one set of queries
MOST_CHANGES = 5000  # entries; where more came since, everything is worked out anew

FOREVER = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))

# The way from a record, as the audit names its kind, to its course. `None` = says nothing about a row of a list.
WAYS: dict[str, str | None] = {
    "course": "public_id",
    "patient": "patient__public_id",
    "evaluation": "evaluations__public_id",
    "override": "evaluations__overrides__public_id",
    "assessment": "assessments__public_id",
    "treatmentsession": "treatment_sessions__public_id",
    "flowsheetentry": "treatment_sessions__flow_sheet_entries__key",
    "remsform": "treatment_sessions__rems_forms__public_id",
    "safetycheck": "safety_checks__public_id",
    "coursereview": "reviews__public_id",
    "consentrecord": "consents__public_id",
    "treatmentplan": "plans__public_id",
    "courseending": "ending__public_id",
    "followupdone": "ending__follow_up_done__public_id",
    "agreement": "check_in_agreements__public_id",
    "checkin": "check_ins__public_id",
    "reminderagreement": "reminder_agreements__public_id",
    "reminder": "reminders__public_id",
    "forecast": "forecasts__public_id",
    **dict.fromkeys(
        (
            "user", "breakglass", "crisisalert", "dutyturn", "movement", "stockcount", "explanation",
            "claimsignature", "workowner", "chair", "seating", "job", "dutyaddress", "dutycall", "copymade", "letter",
            "expectedrangequestion", "expectedrangeanswer", "referral", "referralstep", "forecastrequest",
            "forecastdecision", "learningcheckrequest", "learningcheck", "driftalarm",
            "driftalarmclosed", "adverseeventrecord",
            "registryconsent", "registryextract", "reportrequest", "programmereport",
        )
    ),
}  # fmt: skip
READ_ONLY = (".read", ".reads_lost")  # ends of actions that changed nothing
# Entries of a flow-sheet that no list speaks of; what moves the treatment session has an entry of its own.
SILENT_ENTRIES = frozenset({
    "observation", "consent", "history", "mental-state", "fasting", "escort", "dose", "dose-check", "recovery",
    "adverse-event", "override", "pause", "resume", "rate", "amendment",
})  # fmt: skip


class Kept(Protocol):
    """What a row has to know of itself: its place, and when time alone does not make it another one."""

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands among all."""

    @property
    def good_from(self) -> dt.datetime:
        """From when on."""

    @property
    def good_until(self) -> dt.datetime:
        """Until when, itself not included."""


Row = TypeVar("Row", bound=Kept)
WorkedOut = Callable[[Sequence[Course], dt.datetime], dict[int, Row]]


class KeptRows(Generic[Row]):
    """Rows by the key of their course."""

    def __init__(self, work_out: WorkedOut[Row]) -> None:
        self._work_out = work_out
        self._lock = RLock()
        self.forget()

    def forget(self) -> None:
        """As a process that has just started."""
        with self._lock:
            self._seq, self._hash = 0, ""
            self._rows: dict[int, Row] = {}
            self._in_order: tuple[Row, ...] = ()
            self._begin, self._end = FOREVER

    def rows(self, now: dt.datetime) -> tuple[Row, ...]:
        """Every course's row as it stands now, in their order. One query where nothing changed, else a set more."""
        with self._lock:
            try:
                self._renew(self._changed(), now)
            except BaseException:  # half renewed is worse than nothing: how far it looked is noted already
                self.forget()
                raise
            return self._in_order

    def _renew(self, changed: set[int] | None, now: dt.datetime) -> None:
        found = Course.objects.select_related("patient__programme")
        if changed is None:
            self._rows, self._in_order = {}, ()
            self._replace(list(found), now)
            return
        ended = set() if self._begin <= now < self._end else self._ended(now)
        if anew := changed | ended:
            self._replace(list(found.filter(pk__in=anew)), now)

    def _ended(self, now: dt.datetime) -> set[int]:
        return {pk for pk, row in self._rows.items() if not row.good_from <= now < row.good_until}

    def _replace(self, courses: Sequence[Course], now: dt.datetime) -> None:
        if not courses:
            return
        for start in range(0, len(courses), AT_ONCE):
            self._rows |= self._work_out(courses[start : start + AT_ONCE], now)
        self._in_order = tuple(sorted(self._rows.values(), key=lambda row: row.place))
        self._begin = max(row.good_from for row in self._rows.values())
        self._end = min(row.good_until for row in self._rows.values())

    def _changed(self) -> set[int] | None:
        """Keys of courses whose record may have changed; None = nobody knows, work out all. Notes how far it looked."""
        seq, digest = newest_number()
        known_seq, known_hash = self._seq, self._hash
        self._seq, self._hash = seq, digest
        if known_seq == 0 or seq < known_seq or seq - known_seq > MOST_CHANGES:
            return None
        if (seq, digest) == (known_seq, known_hash):
            return set()
        return self._courses_in(known_seq, known_hash)

    def _courses_in(self, known_seq: int, known_hash: str) -> set[int] | None:
        changes = changes_since(known_seq)
        if not changes or (changes[0].seq, changes[0].hash) != (known_seq, known_hash):
            return None  # another database, or one that was set back
        named: dict[str, set[str]] = {}
        for change in changes[1:]:
            if change.action.endswith(READ_ONLY) or _is_silent(change):
                continue
            if change.subject_kind not in WAYS:
                return None
            way = WAYS[change.subject_kind]
            if way is not None:
                named.setdefault(way, set()).add(change.subject_ref)
        return {pk for way, refs in named.items() for pk in _keys(way, refs)}


def _keys(way: str, refs: Iterable[str]) -> Iterable[int]:
    return Course.objects.filter(**{f"{way}__in": list(refs)}).values_list("pk", flat=True)


def _is_silent(change: AuditEntry) -> bool:
    return change.subject_kind == "flowsheetentry" and change.details.get("kind") in SILENT_ENTRIES
