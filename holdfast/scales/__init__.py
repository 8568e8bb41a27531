"""Rating scales: score the answers, name the band, triage the C-SSRS, tell the change. Never prorated."""

from holdfast.scales.answers import answers_in_order, checked_answers, checked_unscored
from holdfast.scales.change import Change, change, change_between
from holdfast.scales.cssrs import QUESTIONS, Level, Triage, triage
from holdfast.scales.scale import Scale, scale, scales
from holdfast.scales.score import CutResult, ItemFlag, Score, item_flags, score
from holdfast.scales.total import band_of, check_total, score_of_total

__all__ = [
    "QUESTIONS", "Change", "CutResult", "ItemFlag", "Level", "Scale", "Score", "Triage", "answers_in_order",
    "band_of", "change", "change_between", "check_total", "checked_answers", "checked_unscored", "item_flags", "scale",
    "scales", "score", "score_of_total", "triage",
]  # fmt: skip
