"""The expected range of a flow-sheet: asked with the dose, answered by another process, seen by clinicians alone."""

from __future__ import annotations

import datetime as dt
import json
import sys
import uuid
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.expected_ranges import watch
from holdfast.clinic.expected_ranges.actions import ask_expected_range, keep_expected_range
from holdfast.clinic.expected_ranges.models import ExpectedRangeAnswer, ExpectedRangeQuestion
from holdfast.clinic.expected_ranges.queries import WAITS_FOR, range_for, waiting
from holdfast.clinic.expected_ranges.simulator import Simulated, SimulatorError, simulated
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.errors import PermissionRefusedError
from tests.clinic.conftest import NOW, People
from tests.clinic.flow_sheet_days import CALM, Day, new_day
from tests.clinic.test_flow_sheet_page import client_of, read, sheet_url, words_of

pytestmark = pytest.mark.django_db
MINUTES = list(range(0, 151, 5))
LATER = NOW + dt.timedelta(minutes=1)


def bands(**pairs: tuple[float, float]) -> dict[str, Any]:
    return {
        name: {"unit": "mmHg", "median": [(low + high) / 2] * len(MINUTES), "outer": [[low, high]] * len(MINUTES),
               "inner": [[low + 5, high - 5]] * len(MINUTES)}
        for name, (low, high) in pairs.items()
    }  # fmt: skip


def an_answer(asked: Any) -> Simulated:
    """As the simulator gives it, with numbers that a test can find again."""
    about = {
        "model": "holdfast-1", "model_version": "1", "facts_digest": "abc", "holdfast": "0", "seed": 1, "people": 7,
        "version": 1, "population": "trd-adults", "asked": dict(asked), "drawn": ["weight_kg"],
        "beyond": ["far beyond"],
        "known_misses": [{"row": "Q-N16", "quantity": "bioavailability", "scenario": "56 mg", "reason": "CL too low",
                          "route": "nasal"}],
        "said": "no prediction for a patient", "known_failures": "much", "below_verified": {"assumed": 3},
        "without_the_drug_mmhg": {"sbp": 6.1, "dbp": 4.9},
    }  # fmt: skip
    given = bands(sbp_mmhg=(101, 163), dbp_mmhg=(61, 99), cadss_total=(0, 23))
    return Simulated({"about": about, "shares": {"inner": 0.5, "outer": 0.9}, "minutes": MINUTES, "bands": given})


def answered(ask: Any = an_answer, **more: Any) -> watch.Round:
    return watch.answer_waiting(actor=CommandLine(), clock=lambda: LATER, ask=ask, **more)


@pytest.fixture
def iv(people: People) -> Day:
    day = new_day(people, protocol="iv-racemic")
    day.begun_iv()
    return day


def newest() -> ExpectedRangeQuestion:
    found = ExpectedRangeQuestion.objects.last()
    assert found is not None
    return found


@pytest.mark.story("HF-SES-030")
def test_the_dose_asks_with_plain_values_and_no_name(iv: Day) -> None:
    asked = newest().asked
    assert asked == {
        "drug": "ketamine", "route": "iv", "dose_mg": 40.0, "duration_min": 40.0, "weight_kg": 80.0, "age_y": None,
        "sex": None, "sbp_mmhg": 128.0, "dbp_mmhg": 78.0, "number": 1.0,
    }  # fmt: skip
    told = AuditEntry.objects.filter(action="expected_range.ask").last()
    assert told is not None
    assert set(told.details) == {"digest"}
    assert iv.treatment_session.course.patient.label not in json.dumps(asked)


@pytest.mark.story("HF-SES-030")
def test_it_is_asked_anew_only_where_what_it_rests_on_changes(iv: Day) -> None:
    count = ExpectedRangeQuestion.objects.count()
    assert count == 2, "once with the dose, once with the pressure before it; the start adds nothing"
    iv.note("observation", CALM | {"sbp_mmhg": 150}, at=10)
    iv.note("pause", at=12)
    assert ExpectedRangeQuestion.objects.count() == count
    later = iv.note_of("observation").key
    iv.note("observation", CALM | {"sbp_mmhg": 122}, at=10, received=20, supersedes=later, why="typed wrongly")
    assert newest().asked["sbp_mmhg"] == 128, "the correction was of a later reading"
    first = next(row for row in iv.sheet.of("observation"))
    iv.note(
        "observation",
        CALM | {"sbp_mmhg": 122},
        at=-10,
        received=21,
        supersedes=uuid.UUID(first.key),
        why="typed wrongly",
    )
    assert newest().asked["sbp_mmhg"] == 122
    assert ExpectedRangeQuestion.objects.count() == count + 1


