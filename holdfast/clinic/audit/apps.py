"""Registers the app, and has the append-only triggers installed after migrations."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """Label `audit`."""

    name = "holdfast.clinic.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The one signal in the clinic: it guards tables and does no business."""
        post_migrate.connect(_guard, sender=self)


def _guard(using: str = "default", **_: object) -> None:
    from holdfast.clinic.audit.append_only import install_triggers

    install_triggers(using)
