"""Made-up follow-ups that both oracles read: `python tests/golden/survival/make_cases.py` writes cases.json beside it.

Nobody is behind a number here: lists by hand, and draws with the seed written below.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEED = 20261122


def cases() -> list[dict[str, Any]]:
    """Each: name, day and status (0 censored, 1 and 2 kinds of end) of each person; entry, group, site where it has."""
    draw = random.Random(SEED)
    few = [
        {"name": "one event", "day": [7], "status": [1]},
        {"name": "one censored", "day": [7], "status": [0]},
        {"name": "no event", "day": [3, 3, 9, 14, 30], "status": [0, 0, 0, 0, 0]},
        {"name": "everybody on one day", "day": [5, 5, 5], "status": [1, 1, 1]},
        {"name": "flat at half", "day": [2, 4, 6, 9], "status": [1, 1, 0, 1]},
        {"name": "flat at half by rounding", "day": list(range(1, 11)), "status": [1, 1, 1, 1, 1, 0, 0, 1, 0, 1]},
        {"name": "events on day 0", "day": [0, 0, 1, 4, 4, 8], "status": [1, 0, 1, 1, 0, 0]},
        {"name": "ends of two kinds", "day": [1, 2, 2, 3, 3, 3, 5, 8, 8, 13], "status": [1, 2, 1, 0, 2, 1, 2, 1, 0, 2]},
    ]
    drawn = [
        _drawn(draw, "ties", people=60, longest=12, censored=0.3),
        _drawn(draw, "heavy censoring", people=80, longest=200, censored=0.9),
        _drawn(draw, "late entry", people=90, longest=60, censored=0.4, late=0.5),
        _drawn(draw, "three groups at four sites", people=200, longest=90, censored=0.35, groups=3, sites=4),
        _drawn(draw, "a rare group", people=40, longest=25, censored=0.3, groups=2, sites=5, rare=True),
    ]
    return [*few, *drawn]


def _drawn(draw, name, *, people, longest, censored, late=0.0, groups=0, sites=0, rare=False):  # type: ignore[no-untyped-def]
    group = [draw.randrange(groups) if groups else 0 for _ in range(people)]
    if rare:
        group = [int(place < 4) for place in range(people)]
    day = [1 + int(min(longest - 1, draw.expovariate((1.5 + g) / longest))) for g in group]
    status = [0 if draw.random() < censored else draw.choice((1, 1, 2)) for _ in range(people)]
    found = {"name": name, "day": day, "status": status}
    if late:
        # some of a large set from the start on, so that the risk set never runs empty early
        found["entry"] = [draw.randrange(d) if draw.random() < late else -1 for d in day]
    if groups:
        found |= {"group": group, "site": [draw.randrange(sites) for _ in range(people)]}
    return found


if __name__ == "__main__":
    text = json.dumps({"seed": SEED, "cases": cases()})
    (HERE / "cases.json").write_text(text.replace('{"name"', '\n{"name"') + "\n", encoding="utf-8")
