"""The options of a passkey as the attribute of a form: no script stands inline in a page."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """JSON text; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)
