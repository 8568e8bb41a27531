"""Registers the app with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Label `accounts`."""

    name = "holdfast.clinic.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
