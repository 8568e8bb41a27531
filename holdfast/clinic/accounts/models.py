"""People who sign in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from holdfast.clinic.accounts.roles import COMMAND_LINE, PATIENT, Role
from holdfast.clinic.audit.append_only import AppendOnly


class User(AbstractUser):
    """A person with one role, in the programmes listed. Django's staff and superuser flags open nothing here."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(max_length=20, choices=Role.choices)
    programmes = models.ManyToManyField("programmes.Programme", related_name="people", blank=True)

    class Meta:
        ordering = ("username",)
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_is_a_known_word")
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    also_reads: frozenset[int] = frozenset()  # patients of other programmes, by broken glass, in this request only

    # Does a programme of theirs require two steps? None: not asked yet (accounts/two_step.py).
    two_step_required: bool | None = None

    def may_read_also(self, patient_keys: Iterable[int]) -> None:
        """Patients this person may read in this request although they belong to another programme."""
        self.also_reads = frozenset(patient_keys)

    def programme_ids(self) -> frozenset[int]:
        """Keys of the programmes the person belongs to; asked once per instance (one per request)."""
        if not hasattr(self, "_programme_ids"):
            self.belongs_to(self.programmes.values_list("pk", flat=True))
        return self._programme_ids

    def belongs_to(self, programme_keys: Iterable[int]) -> None:
        """These are the programmes of the person, as just read from the database."""
        self._programme_ids = frozenset(programme_keys)


class TwoStepChoice(AppendOnly):
    """Whether a programme requires two-step sign-in of its people. The newest counts."""

    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="two_step_choices")
    required = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return "required" if self.required else "not required"


@dataclass(frozen=True)
class CommandLine:
    """The actor of commands typed on the machine itself. Belongs to every programme; see permissions.py."""

    role: str = COMMAND_LINE
    username: str = "command-line"
    is_active: bool = True

    def __str__(self) -> str:
        return self.username


@dataclass(frozen=True)
class PatientByLink:
    """Whoever holds the link of a check-in: acts on that one course alone, and signs in nowhere."""

    course_pk: int
    programme_pk: int
    role: str = PATIENT
    username: str = "patient-by-link"
    is_active: bool = True
    also_reads: frozenset[int] = frozenset()  # no glass to break

    def __str__(self) -> str:
        return self.username

    def programme_ids(self) -> frozenset[int]:
        """The programme of the course."""
        return frozenset({self.programme_pk})


Actor = User | CommandLine | PatientByLink


def person(actor: Actor) -> User | None:
    """The person of the staff who acts; None for the command line and for a patient by link."""
    return actor if isinstance(actor, User) else None
