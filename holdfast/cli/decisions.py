"""A decision as text: how it stands, then every reason under the title of its group, each with its rule."""

from __future__ import annotations

from holdfast.decision import Decision

REFUSED = "Cannot proceed as it stands:"


def told(decision: Decision, headline: str | None = None, *, refused: str = REFUSED) -> str:
    """Lines for people. Without a `headline` of the command's own the first line says how the decision stands."""
    lines = [headline if headline is not None else _standing(decision, refused)]
    for title, reasons in (
        ("Stops that cannot be overridden", decision.hard_stops),
        ("Stops a physician may override with a recorded reason", decision.overridable),
        ("Cautions", decision.cautions),
        ("To record", decision.to_record),
        ("Not enforced until a physician signs the rule", decision.inactive),
    ):
        if reasons:
            lines += ["", title, *(f"  - {reason.text} [{reason.rule}]" for reason in reasons)]
    return "\n".join(lines)


def _standing(decision: Decision, refused: str) -> str:
    """One sentence. What unsigned rules found is not hidden behind a good one."""
    if not decision.allowed:
        return refused
    if decision.inactive:
        return "No rule in force stands against it, but rules that no physician has signed have findings: read them."
    return "Nothing stands against it."
