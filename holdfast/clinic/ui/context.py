"""What every page's frame shows: where the person may go, and the colours they chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from holdfast.clinic.accounts.permissions import may

THEME_COOKIE = "holdfast_theme"
THEMES = ("light", "dark")

# action that opens the page, its address, its name
PLACES = (
    ("caseload.view", "caseload", "Caseload"),
    ("programme.view", "programme-list", "Programmes"),
    (None, "rule-list", "Rules"),
    (None, "study-list", "Evidence"),
    ("audit.view", "audit-list", "Audit"),
    ("user.view", "user-list", "People"),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """`nav` by the person's permissions and `theme` by their cookie (empty = as the device)."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else "", "nav": []}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context["nav"] = [
            _item(request, name, label) for action, name, label in PLACES if not action or may(user, action)
        ]
    return context


def _item(request: HttpRequest, name: str, label: str) -> dict[str, Any]:
    url = reverse(name)
    return {"url": url, "label": label, "current": request.path.startswith(url)}
