"""Referral, consent and plan as tables a clinician can read, then their corners."""

from __future__ import annotations

import datetime as dt

import pytest

from holdfast.clinic.courses.phases import StopReason
from holdfast.decision import Weight
from holdfast.eligibility.referral import Step, StepTaken, may_step, waiting
from holdfast.errors import InputError
from holdfast.protocols.coded import coded_answers, coded_text, require_coded
from holdfast.protocols.consent import (
    Capacity,
    ConsentAnswer,
    ConsentKind,
    ConsentState,
    DocumentVersion,
    Giver,
    consent_against,
    consent_state,
    taking,
)
from holdfast.protocols.plan_in_force import PlanOf, check_plan, phase_part, plan_in_force, planned_days
from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.treatment_sessions.entries import Gate
from holdfast.treatment_sessions.flow_sheet import sheet
from holdfast.treatment_sessions.gates import Person, decision_at, may_be_overridden

DAY = dt.date(2026, 11, 2)


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


# version: from which day, and whether consents to earlier ones stand (=) or are asked anew (!)
CONSENT = """
texts        | said              | today | stands
             |                   |     0 | not_kept
1@0          |                   |     0 | missing
1@5          |                   |     0 | not_kept
1@0          | given:1           |     0 | given
1@0          | refused:1         |     0 | refused
1@0          | given:1 withdrawn |     0 | withdrawn
1@0          | withdrawn given:1 |     0 | given
1@0 2@10!    | given:1           |     9 | given
1@0 2@10!    | given:1           |    10 | outdated
1@0 2@10=    | given:1           |    10 | given
1@0 2@5! 3@6=| given:1           |    10 | outdated
1@0 2@5! 3@6=| given:2           |    10 | given
             | given:1           |     0 | given
             | withdrawn         |     0 | withdrawn
"""


@pytest.mark.parametrize("line", CONSENT.strip("\n").splitlines()[1:])
@pytest.mark.story("HF-CRS-002")
def test_how_consent_stands(line: str) -> None:
    texts, said, today, expected = (cell.strip() for cell in line.split("|"))
    documents = []
    for word in texts.split():
        number, _, rest = word.partition("@")
        documents.append(DocumentVersion(int(number), on(int(rest.rstrip("!="))), rest.endswith("=")))
    answers = []
    for word in said.split():
        kind, _, version = word.partition(":")
        answers.append(ConsentAnswer(ConsentKind(kind), DAY, int(version) if version else None))
    assert consent_state(documents, answers, on(int(today))) == expected


TAKING = """
text    | capacity | by             | representative | witness | against
kept    | has      | patient        |                |         |
none    | has      | patient        |                |         | no-document
kept    |          | patient        |                |         | capacity-missing
kept    | lacks    | patient        |                |         | no-capacity
kept    | lacks    | representative |                |         | no-representative
kept    | lacks    | representative | guardian       |         |
witness | has      | patient        |                |         | no-witness
witness | has      | patient        |                | a nurse |
none    |          | representative |                |         | no-document capacity-missing no-representative
"""


@pytest.mark.parametrize("line", TAKING.strip().splitlines()[1:])
@pytest.mark.story("HF-CRS-002")
def test_whether_consent_may_be_taken_so(line: str) -> None:
    text, capacity, by, representative, witness, against = (cell.strip() for cell in line.split("|"))
    document = (
        None if text == "none" else DocumentVersion(1, DAY, earlier_stand=False, witness_needed=text == "witness")
    )
    decision = taking(
        document, capacity=Capacity(capacity) if capacity else None, given_by=Giver(by), representative=representative,
        witness=witness, course_ended=False,
    )  # fmt: skip
    assert decision.codes == tuple(against.split())
    assert bool(decision.cautions) == (capacity == "lacks" and by == "representative")


AGAINST = {
    ConsentState.NOT_KEPT: None, ConsentState.GIVEN: None, ConsentState.MISSING: Weight.STOP,
    ConsentState.OUTDATED: Weight.STOP, ConsentState.REFUSED: Weight.HARD_STOP,
    ConsentState.WITHDRAWN: Weight.HARD_STOP,
}  # fmt: skip


@pytest.mark.parametrize("state", list(ConsentState))
@pytest.mark.story("HF-CRS-002")
def test_what_stands_against_a_dose_as_consent_stands(state: ConsentState) -> None:
    found = consent_against(state, DAY)
    assert [r.weight for r in found] == ([AGAINST[state]] if AGAINST[state] else [])
    assert all(may_be_overridden(r) == (AGAINST[state] is Weight.STOP) for r in found)


