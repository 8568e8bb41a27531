"""Where the report comes from: model, posterior, facts, tables, command and date, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.evidence.qualification.blind import Blind
from holdfast.evidence.qualification.summary import in_words
from holdfast.printed.blocks import Block, Paragraph, Section, Terms


def sources(about: Mapping[str, Any], of_report: Mapping[str, str], rows: Sequence[Blind]) -> Section:
    """`about` is what the fit wrote beside its tables; `of_report` names facts, program and date of the report.

    `rows` are the predictions: published numbers that changed since are named.
    """
    pairs = [
        ("Model", in_words(about.get("model"))), ("Posterior", in_words(about.get("posterior"))),
        ("Fitted on", str(about.get("date", "not told"))), ("Fitted by", str(about.get("command", "not told"))),
        ("Seed", str(about.get("seed", "not told"))), ("Facts of the fit", str(about.get("facts_digest", "not told"))),
        ("Tables", in_words(about.get("files"))),
        *((name, value) for name, value in of_report.items()),
    ]  # fmt: skip
    blocks: list[Block] = [Terms(tuple(pairs))]
    blocks.append(Paragraph(_since_the_fit(rows)))
    return Section("sources", "Where this comes from", tuple(blocks))


def _since_the_fit(rows: Sequence[Blind]) -> str:
    changed = [one.row.id for one in rows if one.row.value != one.published or one.row.status != one.status]
    if not changed:
        return "None of the published numbers judged here has changed since the fit."
    return (
        f"Since the fit {len(changed)} of the published numbers have changed, in value or status: "
        f"{', '.join(changed)}. They are judged here as they were; make calibrate brings them together."
    )
