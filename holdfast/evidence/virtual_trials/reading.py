"""A trial by name or from a file, refused with everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from holdfast.errors import InputError, UnknownNameError
from holdfast.evidence.virtual_trials.design import Trial, trial_of
from holdfast.evidence.virtual_trials.faults import design_faults
from holdfast.facts import load
from holdfast.facts.schema import Document
from holdfast.facts.toml_files import read_toml_document
from holdfast.facts.trial_documents import TRIALS

SUFFIX = ".toml"


def trials() -> tuple[Trial, ...]:
    """Every trial that ships with the package, by id. Raises `InputError` where one cannot be."""
    return tuple(_sound(document) for _, document in sorted(load().documents[TRIALS.name].items()))


def without_trials() -> dict[str, str]:
    """Studies to be fitted or checked that have no file, each with the reason."""
    return {row["study"]: row["why"] for row in load().rows("studies_without_trials")}


def trial(name: str) -> Trial:
    """The trial of that id, or of that file where the name ends in .toml.

    Raises `UnknownNameError` for an id that is not there, and `InputError` with every fault of a file.
    """
    if not name.endswith(SUFFIX):
        documents = load().documents[TRIALS.name]
        if name not in documents:
            raise UnknownNameError("trial", name, sorted(documents))
        return _sound(documents[name])
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{name} is not there; give the file of a trial, or a name of `holdfast trial list`")
    document, faults = read_toml_document(path, path.name, TRIALS)
    if document is None or faults:
        raise InputError("\n".join(map(str, faults)))
    return _sound(document)


def _sound(document: Document) -> Trial:
    faults = design_faults(document)
    if faults:
        raise InputError("\n".join(map(str, sorted(faults, key=lambda fault: fault.line))))
    return trial_of(document)
