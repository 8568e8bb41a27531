"""What all tests share: the open data sets, and one profile of Hypothesis."""

from __future__ import annotations

from hypothesis import settings

from tests.shared_data import evidence_review, nimh_scores, scale_vectors, shared_data

__all__ = ["evidence_review", "nimh_scores", "scale_vectors", "shared_data"]

# No deadline: two workers share two cores, and a slow example is not a wrong one. Examples are drawn anew each run.
settings.register_profile("commit", deadline=None, max_examples=100)
settings.register_profile("long", deadline=None, max_examples=5000)
settings.load_profile("commit")
