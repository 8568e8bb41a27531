"""Registers the app with Django."""

from django.apps import AppConfig


class TreatmentSessionsConfig(AppConfig):
    """Label `treatment_sessions`."""

    name = "holdfast.clinic.treatment_sessions"
    label = "treatment_sessions"
    default_auto_field = "django.db.models.BigAutoField"
