"""Registers the app with Django."""

from django.apps import AppConfig


class BreakGlassConfig(AppConfig):
    """Label `break_glass`."""

    name = "holdfast.clinic.break_glass"
    label = "break_glass"
    default_auto_field = "django.db.models.BigAutoField"
