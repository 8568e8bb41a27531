"""Registers the app with Django."""

from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    """Label `consents`."""

    name = "holdfast.clinic.consents"
    label = "consents"
    default_auto_field = "django.db.models.BigAutoField"
