"""One course or evaluation by the id in an address, and the address that shows a course.

A course of another programme does not exist for the reader.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.urls import reverse

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.courses.models import Course, Evaluation
from holdfast.clinic.courses.queries import courses_visible_to


def course_or_404(actor: Actor, public_id: UUID) -> Course:
    """The course, with patient and programme."""
    found = courses_visible_to(actor).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def evaluation_or_404(actor: Actor, public_id: UUID) -> Evaluation:
    """The evaluation, with its course, patient and programme."""
    rows = Evaluation.objects.select_related("course__patient__programme", "by").prefetch_related("overrides__by")
    found = rows.filter(public_id=public_id, course__in=courses_visible_to(actor)).first()
    if found is None:
        raise Http404
    return found


def page_of(course: Course) -> str:
    """Address of the patient page that shows this course."""
    return f"{reverse('patient', args=[course.patient.public_id])}?course={course.public_id}"
