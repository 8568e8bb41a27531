"""What every page's frame shows: where the person may go, and the colours they chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.alerts.queries import banner_for
from holdfast.clinic.break_glass.queries import waiting_count
from holdfast.clinic.jobs.queries import wanting_attention
from holdfast.clinic.screen_lock.queries import has_pin

THEME_COOKIE = "holdfast_theme"
THEMES = ("light", "dark")

# action that opens the page, its address, its name
PLACES = (
    ("caseload.view", "caseload", "Caseload"),
    ("board.view", "board-start", "Board"),
    ("work.view", "worklist", "Worklist"),
    ("referral.view", "referral-list", "Referrals"),
    ("alert.view", "alert-list", "Alerts"),
    ("drug_ledger.view", "drug-ledger-list", "Drugs"),
    ("programme.view", "programme-list", "Programmes"),
    (None, "rule-list", "Rules"),
    (None, "study-list", "Evidence"),
    ("break_glass.view", "break-glass-list", "Break-glass"),
    ("audit.view", "audit-list", "Audit"),
    ("job.view", "job-list", "Jobs"),
    ("user.view", "user-list", "People"),
)

# places whose pages lie under a programme, by a part of their address
UNDER_A_PROGRAMME = {"/board/": "board-start", "/drugs/": "drug-ledger-list"}


def page(request: HttpRequest) -> dict[str, Any]:
    """`nav` by the person's permissions, `theme` by their cookie (empty = as the device), glass that is broken."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else "", "nav": []}
    context["broken_glass"] = getattr(request, "broken_glass", [])
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context["nav"] = [
            _item(request, name, label) for action, name, label in PLACES if not action or may(user, action)
        ]
        context["has_quick_pin"] = has_pin(user)
        context["may_break_glass"] = may(user, "break_glass.open")
        context["glass_waiting"] = waiting = waiting_count(user)
        context["alert_banner"] = alerts = banner_for(user, timezone.now())
        jobs = wanting_attention(actor=user, now=timezone.now())
        counts = {"break-glass-list": waiting, "alert-list": len(alerts.calling), "job-list": jobs}
        context["nav"] = [item | {"count": counts.get(item["name"], 0)} for item in context["nav"]]
    return context


def _item(request: HttpRequest, name: str, label: str) -> dict[str, Any]:
    url = reverse(name)
    under = next((place for part, place in UNDER_A_PROGRAMME.items() if part in request.path), None)
    current = under == name if under else request.path.startswith(url)
    return {"name": name, "url": url, "label": label, "current": current}
