"""Registers the app with Django."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """Label `assessments`."""

    name = "holdfast.clinic.assessments"
    label = "assessments"
    default_auto_field = "django.db.models.BigAutoField"
