"""Learning checks that were asked for, and what each found. Both are only ever added."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from holdfast.clinic.audit.append_only import AppendOnly


class LearningCheckRequest(AppendOnly):
    """Somebody, or the week, asked how good the forecasts of a programme were."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey(
        "programmes.Programme", on_delete=models.PROTECT, related_name="learning_check_requests"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("programme", "at"), name="learning_checks_by_programme")]

    def __str__(self) -> str:
        return str(self.public_id)


class LearningCheck(AppendOnly):
    """What was found that day. `found` holds, by kind of forecast and by scale, what `holdfast cohort check` answers.

    Kinds: `before` are forecasts made before the rating came; `looking_back` were made later from what was on record
    before it. `left_out` are sentences: what met a rating and is not in it. Nobody's name, score or day is in it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.OneToOneField(LearningCheckRequest, on_delete=models.PROTECT, related_name="made")
    found = models.JSONField(default=dict)
    met = models.PositiveIntegerField()  # ratings that met a forecast made before them
    drift = models.BooleanField(default=False)  # did an alarm stand on any scale of `before`, raised then or earlier?
    models_used = models.JSONField(default=list)  # model, version and digest of the population of what was judged
    left_out = models.JSONField(default=list)
    took_ms = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme it is of."""
        return self.request.programme


class DriftAlarm(AppendOnly):
    """The forecasts of a programme on one scale have drifted: raised by a check, and raised until a person closes it.

    No later check takes it back, whatever ratings are entered late, corrected or withdrawn since.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    check_row = models.ForeignKey(LearningCheck, on_delete=models.PROTECT, related_name="alarms")  # that raised it
    scale = models.CharField(max_length=40)
    at_rating = models.PositiveIntegerField()  # the number of the rating that raised it, since counting began
    evidence = models.FloatField()  # the most it was by then; the alarm is raised at 20
    by_question = models.JSONField(default=dict)  # the evidence of each question of the alarm, at that check's end
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme it is of."""
        return self.check_row.programme


class DriftAlarmClosed(AppendOnly):
    """A person closed an alarm and said why. Ratings entered from then on are counted anew."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    alarm = models.OneToOneField(DriftAlarm, on_delete=models.PROTECT, related_name="closed")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="a_closed_drift_alarm_says_why")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme it is of."""
        return self.alarm.programme
