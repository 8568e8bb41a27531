"""Registers the app with Django."""

from django.apps import AppConfig


class DutyCallsConfig(AppConfig):
    """Label `duty_calls`."""

    name = "holdfast.clinic.duty_calls"
    label = "duty_calls"
    default_auto_field = "django.db.models.BigAutoField"
