"""After a missed treatment session (rule dose.es.missed): keep the schedule, or go back to the frequency before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.decision import Decision, decide
from holdfast.facts import RuleSet
from holdfast.protocols.parts import Phase
from holdfast.protocols.protocol import Protocol


@dataclass(frozen=True)
class MissedAdvice:
    """What to do: `keep-schedule`, `return-to-previous` or `judge-first`; and the interval in days to plan with."""

    advice: str
    phase: str
    interval_d: int
    decision: Decision


def after_missed(
    protocol: Protocol, *, indication: str, week: int, sessions_given: int, worsening: bool | None, rules: RuleSet,
    interval_d: int | None = None,
) -> MissedAdvice:  # fmt: skip
    """Advice after one missed treatment session in `week` of the course, with `sessions_given` doses so far.

    No worsening: the schedule stands. Worsening: back to the phase before (weekly to twice weekly); in the first
    phase there is none, and its frequency stands. A maintenance phase of several intervals has its frequencies before
    in itself: from `interval_d` (the usual one unless given) to its next shorter one, and the shortest stands. A missed
    booster does not begin the first series again. Unknown is not "no worsening": the clinician judges first. The rule
    is the esketamine label's; for other protocols the same advice carries no rule and is a house caution.
    """
    phases = protocol.phases_for(indication)
    now = protocol.phase_at(indication, week, sessions_given) or phases[-1]
    present_d = interval_d or now.usual_interval_d
    if worsening is None:
        text = "Whether the patient has worsened since the missed treatment session is not recorded; judge it first"
        return MissedAdvice("judge-first", now.key, present_d, _told(protocol, text, rules, missing=True))
    back = _before(phases, now, present_d) if worsening else None
    if back is None:
        text = f"Missed: keep the schedule of {now.key}, one treatment session every {present_d} d"
        return MissedAdvice("keep-schedule", now.key, present_d, _told(protocol, text, rules))
    phase, back_d = back
    text = f"Missed and worse: consider returning to {phase.key}, one treatment session every {back_d} d"
    return MissedAdvice("return-to-previous", phase.key, back_d, _told(protocol, text, rules))


def _before(phases: Sequence[Phase], now: Phase, present_d: int) -> tuple[Phase, int] | None:
    """The phase and interval of the frequency before; None where there is none."""
    if now.phase == "maintenance" and len(now.interval_d) > 1:
        shorter = [days for days in now.interval_d if days < present_d]
        return (now, shorter[-1]) if shorter else None
    position = phases.index(now)
    return (phases[position - 1], phases[position - 1].interval_d[0]) if position else None


def _told(protocol: Protocol, text: str, rules: RuleSet, *, missing: bool = False) -> Decision:
    code = "worsening-unknown" if missing else "missed-session"
    return decide(rules.reason_or_caution("dose.es.missed", code, text, missing=missing, told_by=protocol.id))
