"""The qualification in a few numbers, for pages that may not compute: written by the report, read without numerics."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from holdfast.errors import TableError
from holdfast.evidence.kept_json import read_object
from holdfast.evidence.tables import outcomes

NAME = "summary.json"
_NEEDED = ("date", "hypothesis", "numbers", "judged", "studies", "targets", "coverage", "model", "posterior", "tables",
           "facts", "published")  # fmt: skip


@dataclass(frozen=True)
class TargetTold:
    """What was asked, what was found, and whether it was met, in words."""

    asked: str
    found: str
    verdict: str
    why: str


@dataclass(frozen=True)
class Inside:
    """Of `rows` published numbers `inside` lie in their intervals of `percent`."""

    percent: int
    inside: int
    rows: int


@dataclass(frozen=True)
class Summary:
    """`date` is that of the report; `tables` and `facts` are digests of what it judged and by what.

    `published` is the digest of the published numbers: where it differs from today's, the report is out of date.
    """

    date: str
    hypothesis: str
    numbers: int
    judged: int
    studies: int
    model: str
    posterior: str
    tables: str
    facts: str
    published: str
    targets: tuple[TargetTold, ...]
    coverage: tuple[Inside, ...]

    @property
    def met(self) -> int:
        """How many targets are met outright."""
        return sum(one.verdict == "met" for one in self.targets)

    @property
    def met_by_row_only(self) -> int:
        """How many are met by all rows alike, and no longer when the rows are counted in another way."""
        return sum(one.verdict == "met by row only" for one in self.targets)


@cache
def summary() -> Summary | None:
    """That of the last report that was kept; None before the first. Raises `TableError` where the file is broken."""
    place = files("holdfast.evidence.qualification") / NAME
    return read_summary(place) if place.is_file() else None


def read_summary(place: Traversable) -> Summary:
    """The summary in a file. Raises `TableError`, one sentence."""
    try:
        return _summary(read_object(place))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise TableError([f"{place.name} is no summary of a qualification; run make qualification"]) from None


def _summary(told: Mapping[str, Any]) -> Summary:
    plain = {name: told[name] for name in _NEEDED if name not in ("targets", "coverage")}
    return Summary(
        **plain, targets=tuple(TargetTold(**one) for one in told["targets"]),
        coverage=tuple(Inside(**one) for one in told["coverage"]),
    )  # fmt: skip


def summary_of(answer: Mapping[str, Any], about: Mapping[str, Any], date: str, facts: str) -> dict[str, Any]:
    """Plain values to be written: from `judgement.as_plain`, what the fit wrote, day and facts of the report."""
    keep = ("asked", "found", "verdict", "why")
    return {
        "date": date, **{name: answer[name] for name in ("hypothesis", "numbers", "judged", "studies")},
        "model": in_words(about.get("model")), "posterior": in_words(about.get("posterior")),
        "facts": facts, "published": published_digest(),
        "tables": str(about.get("files", {}).get("left_out.csv", "not told")),
        "targets": [{name: one[name] for name in keep} for one in answer["targets"]],
        "coverage": [{"percent": round(100 * one["level"]), "inside": one["inside"], "rows": one["rows"]}
                     for one in answer["coverage"]],
    }  # fmt: skip


def published_digest() -> str:
    """First 16 hex digits of SHA-256 over every published outcome: its id, value and status."""
    words = ";".join(f"{row.id}={row.value}={row.status}" for row in outcomes())
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def in_words(value: Any) -> str:
    """A value of about.json for a reader: parts of an object with their names."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return "not told" if value is None else str(value)
