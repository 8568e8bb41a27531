"""What answers ask for at once, before the total is saved and whatever it is. The rules are holdfast.safety.crisis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast import scales
from holdfast.safety.crisis import CrisisLevel, CrisisResponse, respond

SCREENER = "c-ssrs-screener"
ITEM_9 = ("phq-9", "item_9")
SILENT = frozenset({CrisisLevel.NONE, CrisisLevel.UNKNOWN})

# What somebody on duty is called for. A C-SSRS at low is for the visit, and stays a task of the course.
CALLS = frozenset({CrisisLevel.UNTRIAGED, CrisisLevel.MODERATE, CrisisLevel.HIGH})


@dataclass(frozen=True)
class CrisisSetting:
    """What the response depends on besides the answers: country, day, signatures and text of the programme."""

    country: str
    today: dt.date
    signed: frozenset[str]
    out_of_hours_text: str


def crisis_of_items(
    scale: scales.Scale, answers: Sequence[float | None], setting: CrisisSetting
) -> CrisisResponse | None:
    """The response to PHQ-9 item 9; None where it asks for none, or the scale has no such item."""
    flags = {(scale.id, flag.key): flag for flag in scales.item_flags(scale, answers)}
    flag = flags.get(ITEM_9)
    if flag is None or flag.value is None:
        return None
    return _loud(
        respond(
            phq9_item_9=flag.value,
            country=setting.country,
            today=setting.today,
            signed=setting.signed,
            out_of_hours_text=setting.out_of_hours_text or None,
        )
    )


def crisis_of_cssrs(answers: Mapping[str, bool | None], setting: CrisisSetting) -> CrisisResponse | None:
    """The response to the C-SSRS screener, contradictory answers included; None where it asks for none."""
    return _loud(
        respond(
            cssrs_answers=answers,
            country=setting.country,
            today=setting.today,
            signed=setting.signed,
            out_of_hours_text=setting.out_of_hours_text or None,
        )
    )


def _loud(response: CrisisResponse) -> CrisisResponse | None:
    return None if response.level in SILENT else response
