"""The page of care rules: each with its text, weight, numbers, source, and where it is decided and shown."""

from __future__ import annotations

from itertools import groupby

from generator.markdown import anchor, cell, heading, table
from generator.specs import Chapter
from generator.tables import source
from holdfast import facts
from holdfast.facts import NEEDS_SIGNATURE, CareRule
from holdfast.facts.tables import STAGES

_ACTIONS = {
    "hard_stop": "hard stop, nobody may override it",
    "stop_unless_overridden": "stop; a physician may override it with a recorded reason",
    "caution": "caution, shown and acknowledged",
    "record": "must be recorded",
    "compute": "computed",
    "route": "routed to a person",
}


def care_rules_page(chapters: list[Chapter]) -> str:
    """Every care rule, grouped by stage; the recorded-only ones are listed first with their reasons."""
    rules = list(facts.care_rules().values())
    lines = heading(
        "Care rules",
        f"{len(rules)} rules, from `holdfast/facts/care_rules.csv` and `care_thresholds.csv`. A rule of class "
        f"{' or '.join(sorted(NEEDS_SIGNATURE))} is inactive until a named physician of the programme has signed "
        "it: it is told, never enforced. The exception is the crisis path "
        "(see [Crisis path](../explanation/crisis-path.md)).",
    )
    lines += _summary(rules)
    shown = shown_in(chapters)
    for stage, group in groupby(sorted(rules, key=lambda r: STAGES.index(r.stage)), key=lambda r: r.stage):
        lines += [f"## {stage.replace('_', ' ').capitalize()}", ""]
        for rule in group:
            lines += _rule(rule, shown.get(rule.id, []))
    return "\n".join(lines)


def shown_in(chapters: list[Chapter]) -> dict[str, list[str]]:
    """Links to the worked examples of each rule."""
    links: dict[str, list[str]] = {}
    for chapter in chapters:
        for spec in chapter.specs:
            for rule_id in spec.rules:
                link = f"[{cell(spec.title)}](rules/{chapter.name}.md#{anchor(spec.title)})"
                links.setdefault(rule_id, []).append(link)
    return links


def _summary(rules: list[CareRule]) -> list[str]:
    recorded = [rule for rule in rules if rule.implemented_by == "recorded-only"]
    lines = ["## Recorded only", ""]
    if not recorded:
        return [*lines, "None: every rule is decided by a function.", ""]
    lines += [f"{len(recorded)} rules are kept as facts and decided by no function. Why:", ""]
    return [*lines, *table(("rule", "why"), [(f"`{r.id}`", r.recorded_only_because) for r in recorded])]


def _rule(rule: CareRule, examples: list[str]) -> list[str]:
    lines = [f"### `{rule.id}`", "", cell(rule.text), ""]
    lines.append(f"- **When met**: {_ACTIONS[rule.action]}{_hard_stop_for(rule)}")
    signature = "; inactive until signed" if rule.class_ in NEEDS_SIGNATURE else ""
    lines.append(f"- **Authority**: class {rule.class_}, status {rule.status}{signature}")
    lines.append(f"- **Applies to**: {_applies(rule)}")
    if rule.extends_to:
        lines.append(f"- **Extended by the house, once signed, to**: {cell(rule.extends_to)}")
    lines.append(f"- **Source**: {source(rule.row)}")
    if rule.implemented_by == "recorded-only":
        lines.append(f"- **Recorded only**: {cell(rule.recorded_only_because)}")
    else:
        lines.append(f"- **Decided by**: `holdfast.{rule.implemented_by}`")
    if examples:
        lines.append(f"- **Worked examples**: {', '.join(examples)}")
    lines.append(f"- **Version of this row**: {rule.rule_version}")
    lines.append("")
    return [*lines, *_thresholds(rule)]


def _hard_stop_for(rule: CareRule) -> str:
    return f"; for {cell(rule.hard_stop_for)} a hard stop" if rule.hard_stop_for else ""


def _applies(rule: CareRule) -> str:
    parts = (
        ("drug", rule.drugs),
        ("route", rule.routes),
        ("indication", rule.indications),
        ("jurisdiction", rule.jurisdictions),
    )
    return "; ".join(f"{name} {', '.join(values)}" for name, values in parts)


def _thresholds(rule: CareRule) -> list[str]:
    if not rule.thresholds:
        return []
    rows = [
        (f"`{t.id}`", t.quantity, f"{t.op} {cell(t.values) or 'set by each clinic'} {t.unit or ''}", t.when, t.key)
        for t in rule.thresholds.values()
    ]
    return table(("threshold", "quantity", "limit", "when", "key"), rows)
