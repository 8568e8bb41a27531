"""From plain values (a JSON file, a request) to the records of this package, refusing what it does not know.

A misspelt field must not pass as "not recorded": every unknown name is refused with the names there are.
"""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from holdfast.errors import InputError
from holdfast.facts import RuleSet, existing_rules
from holdfast.facts.plain_values import plain_list, plain_object
from holdfast.facts.written import refuse_unknown
from holdfast.protocols.protocol import Protocol, protocol, protocol_rules

Record = TypeVar("Record")
FRAME = ("about", "protocol", "indication", "jurisdiction", "signed", "choices", "now")


@dataclass(frozen=True)
class Frame:
    """What every question about a treatment session stands in."""

    protocol: Protocol
    rules: RuleSet
    now: datetime.datetime | None


def read_frame(content: Mapping[str, Any], *, further: tuple[str, ...]) -> Frame:
    """Protocol, rules and time of a file. `further` are the other names it may hold. Raises `InputError`."""
    refuse_unknown(content, (*FRAME, *further), "")
    if not isinstance(content.get("protocol"), str):
        raise InputError("protocol is missing; give its name, such as esketamine-nasal")
    found = protocol(content["protocol"])
    rules = protocol_rules(
        found,
        jurisdiction=_value(str, content.get("jurisdiction", "none"), "jurisdiction"),
        indication=_value(str, content.get("indication") or found.indications[0], "indication"),
        signed=existing_rules(_value(tuple[str, ...], content.get("signed", []), "signed")),
        choices={} if content.get("choices") is None else content["choices"],
    )
    return Frame(found, rules, _value(datetime.datetime | None, content.get("now"), "now"))


def read_record(record: type[Record], content: Any, where: str) -> Record:
    """`content` as a `record` (a dataclass of this package). Absent and null fields are None: not recorded.

    Raises `InputError` naming the field for an unknown name or a value of the wrong kind.
    """
    kinds = _kinds(typing.cast(type, record))
    written = plain_object(content, list(kinds), where).items()
    given = {n: _value(kinds[n], v, f"{where}.{n}") for n, v in written if v is not None}
    try:
        return record(**given)
    except TypeError:
        needed = [n for n in kinds if n not in given]
        raise InputError(f"{where} lacks a required field; not given: {', '.join(needed)}") from None


@cache  # every entry of every open flow-sheet is read by these
def _kinds(record: type) -> dict[str, Any]:
    """Fields in their order, and what each holds."""
    hints = typing.get_type_hints(record)
    return {field.name: hints[field.name] for field in fields(record)}


def read_value(kind: Any, content: Any, where: str) -> Any:
    """One value of a kind such as `datetime | None` or `tuple[Vitals, ...]`. Raises `InputError` naming it."""
    return _value(kind, content, where)


def _value(kind: Any, content: Any, where: str) -> Any:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        if content is None:
            return None
        (kind,) = (part for part in typing.get_args(kind) if part is not type(None))
    if typing.get_origin(kind) is tuple:
        part = typing.get_args(kind)[0]
        return tuple(_value(part, entry, f"{where}[{i}]") for i, entry in enumerate(plain_list(content, where)))
    if is_dataclass(kind):
        return read_record(typing.cast(type, kind), content, where)
    return _scalar(kind, content, where)


def _scalar(kind: Any, content: Any, where: str) -> Any:
    if kind is datetime.datetime:
        return _moment(content, where)
    if kind is float and isinstance(content, int | float) and not isinstance(content, bool):
        return content
    if isinstance(kind, type) and issubclass(kind, StrEnum) and content in list(kind):
        return kind(content)
    if kind in (bool, str) and type(content) is kind:
        return content
    raise InputError(f"{where} is {content!r}; give {_wanted(kind)}")


def _wanted(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(kind)
    return {bool: "true or false", float: "a number", str: "text"}.get(kind, str(kind))


def _moment(content: Any, where: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(content)
    except (TypeError, ValueError):
        raise InputError(f"{where} is {content!r}; give a time like 2026-11-21T14:05+01:00") from None
    if moment.utcoffset() is None:
        raise InputError(f"{where} {content} has no time zone; give one, like 2026-11-21T14:05+01:00")
    return moment
