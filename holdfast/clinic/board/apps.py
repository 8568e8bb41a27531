"""Registers the app with Django."""

from django.apps import AppConfig


class BoardConfig(AppConfig):
    """Label `board`."""

    name = "holdfast.clinic.board"
    label = "board"
    default_auto_field = "django.db.models.BigAutoField"
