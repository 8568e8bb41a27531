"""Registers the app with Django."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Label `courses`."""

    name = "holdfast.clinic.courses"
    label = "courses"
    default_auto_field = "django.db.models.BigAutoField"
