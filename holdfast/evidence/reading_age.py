"""How old a reader must be for a text, by the Flesch-Kincaid grade.

grade = 0.39 x words / sentences + 11.8 x syllables / words - 15.59 (Kincaid 1975), and the age is the grade plus 5.
Syllables are counted by rule: runs of vowels, less a silent final e. A figure counts one syllable a digit. A formula
sees length, not sense: it is a floor under plain language, and no proof of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PER_WORD, _PER_SYLLABLE, _LESS = 0.39, 11.8, 15.59  # the published formula
GRADE_TO_AGE_Y = 5
_WORD = re.compile(r"[A-Za-z']+|\d+")
_END = re.compile(r"[.!?]+(?:\s|$)")


def reading_age_y(text: str) -> float:
    """Age in years of a reader at whose level the text is; at least 5."""
    return max(GRADE_TO_AGE_Y, grade(text) + GRADE_TO_AGE_Y)


def reading_age_of(texts: Iterable[str]) -> float:
    """The same for several texts read on."""
    return reading_age_y(" ".join(texts))


def grade(text: str) -> float:
    """The Flesch-Kincaid grade. A text without a word has grade 0."""
    words = _WORD.findall(text)
    if not words:
        return 0.0
    sentences = max(1, len(_END.findall(text)))
    in_all = sum(syllables(word) for word in words)
    return _PER_WORD * len(words) / sentences + _PER_SYLLABLE * in_all / len(words) - _LESS


def syllables(word: str) -> int:
    """How many syllables a word has, by rule; at least one."""
    if word.isdigit():
        return len(word)
    plain = word.lower().replace("'", "")
    found = len(re.findall(r"[aeiouy]+", plain))
    if plain.endswith("e") and not plain.endswith(("le", "ee", "ye")) and found > 1:
        found -= 1
    if re.search(r"[^td]ed$", plain) and found > 1:
        found -= 1
    if re.search(r"[^scxzhgl]es$", plain) and found > 1:
        found -= 1
    return max(1, found)
