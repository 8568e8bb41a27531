"""Rules and selections a trial cannot follow: dose rules, policies of intervals, comparators, unblinding."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.errors import HoldfastError
from holdfast.evidence.virtual_trials.design import CROSSOVER, WITHDRAWAL, Trial, asked_of
from holdfast.evidence.virtual_trials.outcome_faults import definition_faults, fault_at
from holdfast.facts import load
from holdfast.facts.schema import Document, Fault
from holdfast.facts.trial_documents import KNOWN
from holdfast.units import H_PER_D


def selection_faults(document: Document, trial: Trial) -> Iterator[Fault]:
    """What is wrong with who goes on."""
    row, asked, scale = document.row("selection"), trial.selection, trial.header["scale"]
    relapsed = asked is not None and asked.relapse is not None
    if trial.design in (WITHDRAWAL, CROSSOVER) and (row is not None) != (trial.design == WITHDRAWAL):
        yield fault_at(
            row or document.header, "selection", "a randomised withdrawal has a [selection], a crossover none"
        )
    if row is None or asked is None:
        return
    yield from definition_faults(row, "definition", "remission", scale, either=True)
    if asked.least > len(asked.ratings):
        yield fault_at(row, "least", f"is more than the {len(asked.ratings)} ratings there are")
    if relapsed:
        yield from definition_faults(row, "relapse", "relapse", scale)
        return
    at_d = trial.begins_h / H_PER_D
    ways = {(arm.drug, arm.route, arm.doses, tuple(day for day in arm.dose_days if day < at_d), arm.interval)
            for arm in trial.arms.values()}  # fmt: skip
    if len(ways) > 1:
        yield fault_at(row, "ratings", "arms differ before the selection; until then everybody is treated alike")


def rule_faults(document: Document, trial: Trial) -> Iterator[Fault]:
    """What dose rules, policies, comparators and unblinding rest on."""
    scale = trial.header["scale"]
    for row in document.rows("arm"):
        for column in ("rule_definition", "policy_definition"):
            if row.get(column) is not None:
                yield from definition_faults(row, column, "remission", scale, either=True)
        comparator = trial.arms[row["key"]].comparator
        if comparator is None:
            continue
        if trial.design == CROSSOVER:
            yield fault_at(row, "set_to", "a comparator that is no ketamine takes part in no crossover")
        if load().row(comparator.set_to)["unit"] != "percent":
            yield fault_at(row, "set_to", f"{comparator.set_to} is no percent of people; set it to a rate")
        try:
            asked_of(trial, comparator)
        except HoldfastError as error:
            yield fault_at(row, "set_to", str(error))
    known = trial.header.get("known_percent")
    if (trial.header.get("unblinding") == KNOWN) != (known is not None):
        yield fault_at(
            trial.header, "known_percent", f"is the share of people who know: give it with {KNOWN!r}, and only there"
        )
    if known is not None and not 0 <= known <= 100:
        yield fault_at(trial.header, "known_percent", "must be between 0 and 100")
