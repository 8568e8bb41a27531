"""Forecasts that were asked for, what came of it, what a clinician decided with one before them. All append-only."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


def digest_of(patient_file: Mapping[str, Any]) -> str:
    """SHA-256 of a patient file, the same in whatever order it names things."""
    return hashlib.sha256(json.dumps(patient_file, sort_keys=True).encode()).hexdigest()


class Why(models.TextChoices):
    """What asked for a forecast."""

    RATING = "rating", "a rating came in"
    DOSE = "dose", "a dose was recorded"
    PLAN = "plan", "the plan was changed"
    PERSON = "person", "somebody asked"
    LOOKING_BACK = "looking_back", "asked afterwards, with what was on record by an earlier day"


class ForecastRequest(AppendOnly):
    """A forecast of one course was asked for. Several within a short time are answered by one forecast, of the last."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="forecast_requests")
    why = models.CharField(max_length=20, choices=Why.choices)
    until = models.DateTimeField(null=True)  # of one that looks back: nothing later is taken; null = everything
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("course", "at"), name="forecast_requests_by_course")]
        constraints = [
            models.CheckConstraint(condition=Q(why__in=Why.values), name="forecast_is_asked_for_a_known_word"),
            models.CheckConstraint(
                condition=Q(why="looking_back", until__isnull=False) | ~Q(why="looking_back") & Q(until=None),
                name="only_who_looks_back_says_until_when",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme

    @property
    def why_words(self) -> str:
        """What asked, as a sentence goes on."""
        return str(Why(self.why).label)


class Forecast(AppendOnly):
    """What the model said of one course with what it was told, or the sentence why it said nothing.

    `patient_file` is the input whole and `answer` the answer whole, as `holdfast forecast` gives it. The columns repeat
    of the answer what lists ask for. Chances are shares of 1. Days count from `day_zero_at`, or are study days.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="forecasts")
    request = models.OneToOneField(ForecastRequest, on_delete=models.PROTECT, related_name="forecast")
    day = models.FloatField()  # today of the forecast, in days of the file
    day_zero_at = models.DateTimeField(null=True)  # null: the course counts study days
    patient_file = models.JSONField()
    inputs_digest = models.CharField(max_length=64)  # SHA-256 of it
    left_out = models.JSONField(default=list)  # sentences: what of the record was not used, and what stands in
    answer = models.JSONField(default=dict)
    refused = models.TextField(blank=True)  # a sentence, where there is no answer
    model = models.CharField(max_length=60, blank=True)
    model_version = models.CharField(max_length=20, blank=True)
    facts_digest = models.CharField(max_length=64, blank=True)
    population = models.CharField(max_length=60, blank=True)
    population_digest = models.CharField(max_length=64, blank=True)  # of the file of the calibrated parameters
    forecast_version = models.PositiveIntegerField(null=True)
    seed = models.PositiveIntegerField()
    scale = models.CharField(max_length=40, blank=True)  # on which it was made
    unlike = models.BooleanField(default=False)  # unlike the population: no curve, no chance, no schedule
    enough_data = models.BooleanField(default=False)
    relapse_chance = models.FloatField(null=True)  # before the next treatment session; null = not told
    relapse_low = models.FloatField(null=True)
    relapse_high = models.FloatField(null=True)
    relapse_day = models.FloatField(null=True)
    took_ms = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("course", "made_at"), name="forecasts_by_course")]
        constraints = [
            models.CheckConstraint(
                condition=Q(refused="") & ~Q(model="") | ~Q(refused="") & Q(model=""),
                name="a_forecast_is_given_or_refused",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme

    @property
    def looks_back(self) -> bool:
        """Was it made afterwards, when what it speaks of had come already?"""
        return bool(self.request.why == Why.LOOKING_BACK)

    def moment(self, day: float) -> dt.datetime | None:
        """When a day of the file is; None where the course counts study days."""
        return None if self.day_zero_at is None else self.day_zero_at + dt.timedelta(days=day)

    @property
    def known_until(self) -> dt.datetime | None:
        """Until when the record was taken; None where the course counts study days."""
        return self.moment(self.day)


class Decided(models.TextChoices):
    """What a clinician decided with a forecast before them."""

    KEEP = "keep", "go on as planned"
    SCHEDULE = "schedule", "change to a schedule that was compared"
    OTHER = "other", "something else"


class ForecastDecision(AppendOnly):
    """What was decided with this very forecast shown. Nothing changes by it: a plan is changed on its own page."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="forecast_decisions")
    forecast = models.ForeignKey(Forecast, on_delete=models.PROTECT, related_name="decisions")
    decided = models.CharField(max_length=20, choices=Decided.choices)
    schedule = models.CharField(max_length=40, blank=True)  # name of a schedule of the forecast
    schedule_words = models.CharField(max_length=200, blank=True)  # as it was shown
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(decided="schedule") & ~Q(schedule="") | Q(decided__in=("keep", "other"), schedule=""),
                name="a_schedule_is_named_where_one_was_chosen",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_decision_with_a_forecast_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme

    @property
    def words(self) -> str:
        """What was decided, as it is read."""
        return f"{Decided(self.decided).label}{f': {self.schedule_words}' if self.schedule else ''}"
