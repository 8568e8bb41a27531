"""Scales as documents: complete, within their licences, found by the names people use."""

from __future__ import annotations

import pytest

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import load
from holdfast.scales import (
    Score,
    answers_in_order,
    checked_answers,
    checked_unscored,
    scale,
    scales,
    score,
    score_of_total,
    triage,
)

SHOWN = {"phq-9", "gad-7", "audit-c", "ham-d17"}
WITHOUT_TEXT = {
    "qids-sr16", "madrs", "cadss", "cadss-6", "c-ssrs-screener", "moaa-s", "dast-10", "sds", "bpic-ss", "moca",
    "hamd-6",
}  # fmt: skip


def test_every_scale_is_here():
    assert set(scales()) == SHOWN | WITHOUT_TEXT


@pytest.mark.parametrize("name", sorted(WITHOUT_TEXT))
@pytest.mark.story("HF-SCL-004")
def test_no_item_text_ships_where_the_owner_does_not_allow_it(name):
    asked = scale(name)
    assert not asked.ships_text
    assert [item.text for item in asked.items] == [None] * len(asked.items)
    assert all(item.options == () for item in asked.items)
    assert asked.header("question") is None


@pytest.mark.story("HF-SCL-004")
def test_moca_and_madrs_are_not_even_a_form():
    assert scale("moca").items == scale("madrs").items == ()
    assert scale("moca").certified_rater


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_scale_with_text_has_all_of_it(name):
    asked = scale(name)
    assert asked.ships_text
    assert asked.header("notice")
    assert len(asked.items) == asked.item_count
    for item in asked.items:
        assert item.text
        assert [value for value, _ in item.options] == list(range(item.low, item.high + 1))


@pytest.mark.parametrize("name", sorted(s.id for s in scales().values() if s.scoring == "sum"))
def test_the_range_of_the_total_is_that_of_the_items(name):
    asked = scale(name)
    assert sum(item.low for item in asked.items) == asked.total_min
    assert sum(item.high for item in asked.items) == asked.total_max


@pytest.mark.parametrize("name", sorted(s.id for s in scales().values() if s.bands))
def test_bands_cover_every_total_once(name):
    asked = scale(name)
    assert asked.bands[0].low == asked.total_min
    assert asked.bands[-1].high == asked.total_max
    for lower, upper in zip(asked.bands, asked.bands[1:], strict=False):
        assert upper.low == lower.high + 1


@pytest.mark.parametrize("name", ["ham-d17", "phq-9", "qids-sr16"])
def test_parts_name_items_that_exist(name):
    asked = scale(name)
    numbers = {item.number for item in asked.items}
    for section, column in (("subscale", "items"), ("domain", "items"), ("syndrome", "core_items")):
        for row in asked.rows(section):
            assert set(row[column]) <= numbers
    assert {row["item"] for row in asked.rows("item_flag")} <= numbers


def test_each_qids_item_is_in_one_domain():
    assert sorted(n for row in scale("qids-sr16").rows("domain") for n in row["items"]) == list(range(1, 17))


def test_gad_7_has_not_the_misprint():
    texts = [text.lower() for item in scale("gad-7").items for _, text in item.options]
    assert "not at all" in texts
    assert not any("sure" in text for text in texts)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PHQ-9", "phq-9"), ("phq9", "phq-9"), ("PHQ 9", "phq-9"), ("HAMD-17", "ham-d17"), ("HAM-D17", "ham-d17"),
        ("hdrs-17", "ham-d17"), ("MADRS", "madrs"), ("HAMD-6", "hamd-6"), ("QIDS", "qids-sr16"), ("MOAA/S", "moaa-s"),
        ("C-SSRS", "c-ssrs-screener"), ("C-SSRS screener", "c-ssrs-screener"), ("CADSS-6", "cadss-6"), ("MoCA", "moca"),
    ],
)  # fmt: skip
def test_names_people_use(written, meant):
    assert scale(written).id == meant


