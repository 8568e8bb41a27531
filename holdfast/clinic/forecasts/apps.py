"""Registers the app with Django."""

from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    """Label `forecasts`."""

    name = "holdfast.clinic.forecasts"
    label = "forecasts"
    default_auto_field = "django.db.models.BigAutoField"
