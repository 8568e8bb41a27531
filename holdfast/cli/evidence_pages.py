"""`holdfast evidence pages`: the evidence as HTML files to read without a server."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from holdfast.cli.output import emit
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError
from holdfast.model.provenance import provenance, provenance_line
from holdfast.whole_files import folder_written_whole

SAID = "Published numbers with their sources and status, and what the model gives beside some of them."
_INDEX = "index.html"
_MARK = 'content="holdfast evidence pages"'


def add_verb(verbs: Verbs) -> None:
    """pages."""
    pages = verbs.add(
        "pages",
        _pages,
        does="write the evidence as HTML files that stand alone: a page a study, comparisons, conflicts, sources",
        example="holdfast evidence pages",
        writes="the folder --output names; without it only the names of the pages are told",
    )
    pages.add_argument("--output", type=Path, help="a folder of its own, such as evidence/; replaced as a whole")


def _pages(arguments: argparse.Namespace) -> None:
    place: Path | None = arguments.output
    if place is not None:
        _require_free(place)
    from holdfast.clinic.evidence.static_pages import static_pages

    made = static_pages()
    if place is not None:
        _write(place, made)
    about = provenance(said=SAID, output=None if place is None else str(place), pages=sorted(made))
    where = "nothing written; name a folder with --output" if place is None else f"written: {place / _INDEX}"
    emit(arguments, about, "\n".join([*_told(made), where, "", SAID, provenance_line(about)]))


def _told(made: Iterable[str]) -> list[str]:
    """How many pages of each kind, by the first word of their name."""
    kinds = [name.partition("-")[0] if "-" in name else "other" for name in made]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    return [f"{len(kinds)} pages: {counted}"]


def _require_free(place: Path) -> None:
    """Raises `InputError` where a folder holds files of somebody else, or there is no place for it."""
    if not place.absolute().parent.is_dir():
        raise InputError(f"--output {place}: the folder {place.absolute().parent} does not exist; make it first")
    if place.exists() and not place.is_dir():
        raise InputError(f"--output {place} is a file; name a folder")
    if place.is_dir() and any(place.iterdir()) and not _is_ours(place):
        raise InputError(f"--output {place} holds other files; name an empty folder, or one of earlier pages")


def _is_ours(place: Path) -> bool:
    """Nothing but pages that say of themselves what wrote them."""
    return all(
        one.suffix == ".html" and one.is_file() and _MARK in one.read_text(encoding="utf-8", errors="replace")
        for one in place.iterdir()
    )


def _write(place: Path, made: Mapping[str, str]) -> None:
    with folder_written_whole(place, replaces=True) as folder:
        for name, text in made.items():
            (folder / name).write_text(text, encoding="utf-8")
