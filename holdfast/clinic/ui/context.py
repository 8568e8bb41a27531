"""What every page's frame shows: where the person may go, and the colours they chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.alerts.queries import calling
from holdfast.clinic.break_glass.queries import waiting_count
from holdfast.clinic.jobs.queries import wanting_attention

THEME_COOKIE = "holdfast_theme"
THEMES = ("light", "dark")

# action that opens the page, its address, its name
PLACES = (
    ("caseload.view", "caseload", "Caseload"),
    ("alert.view", "alert-list", "Alerts"),
    ("programme.view", "programme-list", "Programmes"),
    (None, "rule-list", "Rules"),
    (None, "study-list", "Evidence"),
    ("break_glass.view", "break-glass-list", "Break-glass"),
    ("audit.view", "audit-list", "Audit"),
    ("job.view", "job-list", "Jobs"),
    ("user.view", "user-list", "People"),
)


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
        context["may_break_glass"] = may(user, "break_glass.open")
        context["glass_waiting"] = waiting = waiting_count(user)
        context["calling"] = called = calling(user, timezone.now())
        jobs = wanting_attention(actor=user, now=timezone.now())
        counts = {"break-glass-list": waiting, "alert-list": len(called), "job-list": jobs}
        context["nav"] = [item | {"count": counts.get(item["name"], 0)} for item in context["nav"]]
    return context


def _item(request: HttpRequest, name: str, label: str) -> dict[str, Any]:
    url = reverse(name)
    return {"name": name, "url": url, "label": label, "current": request.path.startswith(url)}
