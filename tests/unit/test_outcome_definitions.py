"""The table of outcome definitions: it agrees with the care rules, and a programme's choices pick from it."""

from __future__ import annotations

import pytest

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import care_rule
from holdfast.outcomes import chosen_definitions, definition, definitions


def test_every_remission_agrees_with_the_threshold_of_its_rule():
    remissions = {n: d for n, d in definitions().items() if d.outcome == "remission"}
    thresholds = care_rule("out.remission").thresholds
    assert remissions.keys() == thresholds.keys()
    for name, one in remissions.items():
        assert (one.op, one.values) == (thresholds[name].op, thresholds[name].values)


def test_response_relapse_and_recurrence_agree_with_their_rules():
    fall = care_rule("out.response").threshold("fall")
    assert (definition("response_50").op, definition("response_50").values) == (fall.op, fall.values)
    relapse, rule = definition("relapse_sustain1"), care_rule("out.relapse")
    assert (relapse.op, relapse.values) == (rule.threshold("madrs").op, rule.threshold("madrs").values)
    assert (relapse.repeat_min_d, relapse.repeat_max_d) == rule.threshold("days_between").values
    recurrence = definition("recurrence_house")
    assert (recurrence.op, recurrence.values, recurrence.repeat) == (relapse.op, relapse.values, relapse.repeat)
    assert recurrence.after_remission_d == care_rule("out.recurrence").threshold("remission_before").value


def test_only_the_unsourced_definitions_wait_for_a_signature():
    waiting = {name for name, one in definitions().items() if one.needs_signature}
    assert waiting == {"relapse_sustain1", "recurrence_house"}


@pytest.mark.parametrize(
    ("scale", "choices", "expected"),
    [
        ("madrs", None, {"response_50", "madrs_le10", "relapse_sustain1", "recurrence_house"}),
        ("madrs", {"remission_madrs": "madrs_le12"},
         {"response_50", "madrs_le12", "relapse_sustain1", "recurrence_house"}),
        ("phq-9", None, {"response_50", "phq9_lt5"}),
        ("HAMD-17", None, {"response_50", "hamd17_le7"}),
        ("hamd-6", None, {"response_50"}),
    ],
)  # fmt: skip
def test_the_programme_chooses_one_definition_per_outcome(scale, choices, expected):
    assert {one.name for one in chosen_definitions(scale, choices)} == expected


def test_a_choice_that_is_no_key_is_refused():
    with pytest.raises(InputError, match="cannot be 'madrs_le11'"):
        chosen_definitions("madrs", {"remission_madrs": "madrs_le11"})


def test_an_unknown_definition_names_the_known_ones():
    with pytest.raises(UnknownNameError, match="madrs_le12"):
        definition("madrs_le11")


def test_a_definition_is_found_by_its_id_too():
    assert definition("outcome.madrs_le10") == definition("madrs_le10")
