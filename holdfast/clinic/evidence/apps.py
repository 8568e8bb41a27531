"""Registers the app with Django."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Label `evidence`. It keeps no records: everything it shows is a table of facts."""

    name = "holdfast.clinic.evidence"
    label = "evidence"