def test_no_two_scales_share_a_name():
    words = [word.lower().replace("-", "") for s in scales().values() for word in (s.id, *s.aliases)]
    shared = {word for word in words if words.count(word) > 1}
    owners = {word: {s.id for s in scales().values() if word in _plain(s)} for word in shared}
    assert all(len(ids) == 1 for ids in owners.values())


def _plain(asked):
    return {word.lower().replace("-", "") for word in (asked.id, *asked.aliases)}


def test_an_unknown_scale_names_those_there_are():
    with pytest.raises(UnknownNameError, match="phq-9"):
        scale("bdi-ii")


def test_an_unscored_item_takes_the_place_of_its_option():
    assert checked_unscored("phq-9", {"difficulty": 3}) == {"difficulty": 3}
    assert checked_unscored("gad-7", {"difficulty": None}) == {}
    for wrong in (4, -1, 1.5, True, "1"):
        with pytest.raises(InputError, match="0 to 3"):
            checked_unscored("phq-9", {"difficulty": wrong})
    with pytest.raises(InputError, match="no unscored item called difficulty; it has none"):
        checked_unscored("madrs", {"difficulty": 1})


def test_answers_by_key_leave_the_difficulty_item_apart():
    by_key = {f"item_{n}": 1 for n in range(1, 10)} | {"difficulty": 3}
    assert score("phq-9", answers_in_order("phq-9", by_key)).total == 9
    del by_key["item_4"]
    assert answers_in_order("phq-9", by_key)[3] is None
    with pytest.raises(InputError, match="no item called item_10"):
        answers_in_order("phq-9", {"item_10": 1})


@pytest.mark.parametrize("answer", [True, 1.5, "1", float("nan"), float("inf"), 10**30])
def test_an_answer_must_be_a_whole_number_of_the_range(answer):
    with pytest.raises(InputError):
        checked_answers("gad-7", [answer, 0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("total", [True, 1.5, "12", float("nan"), float("inf")])
def test_a_total_must_be_a_whole_number(total):
    with pytest.raises(InputError):
        score_of_total("madrs", total)


def test_a_whole_number_written_as_a_float_is_one():
    assert score("gad-7", [1.0, 0, 0, 0, 0, 0, 0]).total == 1


def test_anchor_sets_belong_to_moaa_s():
    with pytest.raises(UnknownNameError, match="trapezius-squeeze"):
        score_of_total("moaa-s", 5, anchor_set="ramsay")
    with pytest.raises(InputError, match="no anchor sets"):
        score_of_total("madrs", 5, anchor_set="trapezius-squeeze")


@pytest.mark.parametrize("answers", [{"q7": True}, {"q1": 1}, {"q1": "no"}])
def test_the_triage_takes_yes_no_or_nothing(answers):
    with pytest.raises(InputError):
        triage(answers)


def test_an_empty_form_is_not_none():
    assert triage({}).level is None


def test_a_total_alone_tells_no_item():
    found = score_of_total("phq-9", 12)
    assert isinstance(found, Score)
    assert found.flags == ()
    assert "item_9" not in found.as_dict()


class TestCodes:
    """codes.csv: nothing that was only guessed may leave the house."""

    def test_an_unverified_code_is_not_usable(self):
        for row in load().rows("codes"):
            assert not (row["usable"] and row["status"] == "unverified"), row.id

    def test_the_published_audit_c_miscoding_is_known_and_refused(self):
        codes = {(row["system"], row.get("code")): row for row in load().rows("codes")}
        assert codes["loinc", "75626-2"]["usable"]
        assert not codes["loinc", "76504-0"]["usable"]

    def test_scales_without_a_verified_loinc_have_an_own_code(self):
        rows = load().rows("codes")
        for concept in ("QIDS-SR16 total", "MADRS total", "HAM-D17 total", "CADSS total", "MOAA/S level"):
            assert {row["system"] for row in rows if row["concept"] == concept} == {"own"}

    def test_each_phq_9_item_has_a_code(self):
        items = {row["concept"] for row in load().rows("codes") if row["system"] == "loinc"}
        assert {f"PHQ-9 item {n}" for n in range(1, 10)} <= items
