"""Reviews that were held. When one is due is computed from the protocol, never stored."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.protocols.answers import Continuation, Response

RESPONSES = [(word.value, word.value) for word in Response]
DECISIONS = [(word.value, word.value) for word in Continuation]


class CourseReview(AppendOnly):
    """One review of one course: the judgement and the decision. A later entry of the same review corrects it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="reviews")
    key = models.CharField(max_length=60)  # a review of the protocol, such as third-infusion
    round = models.PositiveIntegerField(default=1)  # which time it came round
    held_on = models.DateField()
    response = models.CharField(max_length=20, choices=RESPONSES, blank=True)  # empty = could not be judged
    decision = models.CharField(max_length=20, choices=DECISIONS)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    facts_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision__in=[word.value for word in Continuation]),
                name="review_decision_is_a_known_word",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme
