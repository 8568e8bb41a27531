"""Stopping: once improved, esketamine is continued for at least six months (rule dose.es.eval, EU and HK)."""

from __future__ import annotations

from datetime import date

from holdfast.days import add_months
from holdfast.decision import Decision, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import plausible_day


def stopping(*, improved_on: date | None, now: date, rules: RuleSet) -> Decision:
    """May treatment of a patient who improved be stopped now? Earlier than the label asks is a caution.

    `improved_on` is the day the improvement was judged; None where it is not recorded, which is told. A patient who
    has not improved is not meant here. Raises `InputError` where the improvement lies in the future.
    """
    months = int(rules.threshold("dose.es.eval", "continue_for").in_unit("months"))
    if improved_on is None:
        text = f"The day of improvement is not recorded; once improved, treatment is continued {months} months"
        return decide(rules.reason("dose.es.eval", "improvement-not-recorded", text, missing=True))
    plausible_day(improved_on, "improved_on")
    plausible_day(now, "now")
    if improved_on > now:
        raise InputError(f"improved_on: {improved_on} lies after {now}")
    until = add_months(improved_on, months)
    if now >= until:
        return decide(())
    text = f"Improved on {improved_on}: treatment is continued at least {months} months, until {until}"
    return decide(rules.reason("dose.es.eval", "stopped-early", text))
