"""Safety over the course: cumulative exposure, due checks, triggers, and the crisis path."""

from holdfast.safety.crisis import CrisisLevel, CrisisResponse, CrisisTask, HowSoon, Tell, respond
from holdfast.safety.crisis_lines import CrisisLine, CrisisLines, countries, lines_for
from holdfast.safety.due_checks import CHECKS, CheckDone, DueCheck, due_checks
from holdfast.safety.escalation import Escalation, OnDuty, escalate
from holdfast.safety.exposure import DoseGiven, Exposure, add, exposure
from holdfast.safety.triggers import misuse_signs, urinary_trigger

__all__ = [
    "CHECKS", "CheckDone", "CrisisLevel", "CrisisLine", "CrisisLines", "CrisisResponse", "CrisisTask", "DoseGiven",
    "DueCheck", "Escalation", "Exposure", "HowSoon", "OnDuty", "Tell", "add", "countries", "due_checks", "escalate",
    "exposure", "lines_for", "misuse_signs", "respond", "urinary_trigger",
]  # fmt: skip
