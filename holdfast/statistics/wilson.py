"""Wilson's score interval of a share, 1927: sensible at 0 and at all, and plain Python, so that a page may show it."""

from __future__ import annotations

import math

from holdfast.statistics.estimate import LEVEL, Estimate, check_share, normal_quantile


def wilson_share(events: int, people: int, level: float = LEVEL) -> Estimate:
    """Events in people, with Wilson's score interval: narrower than the exact one, sensible at 0 and at all."""
    check_share(events, people, level)
    if not people:
        return Estimate(None, 0.0, 1.0)
    z, share = normal_quantile(level), events / people
    middle = (share + z * z / (2 * people)) / (1 + z * z / people)
    half = z * math.sqrt(share * (1 - share) / people + z * z / (4 * people * people)) / (1 + z * z / people)
    low = 0.0 if events == 0 else max(0.0, middle - half)
    return Estimate(share, low, 1.0 if events == people else min(1.0, middle + half))
