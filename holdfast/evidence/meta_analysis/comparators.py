"""What an arm was compared with, in a few families that are never pooled silently.

Saline and a placebo spray are one family as long as nothing else is started with them. A placebo beside a new
antidepressant, or in a hospital bed, is not no treatment (EVIDENCE.md, trap 9); midazolam is felt, saline is not.
"""

from __future__ import annotations

from holdfast.facts.schema import Row

FAMILIES = {
    "saline": "saline or placebo",
    "antidepressant": "placebo beside an antidepressant",
    "standard-care": "placebo beside standard hospital care",
    "midazolam": "midazolam",
    "ect": "electroconvulsive therapy",
    "quetiapine": "quetiapine",
    "several": "several comparators pooled",
    "none": "no comparator",
}
_ADDED = (("standard-care", ("soc", "standard care")), ("antidepressant", ("+ ad", "+ new ad", "+ new oral ad")))


def family(arm: Row) -> str:
    """Key of `FAMILIES` for the comparator of an arm, from the words of the table."""
    words = (arm.get("comparator") or "none").lower()
    if "/" in words or words == "control":
        return "several"
    for name in ("midazolam", "quetiapine", "ect"):
        if words.startswith(name):
            return name
    if words == "none":
        return "none"
    given = f"{words} {(arm.get('schedule') or '').lower()}"
    for name, signs in _ADDED:
        if any(sign in given for sign in signs):
            return name
    return "saline"
