"""Drift alarms of a programme as they stand. The caller has asked for permission."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from holdfast.clinic.learning_checks.models import DriftAlarm, DriftAlarmClosed
from holdfast.clinic.programmes.models import Programme


def alarms_of(programme: Programme) -> QuerySet[DriftAlarm]:
    """Every alarm that was ever raised, newest first, with the check that raised it and who closed it."""
    rows = DriftAlarm.objects.filter(check_row__request__programme=programme)
    return rows.select_related("check_row__request__programme", "closed__by").order_by("-pk")


def alarms_standing(programme: Programme) -> list[DriftAlarm]:
    """Those nobody has closed: at most one of a scale."""
    return list(alarms_of(programme).filter(closed=None))


def closed_at(programme: Programme) -> dict[str, dt.datetime]:
    """When an alarm of each scale was last closed: ratings entered later are counted anew."""
    rows = DriftAlarmClosed.objects.filter(alarm__check_row__request__programme=programme).order_by("pk")
    return {str(scale): at for scale, at in rows.values_list("alarm__scale", "at")}
