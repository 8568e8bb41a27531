"""Crisis: what answers about suicide ask for, who must be told, and how soon.

These house rules fire even before a physician has signed them, since silence is the less safe error; the
administrator is warned until they are signed. The C-SSRS is triaged and never summed, and an answer that is missing
is never a "no". The application is not an emergency service and says so.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.safety import OnDuty, escalate, lines_for, respond
from holdfast.safety.patient_text import NOT_AN_EMERGENCY_SERVICE
from holdfast.scales import QUESTIONS
from tests.spec.spec import Spec, codes

TODAY = datetime.date(2026, 11, 21)
CSSRS_RULES = ("sui.cssrs.low", "sui.cssrs.mod", "sui.cssrs.high")


def answer(**given):
    return respond(country="US", today=TODAY, **given)


ITEM_9 = Spec(
    title="PHQ-9 item 9",
    rules=("sui.phq9.q9",),
    text="From 1: crisis text at once and a C-SSRS task. From 2: the clinician is paged. Unanswered is not 0.",
    table="""
    item_9 | level     | crisis_text | how_soon | tasks
         0 | none      | no          |          |
         1 | untriaged | yes         |          | cssrs
         2 | untriaged | yes         | now      | cssrs
         3 | untriaged | yes         | now      | cssrs
           | unknown   | no          |          | item-9-unanswered
    """,
)


@ITEM_9.cases
@pytest.mark.story("HF-CRI-001")
def test_item_9(item_9, level, crisis_text, how_soon, tasks):
    found = answer(phq9_item_9=item_9)
    assert (found.level, found.show_crisis_text, found.how_soon) == (level, crisis_text, how_soon)
    assert tuple(task.code for task in found.tasks) == codes(tasks)
    assert bool(found.patient_text) is crisis_text
    assert found.unsigned_rules == (("sui.phq9.q9",) if crisis_text else ())


CSSRS = Spec(
    title="C-SSRS screener",
    rules=CSSRS_RULES,
    text="""Questions answered yes; `unasked` are those without an answer, all others are no. One yes to Q4, Q5 or to
    behaviour within 3 months is high although a sum would be 1. A partial screener counts what was said, and where
    nothing was said yet it is unknown and not none.""",
    table="""
    yes                      | unasked                     | level    | how_soon | rule           | complete
                             | q3, q4, q5                  | none     |          |                | yes
    q1                       | q3, q4, q5                  | low      | at-visit | sui.cssrs.low  | yes
    q1, q2                   |                             | low      | at-visit | sui.cssrs.low  | yes
    q2, q3                   |                             | moderate | same-day | sui.cssrs.mod  | yes
    q2, q4                   |                             | high     | now      | sui.cssrs.high | yes
    q2, q5                   |                             | high     | now      | sui.cssrs.high | yes
    q6_lifetime              | q3, q4, q5                  | moderate | same-day | sui.cssrs.mod  | yes
    q6_lifetime, q6_3_months | q3, q4, q5                  | high     | now      | sui.cssrs.high | yes
    q2, q4                   | q1, q3, q5                  | high     | now      | sui.cssrs.high | yes
    q2                       | q4                          | low      | at-visit | sui.cssrs.low  | no
                             | q2, q3, q4, q5              | unknown  |          |                | no
                             | q6_lifetime, q6_3_months    | unknown  |          |                | no
    q4                       | q3, q5                      | high     | now      | sui.cssrs.high | no
    """,
)


@CSSRS.cases
@pytest.mark.story("HF-CRI-001")
def test_cssrs(yes, unasked, level, how_soon, rule, complete):
    answers = {q: True if q in codes(yes) else None if q in codes(unasked) else False for q in QUESTIONS}
    found = answer(cssrs_answers=answers, phq9_item_9=0)
    assert (found.level, found.how_soon, found.rules_fired) == (level, how_soon, codes(rule))
    assert found.show_crisis_text is (level in ("low", "moderate", "high"))
    assert ("c-ssrs-screener" not in found.not_assessed) is complete
    tasks = [task.code for task in found.tasks]
    assert ("cssrs-complete" in tasks) is not complete
    assert ("safety-plan" in tasks) is (level == "low")


BOTH = Spec(
    title="Item 9 and C-SSRS together",
    rules=("sui.phq9.q9", *CSSRS_RULES),
    text="""Neither silences the other: item 9 of 2 pages the clinician although the C-SSRS is low, and a positive item
    9 with a C-SSRS of none is a disagreement to ask about, not an all-clear. Low leaves the safety plan to be made.""",
    table="""
    item_9 | cssrs    | level     | crisis_text | how_soon | rules                      | tasks
         0 | none     | none      | no          |          |                            |
           | none     | none      | no          |          |                            | item-9-unanswered
         1 | none     | untriaged | yes         |          | sui.phq9.q9                | answers-disagree
         0 | low      | low       | yes         | at-visit | sui.cssrs.low              | safety-plan
         1 | low      | low       | yes         | at-visit | sui.phq9.q9, sui.cssrs.low | safety-plan
         2 | low      | low       | yes         | now      | sui.phq9.q9, sui.cssrs.low | safety-plan
           | low      | low       | yes         | at-visit | sui.cssrs.low              | safety-plan, item-9-unanswered
         0 | high     | high      | yes         | now      | sui.cssrs.high             |
           | moderate | moderate  | yes         | same-day | sui.cssrs.mod              | item-9-unanswered
    """,
)


@BOTH.cases
@pytest.mark.story("HF-CRI-001")
def test_both(item_9, cssrs, level, crisis_text, how_soon, rules, tasks):
    found = answer(phq9_item_9=item_9, cssrs_level=cssrs)
    assert (found.level, found.show_crisis_text, found.how_soon) == (level, crisis_text, how_soon)
    assert found.rules_fired == codes(rules)
    assert tuple(task.code for task in found.tasks) == codes(tasks)


@pytest.mark.story("HF-CRI-001")
def test_house_crisis_rules_fire_unsigned_and_the_administrator_is_warned():
    found = answer(phq9_item_9=2)
    assert found.tell[0].how_soon == "now"
    assert any("sui.phq9.q9 fired although no physician has signed it" in w for w in found.warnings)
    signed = answer(phq9_item_9=2, signed=["sui.phq9.q9"])
    assert signed.tell == found.tell
    assert signed.unsigned_rules == ()


def test_the_text_names_a_line_and_claims_no_emergency_service():
    text = answer(phq9_item_9=1, out_of_hours_text="At night: ward 3, 555 0100.").patient_text
    assert "988" in text
    assert "ward 3" in text
    assert text.endswith(NOT_AN_EMERGENCY_SERVICE)
    assert not any(word in text.lower() for word in ("we will", "you will be", "guarantee", "promise"))


def test_a_country_without_a_line_still_gets_the_text():
    found = respond(phq9_item_9=1, country="ZZ", today=TODAY)
    assert "emergency number" in found.patient_text
    assert any("No crisis line for ZZ" in w for w in found.warnings)


@pytest.mark.parametrize(
    "given",
    [
        {"phq9_item_9": 4}, {"phq9_item_9": -1}, {"phq9_item_9": True}, {"cssrs_level": "severe"},
        {"cssrs_answers": {"q7": True}}, {"cssrs_answers": {"q4": "yes"}},
        {"cssrs_level": "low", "cssrs_answers": {"q1": True}},
    ],
)  # fmt: skip
def test_broken_answers_are_refused(given):
    with pytest.raises(InputError):
        answer(**given)


def test_a_contradiction_counts_each_yes_until_asked_again():
    found = answer(cssrs_answers={"q1": False, "q2": False, "q5": True})
    assert (found.level, found.how_soon) == ("high", "now")
    assert "cssrs-complete" in [task.code for task in found.tasks]


LINES = Spec(
    title="Crisis lines",
    rules=("sui.lines",),
    text="A line is shown whatever its age. Never checked, or more than 90 days ago, warns the administrator.",
    table="""
    checked_on | warns
               | yes
    2026-11-21 | no
    2026-08-23 | no
    2026-08-22 | yes
    2026-11-22 | yes
    """,
)


@LINES.cases
@pytest.mark.story("HF-CRI-003")
def test_lines(checked_on, warns):
    facts = load()
    on = datetime.date.fromisoformat(checked_on) if checked_on else None
    rows = [replace(row, values={**row.values, "checked_on": on}) for row in facts.rows("crisis_lines")]
    found = lines_for("US", TODAY, replace(facts, tables={**facts.tables, "crisis_lines": tuple(rows)}))
    assert [line.number for line in found.lines] == ["988"]
    assert bool(found.warnings) is warns


def test_the_iso_code_of_the_united_kingdom_finds_its_line():
    assert lines_for("gb", TODAY).lines == lines_for("UK", TODAY).lines != ()


ALERT = datetime.datetime(2026, 11, 21, 23, 50, tzinfo=datetime.UTC)

NOACK = Spec(
    title="An alert nobody acknowledges",
    rules=("sui.noack",),
    text="""Raised at 23:50; rota nurse, doctor, lead. The minutes are the clinic's: where it has set none, everybody is
    told at once and the missing setting is named.""",
    table="""
    after_min | within_min | acknowledged_min | state        | told                | next   | next_in_min
            0 |         15 |                  | waiting      | nurse               | doctor | 15
           14 |         15 |                  | waiting      | nurse               | doctor | 1
           15 |         15 |                  | waiting      | nurse, doctor       | lead   | 15
           40 |         15 |                  | exhausted    | nurse, doctor, lead |        |
           20 |         15 |               16 | acknowledged | nurse, doctor       |        |
           90 |         15 |               10 | acknowledged | nurse               |        |
            0 |            |                  | exhausted    | nurse, doctor, lead |        |
    """,
)


@NOACK.cases
@pytest.mark.story("HF-CRI-002")
def test_noack(after_min, within_min, acknowledged_min, state, told, next, next_in_min):
    def at(minutes):
        return None if minutes is None else ALERT + datetime.timedelta(minutes=minutes)

    found = escalate(
        raised_at=ALERT,
        now=at(after_min),
        acknowledged_at=at(acknowledged_min),
        acknowledge_within_min=within_min,
        rota=[OnDuty("nurse"), OnDuty("doctor"), OnDuty("lead")],
    )
    assert (found.state, found.told, found.next_person) == (state, codes(told), next)
    assert found.next_at == at(None if next_in_min is None else after_min + next_in_min)
    assert any("sui.noack.acknowledge" in m for m in found.missing) is (within_min is None)
    assert found.unsigned_rules == ("sui.noack",)
    assert "not an emergency service" in found.statement


def test_only_people_on_duty_are_told_and_a_change_of_shift_at_midnight_counts():
    midnight = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    rota = [OnDuty("evening", until=midnight), OnDuty("evening 2", until=midnight), OnDuty("night", since=midnight)]
    found = escalate(
        raised_at=ALERT, now=midnight, acknowledged_at=None, acknowledge_within_min=10, rota=rota,
        out_of_hours_text="Ward 3", signed=["sui.noack"],
    )  # fmt: skip
    assert found.told == ("evening", "night")
    assert (found.state, found.out_of_hours_text, found.unsigned_rules) == ("exhausted", "Ward 3", ())


@pytest.mark.story("HF-CRI-002")
def test_an_empty_rota_is_told_and_never_looks_answered():
    found = escalate(raised_at=ALERT, now=ALERT, acknowledged_at=None, acknowledge_within_min=10, rota=[])
    assert found.state == "exhausted"
    assert any("rota is empty" in m for m in found.missing)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"now": ALERT - datetime.timedelta(minutes=1)}, "before the alert was raised"),
        ({"raised_at": ALERT.replace(tzinfo=None)}, "no time zone"),
        ({"acknowledge_within_min": 0}, "must be above 0"),
        ({"acknowledged_at": ALERT - datetime.timedelta(minutes=1)}, "acknowledged before it was raised"),
    ],
)
def test_broken_times_are_refused(change, sentence):
    given = {"raised_at": ALERT, "now": ALERT, "acknowledged_at": None, "acknowledge_within_min": 10, "rota": []}
    with pytest.raises(InputError, match=sentence):
        escalate(**{**given, **change})
