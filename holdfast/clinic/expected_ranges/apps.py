"""Registers the app with Django."""

from django.apps import AppConfig


class ExpectedRangesConfig(AppConfig):
    """Label `expected_ranges`."""

    name = "holdfast.clinic.expected_ranges"
    label = "expected_ranges"
    default_auto_field = "django.db.models.BigAutoField"
