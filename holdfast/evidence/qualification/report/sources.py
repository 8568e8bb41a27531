"""Where the report comes from: model, posterior, facts, tables, command and date, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.evidence.qualification.summary import in_words
from holdfast.printed.blocks import Block, Paragraph, Section, Terms


def sources(about: Mapping[str, Any], of_report: Mapping[str, str]) -> Section:
    """`about` is what the fit wrote beside its tables; `of_report` names facts, program and date of the report."""
    pairs = [
        ("Model", in_words(about.get("model"))), ("Posterior", in_words(about.get("posterior"))),
        ("Fitted on", str(about.get("date", "not told"))), ("Fitted by", str(about.get("command", "not told"))),
        ("Seed", str(about.get("seed", "not told"))), ("Facts of the fit", str(about.get("facts_digest", "not told"))),
        ("Tables", in_words(about.get("files"))),
        *((name, value) for name, value in of_report.items()),
    ]  # fmt: skip
    blocks: list[Block] = [Terms(tuple(pairs))]
    if of_report.get("Facts of this report") != about.get("facts_digest"):
        blocks.append(Paragraph(
            "The facts have changed since the fit: published values and statuses here are those of today, predictions "
            "those of the fit. make calibrate brings them together."
        ))  # fmt: skip
    return Section("sources", "Where this comes from", tuple(blocks))
