"""Registers the app with Django."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Label `alerts`."""

    name = "holdfast.clinic.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
