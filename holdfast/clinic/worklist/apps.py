"""Registers the app with Django."""

from django.apps import AppConfig


class WorklistConfig(AppConfig):
    """Label `worklist`."""

    name = "holdfast.clinic.worklist"
    label = "worklist"
    default_auto_field = "django.db.models.BigAutoField"
