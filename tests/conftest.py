"""What all tests share: the open data sets, and one profile of Hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.shared_data import evidence_review, nimh_scores, scale_vectors, shared_data

if TYPE_CHECKING:
    from holdfast.model.qualification import Verdict

__all__ = ["evidence_review", "nimh_scores", "scale_vectors", "shared_data"]

# No deadline: two workers share two cores, and a slow example is not a wrong one. Examples are drawn anew each run.
settings.register_profile("commit", deadline=None, max_examples=100)
settings.register_profile("long", deadline=None, max_examples=5000)
settings.load_profile("commit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database: `make test-postgresql` runs those again on PostgreSQL."""
    for item in items:
        used = {"db", "transactional_db"}.intersection(getattr(item, "fixturenames", ()))
        if used or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def qualified() -> Callable[[str], list[Verdict]]:
    """What `qualify` says of a model, by its name: seconds of virtual patients, once for all tests of a worker."""
    from holdfast.model.named_models import named_model
    from holdfast.model.qualification import qualify

    return cache(lambda name: qualify(named_model(name)))


@pytest.fixture
def qualify_once(qualified: Callable[[str], list[Verdict]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands answer from `qualified`. That the whole command runs is seen where its example is run."""
    monkeypatch.setattr("holdfast.model.qualification.qualify", lambda model: qualified(model.id))
