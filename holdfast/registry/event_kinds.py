"""From the words in which an adverse event was entered to the kind of event that the common data model knows.

The words are those of published trials (study_adverse_events.csv), each with the category that table gives it. What
matches none is `other`: a kind is never guessed, and the words themselves never leave the programme.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from holdfast.facts import Facts, load
from holdfast.registry.common_model import EVENT_CATEGORIES

OTHER = "other"


def event_category(term: str, facts: Facts | None = None) -> str:
    """The category of a term: the longest published one that it is or holds as whole words; else `other`."""
    words = _plain(term)
    known = _packaged() if facts is None else _known(facts)
    held = [one for one in known if re.search(rf"\b{re.escape(one)}\b", words)]
    return known[max(held, key=len)] if held else OTHER


@cache
def _packaged() -> Mapping[str, str]:
    return _known(load())


def _known(facts: Facts) -> Mapping[str, str]:
    """Published terms of one category only: a term that tables put in two is no guide."""
    found: dict[str, set[str]] = {}
    for row in facts.rows("study_adverse_events"):
        category = row["category"]
        found.setdefault(_plain(row["event_term"]), set()).add(category if category in EVENT_CATEGORIES else OTHER)
        if category in EVENT_CATEGORIES and category != OTHER:
            found.setdefault(_plain(category), set()).add(category)
    return MappingProxyType({term: next(iter(kinds)) for term, kinds in found.items() if term and len(kinds) == 1})


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+", text.casefold()))
