"""Numbers a trial cannot report: wrong ratings, definitions of something else, contrasts with nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from holdfast.errors import HoldfastError
from holdfast.evidence.virtual_trials.design import Trial, expanded, series_of
from holdfast.facts.schema import Document, Fault, Row
from holdfast.facts.trial_documents import CONTRAST_KINDS
from holdfast.outcomes.definitions import definition

_OF_RESPONSE = (
    "response", "ever_response", "held_response", "sensitivity", "specificity", "onset_before",
    "loss_of_response_median", "loss_of_response_shortest", "loss_of_response_longest", "response_kept",
    "risk_difference", "sessions_to_median",
)  # fmt: skip
_OF_REMISSION = ("remission", "ever_remission", "remission_kept", "hazard_ratio_remission")
_OF_RELAPSE = ("relapse", "relapse_median", "hazard_ratio_relapse")
_DEFINED = {
    **dict.fromkeys(_OF_RESPONSE, "response"), **dict.fromkeys(_OF_REMISSION, "remission"),
    **dict.fromkeys(_OF_RELAPSE, "relapse"),
}  # fmt: skip
_EITHER = ("risk_difference", "sessions_to_median")  # of response or of remission
_SEVERAL = (
    "ever_response", "ever_remission", "held_response", "sensitivity", "specificity", "onset_before",
    "loss_of_response_median", "loss_of_response_shortest", "loss_of_response_longest", "response_kept",
    "remission_kept", "sessions_to_median", "correlation_with_cadss", "hazard_ratio_remission", *_OF_RELAPSE,
)  # fmt: skip


def fault_at(row: Row, column: str, message: str) -> Fault:
    """A fault of one cell, by the line it stands on."""
    return Fault(row.file, row.lines.get(column, row.line), column, message)


def outcome_faults(document: Document, trial: Trial) -> Iterator[Fault]:
    """What is wrong with the numbers a trial is to report."""
    scale, series = trial.header["scale"], series_of(document)
    for row in document.rows("outcome"):
        kind, contrast = row["kind"], row["kind"] in CONTRAST_KINDS
        if contrast != (row.get("against") is not None):
            yield fault_at(row, "against", "is the arm a contrast is against: give it for a contrast, and only there")
        if row.get("against") is not None and row["against"] in (row.get("arms") or ()):
            yield fault_at(row, "arms", f"{row['against']!r} is compared with itself")
        if kind == "effect_size_d" and row.get("better") is None:
            yield fault_at(row, "better", "is empty; say which sign of the effect size means better")
        yield from _ratings(row, kind, expanded(row["ratings"], series), trial)
        yield from definition_faults(row, "definition", _DEFINED.get(kind), scale, either=kind in _EITHER)
        yield from _conditions(row, kind, scale)


def _ratings(row: Row, kind: str, keys: tuple[str, ...], trial: Trial) -> Iterator[Fault]:
    if kind in _SEVERAL and len(keys) < 2 and kind != "relapse":
        yield fault_at(row, "ratings", f"{kind} is read at two ratings or more")
    if kind not in _SEVERAL and len(keys) != 1:
        yield fault_at(row, "ratings", f"{kind} is read at one rating")
    at = [trial.ratings[key] for key in keys]
    if at != sorted(at):
        yield fault_at(row, "ratings", "must stand in order of time")


def _conditions(row: Row, kind: str, scale: str) -> Iterator[Fault]:
    if (row.get("lost_by") is not None) != (kind == "remission_kept"):
        yield fault_at(row, "lost_by", "is the relapse by which a remission is lost: give it for remission_kept alone")
    if (row.get("among") is None) != (not row.get("among_ratings")):
        yield fault_at(row, "among", "and among_ratings need each other")
    if row.get("among") is not None and kind not in _OF_RELAPSE:
        yield fault_at(row, "among", f"{kind} is of everybody; only {', '.join(_OF_RELAPSE)} count some")
    for column, wanted in (("lost_by", "relapse"), ("among", "remission")):
        if row.get(column) is not None:
            yield from definition_faults(row, column, wanted, scale, either=column == "among")


def definition_faults(
    row: Row, column: str, wanted: str | None, scale: str, *, either: bool = False
) -> Iterable[Fault]:
    """What is wrong with the definition a column names, where one of `wanted` is asked for."""
    if wanted is None:
        return
    if row.get(column) is None:
        yield fault_at(row, column, f"is empty; {row.get('kind') or 'it'} is judged by a named definition of {wanted}")
        return
    try:
        chosen = definition(row[column])
    except HoldfastError as error:
        yield fault_at(row, column, str(error))
        return
    if chosen.outcome != wanted and not (either and chosen.outcome in ("response", "remission")):
        yield fault_at(row, column, f"{chosen.name} defines {chosen.outcome}, not {wanted}")
    elif not chosen.speaks_of(scale):
        yield fault_at(row, column, f"{chosen.name} is defined on {chosen.scale}, and the trial is rated on {scale}")
