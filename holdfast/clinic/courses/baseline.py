"""Which rating may become the baseline of a course. A plain function, no database."""

from __future__ import annotations

from holdfast.decision import Decision, Reason, Weight, decide

RULE = "clinic.course.baseline"  # the clinic's own workflow; what a baseline means is holdfast.outcomes


def baseline_choice(
    *, of_this_course: bool, current: bool, has_total: bool, already_fixed: bool, before_first_dose: bool | None
) -> Decision:
    """May this rating be fixed as baseline? `before_first_dose` is None while no dose was given."""
    findings = (
        (not of_this_course, "other-course", "The rating belongs to another course."),
        (not current, "not-current", "The rating was withdrawn or corrected; choose its newest version."),
        (not has_total, "no-total", "The rating has no total."),
        (already_fixed, "already-fixed", "The baseline on this scale is fixed and stays as it is."),
        (before_first_dose is False, "after-dose", "The rating was made after the first dose of the course."),
    )
    return decide(Reason(code, text, RULE, Weight.HARD_STOP) for wrong, code, text in findings if wrong)
