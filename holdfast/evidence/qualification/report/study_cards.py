"""Every study: its design, what was predicted of it without it, and what was published. The founding studies first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from holdfast.evidence.qualification.blind import CHECK_ROWS, UNVERIFIED_ROWS, Blind
from holdfast.evidence.qualification.judgement import RIVALS, Judgement
from holdfast.evidence.qualification.report.numbers import as_printed, published_interval, shown, span, what
from holdfast.evidence.qualification.report.pictures import of_study
from holdfast.evidence.qualification.shares import percent
from holdfast.evidence.rows import Outcome, Study
from holdfast.evidence.tables import outcomes, studies
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.reading import trials, without_trials
from holdfast.evidence.wording import with_signs
from holdfast.printed.blocks import Block, Bullets, Cell, Paragraph, Section, Table, Terms

FOUNDING = ("zarate2006", "diazgranados2010", "diamond2014")
_USES = {
    "calibrate": "may be fitted; left out for what stands here", "check": "never fitted",
    "context": "pools other studies, or is shown for context: never predicted",
    "exclude_overlap": "its patients are part of another study: never predicted",
}  # fmt: skip
_ONLY_SHOWN = ("context", "exclude_overlap")


def study_cards(found: Judgement) -> tuple[Section, ...]:
    """One section of the cards of studies, one of those that are never predicted."""
    known = {one.id: one for one in studies()}
    named = [known[name] for name in FOUNDING] + [one for one in known.values() if one.id not in FOUNDING]
    cards = tuple(_card(one, found) for one in named if one.split not in _ONLY_SHOWN)
    aside = tuple(f"{one.title}: {_USES[one.split]}." for one in named if one.split in _ONLY_SHOWN)
    return (
        Section("studies", "Every study, predicted and published", (Paragraph(_HOW), *cards), new_page=True),
        Section("not-predicted", "Studies that are only shown", (Bullets(aside),)),
    )


_HOW = (
    "Each prediction was made without the study it is of. Rows end with their id in the evidence tables, which leads "
    "to source, status and notes (holdfast evidence cite)."
)


def _card(one: Study, found: Judgement) -> Section:
    rows = [told for told in found.rows if told.study == one.id]
    about = Terms((
        ("Design", f"{one.design}; {one.blinding}"), ("People", with_signs(one.population)), ("Use", _use(one, rows)),
    ))  # fmt: skip
    blocks: list[Block] = [about, Paragraph(_summary(rows))]
    if rows:
        blocks += [*of_study(rows), _table(one, rows, found)]
    left = _unpredicted(one, {told.row.id for told in rows})
    if left:
        blocks.append(Paragraph("Published and not predicted:", soft=True))
        blocks.append(Bullets(left))
    return Section(f"study-{one.id}", one.title, tuple(blocks))


def _use(one: Study, rows: Sequence[Blind]) -> str:
    if any(told.basis == CHECK_ROWS for told in rows):
        return "never fitted"
    return _USES[one.split]


def _summary(rows: Sequence[Blind]) -> str:
    judged = [told for told in rows if told.basis != UNVERIFIED_ROWS]
    if not rows:
        return "No number of this study was predicted; what it tells of mood is listed below, where it tells anything."
    if not judged:
        return "All its predicted numbers are recollections without a source at hand: shown, not judged."
    wide = sum(told.inside(0.95) is True for told in judged)
    narrow = sum(told.inside(0.8) is True for told in judged)
    return f"Of {len(judged)} judged numbers {wide} lie inside 95 % and {narrow} inside 80 %."


def _table(one: Study, rows: Sequence[Blind], found: Judgement) -> Block:
    lines = tuple(_line(told, found) for told in rows)
    return Table(
        f"{one.title}: published and predicted, with the medians of the simple rivals",
        ("Number", "Published", "Predicted", "80 %", "95 %", "Inside", "Mean; regression", "Status"), lines,
        frozenset({2}), (0.27, 0.13, 0.1, 0.11, 0.11, 0.09, 0.11, 0.11),
    )  # fmt: skip


def _line(told: Blind, found: Judgement) -> tuple[str | Cell, ...]:
    unit = told.row.unit
    known = published_interval(told.row)
    printed = as_printed(told.published) + (f" ({span(known, unit)})" if known else "")
    if told.kind == "superior":
        middle = "" if told.middle is None else f"yes in {percent(told.middle)}"
        return what(told.row), "yes" if told.published else "no", middle, "", "", _inside(told), "", told.row.status
    return (what(told.row), printed, shown(told.middle, unit), span(told.interval(0.8), unit),
            span(told.interval(0.95), unit), _inside(told), _rivals(told, found), told.row.status)  # fmt: skip


def _inside(told: Blind) -> Cell:
    if told.inside(0.8):
        return Cell("80 %", "plain")
    if told.inside(0.95):
        return Cell("95 %", "unsure")
    return Cell("missed", "bad") if told.inside(0.95) is False else Cell("unknown")


def _rivals(told: Blind, found: Judgement) -> str:
    guesses = [found.guesses[name].get(told.row.id) for name in RIVALS]
    if not any(guesses):
        return "none"
    return "; ".join("none" if one is None else shown(one.percentiles[0.5], told.row.unit) for one in guesses)


def _unpredicted(one: Study, told: set[str]) -> tuple[str, ...]:
    """Published rows without a prediction, by the reason."""
    mine = [trial for trial in _trials() if trial.study == one.id]
    said = {name: why for trial in mine for name, why in trial.not_compared.items()}
    bare = "no virtual trial stands for the study" + (f": {why}" if (why := without_trials().get(one.id)) else "")
    by_reason: dict[str, list[Outcome]] = {}
    for row in outcomes():
        if row.study.id == one.id and row.id not in told:
            by_reason.setdefault(_reason(row, said) if mine else bare, []).append(row)
    return tuple(f"{_names(rows)}: {why}." for why, rows in by_reason.items())


@cache
def _trials() -> tuple[Trial, ...]:
    return trials()


def _reason(row: Outcome, said: dict[str, str]) -> str:
    if row.id in said:
        return said[row.id].rstrip(".")
    if row.subgroup is not None:
        return "of a subgroup, whose whole arm is compared"
    if row.value is None:
        return "a statement without a number"
    return "the trial's file does not report it"


def _names(rows: Iterable[Outcome]) -> str:
    return "; ".join(what(row) for row in rows)
