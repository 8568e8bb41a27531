"""The phrase of an outcome definition with the signs a clinician reads, for pages and letters."""

from __future__ import annotations

from holdfast.scales import scales


def definition_words(text: str) -> str:
    """`madrs score <= 10` as `MADRS ≤ 10`."""
    known = {word.id: word.name for word in scales().values()}
    spoken = " ".join(known.get(word, word) for word in text.split(" "))
    for typed, read in (("<=", "≤"), (">=", "≥"), (" percent", " %"), (" score", ""), ("any fall", "fall")):
        spoken = spoken.replace(typed, read)
    return spoken
