"""Registers the app with Django."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Label `plans`."""

    name = "holdfast.clinic.plans"
    label = "plans"
    default_auto_field = "django.db.models.BigAutoField"
