"""Published facts as tables: care rules, protocols, scales, outcome definitions, codes, crisis lines.

Everything above this package takes its numbers from here; see docs/reference/facts.md for the tables.
"""

from holdfast.facts.loader import Facts, load, read_tables
from holdfast.facts.rules import CareRule, RuleSet, Threshold, care_rule, care_rules, compare, existing_rules, rule_set
from holdfast.facts.schema import Document, Fault, Row

__all__ = [
    "CareRule",
    "Document",
    "Facts",
    "Fault",
    "Row",
    "RuleSet",
    "Threshold",
    "care_rule",
    "care_rules",
    "compare",
    "existing_rules",
    "load",
    "read_tables",
    "rule_set",
]  # fmt: skip
