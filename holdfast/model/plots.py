"""What all figures share: colours, sizes, the caption, and how they are written. Drawn without a screen."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure

from holdfast.errors import InputError
from holdfast.whole_files import written_whole

FORMATS = ("svg", "png")
WIDTH_IN = 7.0
SMALL_PT = 8.0  # of captions and full legends
# Colours of Okabe and Ito: told apart by people who see few colours, and the first ones by lightness, too.
BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#000000"
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", BLACK, "#56B4E9", "#E69F00", "#F0E442")


def add_caption(figure: Figure, words: str) -> None:
    """Below, in small: what is drawn, and what it is not."""
    figure.supxlabel(words, fontsize=SMALL_PT, color="0.35")


def write_figure(figure: Figure, path: Path) -> None:
    """Write the figure in the format its name ends in. Raises `InputError` for another format or place."""
    suffix = path.suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise InputError(f"{path} does not end in {' or '.join('.' + name for name in FORMATS)}; name the plot so")
    drawn = io.BytesIO()
    figure.savefig(drawn, format=suffix, dpi=150, metadata={"Date": None} if suffix == "svg" else None)
    with written_whole(path) as place:
        place.write_bytes(drawn.getvalue())
