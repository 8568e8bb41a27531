"""Who is on duty, and each alert from the answer to the person who took it. Rows are only ever added."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from holdfast.clinic.assessments.crisis import SCREENER
from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.safety.crisis import CrisisLevel
from holdfast.safety.escalation import LEAST_MIN, MOST_MIN

UNTRIAGED = CrisisLevel.UNTRIAGED.value


class DutyTurn(AppendOnly):
    """One person of the rota of a programme. Called in order of `place`; without times always on duty."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="duty_turns")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="duty_turns")
    place = models.PositiveSmallIntegerField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("place", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("since")),
                name="duty_ends_after_it_began",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class DutyTurnEnd(AppendOnly):
    """The turn no longer counts."""

    turn = models.OneToOneField(DutyTurn, on_delete=models.PROTECT, related_name="ended")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"end of {self.turn}"

    @property
    def programme(self):
        """The programme of the turn."""
        return self.turn.programme


class AlertMinutes(AppendOnly):
    """After how many minutes without an acknowledgement an alert goes on. The newest of a programme counts."""

    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="alert_minutes")
    minutes = models.FloatField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=LEAST_MIN) & Q(minutes__lte=MOST_MIN), name="alert_minutes_are_possible"
            )
        ]

    def __str__(self) -> str:
        return f"{self.minutes:g} min"


class CrisisAlert(AppendOnly):
    """An answer about suicide that somebody must take up, or a drill of the path, which names no patient."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="crisis_alerts")
    course = models.ForeignKey("courses.Course", null=True, on_delete=models.PROTECT, related_name="crisis_alerts")
    assessment = models.OneToOneField(
        "assessments.Assessment", null=True, on_delete=models.PROTECT, related_name="crisis_alert"
    )
    drill = models.BooleanField(default=False)
    level = models.CharField(max_length=20)  # of the crisis response; empty in a drill
    raised_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(drill=True, course__isnull=True, assessment__isnull=True)
                | Q(drill=False, course__isnull=False, assessment__isnull=False),
                name="an_alert_is_of_an_answer_or_a_drill",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def told_first(self) -> list[AlertTold]:
        """Who was told, each when it was their turn."""
        return [one for one in self.told.all() if one.round == 1]

    @property
    def last_round(self) -> int:
        """How often people were called: 1 is each in turn, every further one everybody on duty; 0 = nobody yet."""
        return max((one.round for one in self.told.all()), default=0)

    @property
    def last_told_at(self) -> dt.datetime | None:
        """When somebody was last called."""
        return max((one.at for one in self.told.all()), default=None)

    @property
    def opened_again(self) -> bool:
        """Was it raised because the C-SSRS that had answered an alert no longer does?"""
        return self.assessment is not None and self.assessment.scale == SCREENER and self.level == UNTRIAGED


class AlertTold(AppendOnly):
    """The alert was put before this person: first in turn, then with everybody in each further round."""

    alert = models.ForeignKey(CrisisAlert, on_delete=models.PROTECT, related_name="told")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("alert", "person", "round"), name="a_person_is_told_of_an_alert_once_a_round"
            )
        ]

    def __str__(self) -> str:
        return f"told of {self.alert}"


class AlertTaken(AppendOnly):
    """Somebody took the alert: it goes to nobody else."""

    alert = models.OneToOneField(CrisisAlert, on_delete=models.PROTECT, related_name="taken")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by_screener = models.BooleanField(default=False)  # by recording the C-SSRS, which is what it asks for
    screener = models.ForeignKey("assessments.Assessment", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.alert} taken"
