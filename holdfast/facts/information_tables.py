"""Tables of sentences, each tied to the facts it rests on: what patients may read, and the stories of founding studies.

No number is typed in a sentence. `{T0046|people}` is written from the row T0046 when the page is made, so a corrected
row corrects the sentence, and voids the signature below it (holdfast.evidence.claims).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from holdfast.facts.schema import PROVENANCE, Column, Fault, Row, Table

SECTIONS = (
    "what", "forms", "who", "day", "effects", "speed", "duration", "repeat", "driving", "dependence", "long-term",
    "cost", "help",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\{([^{}|]+)\|([a-z_]+)(?:\|([a-z_]+))?\}")
_NUMBER_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty",
    "fifty", "hundred", "thousand", "half", "third", "quarter", "twice", "percent",
)  # fmt: skip
_TYPED = re.compile(rf"\d|%|\b(?:{'|'.join(_NUMBER_WORDS)})\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d|%")  # staff read `the third infusion` and `both` as words
_PROMISES = re.compile(r"\b(?:will (?:help|work|heal|cure)|cures|guarantee\w*|safe for you|sure to)\b", re.IGNORECASE)


def _sentence_is_sound(row: Row, typed_in: re.Pattern[str]) -> Iterable[tuple[str, str]]:
    text, rests = row["text"], row["rests_on"]
    words = PLACEHOLDER.sub(" ", text)
    named = {found.group(1) for found in PLACEHOLDER.finditer(text)}
    for name in sorted(named - set(rests)):
        yield "rests_on", f"does not name {name!r}, of which the text writes a number"
    if "{" in words or "}" in words:
        yield "text", "holds a brace that is no placeholder; write {row|form} or {row|form|column}"
    elif typed := typed_in.search(words):
        yield "text", f"has {typed.group()!r} typed in; write it as a placeholder of the row it comes from"
    if promise := _PROMISES.search(words):
        yield "text", f"promises ({promise.group()!r}); say what happened to how many people"
    if row["status"] == "verified" and not row.get("checked_by"):
        yield "checked_by", "is empty; status verified needs the second reader's name"


def _claim_is_sound(row: Row) -> Iterable[tuple[str, str]]:
    yield from _sentence_is_sound(row, _TYPED)
    if row["review_due"] <= row["reviewed_on"]:
        yield "review_due", "is not after reviewed_on"


INFORMATION_CLAIMS = Table(
    name="information_claims",
    path="information_claims.csv",
    doc="What the pages for patients and families say, one claim a row. Shown to the public only where a named "
    "physician signed it, or where it and every row it rests on are verified.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("section", "Part of the page", choices=SECTIONS),
        Column("jurisdictions", "Where it is true; any = everywhere", "words"),
        Column("text", "Plain words; every number is a placeholder {row|form} or {row|form|column}"),
        Column("rests_on", "Facts it rests on, of any table", "words"),
        Column("version", "Version of this row; a signature holds for one", "integer"),
        Column("reviewed_on", "Day the words were last held against their rows", "date"),
        Column("review_due", "Day by which that must be done again", "date"),
        *PROVENANCE,
    ),
    checks=(_claim_is_sound,),
)

PARTS = ("done", "found", "unknown")

FOUNDING_FINDINGS = Table(
    name="founding_findings",
    path="founding_findings.csv",
    doc="What was done and found in the studies Holdfast began from, one sentence a row, for staff. "
    "What the articles said wrongly stands in article_conflicts.csv; what the model gives is computed.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("study", "The study it tells of", refers_to="studies"),
        Column("part", "Part of the page", choices=PARTS),
        Column("text", "A sentence; every number is a placeholder {row|form} or {row|form|column}"),
        Column("rests_on", "Facts it rests on, of any table", "words"),
        *PROVENANCE,
    ),
    checks=(lambda row: _sentence_is_sound(row, _FIGURE),),
)

INFORMATION_TABLES = (INFORMATION_CLAIMS, FOUNDING_FINDINGS)


def information_faults(tables: Mapping[str, tuple[Row, ...]], by_id: Mapping[str, Row]) -> Iterator[Fault]:
    """Sentences that rest on no fact there is, or speak of a jurisdiction there is not."""
    known = {row.id.removeprefix("jurisdiction.") for row in tables["jurisdictions"]} | {"any"}
    for row in (*tables["information_claims"], *tables["founding_findings"]):
        for name in row.get("rests_on", ()):
            if name not in by_id:
                yield Fault(row.file, row.line, "rests_on", f"{name!r} is no fact; see holdfast facts list")
    for row in tables["information_claims"]:
        for name in row.get("jurisdictions", ()):
            if name not in known:
                yield Fault(row.file, row.line, "jurisdictions", f"{name!r} is not in jurisdictions.csv")
