"""Published facts as tables: care rules, protocols, scales, outcome definitions, codes, crisis lines.

Everything above this package takes its numbers from here; see docs/reference/facts.md for the tables.
"""

from holdfast.facts.loader import Facts, load, read_tables
from holdfast.facts.rule_set import RuleSet, chosen_settings, jurisdiction_reach, rule_set
from holdfast.facts.rules import NEEDS_SIGNATURE, CareRule, care_rule, care_rules, existing_rules
from holdfast.facts.schema import Document, Fault, Row
from holdfast.facts.thresholds import Threshold, compare

__all__ = [
    "NEEDS_SIGNATURE", "CareRule", "Document", "Facts", "Fault", "Row", "RuleSet", "Threshold", "care_rule",
    "care_rules", "chosen_settings", "compare", "existing_rules", "jurisdiction_reach", "load", "read_tables",
    "rule_set",
]  # fmt: skip
