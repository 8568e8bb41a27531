"""Registers the app with Django."""

from django.apps import AppConfig


class SentFormsConfig(AppConfig):
    """Label `sent_forms`."""

    name = "holdfast.clinic.sent_forms"
    label = "sent_forms"
    default_auto_field = "django.db.models.BigAutoField"
