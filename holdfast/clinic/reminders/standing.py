"""How reminders of a course stand: read from rows, shared by the writer and the pages."""

from __future__ import annotations

import datetime as dt

from holdfast.clinic.courses.models import Course
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.reminders.models import Kind, Reminder, ReminderOf
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.facts import chosen_settings, load
from holdfast.treatment_sessions.states import State

SETTING, SENT = "reminder_before_session", "sent"
OVER = (Kind.SENT, Kind.DROPPED)  # after one of these no message goes out


def reminds(programme: Programme) -> bool:
    """Does the programme send reminders, where they were agreed?"""
    return chosen_settings(programme.choices, load())[SETTING] == SENT


def planned_days(course: Course) -> set[dt.date]:
    """Days on which a treatment session of the course is planned now."""
    rows = TreatmentSession.objects.current().filter(course=course, state=State.PLANNED.value)
    return {day for day in rows.values_list("planned_on", flat=True) if day is not None}


def still_planned(reminder: Reminder) -> bool:
    """Is what it is of still planned for that day? An evaluation is, until somebody takes the reminder back."""
    if reminder.of == ReminderOf.EVALUATION:
        return not reminder.events.filter(kind=Kind.DROPPED).exists()
    rows = TreatmentSession.objects.current().filter(course=reminder.course_id, planned_on=reminder.on)
    return rows.exclude(state=State.CANCELLED.value).exists()
