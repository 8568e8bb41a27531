"""The whole report, section by section, as one document for page and paper."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from holdfast.evidence.qualification.judgement import Judgement
from holdfast.evidence.qualification.report.comparison import calibration, hypotheses, misses, rivals
from holdfast.evidence.qualification.report.identified import identified
from holdfast.evidence.qualification.report.sources import sources
from holdfast.evidence.qualification.report.study_cards import study_cards
from holdfast.evidence.qualification.report.verdict import verdict
from holdfast.model.posteriors.reading import Posterior
from holdfast.printed.blocks import Document

TITLE = "Qualification of the mood model"


def report(
    found: Judgement, about: Mapping[str, Any], of_report: Mapping[str, str], posterior: Posterior | None = None
) -> Document:
    """`about` is what the fit wrote; `of_report` date, command, program and facts; `posterior` that of all studies."""
    subtitle = (
        f"Predicted against published, each study left out in turn: {len(found.rows)} numbers of {len(found.studies)} "
        f"studies, hypothesis {found.hypothesis}. {of_report['Written on']}."
    )
    blocks = (
        verdict(found), calibration(found), rivals(found), hypotheses(found), misses(found),
        identified(posterior), *study_cards(found), sources(about, of_report, found.rows),
    )  # fmt: skip
    foot = f"Holdfast: {TITLE.lower()}, {of_report['Written on']}. About groups in trials; no prediction for a patient."
    return Document(TITLE, subtitle, blocks, foot, date=datetime.date.fromisoformat(of_report["Written on"]))
