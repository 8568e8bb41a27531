"""Guards of the flow-sheet that nobody walks round: consent, order, the second person, overrides, what is signed."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from holdfast.clinic.courses.actions import change_phase, record_evaluation
from holdfast.clinic.flow_sheets.actions import LockedError
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.errors import InputError, RefusedError
from tests.clinic.conftest import NOW, People, new_course, sound_evaluation
from tests.clinic.flow_sheet_days import CALM, LOTS, SAFE, WELL, Day, new_day, new_second
from tests.clinic.pathway import evaluated

pytestmark = pytest.mark.django_db


@pytest.fixture
def nasal(people: People) -> Day:
    """A planned nasal treatment session."""
    return new_day(people)


@pytest.fixture
def iv(people: People) -> Day:
    """A planned infusion."""
    return new_day(people, protocol="iv-racemic")


@pytest.mark.story("HF-SES-022")
def test_who_was_well_before_the_effect_began_is_assessed_again(nasal: Day) -> None:
    nasal.begun_nasal()
    nasal.well(at=6)
    nasal.note("observation", CALM | {"moaas": 2, "cadss_total": 30}, at=40)
    nasal.note("observation", CALM, at=120)
    with pytest.raises(RefusedByRuleError, match="last assessed 114 min before") as refused:
        nasal.note("discharge", at=121)
    assert refused.value.decision.codes == ("assessed-early",)
    nasal.note("recovery", WELL, at=122)
    nasal.note("discharge", at=123)


@pytest.mark.story("HF-SES-022")
def test_no_time_of_day_walks_round_the_pause(iv: Day) -> None:
    iv.begun_iv()
    iv.note("observation", CALM | {"sbp_mmhg": 172}, at=15)
    with pytest.raises(InputError, match="check the time"):
        iv.note("pause", at=-1, received=16)
    paused = iv.note("pause", at=16).entry.key
    with pytest.raises(InputError, match="check the time"):
        iv.note("resume", at=15.5, received=17)
    assert (iv.state, iv.sheet.infusion) == ("paused", "paused")
    iv.note("observation", CALM, at=18)
    resumed = iv.note("resume", at=19).entry.key
    for kind, key, at in (("pause", paused, 20), ("resume", resumed, 15), ("pause", paused, -1)):
        with pytest.raises(InputError, match="check the time"):
            iv.note(kind, at=at, received=25, supersedes=key, why="read off the clock")
    iv.note("pause", at=15.5, received=25, supersedes=paused, why="read off the clock")
    assert (iv.state, iv.sheet.infusion) == ("dosing", "running")


@pytest.mark.story("HF-SES-022")
def test_a_patient_who_says_no_gets_nothing_and_nobody_overrides_it(nasal: Day) -> None:
    nasal.asked(consent={"reconfirmed": False})
    nasal.dose(dose_mg=56)
    nasal.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="nothing is given without it"):
        nasal.note("clearance", at=-9)
    with pytest.raises(RefusedError, match="nobody may override"):
        nasal.note("override", {"gate": "dose", "rule": "pre.consent.rolling", "code": "no-consent", "reason": "x"},
                   at=-8, by=nasal.people.prescriber)  # fmt: skip
    nasal.note("consent", {"reconfirmed": True}, at=-6)
    nasal.note("clearance", at=-5)
    nasal.note("device", {"lot": LOTS[0]}, at=0)
    nasal.note("consent", {"reconfirmed": False}, at=3)
    with pytest.raises(RefusedByRuleError, match="The next device cannot be given"):
        nasal.note("device", {"lot": LOTS[1]}, at=5)
    nasal.note("stop", {"whole": False, "reason": "the patient wants no more"}, at=6)
    assert (nasal.state, float(nasal.treatment_session.dose_mg)) == ("observing", 28.0)


@pytest.mark.story("HF-SES-022")
def test_nothing_is_given_before_an_evaluation_and_nobody_overrides_it(people: People) -> None:
    course = new_course(people, now=NOW - dt.timedelta(days=30))
    (planned,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())],
        now=NOW - dt.timedelta(days=1),
    )  # fmt: skip
    day = Day(people, planned, new_second(people))
    day.asked()
    day.dose(dose_mg=56)
    day.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="No evaluation is recorded"):
        day.note("clearance", at=-9)
    with pytest.raises(RefusedError, match="nobody may override"):
        day.note("override", {"gate": "dose", "rule": "clinic.course.phases", "code": "not-evaluated", "reason": "x"},
                 at=-8, by=people.prescriber)  # fmt: skip
    record_evaluation(
        actor=people.prescriber, course=course, given=sound_evaluation(), now=NOW - dt.timedelta(minutes=7)
    )
    day.note("clearance", at=-6)


@pytest.mark.story("HF-SES-022")
def test_nothing_is_given_in_a_course_that_was_declined(nasal: Day) -> None:
    course, doctor = nasal.treatment_session.course, nasal.people.prescriber
    nasal.asked()
    nasal.dose(dose_mg=56)
    nasal.note("observation", CALM, at=-10)
    nasal.note("clearance", at=-9)
    told = nasal.note_of("clearance").answer["decision"]["cautions"]
    assert "treatment has not begun" in next(r["text"] for r in told if r["code"] == "course-not-begun")
    evaluated(nasal.people, course, aneurysmal_vascular_disease=True)
    with pytest.raises(RefusedByRuleError, match="The evaluation has a stop"):
        nasal.note("device", {"lot": LOTS[0]}, at=0)
    change_phase(actor=doctor, course=course, to_phase="declined", why="aneurysm on the scan", now=NOW)
    with pytest.raises(RefusedByRuleError, match="The course is declined"):
        nasal.note("device", {"lot": LOTS[0]}, at=0)
    with pytest.raises(RefusedError, match="nobody may override"):
        nasal.note("override", {"gate": "dose", "rule": "clinic.course.phases", "code": "course-ended", "reason": "x"},
                   at=0, by=doctor)  # fmt: skip


@pytest.mark.story("HF-SES-022")
def test_an_override_ends_where_the_reading_it_was_given_for_is_corrected(nasal: Day) -> None:
    nasal.asked()
    nasal.dose(dose_mg=56)
    read = nasal.note("observation", CALM | {"sbp_mmhg": 146}, at=-12).entry.key
    what = {"gate": "dose", "rule": "pre.bp.us", "code": "sbp-high", "reason": "white coat; 132 at home"}
    given = nasal.note("override", what, at=-11, by=nasal.people.prescriber).entry.key
    nasal.note("observation", CALM | {"sbp_mmhg": 196}, at=-12, received=-9, supersedes=read, why="wrote 146, read 196")
    with pytest.raises(RefusedByRuleError, match="196 mmHg"):
        nasal.note("clearance", at=-8)
    said = {"supersedes": given, "why": "mistyped", "by": nasal.people.prescriber, "received": -6}
    for rewritten, at in ((what, -7), (what | {"code": "dbp-high"}, -11), (what | {"reason": "so he is"}, -11)):
        with pytest.raises(RefusedError, match="take it back"):
            nasal.note("override", rewritten, at=at, **said)
    nasal.note("override", what, at=-5, by=nasal.people.prescriber)
    again = nasal.keys["override"]
    nasal.note("clearance", at=-4)
    nasal.note("override", what, at=-5, **said | {"supersedes": again, "received": -3}, withdraw=True)
    with pytest.raises(RefusedByRuleError, match="196 mmHg"):
        nasal.note("device", {"lot": LOTS[0]}, at=0)


@pytest.mark.story("HF-SES-021")
def test_two_nurses_who_enter_one_device_are_told_and_one_given_too_early_says_why(people: People) -> None:
    nasal = new_day(people, indication="mdsi")  # 84 mg on the first day
    nasal.asked()
    nasal.dose(dose_mg=84)
    nasal.note("observation", CALM, at=-10)
    nasal.note("clearance", at=-5)
    nasal.note("device", {"lot": LOTS[0]}, at=0.9)
    with pytest.raises(InputError, match="5 min of rest are needed"):
        nasal.note("device", {"lot": LOTS[0]}, at=1.1, by=nasal.second)
    with pytest.raises(InputError, match="1 min after this one"):
        nasal.note("device", {"lot": LOTS[0]}, at=-0.5, received=2, by=nasal.second)
    with pytest.raises(InputError, match="4 min before"):
        nasal.note("device", {"lot": LOTS[1]}, at=4.5)
    assert float(nasal.treatment_session.course.treatment_sessions.current().get().dose_mg) == 28
    nasal.note("device", {"lot": LOTS[1], "reason": "the clock in the room is fast"}, at=4.5)
    nasal.note("device", {"lot": LOTS[2]}, at=9)  # by the minutes of the clock on the wall
    assert (nasal.state, float(nasal.treatment_session.dose_mg)) == ("observing", 84.0)


@pytest.mark.story("HF-SES-023")
def test_a_second_person_who_reads_other_devices_stops_the_first(nasal: Day) -> None:
    nasal.asked()
    of = str(nasal.note("dose", {"dose_mg": 56}, at=-20).entry.key)
    nasal.note("dose-check", {"of": of, "dose_mg": 84}, at=-15, by=nasal.second)
    nasal.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="read 84 mg, the dose is 56 mg") as refused:
        nasal.note("clearance", at=-9)
    assert [r.code for r in refused.value.decision.hard_stops] == ["dose-differs"]
    nasal.note("dose-check", {"of": of, "dose_mg": 56}, at=-8, by=nasal.second)
    nasal.note("clearance", at=-7)
    nasal.note("device", {"lot": LOTS[0]}, at=0)
    with pytest.raises(RefusedError, match="takes no dose check"):
        nasal.note("dose-check", {"of": of, "dose_mg": 56}, at=2, by=nasal.second)


@pytest.mark.story("HF-SES-023")
def test_the_check_of_an_older_dose_is_none_of_the_newer(iv: Day) -> None:
    iv.asked()
    iv.dose(weight_kg=80, height_cm=180, concentration_mg_per_ml=1)
    key = iv.keys["dose"]
    same = {"weight_kg": 80, "height_cm": 180, "concentration_mg_per_ml": 1}
    iv.note("dose", same, at=-14, received=-12, supersedes=key, why="the scales were read again")
    iv.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="No second person has checked the dose"):
        iv.note("clearance", at=-5)


@pytest.mark.story("HF-SES-022")
def test_what_was_looked_at_too_early_does_not_count(nasal: Day) -> None:
    """Suicidality is evaluated after the C-SSRS, and by a physician once more after the dose."""
    doctor, well = nasal.people.prescriber, {"assessed": True, "suicidality_evaluated": True}
    nasal.asked(**{"mental-state": None})
    nasal.note("mental-state", well, at=-28)
    nasal.note("cssrs", SAFE | {"q2": True, "q4": True}, at=-24)
    nasal.dose(dose_mg=56)
    nasal.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="C-SSRS is high"):
        nasal.note("clearance", at=-9)
    nasal.note("mental-state", well, at=-8, by=doctor)
    nasal.note("clearance", at=-7)
    for number in (0, 1):
        nasal.note("device", {"lot": LOTS[number]}, at=5 * number)
    nasal.note("recovery", WELL, at=120)
    nasal.note("observation", CALM, at=120)
    with pytest.raises(RefusedByRuleError) as refused:
        nasal.note("discharge", at=121)
    assert "suicidality-not-assessed" in refused.value.decision.codes


@pytest.mark.story("HF-SES-025")
def test_a_correction_is_of_the_same_kind_and_of_what_has_not_left(nasal: Day) -> None:
    seen = nasal.note("observation", CALM, at=-40).entry.key
    with pytest.raises(InputError, match="but the entry it corrects is observation"):
        nasal.note("escort", {"transport_arranged": True}, at=-39, supersedes=seen, why="mistyped")
    with pytest.raises(InputError, match="name the entry"):
        nasal.note("observation", CALM, at=-39, why="mistyped", withdraw=True)
    with pytest.raises(InputError, match="no entry of this flow-sheet"):
        nasal.note("observation", CALM, at=-39, why="mistyped", supersedes=uuid.uuid4())
    nasal.begun_nasal()
    device = nasal.keys["device"]
    nasal.well(at=120)
    nasal.note("discharge", at=121)
    with pytest.raises(RefusedError, match="The patient has left"):
        nasal.note("device", {"lot": LOTS[1]}, at=6, received=122, supersedes=device, why="read off the clock")
    with pytest.raises(RefusedError, match="not taken back"):
        nasal.note("discharge", at=119, received=122, supersedes=nasal.keys["discharge"], why="read off the clock")
    nasal.note("sign", at=125)
    with pytest.raises(LockedError):
        nasal.note("device", {"lot": LOTS[1]}, at=6, received=126, supersedes=device, why="read off the clock")


def test_nobody_is_discharged_before_the_dose_or_out_of_order(iv: Day) -> None:
    iv.note("arrival", at=-30)
    with pytest.raises(RefusedError, match="No dose was given"):
        iv.note("discharge", at=-20)
    iv = new_day(iv.people, protocol="iv-racemic")
    iv.begun_iv()
    with pytest.raises(InputError, match=r"dose_ended_at .* lies before dosed_at"):
        iv.note("stop", {"whole": True}, at=-1, received=40)
    iv.note("stop", {"whole": True}, at=40)
    assert iv.state == "observing"
