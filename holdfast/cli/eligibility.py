"""`holdfast eligibility`: assess an evaluation, stage a history, print an empty input file."""

from __future__ import annotations

import argparse
import datetime
import json
from pathlib import Path
from typing import Any

from holdfast import facts
from holdfast.cli.decisions import told
from holdfast.cli.output import emit, read_json, text_table
from holdfast.cli.parser import Verbs
from holdfast.eligibility import Staging, adequacy, assess, read_evaluation, read_request, stage_all
from holdfast.eligibility.answers import Evaluation
from holdfast.eligibility.reading import PARTS, template
from holdfast.errors import InputError
from holdfast.facts.written import refuse_unknown
from holdfast.protocols.standing import label_standing

EXAMPLES = "docs/examples"
REFUSED = "Cannot enter the programme as it stands:"


def add_verbs(verbs: Verbs) -> None:
    """assess, stage, template."""
    assessing = verbs.add(
        "assess",
        _assess,
        does="assess an evaluation: every stop, caution and open question, with its rule",
        example=f"holdfast eligibility assess {EXAMPLES}/eligibility_trd_us.json --json",
    )
    assessing.add_argument("file", type=Path, help="JSON, as printed by `holdfast eligibility template`")
    staging = verbs.add(
        "stage",
        _stage,
        does="stage treatment resistance by three methods side by side",
        example=f"holdfast eligibility stage {EXAMPLES}/eligibility_trd_us.json --json",
    )
    staging.add_argument("file", type=Path, help="the same file; only evaluation and trials are read")
    verbs.add(
        "template",
        _template,
        does="print an empty input file with every field explained",
        example="holdfast eligibility template",
    )


def _assess(arguments: argparse.Namespace) -> None:
    content = read_json(arguments.file)
    try:
        request = read_request(content)
        today = request.assessed_on or datetime.datetime.now().astimezone().date()
        decision = assess(request.evaluation, request.rules, today=today)
    except InputError as error:
        raise InputError(f"{arguments.file}: {error}") from None
    rules = request.rules
    label = label_standing(
        drug=rules.drug, route=rules.route, indication=rules.indication, jurisdiction=rules.jurisdiction
    )
    answer = {
        "drug": rules.drug,
        "route": rules.route,
        "indication": rules.indication,
        "jurisdiction": rules.jurisdiction,
        "signed": sorted(rules.signed),
        "choices": dict(rules.choices),
        "assessed_on": today,
        "label": label.as_dict(),
        "decision": decision.as_dict(),
        **_history(request.evaluation),
    }
    text = (label.text, told(decision, refused=REFUSED), _staging_text(request.evaluation))
    emit(arguments, answer, "\n\n".join(text))


def _stage(arguments: argparse.Namespace) -> None:
    content = read_json(arguments.file)
    try:
        refuse_unknown(content, PARTS, "file.")
        evaluation = read_evaluation(content.get("evaluation"), content.get("trials"))
    except InputError as error:
        raise InputError(f"{arguments.file}: {error}") from None
    emit(arguments, _history(evaluation), _staging_text(evaluation))


def _template(arguments: argparse.Namespace) -> None:
    empty = template()
    emit(arguments, empty, json.dumps(empty, indent=2, ensure_ascii=False))


def _history(evaluation: Evaluation) -> dict[str, Any]:
    trials = evaluation.trials
    judged = None if trials is None else [{"drug": trial.drug, **adequacy(trial).as_dict()} for trial in trials]
    return {
        "trials": judged,
        "staging": [staged.as_dict() for staged in stage_all(evaluation.history())],
        "facts_digest": facts.load().digest,
    }


def _staging_text(evaluation: Evaluation) -> str:
    rows = [(s.name, _value(s), s.band, _inputs(s)) for s in stage_all(evaluation.history())]
    return text_table(rows, ("staging", "value", "band", "inputs, or what is missing"))


def _value(staged: Staging) -> str:
    return "not given" if staged.value is None else str(staged.value)


def _inputs(staged: Staging) -> str:
    if staged.missing:
        return f"missing: {', '.join(staged.missing).replace('_', ' ')}"
    return "; ".join(f"{name.replace('_', ' ')} {_spoken(value)}" for name, value in staged.inputs.items())


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "none" if isinstance(value, list | tuple) else str(value)
