"""Roles, as words. A person has exactly one."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """What a person of the staff is in the programme."""

    PRESCRIBER = "prescriber", "prescriber"
    NURSE = "nurse", "nurse"
    FRONT_DESK = "front_desk", "front desk"
    THERAPIST = "therapist", "therapist"
    PROGRAMME_LEAD = "programme_lead", "programme lead"
    AUDITOR = "auditor", "auditor"
    ADMINISTRATOR = "administrator", "administrator"


# Whoever has a shell on the machine and runs `holdfast ...`. Not a role of a person, never stored on one.
COMMAND_LINE = "command_line"
# Whoever holds the link of a check-in: a patient, in their own course and nowhere else. Never stored on a person.
PATIENT = "patient"
