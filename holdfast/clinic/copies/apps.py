"""Registers the app with Django."""

from django.apps import AppConfig


class CopiesConfig(AppConfig):
    """Label `copies`."""

    name = "holdfast.clinic.copies"
    label = "copies"
    default_auto_field = "django.db.models.BigAutoField"
