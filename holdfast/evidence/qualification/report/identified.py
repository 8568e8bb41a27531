"""What the published numbers do not tell: parameters as wide after them as before."""

from __future__ import annotations

from holdfast.evidence.qualification.fit_soundness import doubts, told
from holdfast.evidence.qualification.identification import LEAST_GONE, narrowed
from holdfast.evidence.qualification.report.numbers import signed
from holdfast.evidence.qualification.shares import percent
from holdfast.model.posteriors.reading import Posterior
from holdfast.printed.blocks import Block, Cell, Notice, Paragraph, Section, Table, Terms

_TITLE = "What the data do not identify"


def identified(posterior: Posterior | None) -> Section:
    """Every parameter before and after the fit, the least known first; a sentence where there is no posterior."""
    if posterior is None:
        return Section("identified", _TITLE, (Paragraph("There is no posterior of this hypothesis to look at."),))
    found = narrowed(posterior)
    unknown = [one for one in found if one.words.startswith("not")]
    blocks: list[Block] = [Paragraph(_said([one.meaning for one in unknown], len(found)))]
    rows = tuple(
        (f"{one.meaning} ({one.name})", _span(one.before), _span(one.after), percent(one.ratio),
         Cell(one.words, "unsure" if one in unknown else "plain"))
        for one in found
    )  # fmt: skip
    blocks.append(Table(
        "Each parameter before and after the fit: median (95 %), and how wide it still is",
        ("Parameter", "Before", "After", "Width left", "Moved"), rows, frozenset({3}), (0.38, 0.2, 0.2, 0.09, 0.13),
    ))  # fmt: skip
    blocks.append(Paragraph(
        "Width left is the spread after over the spread before, on the scale of the prior. Parameters can be known "
        "together and not one by one: two that undo each other both stay wide.", soft=True,
    ))  # fmt: skip
    return Section("identified", _TITLE, (*blocks, *_soundness(posterior)))


def _soundness(posterior: Posterior) -> tuple[Block, ...]:
    diagnostics = posterior.about.get("diagnostics", {})
    found = doubts(diagnostics)
    said: tuple[Block, ...] = ()
    if found:
        said = (Notice("The fit itself is not above doubt", f"{'; '.join(found)}.", "unsure"),)
    return (*said, *((Terms(told(diagnostics)),) if diagnostics else ()))


def _said(unknown: list[str], of: int) -> str:
    if not unknown:
        return f"All {of} parameters became narrower by {percent(LEAST_GONE)} or more."
    return (
        f"{len(unknown)} of {of} parameters are as wide after the fit as before, or less than {percent(LEAST_GONE)} "
        f"narrower; what they are is our assumption and no finding: {'; '.join(unknown)}."
    )


def _span(told: tuple[float, float, float]) -> str:
    low, middle, high = (signed(f"{value:.2g}") for value in told)
    return f"{middle} ({low} to {high})"
