"""Does a programme show forecasts? Where it does not there is no job, no part of a page and nothing on the worklist."""

from __future__ import annotations

from holdfast.clinic.programmes.models import Programme
from holdfast.facts import chosen_settings, load

SETTING, SHOWN = "forecast", "shown"


def is_shown(programme: Programme) -> bool:
    """By the programme's choice."""
    return chosen_settings(programme.choices, load())[SETTING] == SHOWN
