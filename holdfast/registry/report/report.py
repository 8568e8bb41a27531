"""A report: manifests, what it was judged by, and sections. In however many parts, the same rows give the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from holdfast import __version__
from holdfast.registry.manifest import Manifest
from holdfast.registry.report.chapters import CHAPTERS
from holdfast.registry.report.choices import Choices, choices_of
from holdfast.registry.report.counts import Counts, added
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.sections import Section
from holdfast.registry.sets import RegistrySet

FORMAT = "holdfast-registry-report"


@dataclass(frozen=True)
class Report:
    """All that is told. `made_by` is the program; there is no clock in a report."""

    manifests: tuple[Manifest, ...]
    choices: Choices
    sections: tuple[Section, ...]
    made_by: str = f"holdfast {__version__}"
    year: int | None = None  # of a safety report of one calendar year

    @property
    def sites(self) -> tuple[str, ...]:
        """Keys of the sites."""
        return tuple(sorted({site for one in self.manifests for site in one.sites}))

    def section(self, key: str) -> Section:
        """One section. Raises `KeyError`."""
        return {one.key: one for one in self.sections}[key]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": FORMAT, "made_by": self.made_by, "sets": [_about(one) for one in self.manifests],
            **({} if self.year is None else {"year": self.year}),
            "judged_by": self.choices.as_dict(), "sections": [one.as_dict() for one in self.sections],
        }  # fmt: skip


def counted(part: RegistrySet, choices: Choices) -> Counts:
    """Counts of every chapter over one part of a set: what processes and sites send home."""
    judged = JudgedSet(part, choices)
    return added(chapter.count(judged) for chapter in CHAPTERS)


def told(found: Counts, manifests: tuple[Manifest, ...], choices: Choices) -> Report:
    """The report of counts that were added over all parts."""
    return Report(manifests, choices, tuple(one for chapter in CHAPTERS for one in chapter.tell(found, choices)))


def report_of(*parts: RegistrySet, signed: Iterable[str] = (), scale: str | None = None) -> Report:
    """The report of one set in memory, or of the parts of one. Raises `InputError` as `choices_of` does."""
    manifests = parts[0].manifests
    choices = choices_of(manifests, signed=signed, scale=scale)
    return told(added(counted(part, choices) for part in parts), manifests, choices)


def _about(manifest: Manifest) -> dict[str, Any]:
    """A manifest without its files: their digests differ where the same rows were written otherwise."""
    return {name: value for name, value in manifest.as_dict().items() if name not in ("files", "format")}
