"""Registers the app with Django."""

from django.apps import AppConfig


class DrugLedgerConfig(AppConfig):
    """Label `drug_ledger`."""

    name = "holdfast.clinic.drug_ledger"
    label = "drug_ledger"
    default_auto_field = "django.db.models.BigAutoField"
