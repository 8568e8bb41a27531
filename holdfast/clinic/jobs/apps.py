"""Registers the app with Django."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Label `jobs`."""

    name = "holdfast.clinic.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
