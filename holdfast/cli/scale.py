"""`holdfast scale`: rating scales, what their owners allow, and scoring."""

from __future__ import annotations

import argparse
from typing import Any

from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError, UsageError
from holdfast.facts.written import written_number
from holdfast.scales import QUESTIONS, Scale, Score, Triage, item_flags, scale, scales, score, score_of_total, triage

UNANSWERED = ("na", "?")
YES_NO = {"yes": True, "no": False}


def add_verbs(verbs: Verbs) -> None:
    """list, show, score."""
    verbs.add("list", _list, does="list the rating scales", example="holdfast scale list")
    show = verbs.add(
        "show", _show, does="show a scale: items where allowed, bands, licence", example="holdfast scale show phq-9"
    )
    show.add_argument("scale")
    scoring = verbs.add(
        "score",
        _score,
        does="score the answers in the order of the items, or take a total; the C-SSRS screener is triaged",
        example="holdfast scale score phq-9 2 2 2 2 1 1 2 0 0 --json",
    )
    scoring.add_argument("scale")
    scoring.add_argument(
        "answer", nargs="*", help=f"answers in order; na = unanswered; C-SSRS: yes, no or na for {', '.join(QUESTIONS)}"
    )
    scoring.add_argument("--answers", help="the same in one word, commas between: 2,2,1 or yes,no,na")
    scoring.add_argument("--total", help="a total rated elsewhere, instead of answers")
    scoring.add_argument("--anchor-set", help="MOAA/S only: the anchors it was rated by")
    scoring.add_argument("--certified-rater", action="store_true", help="MoCA only: the rater is certified")


def _list(arguments: argparse.Namespace) -> None:
    answer = [
        {
            "id": s.id, "name": s.name, "title": s.title, "scoring": s.scoring, "total_min": s.total_min,
            "total_max": s.total_max, "ships_text": s.ships_text, "licence": s.licence,
        }
        for s in scales().values()
    ]  # fmt: skip
    table = text_table(
        [(s.id, s.name, s.scoring, _range(s), "yes" if s.ships_text else "no") for s in scales().values()],
        ("id", "name", "scoring", "total", "items shown"),
    )
    emit(arguments, answer, table)


def _range(asked: Scale) -> str:
    return "none" if asked.total_max is None else f"{asked.total_min}-{asked.total_max}"


def _show(arguments: argparse.Namespace) -> None:
    asked = scale(arguments.scale)
    header = asked.document.header.as_dict()
    sections = {name: [row.as_dict() for row in rows] for name, rows in asked.document.sections.items() if rows}
    sections.pop("scale", None)
    emit(arguments, {**header, **sections, "absent": _absent(asked)}, "\n".join(_shown(asked)))


def _absent(asked: Scale) -> str | None:
    """What is not shown, and why."""
    return None if asked.ships_text else f"Item texts are not shown: {asked.licence}"


def _shown(asked: Scale) -> list[str]:
    lines = [f"{asked.name}: {asked.title}", f"rated by: {asked.rated_by}; total: {_range(asked)}; {asked.scoring}"]
    lines += [f"licence: {asked.licence}", *filter(None, [_absent(asked)])]
    lines += [f"{word}: {asked.header(word)}" for word in ("notice", "note") if asked.header(word)]
    if asked.ships_text:
        lines += ["", str(asked.header("question")), *_item_lines(asked)]
    lines += [f"band {b.low:g}-{b.high:g}: {b.label} ({b.status})" for b in asked.bands]
    lines += [_cut_line(row) for row in asked.rows("cut")]
    lines += [
        f"anchor set {r['key']}{'' if r['accepted'] else ' (refused)'}: {r['text']}" for r in asked.rows("anchor_set")
    ]
    return lines


def _cut_line(row: Any) -> str:
    whom = f" for {row['applies_to']}" if row["applies_to"] else ""
    return f"cut {row['op']} {row['value'][0]:g}{whom}: {row['meaning']} ({row['status']})"


def _item_lines(asked: Scale) -> list[str]:
    lines = []
    for item in asked.items:
        lines.append(f"{item.number}. {item.text}")
        lines.append("   " + "; ".join(f"{value} = {text}" for value, text in item.options))
    for row in asked.rows("unscored_item"):
        lines.append(f"not scored: {row['text']} ({'; '.join(row['options'])})")
    return lines


