"""Treatment courses: one patient, one protocol, from referral to the end."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.clinic.courses.phases import Phase, StopReason


class TimeBasis(models.TextChoices):
    """What times of the course are counted in: de-identified data have day numbers only, and no date is invented."""

    CALENDAR = "calendar", "calendar dates"
    STUDY_DAY = "study_day", "study days"


class Source(models.TextChoices):
    """Where a record comes from."""

    CLINIC = "clinic", "entered in the clinic"
    IMPORT = "import", "imported"
    SIMULATED = "simulated", "simulated"


def one_time(at: str) -> Q:
    """A record has a moment or a study day, not both and not neither."""
    return Q(**{f"{at}__isnull": True}) ^ Q(study_day__isnull=True)


NO_ILLNESS = "none"  # indication of a control of a trial; `any` is one that was not told


class Course(models.Model):
    """A treatment course. `phase` is the latest of its `phase_changes`, kept here for lists."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="courses")
    protocol = models.CharField(max_length=60)  # a document of facts/protocols
    protocol_version = models.PositiveIntegerField()
    drug = models.CharField(max_length=20)
    route = models.CharField(max_length=20)
    indication = models.CharField(max_length=40)
    phase = models.CharField(max_length=20, choices=[(p.value, p.value) for p in Phase], default=Phase.REFERRED.value)
    time_basis = models.CharField(max_length=20, choices=TimeBasis.choices, default=TimeBasis.CALENDAR)
    opened_on = models.DateField(null=True)  # referral; null where time is study days
    started_on = models.DateField(null=True)  # first treatment session
    ended_on = models.DateField(null=True)
    stop_reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in StopReason], blank=True)
    source = models.CharField(max_length=20, choices=Source.choices, default=Source.CLINIC)
    referral = models.UUIDField(null=True, db_index=True)  # chain of the referral it was opened for
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")  # a former one
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(phase__in=[p.value for p in Phase]), name="course_phase_is_a_known_word"
            ),
            models.CheckConstraint(
                condition=Q(phase="stopped") ^ Q(stop_reason=""), name="a_stopped_course_and_only_that_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(time_basis="calendar") | Q(opened_on=None, started_on=None, ended_on=None),
                name="study_days_have_no_dates",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its patient."""
        return self.patient.programme

    def locked(self) -> Course:
        """The row as it stands now, with patient and programme, and nobody else's until the transaction ends."""
        rows = Course.objects.select_for_update(of=("self",), no_key=True).select_related("patient__programme")
        return rows.get(pk=self.pk)

    def has_baseline(self, scale: str) -> bool:
        """Is one fixed on this scale, on a rating that was not withdrawn since?"""
        fixed = self.baselines.filter(scale=scale).values("assessment__chain")
        return self.assessments.filter(chain__in=fixed, superseded_by=None, withdrawn=False).exists()

    @property
    def treats_an_illness(self) -> bool:
        """False for a control of a trial, who can neither respond nor remit."""
        return self.indication != NO_ILLNESS


class PhaseChange(AppendOnly):
    """One move of a course between phases."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="phase_changes")
    from_phase = models.CharField(max_length=20, blank=True)
    to_phase = models.CharField(max_length=20)
    on = models.DateField(null=True)
    study_day = models.IntegerField(null=True)
    why = models.TextField(blank=True)
    stop_reason = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.from_phase} to {self.to_phase}"


class CourseBaseline(AppendOnly):
    """The rating a course is judged against, one a scale, fixed once. A correction of that rating carries over.

    Another may take the place of one whose rating was withdrawn: that was somebody else's, or never was.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="baselines")
    scale = models.CharField(max_length=40)
    assessment = models.ForeignKey("assessments.Assessment", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("assessment",), name="a_rating_is_a_baseline_once")]

    def __str__(self) -> str:
        return f"baseline {self.scale}"


class Evaluation(AppendOnly):
    """What was asked before treatment, and what the rules answered with the facts of that day."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="evaluations")
    given = models.JSONField()  # the input of the rules, as entered
    decision = models.JSONField()  # Decision.as_dict()
    staging = models.JSONField(default=dict)
    facts_digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme


class Override(AppendOnly):
    """A physician goes on in spite of a stop that may be overridden. Never edits the rule's answer."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="overrides")
    rule_id = models.CharField(max_length=60)
    why = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("evaluation", "rule_id"), name="one_override_per_rule")]

    def __str__(self) -> str:
        return self.rule_id

    @property
    def programme(self):
        """The programme of its course."""
        return self.evaluation.course.programme
