"""After a missed treatment session (rule dose.es.missed): keep the schedule, or go back to the frequency before."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.decision import Decision, decide
from holdfast.facts import RuleSet
from holdfast.protocols.protocol import Protocol


@dataclass(frozen=True)
class MissedAdvice:
    """What to do: `keep-schedule`, `return-to-previous` or `judge-first`; and the interval in days to plan with."""

    advice: str
    phase: str
    interval_d: int
    decision: Decision


def after_missed(
    protocol: Protocol, *, indication: str, week: int, sessions_given: int, worsening: bool | None, rules: RuleSet
) -> MissedAdvice:
    """Advice after one missed treatment session in `week` of the course, with `sessions_given` doses so far.

    No worsening: the schedule stands. Worsening: back to the phase before (weekly to twice weekly); in the first
    phase there is none, and its frequency stands. Unknown is not "no worsening": the clinician judges first. The rule
    is the esketamine label's; for other protocols the same advice carries no rule and is a house caution.
    """
    phases = protocol.phases_for(indication)
    now = protocol.phase_at(indication, week, sessions_given) or phases[-1]
    if worsening is None:
        text = "Whether the patient has worsened since the missed treatment session is not recorded; judge it first"
        return MissedAdvice("judge-first", now.key, now.usual_interval_d, _told(protocol, text, rules, missing=True))
    position = phases.index(now)
    if not worsening or position == 0:
        text = f"Missed: keep the schedule of {now.key}, one treatment session every {now.usual_interval_d} d"
        return MissedAdvice("keep-schedule", now.key, now.usual_interval_d, _told(protocol, text, rules))
    back = phases[position - 1]
    text = f"Missed and worse: consider returning to {back.key}, one treatment session every {back.interval_d[0]} d"
    return MissedAdvice("return-to-previous", back.key, back.interval_d[0], _told(protocol, text, rules))


def _told(protocol: Protocol, text: str, rules: RuleSet, *, missing: bool = False) -> Decision:
    code = "worsening-unknown" if missing else "missed-session"
    return decide(rules.reason_or_caution("dose.es.missed", code, text, missing=missing, told_by=protocol.id))
