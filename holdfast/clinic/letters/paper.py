"""A letter as one page of paper, set from its draft and the clinician's own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.clinic.letters.drafts import Draft, day_words
from holdfast.clinic.letters.pictures import picture
from holdfast.errors import InputError
from holdfast.printed.blocks import Block, Bullets, Document, Notice, Paragraph, Picture, Section, Table, Terms
from holdfast.printed.pdf import is_set_as_written, one_page

TITLE = "Letter to the referrer"


@dataclass(frozen=True)
class Words:
    """What the clinician adds, and what the letter bears besides. `number` None = not signed."""

    programme: str
    to: str
    paragraph: str
    signed_as: str
    on: dt.date
    number: int | None
    corrects: tuple[int, dt.date] | None = None
    why: str = ""


def set_letter(draft: Draft, words: Words) -> bytes:
    """The file. Raises `InputError` where it is longer than one page."""
    found = one_page(_document(draft, words))
    if found is None:
        raise InputError(f"paragraph: with {len(words.paragraph)} signs the letter is longer than one page; shorten it")
    return found


def _document(draft: Draft, words: Words) -> Document:
    state = "Draft, not signed" if words.number is None else f"Letter {words.number}"
    return Document(
        title=TITLE,
        subtitle=f"{words.programme}. {state}, {day_words(words.on)}.",
        blocks=tuple(_blocks(draft, words)),
        foot="Made from the records of the programme: what was observed and done. It holds no forecast.",
        date=words.on,
    )


def _blocks(draft: Draft, words: Words) -> Sequence[Block]:
    found: list[Block] = []
    if words.number is None:
        found.append(Notice("Draft", "Nobody has signed this page.", "unsure"))
    if words.corrects is not None:
        number, on = words.corrects
        found.append(Notice(f"Corrects letter {number} of {day_words(on)}", words.why, "unsure"))
    found += _not_as_written(draft, words)
    found.append(Terms((("To", " · ".join(words.to.split("\n"))), *draft.patient, *draft.course)))
    found += [Paragraph(part) for part in words.paragraph.split("\n") if part.strip()]
    found += _curve(draft)
    found.append(Section("doses", "Doses", (Bullets(draft.doses),)))
    if draft.scores:
        header = ("Scale", "Baseline", "Latest", "Change")
        found.append(Table("Scores", header, draft.scores, widths=(2, 1, 2, 1.4)))
    if draft.outcomes:
        rows = tuple((name.capitalize(), state, by) for name, state, by in draft.outcomes)
        found.append(
            Table("Outcomes, each by its named definition", ("Outcome", "State", "By"), rows, widths=(1, 2, 3))
        )
    found.append(Section("safety", "Safety", (Bullets((*draft.events, *_checks(draft))),)))
    signed = f"{words.signed_as}, {day_words(words.on)}" if words.number is not None else "not signed"
    found.append(Terms((("Written and signed by", signed),)))
    return found


def _not_as_written(draft: Draft, words: Words) -> Sequence[Block]:
    """Whoever reads the paper is told where a name or a sentence does not stand on it as it was written."""
    parts = (("Programme", words.programme), ("To", words.to), *draft.patient, ("Paragraph", words.paragraph),
             ("Signed by", words.signed_as))  # fmt: skip
    missing = [name for name, text in parts if not is_set_as_written(text)]
    if not missing:
        return ()
    told = f"{', '.join(missing)}: in a script that this page cannot set. Write it beside by hand before it is sent."
    return (Notice("Not printed as written", told, "unsure"),)


def _curve(draft: Draft) -> Sequence[Block]:
    if draft.curve is None or not draft.curve["points"]:
        return (Paragraph("No rating is recorded.", soft=True),)
    caption = f"{draft.curve['scale']}: ratings as recorded; triangles are treatment sessions."
    if draft.curve["baseline"] is not None:
        caption += f" Dashed: baseline {draft.curve['baseline']:g}."
    if draft.curve["response"]:
        caption += f" Line: {draft.curve['response']['text'].lower()}."
    if draft.curve["remission"]:
        caption += " Band: remission."
    count = len(draft.curve["points"])
    return (Picture(picture(draft.curve), caption, f"{count} ratings on {draft.curve['scale']} over time."),)


def _checks(draft: Draft) -> Sequence[str]:
    if not draft.checks:
        return ("No safety check is recorded.",)
    return ("Safety checks: " + "; ".join(f"{name} {result}, {day}" for name, result, day in draft.checks) + ".",)
