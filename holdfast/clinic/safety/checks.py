"""Names of the safety checks of a course, and the care rule each follows."""

from __future__ import annotations

CHECKS: dict[str, str] = {
    "bladder": "cum.uri.int",
    "liver": "cum.lft",
    "blood_pressure": "mon.bp.es",
    "cognition": "cum.cog",
    "misuse": "cum.misuse",
}