@pytest.mark.story("HF-SES-030")
def test_the_page_works_before_and_draws_after_the_answer(iv: Day) -> None:
    iv.note("observation", CALM | {"sbp_mmhg": 150, "cadss_total": 12}, at=20)
    before = read(iv)
    assert "Expected range: not computed yet" in before
    assert "<polygon" not in before
    assert answered() == watch.Round(answered=2)
    after = read(iv)
    assert after.count("<polygon") == 6, "an outer and an inner one for each of three quantities"
    assert "One in ten lies outside with nothing wrong" in after
    assert "This dose lies beyond what the model was fitted to." in after, "the answer of the test says so"
    assert answered() == watch.Round(), "nothing waits any more"


@pytest.mark.story("HF-SES-031")
def test_a_reading_outside_looks_like_one_inside(iv: Day) -> None:
    """The model never colours, counts or comments a measured value."""
    answered()
    iv.note("observation", CALM | {"sbp_mmhg": 159, "dbp_mmhg": 90}, at=20)
    inside = read(iv)
    first = iv.note_of("observation")
    iv.note(
        "observation", CALM | {"sbp_mmhg": 164, "dbp_mmhg": 90}, at=20, received=21, supersedes=first.key, why="typo"
    )
    outside = read(iv)
    assert inside.count('class="point"') == outside.count('class="point"')
    assert inside.count("doubtful") == outside.count("doubtful") == 0
    assert "outside the range" not in outside


@pytest.mark.story("HF-SES-031")
@pytest.mark.parametrize(("role", "sees"), [("nurse", True), ("prescriber", True), ("programme_lead", False)])
def test_only_prescriber_and_nurse_see_it(iv: Day, role: str, sees: bool) -> None:
    answered()
    user = getattr(iv.people, role)
    page = read(iv, user)
    assert ("<polygon" in page) is sees
    assert ("expected-range/" in page) is sees
    assert client_of(user).get(sheet_url(iv, "expected-range")).status_code == (200 if sees else 403)
    if not sees:
        with pytest.raises(PermissionRefusedError):
            range_for(actor=user, treatment_session=iv.treatment_session, asked=newest().asked)


@pytest.mark.story("HF-SES-031")
def test_a_programme_switches_it_off(iv: Day, people: People) -> None:
    answered()
    choose_setting(
        actor=people.programme_lead, programme=people.programme, setting="expected_range", key="hidden", now=NOW
    )
    page = read(iv)
    assert "<polygon" not in page
    assert "Expected range" not in page
    assert "Time course" in page
    assert "shows no expected ranges" in words_of(
        client_of(people.nurse).get(sheet_url(iv, "expected-range")).content.decode()
    )
    count = ExpectedRangeQuestion.objects.count()
    new_day(people, protocol="iv-racemic").begun_iv()
    assert ExpectedRangeQuestion.objects.count() == count, "nothing is asked where nothing is shown"


@pytest.mark.story("HF-SES-030")
def test_the_basis_names_model_inputs_fit_and_known_misses(iv: Day) -> None:
    answered()
    page = words_of(client_of(iv.people.nurse).get(sheet_url(iv, "expected-range")).content.decode())
    for said in ("holdfast-1, version 1", "abc", "40 mg ketamine (iv) over 40 min", "128/78 mmHg", "80 kg", "Q-N16",
                 "CL too low", "far beyond", "7 of population trd-adults, seed 1", "101 to 163"):  # fmt: skip
        assert said in page, said


def test_a_range_of_other_values_is_never_shown(iv: Day) -> None:
    answered()
    assert (
        range_for(actor=iv.people.nurse, treatment_session=iv.treatment_session, asked=newest().asked).given is not None
    )
    other = range_for(
        actor=iv.people.nurse, treatment_session=iv.treatment_session, asked=newest().asked | {"dose_mg": 41.0}
    )
    assert other.given is None
    assert "has changed" in other.why


