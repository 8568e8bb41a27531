"""How often sites of a pool that are all alike give a false signal, by simulation; and that a site unlike them does."""

from __future__ import annotations

from random import Random

import pytest

from holdfast.registry.common_model import EVENT_CATEGORIES
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import KEPT
from holdfast.registry.safety.expectations import choice
from holdfast.registry.safety.signals import site_signals

pytestmark = pytest.mark.story("HF-REG-168")
SEED = 20261122  # of the simulated pools
POOLS, SITES, COURSES, SHARE = 200, 40, 60, 0.003


def pool(random: Random, *, unlike: int = 0) -> dict[str, Cells]:
    """Sites with the same small share of each kind; at the first `unlike` courses more had a headache."""
    window, rows = int(choice("followed_d", "d")), {}
    for number in range(SITES):
        own = (f"site{number:02}", "ketamine", "iv", window)
        rows[*own, ""] = (COURSES,)
        for kind in EVENT_CATEGORIES:
            had = sum(random.random() < SHARE for _ in range(COURSES))
            had += unlike if number == 0 and kind == "headache" else 0
            if had:  # as the counts of a report hold it: no row where nothing came
                rows[*own, kind] = (had,)
    return {"windows": Cells(*KEPT["windows"], rows)}


def test_sites_that_are_all_alike_give_a_false_signal_in_5_of_100_reports_at_most() -> None:
    """Asked only where a kind came, 40 sites gave one in 8 to 9 of 100."""
    random = Random(SEED)
    false = sum(any(one.is_signal for one in site_signals(pool(random))) for _ in range(POOLS))
    assert false <= POOLS * choice("level", "fraction")


def test_a_site_unlike_the_others_stands_out_among_all_of_them() -> None:
    tested = site_signals(pool(Random(SEED), unlike=9))
    assert [(one.site, one.kind) for one in tested if one.is_signal] == [("site00", "headache")]


def test_every_site_is_asked_for_each_kind_that_came_anywhere_and_no_site_without_others() -> None:
    cells = pool(Random(SEED))
    came = {key[4] for key, row in cells["windows"].rows.items() if key[4] and row[0]}
    tested = site_signals(cells)
    assert len(tested) == SITES * len(came) > 500
    assert {one.here[1] for one in tested} == {COURSES}
    assert {one.elsewhere[1] for one in tested} == {(SITES - 1) * COURSES}
    assert sum(one.here[0] == 0 for one in tested) > SITES * len(came) / 2
    alone = {key: row for key, row in cells["windows"].rows.items() if key[0] == "site00"}
    assert site_signals({"windows": Cells(*KEPT["windows"], alone)}) == ()
