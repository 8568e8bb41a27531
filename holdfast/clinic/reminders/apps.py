"""Registers the app with Django."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """Label `reminders`."""

    name = "holdfast.clinic.reminders"
    label = "reminders"
    default_auto_field = "django.db.models.BigAutoField"
