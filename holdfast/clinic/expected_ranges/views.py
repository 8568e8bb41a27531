"""What the expected range of a flow-sheet rests on, and where the model is known to fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.expected_ranges.queries import RangeView
from holdfast.clinic.flow_sheets.expected import range_of_sheet
from holdfast.clinic.flow_sheets.sheets import rows_of, sheet_from
from holdfast.clinic.treatment_sessions.lookup import treatment_session_or_404

EVERY_MIN = 15
QUANTITIES = {
    "sbp_mmhg": "Systolic, mmHg", "dbp_mmhg": "Diastolic, mmHg", "cadss_total": "Dissociation, CADSS points",
}  # fmt: skip
NOT_KNOWN = {"weight_kg": "the weight", "age_y": "the age", "sex": "the sex"}


@require_safe
def show(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """Numbers, what was put in, model and facts, what lies beyond its fit, known misses."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "expected_range.view", row)
    seen = range_of_sheet(request.user, row, sheet_from(row, rows_of(row)))
    context: dict[str, Any] = {"row": row, "course": row.course, "seen": seen, "programme": row.programme}
    if seen is not None and seen.given is not None:
        context |= _about(seen)
    with timezone.override(row.programme.time_zone):
        return render(request, "expected_ranges/show.html", context)


def _about(seen: RangeView) -> dict[str, Any]:
    given = seen.given or {}
    about = given["about"]
    return {
        "about": about, "asked": about["asked"], "drawn": [NOT_KNOWN[name] for name in about["drawn"]],
        "quantities": [(title, _lines(given, name)) for name, title in QUANTITIES.items() if name in given["bands"]],
        "inner": round(100 * given["shares"]["inner"]), "outer": seen.outer,
    }  # fmt: skip


def _lines(given: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A line each 15 minutes."""
    band = given["bands"][name]
    return [
        {"minute": minute, "median": band["median"][i], "inner": band["inner"][i], "outer": band["outer"][i]}
        for i, minute in enumerate(given["minutes"]) if minute % EVERY_MIN == 0
    ]  # fmt: skip
