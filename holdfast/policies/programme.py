"""A programme by name or from a file, as values; refused with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from holdfast.errors import HoldfastError, InputError, UnknownNameError
from holdfast.facts.schema import Document, Fault, Row
from holdfast.facts.toml_files import read_toml_document
from holdfast.model.named_models import named_model
from holdfast.model.population.named_populations import named_population
from holdfast.model.posteriors.reading import posterior
from holdfast.outcomes.definitions import OutcomeDefinition, definition
from holdfast.policies.policies import Amount, Policy, policies_of
from holdfast.policies.policy_file import POLICIES
from holdfast.protocols.parts import Maintenance, Phase
from holdfast.protocols.protocol import Protocol, protocol

SUFFIX, DEFAULT_PROGRAMME = ".toml", "esketamine-nasal"
SCALE, MAINTENANCE = "madrs", "maintenance"
MOST_POLICIES, LEAST_WEEKS, MOST_WEEKS = 2000, 4, 260
MOST_WORLDS = 300  # so many draws of a posterior are kept for them (`worlds.draws_of`): each world has one of its own
_OUTCOMES = ("response", "remission", "relapse")


@dataclass(frozen=True)
class Programme:
    """A programme with its policies, `stop` and the protocol's own maintenance first.

    `header` holds the first section of the file, plain values, so that a programme travels to other processes.
    """

    id: str
    file: str
    header: Mapping[str, Any]
    weeks: int
    worlds: int
    policies: tuple[Policy, ...]

    @property
    def protocol(self) -> Protocol:
        """Of induction, and of the unchanged maintenance."""
        return protocol(self.header["protocol"])

    @property
    def definitions(self) -> dict[str, OutcomeDefinition]:
        """Of response, remission and relapse."""
        return {name: definition(self.header[name]) for name in _OUTCOMES}

    @property
    def phase(self) -> Phase:
        """The maintenance of the protocol."""
        return maintenance_phase(self.protocol, self.header["indication"])

    @property
    def hours(self) -> float:
        """Hours in clinic of one treatment session."""
        return self.protocol.hours_in_clinic()

    def lasting(self, weeks: int) -> Programme:
        """The same over another number of weeks. Raises `InputError`."""
        if not LEAST_WEEKS <= weeks <= MOST_WEEKS:
            raise InputError(f"{weeks} weeks cannot be compared; give {LEAST_WEEKS} to {MOST_WEEKS} (a year has 52)")
        return replace(self, weeks=weeks)


def programme_names() -> tuple[str, ...]:
    """Programmes that ship with the package."""
    return tuple(sorted(one.name.removesuffix(SUFFIX) for one in _folder().iterdir() if one.name.endswith(SUFFIX)))


def programme(name: str = DEFAULT_PROGRAMME) -> Programme:
    """The programme of that name, or of that file where it ends in .toml.

    Raises `UnknownNameError` for a name that is not there, and `InputError` with every fault of a file.
    """
    path = Path(name) if name.endswith(SUFFIX) else Path(str(_folder() / f"{name}{SUFFIX}"))
    if not name.endswith(SUFFIX) and name not in programme_names():
        raise UnknownNameError("programme", name, list(programme_names()))
    if not path.is_file():
        said = "no file" if path.exists() else "not there"
        raise InputError(f"{name} is {said}; give a policy file, or a name of `holdfast policy list`")
    document, faults = read_toml_document(path, path.name, POLICIES)
    if document is None or faults:
        raise InputError(_lines(faults))
    return programme_of(document)


def programme_of(document: Document) -> Programme:
    """The programme of a document whose cells are sound. Raises `InputError` with every fault."""
    faults = [*_unknown(document), *_sizes(document.header), *_repeated(document)]
    if faults:  # what follows rests on names that are there
        raise InputError(_lines(faults))
    chosen = protocol(document.header["protocol"])
    faults = [*_definitions(document.header), *_protocol(document.header, chosen)]
    if not faults:
        faults = [*_doses(document, chosen)]
    if faults:
        raise InputError(_lines(faults))
    phase = maintenance_phase(chosen, document.header["indication"])
    made = policies_of(document.rows("rule"), phase, chosen.maintenance or _NO_MAINTENANCE, allowed(chosen, phase))
    _require_distinct(document, made)
    header = document.header
    return Programme(document.id, header.file, dict(header.values), header["weeks"], header["worlds"], made)


_NO_MAINTENANCE = Maintenance(hold_sessions=0, stop_after_sessions=0, rule=None, fact_id="", status="assumed")


def maintenance_phase(of: Protocol, indication: str) -> Phase:
    """The first phase of maintenance. Raises `InputError` where the protocol has none."""
    for phase in of.phases_for(indication):
        if phase.phase == MAINTENANCE:
            return phase
    raise InputError(f"protocol {of.id} has no maintenance for {indication}")


def allowed(of: Protocol, phase: Phase) -> tuple[Amount, ...]:
    """Doses of the phase, the usual one first."""
    rows = [row for row in of.doses if phase.key in row.phases and "any" in row.jurisdictions]
    return tuple(Amount(float(amount), row.unit) for row in rows[:1] for amount in row.amounts)


def _folder() -> Any:
    return files("holdfast.policies") / "programmes"


def _lines(faults: list[Fault]) -> str:
    return "\n".join(map(str, sorted(faults, key=lambda fault: fault.line)))


def _at(row: Row, column: str, message: str) -> Fault:
    return Fault(row.file, row.lines.get(column, row.line), column, message)


def _unknown(document: Document) -> Iterator[Fault]:
    readers: dict[str, Callable[[str], Any]] = {
        "protocol": protocol, "population": named_population, "posterior": posterior,
        **dict.fromkeys(_OUTCOMES, definition),
    }  # fmt: skip
    for column, reader in readers.items():
        try:
            reader(document.header[column])
        except HoldfastError as error:
            yield _at(document.header, column, str(error))


def _sizes(header: Row) -> Iterator[Fault]:
    for column, low, high in (("weeks", LEAST_WEEKS, MOST_WEEKS), ("worlds", 2, MOST_WORLDS)):
        if not low <= header[column] <= high:
            yield _at(header, column, f"must lie between {low} and {high}")
    dose = header.get("induction_dose")
    if dose is not None and dose <= 0:
        yield _at(header, "induction_dose", "must be above 0")


def _repeated(document: Document) -> Iterator[Fault]:
    seen: set[str] = set()
    for row in document.rows("rule"):
        if row["key"] in seen:
            yield _at(row, "key", f"{row['key']!r} is already the key of another rule")
        if row["key"] in ("stop", "unchanged"):
            yield _at(row, "key", f"{row['key']!r} is always compared; give the rule another key")
        seen.add(row["key"])


def _definitions(header: Row) -> Iterator[Fault]:
    for column in _OUTCOMES:
        one = definition(header[column])
        if one.outcome != column:
            yield _at(header, column, f"{one.name} defines {one.outcome}, not {column}")
        elif not one.speaks_of(SCALE):
            yield _at(header, column, f"{one.name} is defined on {one.scale}; people are rated on {SCALE} here")


def _protocol(header: Row, chosen: Protocol) -> Iterator[Fault]:
    indication = header["indication"]
    if indication not in chosen.indications:
        known = ", ".join(chosen.indications)
        yield _at(header, "indication", f"protocol {chosen.id} has no plan for {indication!r}; it has {known}")
        return
    try:
        phase = maintenance_phase(chosen, indication)
    except InputError as error:
        yield _at(header, "protocol", f"{error}; choose one that has")
        return
    if not allowed(chosen, phase):
        yield _at(header, "protocol", f"the maintenance of {chosen.id} has no dose for every jurisdiction")
    if phase.usual_interval_d % 7:
        yield _at(header, "protocol", f"the usual interval of {chosen.id} is no whole number of weeks")
    if not named_model(header["posterior"]).has("gZ"):
        yield _at(header, "posterior", f"model {header['posterior']} has no mood part")


def _doses(document: Document, chosen: Protocol) -> Iterator[Fault]:
    """In devices or fixed mg: those of the phase. By weight: within what the protocol's sources used."""
    known = allowed(chosen, maintenance_phase(chosen, document.header["indication"]))
    listed, unit = [one.amount for one in known], known[0].unit
    low, high = chosen.administration.per_kg_low, chosen.administration.per_kg_max
    for row in document.rows("rule"):
        for amount in row.get("dose", ()):
            if unit != "mg/kg" and amount not in listed:
                said = ", ".join(f"{one:g}" for one in listed)
                yield _at(row, "dose", f"{amount:g} {unit} is no dose of this phase; it has {said}")
            elif unit == "mg/kg" and low is not None and high is not None and not low <= amount <= high:
                yield _at(row, "dose", f"{amount:g} {unit} lies outside {low:g} to {high:g} of the protocol")


def _require_distinct(document: Document, made: tuple[Policy, ...]) -> None:
    if len(made) > MOST_POLICIES:
        raise InputError(f"{document.header.file}: {len(made)} policies; compare at most {MOST_POLICIES} at once")
    seen: dict[Any, str] = {}
    for one in made:
        if one.same in seen:
            raise InputError(
                f"{document.header.file}: {one.name} is the same policy as {seen[one.same]}; leave one of them out"
            )
        seen[one.same] = one.name
