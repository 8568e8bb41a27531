"""Maudsley Staging against the vectors of the care review (kind staging); exact.

They were computed by hand from the published point table, so they are an independent reading of it, not a
published vector. The same vectors stand here in full where the care review is not beside the checkout.
"""

from __future__ import annotations

import json

import pytest

from holdfast.eligibility import maudsley
from holdfast.eligibility.staging import SEVERITIES
from tests.shared_data import need, shared_folder

# months, severity code, failed antidepressants, augmentation, ECT: total, band
STAGED = (
    (6, 2, 1, 0, 0, 4, "mild"),
    (12, 3, 2, 0, 0, 5, "mild"),
    (13, 3, 2, 0, 0, 6, "mild"),
    (13, 3, 3, 0, 0, 7, "moderate"),
    (24, 3, 4, 1, 0, 8, "moderate"),
    (25, 4, 7, 1, 0, 12, "severe"),
    (60, 5, 11, 1, 1, 15, "severe"),
    (3, 1, 1, 0, 0, 3, "mild"),
)


@pytest.mark.parametrize(("months", "severity", "failed", "augmentation", "ect", "total", "band"), STAGED)
@pytest.mark.story("HF-ELG-002")
def test_maudsley_vectors(months, severity, failed, augmentation, ect, total, band):
    staged = maudsley(
        duration_months=months,
        severity=SEVERITIES[severity - 1],
        failed_antidepressants=failed,
        augmentation=bool(augmentation),
        ect=bool(ect),
    )
    assert (staged.value, staged.band) == (total, band)


@pytest.mark.shared_data
def test_these_are_all_the_staging_vectors_of_the_care_review():
    path = need((folder := shared_folder("care")) and folder / "scale_vectors.json", "scale_vectors.json")
    vectors = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    staging = [(*v["input"].values(), *v["expect"].values()) for v in vectors if v["kind"] == "staging"]
    assert tuple(staging) == STAGED
