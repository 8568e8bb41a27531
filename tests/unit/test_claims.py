"""Claims for patients: every number from its row, plain to a reader of twelve, no promise, honest status."""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.evidence.claims import claim, claims
from holdfast.evidence.natural_frequencies import written
from holdfast.evidence.reading_age import grade, reading_age_y, syllables
from holdfast.evidence.rows import rank
from holdfast.facts import load
from holdfast.facts.information_tables import SECTIONS

READER_Y = 12


@pytest.mark.story("HF-EVD-013")
@pytest.mark.parametrize("one", claims(), ids=lambda one: one.id)
def test_a_reader_of_twelve_can_read_it(one) -> None:
    assert reading_age_y(one.text) <= READER_Y


@pytest.mark.story("HF-EVD-013")
def test_the_words_around_the_claims_are_as_plain() -> None:
    from holdfast.clinic.information.words import ASKED, HEADINGS, NOT_A_SERVICE, QUESTIONS

    assert max(reading_age_y(text) for text in (ASKED, NOT_A_SERVICE, *QUESTIONS.values())) <= READER_Y
    assert list(QUESTIONS) == list(HEADINGS) == list(SECTIONS)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("esketamine", 4), ("ketamine", 3), ("the", 1), ("spray", 1), ("dizzy", 2), ("people", 2), ("time", 1),
        ("helped", 1), ("wanted", 2), ("doses", 2), ("times", 1), ("28", 2),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_is_the_published_formula() -> None:
    """Six words, one sentence, six syllables: 0.39 x 6 + 11.8 x 1 - 15.59 = -1.45; and a hard one by hand."""
    assert grade("The cat sat on the mat.") == pytest.approx(-1.45)
    hard = "Hypertensive patients receive observation."  # 4 words, 4 + 2 + 2 + 4 = 12 syllables
    assert grade(hard) == pytest.approx(0.39 * 4 + 11.8 * 12 / 4 - 15.59)
    assert reading_age_y(hard) > READER_Y


@pytest.mark.story("HF-EVD-012")
@pytest.mark.parametrize(
    ("fact", "form", "column", "words"),
    [
        ("T0046", "people", None, "8 of 28 people"),
        ("T0046", "in_ten", None, "about 3 in 10"),
        ("A0003", "in_hundred", None, "about 25 in 100"),
        ("A0006", "in_hundred", None, "none of 145"),
        ("A0171", "between_in_hundred", None, "from about 61 to 84 in 100"),
        ("A0174", "between_in_hundred", None, "fewer than 1 in 100"),
        ("T0048", "d", None, "70 days"),
        ("T0048", "d", "spread_high", "168 days"),
        ("T0043", "rated_at", None, "1 day"),
        ("T0045", "rated_at", None, "6 hours"),
        ("pre.fast.food.food", "h", None, "2 hours"),
        ("mon.iv.points.after_stop_min", "h", None, "1 hour"),
        ("dis.drive.iv.hours", "h", None, "24 hours"),
        ("series.iv.infusions", "span", None, "4 to 8"),
        ("dose.es.ind.per_week", "times", None, "twice"),
        ("label.ket.any", "approval", None, "is not approved"),
        ("esketamine-nasal.phase.trd-induction", "sessions", None, "8"),
        ("esketamine-nasal.phase.trd-induction", "watched_hours", None, "16 hours"),
        ("iv-racemic.phase.series", "watched_hours", None, "10 hours"),
    ],
)
def test_a_number_is_written_from_its_row(fact: str, form: str, column: str | None, words: str) -> None:
    assert written(load().row(fact), form, column) == words


@pytest.mark.parametrize(
    ("fact", "form"), [("T0053", "in_ten"), ("T0048", "in_ten"), ("T0007", "sessions"), ("T0007", "half")]
)
def test_what_the_row_does_not_hold_is_refused(fact: str, form: str) -> None:
    with pytest.raises(InputError, match=form):
        written(load().row(fact), form)


@pytest.mark.story("HF-EVD-012")
def test_every_section_has_claims_and_every_claim_its_sources() -> None:
    found = claims()
    assert len(found) > 60
    assert {one.section for one in found} == set(SECTIONS)
    assert [one.id for one in found if not one.rests_on or not one.sources] == []
    assert [one.id for one in found if "{" in one.text or "|" in one.text] == []


@pytest.mark.story("HF-EVD-012")
def test_a_claim_is_no_better_checked_than_what_it_rests_on() -> None:
    for one in claims():
        statuses = [row["status"] for row in one.rests_on if row.get("status")]
        assert rank(one.status) <= min(map(rank, statuses)), one.id


def test_side_effects_name_both_arms_with_their_denominators() -> None:
    text = claim("claim.effects.dizzy").text
    assert text == (
        "Some felt dizzy. With the spray it was about 38 in 100 people. That is 87 of 227. "
        "With the dummy it was about 14 in 100. That is 31 of 225."
    )


def test_the_digest_is_of_the_words() -> None:
    assert len({one.digest for one in claims()}) == len(claims())