@pytest.mark.parametrize("gate", [Gate.DOSE, Gate.RESUME])
@pytest.mark.story("HF-CRS-002")
def test_a_withdrawal_shuts_the_gates_of_the_dose_and_of_going_on(gate: Gate) -> None:
    plan = protocol("iv-racemic")
    rules = protocol_rules(plan, jurisdiction="US", indication="mdd")
    empty = sheet(plan, [])
    now = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)

    def codes(state: ConsentState) -> set[str]:
        person = Person("mdd", 40, "female", 1, consent=state, consent_on=DAY)
        return set(decision_at(gate, empty, now=now, person=person, rules=rules).codes)

    assert codes(ConsentState.WITHDRAWN) - codes(ConsentState.GIVEN) == {"consent-withdrawn"}
    assert ("consent-missing" in codes(ConsentState.MISSING)) == (gate is Gate.DOSE)


REFERRAL = """
steps                          | today | waits for | age | waits
                               |     9 | clinic    |   9 |     9
more_information@2             |     9 | referrer  |   9 |     7
more_information@2 received@5  |     9 | clinic    |   9 |     4
accepted@3                     |     9 | nobody    |   9 |     6
more_information@2 declined@4  |     4 | nobody    |   4 |     0
"""


@pytest.mark.parametrize("line", REFERRAL.strip("\n").splitlines()[1:])
@pytest.mark.story("HF-CRS-001")
def test_where_a_referral_waits(line: str) -> None:
    steps, today, waits_for, age, waits = (cell.strip() for cell in line.split("|"))
    taken = [StepTaken(Step(word.split("@")[0]), on(int(word.split("@")[1]))) for word in steps.split()]
    found = waiting(DAY, taken, on(int(today)))
    assert (found.waits_for, found.age_d, found.waits_d) == (waits_for, int(age), int(waits))


STEPS = """
step             | reasons | course | evaluation | before   | against
accepted         |         | yes    | allows     |          |
accepted         |         | no     |            |          | no-course
accepted         |         | yes    |            |          | not-evaluated
accepted         |         | yes    | against    |          | evaluation-against
declined         |         | no     |            |          | no-reason
declined         | some    | no     |            |          |
more_information | some    | no     |            |          |
more_information |         | no     |            |          | no-reason
received         |         | no     |            |          | not-asked
received         |         | no     |            | asked    |
accepted         |         | yes    | allows     | declined | decided
"""


@pytest.mark.parametrize("line", STEPS.strip().splitlines()[1:])
@pytest.mark.story("HF-CRS-001")
def test_which_step_may_be_taken(line: str) -> None:
    step, reasons, course, evaluation, before, against = (cell.strip() for cell in line.split("|"))
    past = {"asked": [StepTaken(Step.MORE_INFORMATION, DAY)], "declined": [StepTaken(Step.DECLINED, DAY)]}
    decision = may_step(
        Step(step), before=waiting(DAY, past.get(before, []), DAY), on=DAY, reasons=["other"] if reasons else [],
        has_course=course == "yes", evaluation_allows={"allows": True, "against": False}.get(evaluation),
    )  # fmt: skip
    assert decision.codes == tuple(against.split())


def test_a_step_does_not_come_before_the_last() -> None:
    decision = may_step(
        Step.DECLINED, before=waiting(DAY, [], on(1)), on=on(-1), reasons=["other"], has_course=False,
        evaluation_allows=None,
    )  # fmt: skip
    assert decision.codes == ("before-last-step",)


PLANS = """
protocol         | indication | phase        | dose mg | mg/kg | days | against
iv-racemic       | mdd        | induction    |         |   0.5 | 3 4  |
iv-racemic       | mdd        | induction    |         |   0.9 | 3 4  | dose-above-maximum
iv-racemic       | mdd        | induction    |         |   0.5 | 1    | interval-too-short
iv-racemic       | mdd        | optimisation |         |   0.5 | 7    | no-such-phase
esketamine-nasal | trd        | induction    |      84 |       | 3 4  |
esketamine-nasal | trd        | optimisation |      56 |       | 7    |
esketamine-nasal | trd        | optimisation |      56 |       | 14   | not-an-interval-of-this-phase
esketamine-nasal | trd        | maintenance  |      84 |       | 14   |
esketamine-nasal | trd        | maintenance  |      28 |       | 14   | not-a-dose-of-this-phase
"""


