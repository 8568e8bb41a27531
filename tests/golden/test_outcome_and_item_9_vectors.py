"""Published and derived vectors of remission, response and PHQ-9 item 9: scale_vectors.json of the shared folder.

Exact: these are definitions, not measurements.
"""

from __future__ import annotations

import datetime
import json

import pytest

from holdfast.outcomes import definition, remission, response
from holdfast.safety import respond
from holdfast.scales import score

pytestmark = pytest.mark.shared_data
EXPECTED = {"remission": 12, "response": 8, "item9": 1}


@pytest.fixture
def vectors(scale_vectors):
    return json.loads(scale_vectors.read_text(encoding="utf-8"))["vectors"]


@pytest.mark.parametrize("kind", EXPECTED)
def test_vectors(vectors, kind):
    asked = [v for v in vectors if v["kind"] == kind]
    assert len(asked) == EXPECTED[kind]
    for vector in asked:
        assert ANSWERS[kind](vector) == vector["expect"], vector["id"]


def _remission(vector):
    given = vector["input"]
    return remission(given["total"], definition(given["definition"]), scale=vector["scale"])


def _response(vector):
    given = vector["input"]
    return response(given["baseline"], given["total"], definition("response_50"), scale="madrs")


def _item_9(vector):
    found = respond(phq9_item_9=vector["input"][8], country="US", today=datetime.date(2026, 11, 21))
    total = score("phq-9", vector["input"]).total
    return {"total": total, "item_9": vector["input"][8], "crisis_text": found.show_crisis_text}


ANSWERS = {"remission": _remission, "response": _response, "item9": _item_9}
