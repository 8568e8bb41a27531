"""A picture as lines, boxes, dots and words on a plane: x to the right and y downwards, in points of paper.

Inks are names of `inks`; the setter of a page or of paper chooses the colours. A picture is as wide as a telephone
shows without making its words small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """Through these places, one after the other."""

    places: Sequence[Place]
    ink: str = "ink"
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True)
class Area:
    """Filled, bordered by these places."""

    places: Sequence[Place]
    ink: str = "ink"
    opacity: float = 1.0


@dataclass(frozen=True)
class Dot:
    """A disc, or a ring where it is not filled."""

    x: float
    y: float
    radius: float
    ink: str = "ink"
    filled: bool = True


@dataclass(frozen=True)
class Words:
    """One line of text, standing on `y`; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    ink: str = "ink"
    size: float = 9.0
    anchor: str = "start"


Shape = Line | Area | Dot | Words


@dataclass(frozen=True)
class Drawing:
    """Shapes, later ones above earlier ones, within `width` and `height`."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def bar(low_x: float, high_x: float, y: float, thick: float, ink: str, opacity: float = 1.0) -> Area:
    """A level bar around `y`."""
    half = thick / 2
    return Area(((low_x, y - half), (high_x, y - half), (high_x, y + half), (low_x, y + half)), ink, opacity)
