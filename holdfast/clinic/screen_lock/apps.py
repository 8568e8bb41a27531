"""Registers the app with Django."""

from django.apps import AppConfig


class ScreenLockConfig(AppConfig):
    """Label `screen_lock`."""

    name = "holdfast.clinic.screen_lock"
    label = "screen_lock"
    default_auto_field = "django.db.models.BigAutoField"
