"""Registers the app with Django."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """Label `referrals`."""

    name = "holdfast.clinic.referrals"
    label = "referrals"
    default_auto_field = "django.db.models.BigAutoField"
