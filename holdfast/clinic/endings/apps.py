"""Registers the app with Django."""

from django.apps import AppConfig


class EndingsConfig(AppConfig):
    """Label `endings`."""

    name = "holdfast.clinic.endings"
    label = "endings"
    default_auto_field = "django.db.models.BigAutoField"