def _score(arguments: argparse.Namespace) -> None:
    asked = scale(arguments.scale)
    words = _words(arguments)
    if asked.scoring == "triage" and arguments.total is None:
        found = triage(_by_question(asked, words))
        emit(arguments, found.as_dict(), _triage_text(asked, found))
        return
    if arguments.total is not None:
        certified = arguments.certified_rater or None
        result = score_of_total(
            asked, _number(asked, "total", arguments.total), anchor_set=arguments.anchor_set, certified_rater=certified
        )
    else:
        answers = [_answer(asked, position, word) for position, word in enumerate(words, start=1)]
        result = _scored(asked, answers, arguments.anchor_set)
    emit(arguments, result.as_dict(), _score_text(asked, result))


def _scored(asked: Scale, answers: list[float | None], anchor_set: str | None) -> Score:
    """The score; where it is refused, an item that must be seen is told all the same."""
    try:
        return score(asked, answers, anchor_set=anchor_set)
    except InputError as refused:
        seen = [f"item {flag.item} is positive all the same" for flag in item_flags(asked, answers) if flag.positive]
        raise InputError("; ".join([str(refused), *seen])) from None


def _words(arguments: argparse.Namespace) -> list[str]:
    listed = [word.strip() for word in arguments.answers.split(",")] if arguments.answers is not None else []
    if sum((bool(arguments.answer), arguments.answers is not None, arguments.total is not None)) != 1:
        raise UsageError("give either answers, --answers or --total: holdfast scale score phq-9 2 2 2 2 1 1 2 0 0")
    return [*arguments.answer, *listed]


def _answer(asked: Scale, position: int, word: str) -> float | None:
    return None if word.lower() in UNANSWERED else _number(asked, f"answer {position}", word)


def _number(asked: Scale, what: str, word: str) -> float:
    try:
        return written_number(word)
    except InputError:
        raise InputError(f"{asked.name} {what}: {word!r} is not a number; an unanswered item is na") from None


def _by_question(asked: Scale, words: list[str]) -> dict[str, bool | None]:
    if len(words) != len(QUESTIONS):
        raise InputError(
            f"{asked.name} takes {len(QUESTIONS)} answers, {len(words)} given: yes, no or na for {', '.join(QUESTIONS)}"
        )
    return {question: _yes_no(asked, question, word) for question, word in zip(QUESTIONS, words, strict=True)}


def _yes_no(asked: Scale, question: str, word: str) -> bool | None:
    if word.lower() in UNANSWERED:
        return None
    if word.lower() not in YES_NO:
        raise InputError(f"{asked.name} {question}: answer yes, no or na, not {word!r}")
    return YES_NO[word.lower()]


def _triage_text(asked: Scale, found: Triage) -> str:
    if found.level is None:
        return (
            f"{asked.name}: not settled, at least {found.at_least}; unanswered: {', '.join(found.unanswered)}. "
            "Ask these before you rely on it."
        )
    because = f" because of yes to {', '.join(found.because)}" if found.because else ""
    return f"{asked.name}: {found.level}{because}"


def _score_text(asked: Scale, result: Score) -> str:
    lines = [f"{asked.name}: {result.total} of {asked.total_max}" + (f", {result.band}" if result.band else "")]
    for flag in result.flags:
        lines.append(
            f"item {flag.item}: {flag.value}{f' POSITIVE. {flag.meaning}' if flag.positive else ', not positive'}"
        )
    if result.syndrome:
        lines.append(f"pattern of {result.syndrome} (suggests, does not diagnose)")
    lines += [f"{name}: {total}" for name, total in result.subscales.items()]
    for cut in result.cuts:
        whom = f" ({cut.applies_to})" if cut.applies_to else ""
        lines.append(f"cut {cut.key}{whom}: {'met' if cut.met else 'not met'} ({cut.status})")
    if result.not_assessed:
        lines.append(f"not assessed, not in the total: item {', '.join(map(str, result.not_assessed))}")
    return "\n".join(lines)
