"""What comes first: what was asked, whether it was met, and how to read the rest."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.evidence.qualification.blind import CHECK_ROWS, FITTED_ROWS, UNVERIFIED_ROWS
from holdfast.evidence.qualification.judgement import Judgement
from holdfast.evidence.qualification.targets import MET, Target
from holdfast.evidence.wording import with_capital
from holdfast.printed.blocks import Block, Cell, Notice, Paragraph, Section, Table

_TONES = {True: "good", False: "bad", None: "unsure"}
_Targets = tuple[Target, ...]
NOT_A_PREDICTION = (
    "Everything here is about groups of people in published trials. It says how far the model may be trusted for "
    "groups; it is no prediction for a patient."
)


def verdict(found: Judgement) -> Section:
    """The answer in a sentence, the targets one by one, and what was judged."""
    read = (Paragraph(_judged(found)), Paragraph(NOT_A_PREDICTION, soft=True))
    blocks = (_notice(found.targets), _targets(found.targets), *read)
    return Section("verdict", "What was asked, and the verdict", blocks)


def _notice(targets: _Targets) -> Notice:
    judged = [one for one in targets if one.met is not None]
    if not judged:
        return Notice("Cannot be judged yet", "No published number was predicted without its study.", "unsure")
    fallen = [one for one in judged if one.verdict != MET]
    why = " ".join(f"{with_capital(one.verdict)}: {one.asked}; {one.why}." for one in fallen)
    tone = "bad" if any(not one.met for one in judged) else "unsure" if fallen else "good"
    return Notice(_title(judged), why or "Each is told below with what was found.", tone)


def _title(judged: Sequence[Target]) -> str:
    met, by_row = sum(one.verdict == MET for one in judged), sum(one.only_by_row for one in judged)
    if met == len(judged):
        return "All targets are met"
    said = f"{met} of {len(judged)} targets are met"
    return f"{said}, {by_row} more by row only" if by_row else said


def _targets(targets: _Targets) -> Block:
    rows = tuple((one.asked, one.found, Cell(one.verdict, _tone(one))) for one in targets)
    return Table(
        "Targets, set before the model was fitted", ("Asked", "Found", "Verdict"), rows, widths=(0.34, 0.52, 0.14)
    )


def _tone(one: Target) -> str:
    return "unsure" if one.only_by_row else _TONES[one.met]


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
