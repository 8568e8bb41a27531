"""What kind of event an adverse event is: the kind chosen at entry, else the one its words name.

The words are those of event_words.csv (ours) and the terms of published trials (study_adverse_events.csv). What is
denied is no event ("no headache"), and what names no known word is `other`: a kind is never guessed. No dictionary of
terms is copied; MedDRA is licensed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from holdfast.facts import Facts, load
from holdfast.treatment_sessions.adverse_events import AdverseEvent, EventKind, Seriousness

KIND_WORDS: Mapping[EventKind, str] = MappingProxyType({
    EventKind.BLADDER: "bladder", EventKind.BLOOD_PRESSURE: "blood pressure",
    EventKind.CARDIOVASCULAR: "heart and circulation", EventKind.COGNITION: "cognition",
    EventKind.DISSOCIATION: "dissociation", EventKind.DIZZINESS_VERTIGO: "dizziness or vertigo",
    EventKind.GASTROINTESTINAL: "stomach and bowel", EventKind.HEADACHE: "headache",
    EventKind.MOOD_SWITCH: "switch to mania", EventKind.PSYCHIATRIC: "psychiatric", EventKind.SEDATION: "sedation",
    EventKind.SENSORY: "sensation", EventKind.SUICIDALITY: "suicidality", EventKind.TASTE: "taste",
    EventKind.VISION: "vision", EventKind.OTHER: "other",
})  # fmt: skip
PSYCHIATRIC = frozenset({EventKind.PSYCHIATRIC, EventKind.SUICIDALITY})
ATTEMPT, STAY = "suicide-attempt", "hospitalisation"  # of outcomes.RELAPSE_EVENTS
# Where words name several kinds, these are told first: rare, grave, and what long treatment is watched for.
FIRST = (EventKind.SUICIDALITY, EventKind.MOOD_SWITCH, EventKind.BLADDER)

_CLAUSES = re.compile(r"[.,;:()!?\n]|\s[-–—]+\s|[–—]")
_CONTRAST = re.compile(r"\b(?:but|however|although|though|except|then|now)\b")
_DENIED = re.compile(
    r"\b(?:no|not|without|denie[sd]|deny|denying|never|nil|neither|nor|absence of|free of|free from|negative for"
    r"|ruled out|excluded)\b.*"
)
_DENIED_BEFORE = re.compile(r".*\b(?:absent|denied|excluded|ruled out|none|no|nil|not (?:present|reported|seen))$")
_ANSWER_NO = re.compile(r"(?:none|no|nil|negative|absent|denied|never|not (?:present|reported|seen|at all))")
# Words of denial that deny no event: it did not get better, nobody knows why.
_NO_DENIAL = re.compile(
    r"\b(?:no (?:change|improvement|relief|better|worse|warning|cause|reason|trigger|explanation)|not only"
    r"|not (?:chang|improv|resolv|settl|reliev|gone|better|relat|serious|severe|sure|yet)[a-z]*"
    r"|without (?:improvement|relief|warning|cause|reason|trigger))\b"
)


@dataclass(frozen=True)
class Known:
    """Every known way of words as one expression; `kinds` stand in the order of its groups."""

    expression: re.Pattern[str]
    kinds: tuple[EventKind, ...]


def event_kind(event: AdverseEvent) -> EventKind:
    """The kind that was chosen, else the one that the words of the event name."""
    return kind_of_words(event.term) if event.kind is None else event.kind


def relapse_event(event: AdverseEvent) -> str | None:
    """The event of a relapse that an adverse event is (`outcomes.RELAPSE_EVENTS`); None where it is none.

    A suicide attempt by its words, whatever came of it; a stay in hospital for a psychiatric event or suicidality.
    """
    kind = event_kind(event)
    if kind is EventKind.SUICIDALITY and names_attempt(event.term):
        return ATTEMPT
    return STAY if event.seriousness is Seriousness.HOSPITALISATION and kind in PSYCHIATRIC else None


@lru_cache(maxsize=4096)
def names_attempt(term: str) -> bool:
    """Do words name a suicide attempt (row `event_words.suicide_attempt`), not denied?"""
    (row,) = [one for one in load().rows("event_words") if one.id == "event_words.suicide_attempt"]
    ways = re.compile("|".join(rf"\b{_way(words)}\b" for words in row["words"]))
    return any(ways.search(_asserted(clause)) for clause in _clauses(term))


@lru_cache(maxsize=4096)
def kind_of_words(term: str) -> EventKind:
    """The kind that words name; `other` where they name none.

    Longer words win over those within them ("visual hallucination"); of several kinds one of `FIRST`, else the one
    that is named first.
    """
    known = _packaged()
    found = [kind for clause in _clauses(term) for kind in _named(clause, known)]
    of_rank = [kind for rank in FIRST for kind in found if kind is rank]
    told = [kind for kind in found if kind is not EventKind.OTHER]
    return (of_rank or told or [EventKind.OTHER])[0]


def _clauses(term: str) -> list[str]:
    """Clauses of a term as plain words; what an answer such as "none" denies is left out."""
    kept: list[str] = []
    for part in _CLAUSES.split(_spelled(term)):
        for clause in map(_plain, _CONTRAST.split(part)):
            if kept and _ANSWER_NO.fullmatch(clause):
                kept.pop()
            elif clause:
                kept.append(clause)
    return kept


def _spelled(term: str) -> str:
    """Short forms of "not" in full."""
    text = re.sub(r"n['’]t\b", " not", term.casefold())
    text = re.sub(r"\b(?:ca|can) not\b", "cannot", text)
    return re.sub(r"\bnot able to\b", "unable to", text)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+", text))


def _named(clause: str, known: Known) -> Iterator[EventKind]:
    """Kinds named in a clause, in their order. Known words that themselves hold a denial are looked for first."""
    at_first = [one for one in _matches(clause, known) if _DENIED.search(one[2])]
    every = sorted({*at_first, *_matches(_asserted(clause), known)})
    for start, end, _, kind in every:
        if not any((a, b) != (start, end) and a <= start and end <= b for a, b, *_ in every):
            yield kind


def _asserted(clause: str) -> str:
    """A clause without what it denies."""
    return _DENIED.sub("", _DENIED_BEFORE.sub("", _NO_DENIAL.sub(" ", clause)))


def _matches(clause: str, known: Known) -> list[tuple[int, int, str, EventKind]]:
    return [
        (one.start(group), one.end(group), one.group(group), known.kinds[group - 1])
        for one in known.expression.finditer(clause)
        if (group := one.lastindex) is not None
    ]


@cache
def _packaged() -> Known:
    return _known(load())


def _known(facts: Facts) -> Known:
    """Words of ours, and published terms of one kind only: a term that tables put in two is no guide."""
    kinds: dict[str, set[EventKind]] = {}
    for row in facts.rows("study_adverse_events"):
        if row["category"] in list(EventKind) and row["category"] != EventKind.OTHER:
            for term in (row["event_term"], row["category"]):
                kinds.setdefault(_plain(term.casefold()), set()).add(EventKind(row["category"]))
    found = {term: next(iter(own)) for term, own in kinds.items() if term and len(own) == 1}
    found |= {words: EventKind(row["kind"]) for row in facts.rows("event_words") for words in row["words"]}
    # The longest come first, so that of those that begin at one place it is the longest that is taken.
    ordered = sorted(found, key=lambda words: (-len(words), words))
    ways = "|".join(f"({_way(words)})" for words in ordered)
    return Known(re.compile(rf"\b(?=(?:{ways})\b)"), tuple(found[words] for words in ordered))


def _way(words: str) -> str:
    """Whole words; a word that ends in a star has any ending."""
    return " ".join(f"{word.removesuffix('*')}{'[a-z]*' if word.endswith('*') else ''}" for word in words.split(" "))
