"""Published rows as the pages show them: value, time, interval, and the status beside every number."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from holdfast.evidence import pictures, wording
from holdfast.evidence.cards import with_titles
from holdfast.evidence.column_words import column_words

register = template.Library()
_MINUS = "\N{MINUS SIGN}"
# status -> colour of its tag; the word itself always stands there
_COLOURS = {"verified": "good", "transcribed": "accent", "secondary": "", "press": "due", "unverified": "late",
            "assumed": "late", "superseded": "outline"}  # fmt: skip


def _signed(text: str) -> str:
    """With a true minus before a digit."""
    return "".join(
        _MINUS if sign == "-" and text[i + 1 : i + 2].isdigit() and text[i - 1 : i] in ("", " ", "(") else sign
        for i, sign in enumerate(text)
    )


@register.filter
def value_words(row: Any) -> str:
    """The number with its unit, people counted and spread."""
    return _signed(wording.value_words(row)).replace(" percent of patients", " % of patients").replace(" percent", " %")


@register.filter
def interval_words(row: Any) -> str:
    """Both ends and the kind of interval."""
    kinds = {"(ci95)": "(95 % interval)", "(ci95_lower_only)": "(95 % interval, upper end unknown)",
             "(iqr)": "(interquartile range)"}  # fmt: skip
    text = _signed(wording.interval_words(row))
    for kind, read in kinds.items():
        text = text.replace(kind, read)
    return text


register.filter("time_words", wording.time_words)
register.filter("whom_words", wording.whom_words)
register.filter("outcome_words", wording.outcome_words)
register.filter("with_signs", wording.with_signs)
register.filter("with_titles", with_titles)
register.filter("column_words", column_words)
register.filter("beside_published", pictures.beside_published)


@register.filter
def spaced(text: Any) -> str:
    """A stored word with spaces for underscores."""
    return str(text).replace("_", " ")


@register.filter
def status_tag(status: str) -> SafeString:
    """The status as a word on its ground; more trusted is calmer."""
    return format_html('<span class="tag small-tag {}">{}</span>', _COLOURS.get(status, ""), status)


@register.filter
def unverified_mark(row: Any, field: str) -> str:
    """What to say after a cell that alone is unverified, though the row is not."""
    return " (unverified)" if field in row.unverified_fields else ""


@register.filter
def figure(value: float | None) -> str:
    """Three digits with a true minus; `not reached` where no replicate could report it."""
    return "not reached" if value is None else f"{value:.3g}".replace("-", _MINUS)


@register.filter
def ends(both: tuple[float | None, float | None]) -> str:
    """Both ends of an interval."""
    return "" if None in both else f"{figure(both[0])} to {figure(both[1])}"


# narrowest interval that holds a published number, in percent -> colour of its tag, and the words
_HELD = {80: ("good", "\u2713 inside 80 %"), 95: ("accent", "inside 95 %"), 0: ("late", "\u25b2 outside")}


@register.filter
def held_tag(inside: int | None) -> SafeString:
    """Where a published number lies in the intervals of the model; of an end of a range nothing is judged."""
    colour, text = ("outline", "end of a range, not judged") if inside is None else _HELD[inside]
    return format_html('<span class="tag small-tag nowrap {}">{}</span>', colour, text)
