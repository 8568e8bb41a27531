"""The few colours of a document, by what they are for. Each stands out from its ground by 4.5 to 1 or more.

On a screen a reader may prefer dark; paper is white. Colour never tells something alone: words or shapes say it too.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff", "ground": "#f4f5f3", "ink": "#1d2326", "soft": "#525c61", "rule": "#c9cfcc",
    "ours": "#0064a0", "theirs": "#b34700", "third": "#00714e", "good": "#1b6b3a", "bad": "#9c2a1e",
    "unsure": "#7a5300",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "paper": "#15191b", "ground": "#20262a", "ink": "#e8ecea", "soft": "#a9b4b5", "rule": "#454f54",
    "ours": "#7cc0ee", "theirs": "#f2a06b", "third": "#6ccda6", "good": "#86d3a1", "bad": "#f09a8d",
    "unsure": "#e2bd6b",
}  # fmt: skip
