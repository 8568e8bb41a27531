"""Findings that hold the treatment or are shown: urinary symptoms and signs of misuse.

No source gave a liver value at which to stop, so there is none here: the liver test is due (due_checks.py) and the
clinician reads it.
"""

from __future__ import annotations

from holdfast.decision import Decision, Reason, decide, softened
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import is_finite_number

URINARY = "cum.uri.int"
MISUSE = "cum.misuse"
# The signs that rule cum.misuse names; the sentence shown for each.
MISUSE_SIGNS = {
    "early_requests": "asks for treatment earlier than planned",
    "lost_doses": "reports lost doses",
    "other_ketamine": "uses ketamine from elsewhere",
    "craving": "reports craving",
    "prescription_monitoring_finding": "the prescription monitoring check shows something",
}


def urinary_trigger(
    *, haematuria: bool | None, dysuria_d: float | None, bpic_ss_total: float | None, rules: RuleSet
) -> Decision:
    """Hold the treatment and refer to urology? Rule cum.uri.int, without force until signed.

    `dysuria_d` is how many days dysuria has lasted, 0 for none; None is unknown for each. Asked is either both own
    questions or a BPIC-SS total; where neither is complete, that is a caution of its own and never a "no". Raises
    `InputError` on a negative duration or total.
    """
    for what, value in (("dysuria_d", dysuria_d), ("bpic_ss_total", bpic_ss_total)):
        if value is not None and not is_finite_number(value):
            raise InputError(f"{what} is {value!r}; give a number, nothing for unknown")
        if value is not None and value < 0:
            raise InputError(f"{what} {value:g} is below 0; enter 0 for none, nothing for unknown")
    reasons: list[Reason] = []
    if haematuria:
        reasons += rules.reason(URINARY, "haematuria", "Blood in the urine: hold the treatment and refer to urology")
    limit = rules.threshold(URINARY, "dysuria")
    if dysuria_d is not None and dysuria_d > limit.in_unit("d"):
        text = f"Dysuria for {dysuria_d:g} d, more than {limit.value:g} {limit.unit}: hold and refer to urology"
        reasons += rules.reason(URINARY, "dysuria-long", text)
    cut = rules.threshold(URINARY, "bpic_ss")
    if cut.met_by(bpic_ss_total):
        text = f"BPIC-SS {bpic_ss_total:g}, limit {cut.value:g} (unverified): hold and refer to urology"
        reasons += rules.reason(URINARY, "bpic-ss-high", text)
    if bpic_ss_total is None and (haematuria is None or dysuria_d is None):
        reasons += _not_asked(rules)
    return decide(reasons)


def misuse_signs(
    *,
    early_requests: bool | None,
    lost_doses: bool | None,
    other_ketamine: bool | None,
    craving: bool | None,
    prescription_monitoring_finding: bool | None,
    rules: RuleSet,
) -> Decision:
    """The signs of rule cum.misuse that were found, as cautions; those not asked are named as missing."""
    answers = {
        "early_requests": early_requests,
        "lost_doses": lost_doses,
        "other_ketamine": other_ketamine,
        "craving": craving,
        "prescription_monitoring_finding": prescription_monitoring_finding,
    }
    reasons: list[Reason] = []
    for sign, answer in answers.items():
        code = sign.replace("_", "-")
        if answer:
            reasons += rules.reason(MISUSE, code, f"Misuse review: {MISUSE_SIGNS[sign]}")
        elif answer is None:
            text = f"Misuse review: not asked whether the patient {MISUSE_SIGNS[sign]}"
            if sign == "prescription_monitoring_finding":
                text = "Misuse review: the prescription monitoring check was not made"
            reasons += rules.reason(MISUSE, code, text, missing=True)
    return decide(reasons)


def _not_asked(rules: RuleSet) -> list[Reason]:
    """Not asked is no reason to hold the dose, and no reassurance: a caution where the rule would stop."""
    text = "Urinary symptoms were not fully asked: blood in the urine and dysuria, or a BPIC-SS total"
    return list(softened(rules.reason(URINARY, "urinary-not-asked", text, missing=True)))
