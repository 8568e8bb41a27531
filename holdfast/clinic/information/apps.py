"""Registers the app with Django."""

from django.apps import AppConfig


class InformationConfig(AppConfig):
    """Label `information`."""

    name = "holdfast.clinic.information"
    label = "information"
