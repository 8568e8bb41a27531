"""Registers the app with Django."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    """Label `letters`."""

    name = "holdfast.clinic.letters"
    label = "letters"
    default_auto_field = "django.db.models.BigAutoField"
