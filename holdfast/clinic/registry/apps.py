"""Registers the app with Django."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Label `registry`."""

    name = "holdfast.clinic.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
