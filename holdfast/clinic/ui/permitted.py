"""What the reader may do, for templates: `{% if may.assessment_record %}`."""

from __future__ import annotations

from typing import Any

from holdfast.clinic.accounts.permissions import ALLOWED, may


class Permitted:
    """Answers by name, with the dot of the action written as an underscore."""

    def __init__(self, actor: Any, subject: Any = None) -> None:
        self._answers = {action.replace(".", "_"): may(actor, action, subject) for action in ALLOWED}

    def __getitem__(self, name: str) -> bool:
        return self._answers[name]


def permitted(actor: Any, subject: Any = None) -> Permitted:
    """Everything the actor may do to the subject."""
    return Permitted(actor, subject)
