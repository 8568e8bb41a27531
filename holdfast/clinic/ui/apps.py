"""Registers the app with Django."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Label `ui`."""

    name = "holdfast.clinic.ui"
    label = "ui"
    default_auto_field = "django.db.models.BigAutoField"
