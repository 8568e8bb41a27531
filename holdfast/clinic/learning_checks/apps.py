"""Registers the app with Django."""

from django.apps import AppConfig


class LearningChecksConfig(AppConfig):
    """Label `learning_checks`."""

    name = "holdfast.clinic.learning_checks"
    label = "learning_checks"
    default_auto_field = "django.db.models.BigAutoField"
