"""Close a drift alarm."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.learning_checks.models import DriftAlarm
from holdfast.clinic.ui.forms import ClinicForm


class CloseAlarmForm(ClinicForm):
    """Why an alarm is closed. A page may hold the form of several."""

    reason = forms.CharField(
        label="What was found, or why it no longer matters", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args: Any, alarm: DriftAlarm, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"close-{alarm.scale}-%s", **kwargs)
