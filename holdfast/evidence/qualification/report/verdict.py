"""What comes first: what was asked, whether it was met, and how to read the rest."""

from __future__ import annotations

from holdfast.evidence.qualification.blind import CHECK_ROWS, FITTED_ROWS, UNVERIFIED_ROWS
from holdfast.evidence.qualification.judgement import Judgement
from holdfast.evidence.qualification.targets import Target
from holdfast.printed.blocks import Block, Cell, Notice, Paragraph, Section, Table

_TONES = {True: "good", False: "bad", None: "unsure"}
NOT_A_PREDICTION = (
    "Everything here is about groups of people in published trials. It says how far the model may be trusted for "
    "groups; it is no prediction for a patient."
)


def verdict(found: Judgement) -> Section:
    """The answer in a sentence, the targets one by one, and what was judged."""
    read = (Paragraph(_judged(found)), Paragraph(NOT_A_PREDICTION, soft=True))
    blocks = (_notice(found.targets), _targets(found.targets), *read)
    return Section("verdict", "What was asked, and the verdict", blocks)


def _notice(targets: tuple[Target, ...]) -> Notice:
    met, judged = [one for one in targets if one.met], [one for one in targets if one.met is not None]
    if not judged:
        return Notice("Cannot be judged yet", "No published number was predicted without its study.", "unsure")
    missed = [one for one in judged if not one.met]
    title = "All targets are met" if not missed else f"{len(met)} of {len(judged)} targets are met"
    why = " ".join(f"Not met: {one.asked}; {one.why}." for one in missed)
    return Notice(title, why or "Each is told below with what was found.", "good" if not missed else "bad")


def _targets(targets: tuple[Target, ...]) -> Block:
    rows = tuple((one.asked, one.found, Cell(one.verdict, _TONES[one.met])) for one in targets)
    return Table(
        "Targets, set before the model was fitted", ("Asked", "Found", "Verdict"), rows, widths=(0.34, 0.52, 0.14)
    )


def _judged(found: Judgement) -> str:
    by = {
        basis: [one for one in found.rows if one.basis == basis] for basis in (FITTED_ROWS, CHECK_ROWS, UNVERIFIED_ROWS)
    }
    said = [
        f"Each study was left out in turn, the model fitted to all others and then asked what that study would report "
        f"at its own number of people. So {len(by[FITTED_ROWS])} numbers of "
        f"{len({one.study for one in by[FITTED_ROWS]})} studies were predicted."
    ]
    if by[CHECK_ROWS]:
        studies = {one.row.study.title for one in by[CHECK_ROWS]}
        said.append(f"{len(by[CHECK_ROWS])} more are of {', '.join(sorted(studies))}, never fitted at all.")
    if by[UNVERIFIED_ROWS]:
        said.append(
            f"{len(by[UNVERIFIED_ROWS])} numbers are recollections without a source at hand: shown, not judged."
        )
    said.append(
        "Where studies share patients, the others of that group stay in when one is left out, for the model and for "
        "its rivals alike."
    )
    return " ".join(said)
