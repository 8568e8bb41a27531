"""Registers the app with Django."""

from django.apps import AppConfig


class RemsFormsConfig(AppConfig):
    """Label `rems_forms`."""

    name = "holdfast.clinic.rems_forms"
    label = "rems_forms"
    default_auto_field = "django.db.models.BigAutoField"
