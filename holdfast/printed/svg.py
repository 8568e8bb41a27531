"""A drawing as an SVG file of its own, on white, for papers and slides: vector, with its colours inside."""

from __future__ import annotations

from holdfast.printed.drawing import Drawing
from holdfast.printed.html import svg
from holdfast.printed.inks import LIGHT

_LETTERS = "font-family: Arial, Helvetica, sans-serif"


def svg_file(drawing: Drawing, alternative: str) -> str:
    """The whole file as text, in the inks of paper."""
    drawn = svg(drawing, alternative)
    for name, colour in LIGHT.items():  # programs for drawing know no variables
        drawn = drawn.replace(f"var(--{name})", colour)
    size = f'width="{drawing.width:g}pt" height="{drawing.height:g}pt" style="{_LETTERS}; background: {LIGHT["paper"]}"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn.replace("<svg ", f"<svg {size} ", 1)}\n'
