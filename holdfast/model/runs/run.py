"""A run: a plan simulated for all its patients, chunk by chunk, so that memory does not grow with their number.

Parts go into a folder beside the output as they are done, and are joined at the end; a run that was stopped leaves
whole parts, from which it goes on.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from holdfast.errors import InputError
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.runs.chunks import COUNTS, Chunk, chunks_of, counts_of, is_whole
from holdfast.model.runs.parts import beside, format_of, join_parts, write_about
from holdfast.model.runs.tally import Tally, loaded
from holdfast.model.runs.workers import Workers, worked
from holdfast.whole_files import refusals_told, require_writable

_ABOUT = "about.json"
Progress = Callable[[int, int], None]  # chunks done, chunks in all


class Stopped(KeyboardInterrupt):
    """The user stopped a run; says how many parts are whole and how to go on."""


def simulate(
    plan: CoursePlan,
    output: Path | None = None,
    *,
    folder: bool = False,
    workers: Workers | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    chunk_patients: int | None = None,
) -> Tally:
    """Simulate a plan; write it to `output` where one is given, and count what it showed.

    The format is that of the name's ending: .parquet, .csv or .json (one object a line); beside it lies
    `<output>.about.json`. With `folder` the parts stay as they are, in the folder `output`. Raises `InputError` where
    it cannot be written, `Stopped` when the user stops it, and `ExtraMissingError` for Ray that is not installed.
    """
    workers = workers or Workers()
    kind = "parquet" if output is None or folder else format_of(output)
    place = output if output is None or folder else output.with_name(output.name + ".parts")
    chunks = chunks_of(plan, place, kind, chunk_patients)
    about = dict(plan.about())
    if output is not None and not folder:
        require_writable(output, beside(output))
    if place is not None:
        _make_room(place, chunks, about | {"chunk_patients": chunks[0].count}, resume=resume)
    counted, done = Tally(plan.days), 0
    try:
        for one in worked(plan, chunks, workers):
            counted = counted.plus(one)
            done += 1
            if progress is not None:
                progress(done, len(chunks))
        if output is not None and place is not None:
            _finish(output, place, chunks, about, folder=folder)
    except KeyboardInterrupt:
        raise Stopped(f"stopped by the user: {_left(place, chunks)}") from None
    except InputError as error:
        raise InputError(f"{error}; {_left(place, chunks)}") from None
    except MemoryError:
        raise InputError(f"memory does not suffice for one chunk of patients; {_left(place, chunks)}") from None
    return counted


def _make_room(place: Path, chunks: Sequence[Chunk], about: dict[str, Any], *, resume: bool) -> None:
    """The folder of the parts, empty or of the very same simulation."""
    note = place / _ABOUT
    with refusals_told(place):
        if place.is_dir() and any(place.iterdir()):
            _require_ours(place)
            if all(chunk.part is not None and chunk.part.exists() for chunk in chunks) and not _counted(place):
                raise InputError(f"{place} holds a run that ended; name another output, or remove the folder")
            if not resume:
                raise InputError(
                    f"{place} holds parts of an earlier run; add --resume to go on with it, or remove the folder"
                )
            if _read(note) != json.loads(json.dumps(about)):
                raise InputError(
                    f"{place} holds parts of another simulation; remove the folder, or name another output"
                )
            for counts in _counted(place):
                _require_counts(counts)
            return
        place.mkdir(exist_ok=True)
    write_about(about, note)


def _counted(place: Path) -> list[Path]:
    """Counts of parts, which a run takes away when it ends."""
    return sorted(place.glob(f"*{COUNTS}"))


def _require_ours(place: Path) -> None:
    """Files of somebody else are never advised away, and never removed."""
    names = sorted(one.name for one in place.iterdir())
    foreign = [name for name in names if not name.startswith("part-") and _ABOUT not in name]
    if foreign or _ABOUT not in names:
        raise InputError(f"{place} is not a folder of parts: it holds {(foreign or names)[0]}; name another output")


def _read(path: Path) -> Any:
    """What `write_about` wrote, of a run that did not end."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise _spoiled(path) from None


def _require_counts(path: Path) -> None:
    try:
        loaded(_read(path))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise _spoiled(path) from None


def _spoiled(path: Path) -> InputError:
    return InputError(f"{path} is cut short or changed; remove the folder {path.parent}, or name another output")


def _left(place: Path | None, chunks: Sequence[Chunk]) -> str:
    """What a run that did not end leaves, and how to go on. Where there is no part the folder goes too."""
    if place is None or not any(chunk.part is not None and chunk.part.exists() for chunk in chunks):
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        return "nothing was written"
    whole = sum(is_whole(chunk.part) for chunk in chunks)
    return f"{whole} of {len(chunks)} parts are whole in {place}; the same command with --resume goes on"


def _finish(output: Path, place: Path, chunks: Sequence[Chunk], about: dict[str, Any], *, folder: bool) -> None:
    """Join the parts; in a folder they stay as they are, without the counts that --resume needs."""
    parts = [chunk.part for chunk in chunks if chunk.part is not None]
    if not folder:
        note = beside(output)
        waiting = place / note.name
        write_about(about, waiting)
        join_parts(parts, output, chunks[0].kind, about)
        with refusals_told(note):
            waiting.replace(note)
        shutil.rmtree(place, ignore_errors=True)
        return
    for part in parts:
        counts_of(part).unlink(missing_ok=True)
