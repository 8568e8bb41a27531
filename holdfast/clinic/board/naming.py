"""What a screen that others may see shows of a person."""

from __future__ import annotations

from holdfast.clinic.board.models import Shown

MOST_LETTERS = 3


def shown_as(label: str, shown: Shown) -> str:
    """The label as the programme lets a board show it; empty where it shows the chair only."""
    if shown is Shown.NAME:
        return label
    return initials(label) if shown is Shown.INITIALS else ""


def initials(label: str) -> str:
    """`Ada Example` and `Example, Ada` become `A. E.`; of a study id the first letter remains."""
    last, comma, first = label.partition(",")
    words = f"{first} {last}".split() if comma else label.split()
    letters = [next((sign for sign in word if sign.isalnum()), "") for word in words]
    return " ".join(f"{letter.upper()}." for letter in letters if letter)[: MOST_LETTERS * 3 - 1]
