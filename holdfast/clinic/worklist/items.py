"""One thing that waits for somebody, with its kind in words. Values only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from holdfast.clinic.courses.due import Due

# What a thing is called by the first part of its kind, in the order in which kinds are offered as a filter.
KINDS: Mapping[str, str] = {
    "alert": "Answers about suicide",
    "alert_open": "Alerts nobody has taken",
    "slipping": "Slipping",
    "forecast": "Forecasts",
    "check_in": "Check-ins",
    "reminder": "Reminders",
    "review": "Reviews",
    "check": "Safety checks",
    "rems": "REMS forms",
    "sign": "Flow-sheets to sign",
    "ledger": "Controlled drugs",
    "treatment_session": "Treatment sessions",
    "rating": "Ratings",
    "baseline": "Baselines",
    "evaluation": "Evaluations",
    "decision": "Decisions on evaluations",
    "consent": "Consents",
    "consent_renewal": "Consents to renew",
    "referral": "Referrals",
    "follow_up": "Follow-ups",
}  # fmt: skip


@dataclass(frozen=True)
class Owner:
    """Who looks after it, since when."""

    pk: int
    since: dt.datetime


@dataclass(frozen=True)
class WorkItem:
    """One thing to do. Course and patient are None for what is the programme's own, such as its drug ledger."""

    due: Due
    programme_pk: int
    programme_key: str
    course_pk: int | None = None
    course_id: UUID | None = None
    patient_id: UUID | None = None
    label: str = ""
    where: str = ""  # phase and week
    owner: Owner | None = None

    @property
    def group(self) -> str:
        """The kind it is filtered by."""
        return self.due.parts[0]

    @property
    def group_words(self) -> str:
        """The same in words."""
        return KINDS.get(self.group, self.group)

    @property
    def place(self) -> tuple[int, int | None, str]:
        """Names it among all."""
        return self.programme_pk, self.course_pk, self.due.key

    @property
    def why(self) -> str:
        """Why it stands here: the rule's words with the values, else the words after the title."""
        return self.due.why or self.due.text.partition(": ")[2]


def waits(due: Due, today: dt.date) -> bool:
    """Is it to be done now? What comes on a later day stands in the caseload, not in the work."""
    return due.overdue or due.on is None or due.on <= today
