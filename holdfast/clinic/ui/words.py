"""Stored words as they are read on a page."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

# Stored in lower case, read otherwise.
READ_AS = {
    "ect": "ECT", "ecg": "ECG", "mdd": "MDD", "mdsi": "MDSI", "trd": "treatment-resistant depression",
    "ssri": "SSRI", "snri": "SNRI", "ndri": "NDRI", "sari": "SARI", "maoi": "MAOI", "iv": "IV", "im": "IM", "sc": "SC",
    "bp": "blood pressure", "sud": "substance use", "madrs": "MADRS", "spo2": "SpO2", "phq9": "PHQ-9",
    "bmi": "BMI", "at-visit": "at the visit", "same-day": "the same day", "not-read": "not read",
    "no-response": "no response", "partial-response": "partial response",
    "stopped-for-intolerance": "stopped for intolerance", "severe-without-psychosis": "severe without psychosis",
    "severe-with-psychosis": "severe with psychosis", "non-benzodiazepine-hypnotic": "non-benzodiazepine hypnotic",
}  # fmt: skip


def words(value: Any) -> str:
    """`stop_unless_overridden` becomes `stop unless overridden`; true and false become yes and no; a list is joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(words(one) for one in value) or "none"
    text = str(value)
    if " " in text:
        return text
    return " ".join(READ_AS.get(word, word) for word in text.replace("_", " ").replace("-or-", " or ").split(" "))


_DAY = re.compile(r"\b(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}))?\b")


def days_in_words(text: str) -> str:
    """Days as they are read: `due on 2026-11-02` becomes `due on 2 Nov 2026`. What is no day stays as it is."""

    def said(found: re.Match[str]) -> str:
        try:
            day = dt.date.fromisoformat(found[1])
        except ValueError:
            return found[0]
        return f"{day.day} {day:%b %Y}" + (f", {found[2]}" if found[2] else "")

    return _DAY.sub(said, text)


def sentence(value: Any) -> str:
    """The words, days among them as they are read, with a capital first letter."""
    text = days_in_words(words(value))
    return text[:1].upper() + text[1:]
