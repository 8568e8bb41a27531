"""What an output is of: which program, which facts, which model; and what its numbers are not.

Every answer of the model side carries it, under the names that stored courses use (courses/plan.py): `holdfast`,
`facts_digest`, `model`, `model_version`, `below_verified`, `said`, and `seed` where one is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast import __version__
from holdfast.facts import load
from holdfast.model.named_models import NamedModel

NO_PREDICTION = "no prediction for a patient"
TYPICAL = f"Typical values of a typical person, without an interval; people differ: {NO_PREDICTION}."
VIRTUAL = (
    "Percentiles of virtual patients say how far people differ in the model, not how unsure the model is: "
    f"{NO_PREDICTION}."
)
DRAWN = (
    f"Virtual patients, drawn from tables; none of them is a person, and what is computed for them is {NO_PREDICTION}."
)
PARAMETERS = f"Parameters of a typical person and of how people differ, without an interval: {NO_PREDICTION}."
COMPARED = f"Typical values without an interval, each beside its published one; {NO_PREDICTION}."


def provenance(model: NamedModel | None = None, *, said: str, **more: Any) -> dict[str, Any]:
    """What an answer carries first. `said` tells what its numbers are; `more` is kept last, a `seed` or a `population`.

    Without a model it is of facts alone. Plain values for JSON.
    """
    return {
        "holdfast": __version__, "facts_digest": load().digest,
        **({} if model is None else of_model(model)), "said": said, **more,
    }  # fmt: skip


def of_model(model: NamedModel) -> dict[str, Any]:
    """Which model, how sure its parameters are, where it fails, and the command that shows how far."""
    return {
        "model": model.id, "model_version": model.row["version"], "based_on": model.row.get("based_on"),
        "below_verified": dict(model.below_verified()), "known_failures": model.row["known_failures"],
        "compared_with_published_values_by": f"holdfast model qualify --model {model.id}",
    }  # fmt: skip


def statuses_in_words(counts: Mapping[str, int]) -> str:
    """How many rows stand at each status, such as 121 assumed, 21 secondary."""
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))


def with_version(model: NamedModel) -> str:
    """The model in words, such as holdfast-1 version 1."""
    return f"{model.id} version {model.row['version']}"


def provenance_line(about: Mapping[str, Any]) -> str:
    """The same as the last line of a text: which model, facts, program and seed."""
    parts = []
    if "model" in about:
        base = f", based on {about['based_on']}" if about.get("based_on") else ""
        parts.append(f"model {about['model']} version {about['model_version']}{base}")
    parts += [f"facts {about['facts_digest']}", f"holdfast {about['holdfast']}"]
    if about.get("seed") is not None:
        parts.append(f"seed {about['seed']}")
    return "; ".join(parts)