def test_what_cannot_be_answered_is_told_in_small_words(iv: Day) -> None:
    assert answered(lambda asked: Simulated({}, "the model cannot say.")) == watch.Round(refused=2)
    assert "Expected range: the model cannot say." in read(iv)


def test_without_a_simulator_the_question_waits_for_one(iv: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numerics, "find_spec", lambda name: None)
    assert watch.answer_waiting(actor=CommandLine(), clock=lambda: LATER) == watch.Round()
    assert "Expected range: no simulator is installed here." in read(iv)
    assert len(waiting(actor=CommandLine(), now=LATER)) == 2


def test_a_simulator_that_breaks_is_asked_three_times(iv: Day) -> None:
    def broken(asked: Any) -> Simulated:
        raise SimulatorError("exit code 1")

    failures: Counter[int] = Counter()
    assert answered(broken, failures=failures) == watch.Round(failed=2)
    assert answered(broken, failures=failures) == watch.Round(failed=2)
    assert answered(broken, failures=failures) == watch.Round(refused=2)
    assert "did not answer, tried 3 times" in read(iv)


def test_an_answer_is_kept_once_and_never_changed(iv: Day) -> None:
    answered()
    question, done = newest(), an_answer(newest().asked)
    again = keep_expected_range(
        actor=CommandLine(), question=question, given=done.given, refused="", took_ms=1, now=LATER
    )
    assert again is None
    row = ExpectedRangeAnswer.objects.get(question=question)
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE expected_ranges_expectedrangeanswer SET took_ms = 0")


def test_only_the_command_line_keeps_and_only_clinicians_ask(iv: Day) -> None:
    done = an_answer(newest().asked)
    with pytest.raises(PermissionRefusedError):
        keep_expected_range(
            actor=iv.people.prescriber, question=newest(), given=done.given, refused="", took_ms=1, now=LATER
        )
    with pytest.raises(PermissionRefusedError):
        ask_expected_range(
            actor=iv.people.front_desk, treatment_session=iv.treatment_session, asked=newest().asked, now=LATER
        )


def test_a_question_of_a_day_long_over_is_left(iv: Day) -> None:
    first, second = waiting(actor=CommandLine(), now=NOW)
    assert first.pk > second.pk, "the newest first: it is on a page now"
    assert waiting(actor=CommandLine(), now=NOW + WAITS_FOR) == []


@pytest.mark.slow
@pytest.mark.story("HF-SES-030")
def test_the_real_simulator_answers_in_another_process(iv: Day) -> None:
    loaded = {name for name in ("scipy", "numba", "jax") if name in sys.modules}
    assert (
        answered(
            lambda asked: simulated(asked, longest_s=300) if asked == newest().asked else an_answer(asked)
        ).answered
        == 2
    )
    assert {name for name in ("scipy", "numba", "jax") if name in sys.modules} == loaded
    seen = range_for(actor=iv.people.nurse, treatment_session=iv.treatment_session, asked=newest().asked)
    assert seen.given is not None
    assert seen.given["about"]["model"] == "holdfast-1"
    low, high = seen.given["bands"]["sbp_mmhg"]["outer"][8]
    assert 100 < low < 125 < 140 < high < 175


@pytest.mark.slow
def test_the_simulator_refuses_what_it_does_not_know_and_gets_nothing_of_the_clinic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "cannot say" in simulated({"drug": "ketamine", "route": "nasal", "dose_mg": 50.0}).refused
    monkeypatch.setenv("HOLDFAST_SECRET", "x")
    assert not [name for name in numerics.bare({"HOLDFAST_DATA": "/x", "PATH": "y"}) if name.startswith("HOLDFAST")]
    with pytest.raises(SimulatorError, match="took-too-long"):
        simulated({"drug": "ketamine", "route": "iv", "dose_mg": 50.0}, longest_s=0.01)


def test_the_address_is_of_this_treatment_session_alone(iv: Day, others: People) -> None:
    assert client_of(others.nurse).get(sheet_url(iv, "expected-range")).status_code == 404
    assert reverse("expected-range", args=[iv.treatment_session.public_id]).endswith("/flow-sheet/expected-range/")
