"""How the safety sections name kinds of events, drugs and routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from holdfast.registry.common_model import EVENT_CATEGORIES
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import ANY, DEATH, KINDS, SERIOUS
from holdfast.treatment_sessions import event_kinds

KIND_WORDS: Mapping[str, str] = {
    ANY: "any adverse event", SERIOUS: "serious, of any kind", DEATH: "death",
    **{kind.value: words for kind, words in event_kinds.KIND_WORDS.items()},
}  # fmt: skip
assert set(KIND_WORDS) == {*KINDS, *EVENT_CATEGORIES}
ROUTE_WORDS: Mapping[str, str] = {
    "nasal": "nasal", "iv": "intravenous", "im": "intramuscular", "sc": "subcutaneous", "oral": "oral",
    "sublingual": "sublingual",
}  # fmt: skip
SITES_TOLD_FROM = 2


def treatment(drug: str | int, route: str | int) -> str:
    """What is given and how."""
    return f"{drug}, {ROUTE_WORDS.get(str(route), route)}"


def kinds_in_order(kinds: Iterable[str | int]) -> list[str]:
    """Over kinds first, then by name."""
    first = (ANY, SERIOUS, DEATH)
    rest = sorted((str(one) for one in kinds if one not in first), key=lambda one: KIND_WORDS[one])
    return [*first, *rest]


def sites(cells: Mapping[str, Cells]) -> tuple[str, ...]:
    """Sites with a course that started."""
    return tuple(str(key[0]) for key, row in cells["started"].over("site").rows.items() if row[0])


def started(cells: Mapping[str, Cells]) -> int:
    """Courses that had a first treatment session."""
    return cells["started"].over().of()["courses"]
