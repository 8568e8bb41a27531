"""A decision that was stored says the same when it is read again."""

from __future__ import annotations

import json

from holdfast.decision import Decision, Reason, Weight, caution, decide, softened

REASONS = [Reason(f"code-{weight.value}", f"A {weight.value}.", f"rule.{weight.value}", weight) for weight in Weight]


def test_what_was_stored_is_read_as_it_was() -> None:
    decision = decide([*REASONS, caution("not-asked", "Not asked.", "iv-racemic", missing=True)])
    stored = json.loads(json.dumps(decision.as_dict()))
    assert Decision.from_dict(stored) == decision
    assert Decision.from_dict(decide(()).as_dict()) == Decision()


def test_an_override_is_asked_of_what_was_stored() -> None:
    hard, stop = REASONS[0], REASONS[1]
    assert Decision.from_dict(decide([stop]).as_dict()).allowed_after([stop.rule])
    assert not Decision.from_dict(decide([stop]).as_dict()).allowed_after(["another.rule"])
    assert not Decision.from_dict(decide([hard, stop]).as_dict()).allowed_after([hard.rule, stop.rule])


def test_softening_leaves_hard_stops() -> None:
    assert [reason.weight for reason in softened(REASONS[:3])] == [Weight.HARD_STOP, Weight.CAUTION, Weight.CAUTION]
