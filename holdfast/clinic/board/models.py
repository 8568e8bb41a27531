"""Chairs and rooms of a programme, who sits where, and how a board names people. Rows are only ever added.

How a treatment session stands is not kept here: the board asks the flow-sheet.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


class Shown(models.TextChoices):
    """How a board names a patient. A screen may be seen by other patients."""

    INITIALS = "initials", "initials"
    CHAIR = "chair", "chair only, nothing of the person"
    NAME = "name", "full name"


class Chair(AppendOnly):
    """A chair or a room in which people are treated. `place` is its order on the board."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="chairs")
    name = models.CharField(max_length=40)
    place = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("place", "pk")

    def __str__(self) -> str:
        return self.name


class ChairEnd(AppendOnly):
    """The chair is used no more."""

    chair = models.OneToOneField(Chair, on_delete=models.PROTECT, related_name="ended")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"end of {self.chair}"


class Seating(AppendOnly):
    """Where a treatment session takes place; without a chair it has none. The newest counts."""

    treatment_session = models.ForeignKey(
        "treatment_sessions.TreatmentSession", on_delete=models.PROTECT, related_name="seatings"
    )
    chair = models.ForeignKey(Chair, null=True, on_delete=models.PROTECT, related_name="seatings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"seating {self.pk}"

    @property
    def programme(self):
        """The programme of its course."""
        return self.treatment_session.course.programme


class BoardNames(AppendOnly):
    """How the boards of a programme name patients. The newest counts; without one, by initials."""

    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="board_names")
    shown = models.CharField(max_length=10, choices=Shown.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(condition=Q(shown__in=Shown.values), name="board_names_are_a_known_word")]

    def __str__(self) -> str:
        return self.shown
