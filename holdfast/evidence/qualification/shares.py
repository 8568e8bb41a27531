"""A share of 1 as a reader sees it."""

from __future__ import annotations


def percent(share: float) -> str:
    """Such as `95 %`, without decimals."""
    return f"{100 * share:.0f} %"
