"""Registers the app with Django."""

from django.apps import AppConfig


class CheckInsConfig(AppConfig):
    """Label `checkins`."""

    name = "holdfast.clinic.checkins"
    label = "checkins"
    default_auto_field = "django.db.models.BigAutoField"
