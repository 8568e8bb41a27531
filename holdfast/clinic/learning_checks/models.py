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
    drift = models.BooleanField(default=False)  # was the alarm raised on any scale of `before`?
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