@pytest.mark.parametrize("line", PLANS.strip().splitlines()[1:])
@pytest.mark.story("HF-CRS-003")
def test_what_stands_against_a_plan(line: str) -> None:
    name, indication, phase, dose, per_kg, days, against = (cell.strip() for cell in line.split("|"))
    held = protocol(name)
    plan = PlanOf(
        DAY, phase, tuple(map(int, days.split())), float(dose) if dose else None, float(per_kg) if per_kg else None
    )
    decision = check_plan(
        plan, held, indication=indication, jurisdiction="US", age_y=40,
        rules=protocol_rules(held, jurisdiction="US", indication=indication),
    )  # fmt: skip
    assert set(decision.codes) == set(against.split())


@pytest.mark.parametrize(
    ("name", "dose_mg", "per_kg", "says"),
    [
        ("esketamine-nasal", 70, None, "devices"), ("esketamine-nasal", None, 0.5, "in devices"),
        ("iv-racemic", None, 50, "dose_mg_per_kg"), ("iv-racemic", None, None, "not both"),
        ("iv-racemic", 40, 0.5, "not both"),
    ],
)  # fmt: skip
def test_a_dose_nobody_can_give_is_refused(name: str, dose_mg: float, per_kg: float, says: str) -> None:
    held = protocol(name)
    indication = held.indications[0]
    with pytest.raises(InputError, match=says):
        check_plan(
            PlanOf(DAY, "induction", (3,), dose_mg, per_kg), held, indication=indication, jurisdiction="US", age_y=40,
            rules=protocol_rules(held, jurisdiction="US", indication=indication),
        )  # fmt: skip


@pytest.mark.story("HF-CRS-003")
def test_the_newest_plan_that_has_begun_holds() -> None:
    first, second, third = (PlanOf(on(d), "induction", (3, 4), 56) for d in (0, 7, 14))
    plans = [first, second, third]
    assert plan_in_force(plans, on(-1)) is None
    assert [plan_in_force(plans, on(d)) for d in (0, 6, 7, 13, 14, 90)] == [first, first, second, second, third, third]
    corrected = PlanOf(on(7), "induction", (7,), 56)
    assert plan_in_force([first, second, corrected], on(7)) is corrected


@pytest.mark.story("HF-CRS-003")
def test_days_follow_the_intervals_in_turn() -> None:
    plan = PlanOf(DAY, "induction", (3, 4), 56)
    found = planned_days(plan, held=[], first_on=None, sessions=4, today=DAY)
    assert [(d - DAY).days for d in found] == [0, 3, 7, 10]
    after = planned_days(PlanOf(DAY, "maintenance", (14,), 56), held=[on(5)], first_on=None, sessions=2, today=on(6))
    assert [(d - DAY).days for d in after] == [19, 33]
    late = planned_days(plan, held=[on(0)], first_on=None, sessions=1, today=on(30))
    assert late == (on(30),)
    for first_on, sessions in ((on(-1), 1), (on(5), 1), (None, 0), (None, 31)):
        with pytest.raises(InputError):
            planned_days(plan, held=[on(5)], first_on=first_on, sessions=sessions, today=DAY)


def test_a_phase_the_protocol_has_not_is_none() -> None:
    assert phase_part(protocol("iv-racemic"), "mdd", "optimisation") is None
    assert phase_part(protocol("iv-racemic"), "mdd", "maintenance").usual_interval_d == 28  # type: ignore[union-attr]


@pytest.mark.story("HF-CRS-004")
def test_the_list_of_stop_reasons_is_that_of_the_code() -> None:
    assert set(coded_answers("stop_reason", "stopped")) == {reason.value for reason in StopReason}
    assert set(coded_answers("stop_reason", "completed")) == {"completed", "other"}
    assert coded_text("stop_reason", "non_response") == "No response"
    assert coded_text("stop_reason", "of_a_later_list") == "of a later list"


@pytest.mark.parametrize(
    ("keys", "note", "says"),
    [(["nothing"], "", "is not one of"), (["other"], " ", "note"), (["acute_risk", "diagnosis_report"], "", "not one")],
)
def test_a_code_outside_its_list_is_refused(keys: list[str], note: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        require_coded("reasons", "referral_reason", keys, holds_for="declined", note=note)
    assert require_coded("reasons", "referral_reason", ["acute_risk", "contraindication"], holds_for="declined") == (
        "contraindication", "acute_risk",
    )  # fmt: skip
