"""Registers the app with Django."""

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Label `programmes`."""

    name = "holdfast.clinic.programmes"
    label = "programmes"
    default_auto_field = "django.db.models.BigAutoField"
