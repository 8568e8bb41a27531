"""A rule's "no" on its way to the person who asked: an error that carries the whole decision."""

from __future__ import annotations

from holdfast.decision import Decision
from holdfast.errors import RefusedError


class RefusedByRuleError(RefusedError):
    """An action was refused; `decision` has every reason, the message too."""

    def __init__(self, what: str, decision: Decision) -> None:
        self.decision = decision
        texts = [reason.text for reason in decision.against]
        super().__init__(f"{what}: " + " ".join([*(f"{text.rstrip('.')}." for text in texts[:-1]), *texts[-1:]]))
