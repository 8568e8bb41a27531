"""Registers the app with Django."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Label `patients`."""

    name = "holdfast.clinic.patients"
    label = "patients"
    default_auto_field = "django.db.models.BigAutoField"
