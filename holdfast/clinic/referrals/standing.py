"""The steps of a referral as the rules know them: what actions and pages both ask for."""

from __future__ import annotations

from uuid import UUID

from holdfast.clinic.referrals.models import ReferralStep
from holdfast.eligibility.referral import Step, StepTaken


def steps_of(chain: UUID) -> list[StepTaken]:
    """The steps of one referral as the rules know them."""
    return [taken(step) for step in ReferralStep.objects.filter(chain=chain).order_by("pk")]


def taken(step: ReferralStep) -> StepTaken:
    """One step."""
    return StepTaken(Step(step.step), step.on)
