"""Registers the app with Django."""

from django.apps import AppConfig


class FlowSheetsConfig(AppConfig):
    """Label `flow_sheets`."""

    name = "holdfast.clinic.flow_sheets"
    label = "flow_sheets"
    default_auto_field = "django.db.models.BigAutoField"
