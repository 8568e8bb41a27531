"""By which definitions a set is judged: what was chosen, and the default where nothing was."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.outcomes import chosen_definitions

SCALES = ("madrs", "ham-d17", "qids-sr16", "phq-9")  # of severity of depression, each with a sourced remission


def judged_by(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the definitions in force under these settings: a default that was chosen is the same as no choice.

    Raises `InputError` for a choice nobody knows.
    """
    return tuple(one.name for scale in SCALES for one in chosen_definitions(scale, settings))
