"""Numbers, changes and times as the pages show them: with unit, with words, never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from holdfast.clinic.definition_words import definition_words
from holdfast.clinic.ui.words import sentence, words

register = template.Library()
MINUS = "\N{MINUS SIGN}"


@register.filter
def number(value: Any, places: int | None = None) -> str:
    """A number without needless zeros, with a true minus sign; a dash in words where there is none."""
    if value is None or value == "":
        return "not known"
    figure = Decimal(str(value))
    text = f"{figure:.{places}f}" if places is not None else f"{figure.normalize():f}"
    return text.replace("-", MINUS)


register.filter("words", words)
register.filter("sentence", sentence)


@register.filter
def page_words(name: str) -> str:
    """The name of an address as words: `assessment-correct` becomes `assessment, correct`."""
    return str(name).replace("-", ", ").replace("_", " ")


@register.filter
def dial(text: str) -> str:
    """The number of a telephone line for a link that dials it; empty where the text is no number."""
    digits = text.replace(" ", "").replace("-", "")
    return digits if digits.removeprefix("+").isascii() and digits.removeprefix("+").isdigit() else ""


@register.filter
def get(values: Mapping[str, Any], name: str) -> Any:
    """The value of that name; None where there is none."""
    return values.get(name)


register.filter("definition", definition_words)


@register.filter
def fact_of_definition(name: str) -> str:
    """Id of the row of an outcome definition."""
    return f"outcome.{name}"


@register.filter
def due_title(text: str) -> str:
    """What is due, without the date and the days that stand beside it as a tag: `Bladder, next check`."""
    return sentence(text.partition(": ")[0])


@register.simple_tag
def change_words(baseline: Any, latest: Any, *, higher_is_worse: bool = True) -> SafeString:
    """Change from baseline: arrow, points, percent, and the word better, worse or unchanged."""
    if baseline is None or latest is None:
        return format_html('<span class="soft">{}</span>', "no change known")
    change = Decimal(str(latest)) - Decimal(str(baseline))
    if change == 0:
        return format_html('<span class="change"><span class="arrow" aria-hidden="true">→</span>{}</span>', "unchanged")
    improved = (change < 0) == higher_is_worse
    percent = f" ({number(change / Decimal(str(baseline)) * 100, 0)} %)" if baseline else ""
    return format_html(
        '<span class="change {}"><span class="arrow" aria-hidden="true">{}</span>{}{} {}</span>',
        "better" if improved else "worse",
        "↓" if change < 0 else "↑",
        number(abs(change)),
        percent,
        "better" if improved else "worse",
    )


@register.inclusion_tag("ui/reasons.html")
def reasons(found: Any, *, heading: str, level: int = 3) -> dict[str, Any]:
    """Every reason of one weight, each with a link to its rule."""
    return {"reasons": found, "heading": heading, "level": level}


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> str:
    """The query string of this page with some values changed; for sorting and paging links."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query[key] = value
    return f"?{query.urlencode()}"
