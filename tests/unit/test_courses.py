"""Simulated courses: planned and decided by the clinic's own rules, the same for the same seed, whole or not at all."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest

from holdfast.errors import InputError, UnknownNameError
from holdfast.model.courses.batch import simulate_batch
from holdfast.model.courses.bodies import Bodies
from holdfast.model.courses.columns import BY_NAME, COLUMNS, PHASES, WHY_STOPPED, Courses
from holdfast.model.courses.decisions import DoseState, raise_without_response
from holdfast.model.courses.people import People
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.courses.review import review_of_induction
from holdfast.model.integration.compiled import solver
from holdfast.model.integration.stretches import stretch_of
from holdfast.model.mood.placebo import Care
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.runs.chunks import chunks_of
from holdfast.model.runs.limits import limits
from holdfast.model.runs.run import Stopped, simulate
from holdfast.model.runs.summary import summary
from holdfast.model.runs.tally import tally
from holdfast.model.runs.workers import Workers
from holdfast.protocols.intervals import IntervalAdvice, IntervalState, Step
from holdfast.protocols.protocol import protocol, protocols
from holdfast.protocols.schedule import schedule

SEED = 3
START = date(2025, 1, 6)


def plan_of(name: str = "iv-racemic", patients: int = 40, days: int = 120, **choices) -> CoursePlan:
    return CoursePlan(name, patients, days, SEED, **choices)


def courses_of(*words, **choices) -> Courses:
    plan = plan_of(*words, **choices)
    return simulate_batch(plan, 0, plan.patients)


def days_of(courses: Courses, patient: int) -> list[int]:
    return np.flatnonzero(courses.known("treatment_session")[:, patient]).tolist()


@pytest.mark.story("HF-MOD-015")
@pytest.mark.parametrize("name", sorted(protocols()))
def test_who_comes_to_everything_is_treated_as_the_protocol_plans(name):
    chosen = protocol(name)
    indication = chosen.indications[0]
    found = courses_of(name, 4, 80, indication=indication, without_response="continue", pressure_gate="override")
    planned = schedule(chosen, start=START, indication=indication, jurisdiction="none", age_y=45, until_week=12)
    expected = [day for one in planned if (day := (one.on - START).days) < 80]
    assert len(expected) > 6
    weight_kg = People(named_model("holdfast-1"), "trd-adults", SEED, 0, 4, Care()).patients.who.weight_kg
    for patient in range(4):
        assert days_of(found, patient) == expected
        numbers = found.values["treatment_session"][expected, patient]
        assert numbers.tolist() == list(range(1, len(expected) + 1))
        dose_mg = found.values["dose_mg"][0, patient]
        unit = weight_kg[patient] if planned[0].unit == "mg/kg" else 1.0
        most = chosen.administration.dose_max_mg or np.inf
        assert dose_mg == pytest.approx(min(planned[0].usual_dose * unit, most), rel=1e-6)
    kinds = {PHASES[p - 1] for p in np.unique(found.values["phase"])}
    assert kinds == {one.phase_kind for one in planned}
    cmax = found.values["cmax_ng_per_ml"][found.known("cmax_ng_per_ml")]
    assert 2 < cmax.min() < cmax.max() < 600


def test_levels_and_effects_have_the_published_magnitude():
    found = courses_of(patients=400, days=1, pressure_gate="override")
    assert 165 < found.values["cmax_ng_per_ml"][0].mean() < 215  # 185 ng/mL after 0.5 mg/kg over 40 min
    assert 4 < found.values["cadss_peak"][0].mean() < 12  # 7.7
    assert 3 < found.values["sbp_rise_peak_mmhg"][0].mean() < 25
    assert np.all(found.values["sbp_max_mmhg"][0] > found.values["sbp_before_mmhg"][0] - 40)
    assert 100 < found.values["sbp_before_mmhg"][0].mean() < 150
    assert set(np.unique(found.values["moaas_lowest"][0])) <= set(range(6))


def test_a_person_is_much_the_same_in_each_treatment_session_and_never_quite():
    found = courses_of(patients=400, days=4, pressure_gate="override")
    first, second = (found.values["sbp_rise_peak_mmhg"][day] for day in (0, 3))
    assert 0.2 < np.corrcoef(first, second)[0, 1] < 0.9
    first, second = (found.values["cadss_peak"][day] for day in (0, 3))
    assert 0.3 < np.corrcoef(first, second)[0, 1] < 0.97


def test_no_dose_is_above_the_most_the_protocol_gives():
    found = courses_of("oral-racemic", 400, 5, dose_rule="raise-without-response")
    assert found.values["dose_mg"][3].max() == 300  # 2.5 mg/kg of people beyond 120 kg would be more


@pytest.mark.story("HF-MOD-016")
def test_a_patient_has_the_same_course_in_every_batch_and_on_every_thread():
    plan = plan_of(patients=30, days=60, attendance="realistic", policy="taper")
    everyone, some = simulate_batch(plan, 0, 30, threads=2), simulate_batch(plan, 19, 5, threads=1)
    for column in COLUMNS:
        whole = everyone.flat(column.name).reshape(30, 60)[19:24]
        assert whole.tobytes() == some.flat(column.name).reshape(5, 60).tobytes(), column.name
    assert tally(everyone).treatment_sessions.sum() == 30


def test_days_in_a_row_are_one_long_stretch():
    """Day by day, in wide panels, against one stretch of ten days with every dose in it, in narrow panels."""
    model, chosen, doses_mg = named_model("holdfast-1"), protocol("iv-racemic"), 40.0
    people = People(model, "trd-adults", SEED, 0, 9, Care())
    bodies = Bodies(model, chosen, people, "nmda-driven", threads=1)
    everyone, treated = np.arange(9), (0, 3, 7)
    for day in range(10):
        if day in treated:
            venous, mind, _ = bodies.treatment_day(everyone, np.full(9, doses_mg))
            assert (venous.max(axis=1) > 50).all()
            assert (mind.max(axis=1) > 50).all()
        else:
            bodies.quiet_day(everyone)
    given = regimen(Dose("ketamine", "iv", day * 24.0, doses_mg, duration_h=40 / 60) for day in treated)
    entering = inputs(model, given, people.patients.who, etas=people.patients.etas)
    stretch, amounts = stretch_of(entering, 240.0, (240.0,))
    from holdfast.model.assembly import equations

    made = equations(model, people.disposition(frozenset({"iv"})), entering.ka_per_h, mood=people.cascade)
    out = solver(made, backend="plain").advance(stretch, amounts)[:, 0]
    for name, levels in bodies.levels.items():
        expected = out[:, made.output_names.index(name)]
        assert levels == pytest.approx(expected, rel=1e-7)
        assert expected.min() > 1e-4


@pytest.mark.story("HF-MOD-015")
def test_a_policy_of_your_own_sees_what_the_clinic_sees_and_is_obeyed():
    seen: set[IntervalState] = set()

    def weekly(state: IntervalState) -> IntervalAdvice:
        seen.add(state)
        return IntervalAdvice(7, Step.SHORTER, "as I like")

    found = courses_of(patients=20, days=90, policy=weekly, without_response="continue", pressure_gate="override")
    assert days_of(found, 0) == [0, 3, 7, 10, 14, 17, 45, 52, 59, 66, 73, 80, 87]
    assert {state.allowed_d for state in seen} == {(7, 14, 21, 28, 42)}
    assert {state.interval_d for state in seen} == {7, 28}
    assert len(seen) < 40  # asked once for each distinct state, not for each patient
    with pytest.raises(InputError, match="allows 7, 14, 21, 28, 42 d"):
        courses_of(patients=2, days=60, policy=lambda state: IntervalAdvice(5, Step.SHORTER, ""),
                   without_response="continue")  # fmt: skip


@pytest.mark.story("HF-MOD-015")
def test_the_response_triggered_interval_follows_the_ratings():
    """Worked out again from the rows of each patient alone: worse by 6 points than when maintenance began, or not."""
    choices = {"without_response": "continue", "pressure_gate": "override"}
    found = courses_of(patients=60, days=183, policy="response-triggered", **choices)
    total = found.values["madrs_observed"]
    decided = {7: 0, 42: 0}
    for patient in range(60):
        days = days_of(found, patient)
        rated = np.flatnonzero(found.known("madrs_observed")[:, patient])
        began = next(day for day in rated if day > days[5])
        for day, following in pairwise(days[6:]):
            expected = 7 if total[day, patient] >= total[began, patient] + 6 else 42
            assert following - day == expected
            decided[expected] += 1
    assert min(decided.values()) > 20


@pytest.mark.story("HF-MOD-015")
def test_without_response_the_course_stops_at_the_review_or_goes_on_by_choice():
    stopping, going_on = (
        courses_of(patients=80, days=60, without_response=choice, pressure_gate="override")
        for choice in ("stop", "continue")
    )
    assert review_of_induction(plan_of()).key == "end-of-series"
    assert review_of_induction(plan_of("esketamine-nasal")).key == "end-of-induction"
    at_review = going_on.values["response"][21]  # the first rating after the sixth infusion on day 17
    assert 10 < at_review.sum() < 70
    assert np.array_equal(stopping.values["in_course"][-1], at_review)
    assert {WHY_STOPPED[why - 1] for why in np.unique(stopping.values["why_stopped"][-1]) if why} == {
        "no response at the review"
    }
    assert stopping.values["treatment_session"][45].max() == 7
    assert going_on.values["in_course"].all()
    assert not stopping.known("madrs_observed")[22:, at_review == 0].any()  # who has left is rated no more
    assert (stopping.values["madrs_true"][59, at_review == 0] > 0).any()  # and lives on


@pytest.mark.story("HF-MOD-015")
def test_attendance_has_the_shares_of_its_table_and_unknown_is_not_no():
    found = courses_of(patients=600, days=60, attendance="realistic", pressure_gate="override")
    missed, given = found.values["missed"].sum(), found.known("treatment_session").sum()
    assert 0.03 < (missed / (missed + given)) < 0.07
    assert not found.values["missed"][0].any()
    assert (found.values["treatment_session"][0] == 1).all()
    left = found.values["why_stopped"] == 1 + WHY_STOPPED.index("left")
    assert 0.03 < left[-1].mean() < 0.15
    assert not left[:7].any()
    in_week_3 = found.known("madrs_observed")[21:28] & ~found.known("treatment_session")[21:28]
    assert in_week_3[0].sum() > in_week_3[1:4].sum(axis=1).min() > 0  # some check-ins come late
    assert not in_week_3[4:].any()
    judged = found.known("response") & found.values["in_course"].astype(bool)
    unrated = [p for p in range(600) if not judged[18:, p].any() and not left[-1, p]]
    stopped = found.values["why_stopped"][-1] == 1
    assert all(not stopped[p] or found.known("response")[:, p][18:].any() for p in unrated)


@pytest.mark.story("HF-MOD-015")
def test_who_is_worse_after_a_missed_treatment_session_goes_back_to_the_frequency_before():
    """Worked out again from the rows: missed in maintenance, last rating since the dose before, worse or not.

    Back is the next shorter interval of maintenance, never that of the first series.
    """
    choices = {
        "attendance": "realistic", "without_response": "continue", "first_interval_d": 14, "pressure_gate": "override",
    }  # fmt: skip
    for policy, back in (("taper", {7: 7, 14: 7, 21: 14, 28: 21, 42: 28}), ("fixed", {14: 14})):
        found = courses_of(patients=250, days=150, policy=policy, **choices)
        rated, total = found.known("madrs_observed"), found.values["madrs_observed"]
        gaps = []
        for patient in range(250):
            given, missed = days_of(found, patient), np.flatnonzero(found.values["missed"][:, patient])
            events = sorted([*given, *missed.tolist()])
            maintained = found.values["phase"][:, patient] == 1 + PHASES.index("maintenance")
            began = next((day for day in np.flatnonzero(rated[:, patient]) if maintained[day]), None)
            for before, day, following in zip(events, events[1:], events[2:], strict=False):
                since = np.flatnonzero(rated[before + 1 : day + 1, patient]) + before + 1
                judged = day in missed and maintained[day] and began is not None and len(since)
                if judged and total[since[-1], patient] >= total[began, patient] + 6:
                    gaps.append((day - before, following - day))
        assert len(gaps) > 5
        assert all(after == back[planned] for planned, after in gaps)
        assert policy == "fixed" or {after for _, after in gaps} >= {7, 14}


def test_induction_only_gives_no_dose_afterwards_and_goes_on_rating():
    choices = {"without_response": "continue", "pressure_gate": "override"}
    found = courses_of(patients=10, days=60, maintenance=False, **choices)
    assert days_of(found, 0) == [0, 3, 7, 10, 14, 17]
    assert found.known("madrs_observed")[56].all()
    assert {PHASES[p - 1] for p in np.unique(found.values["phase"][30:])} == {"after treatment"}


def test_a_first_interval_of_ones_own_begins_maintenance():
    choices = {"without_response": "continue", "pressure_gate": "override"}
    found = courses_of(patients=3, days=60, first_interval_d=14, **choices)
    assert days_of(found, 0) == [0, 3, 7, 10, 14, 17, 31, 45, 59]


def test_stopping_that_a_policy_raises_ends_the_doses_only_by_choice():
    choices = {"policy": "taper", "without_response": "continue", "first_interval_d": 42}
    go_on, stop = (courses_of(patients=30, days=300, when_raised=word, **choices) for word in ("continue", "stop"))
    assert stop.known("treatment_session").sum() < go_on.known("treatment_session").sum()
    assert stop.known("madrs_observed")[294].all()


@pytest.mark.story("HF-MOD-015")
def test_a_dose_is_raised_without_response_and_never_after_an_alert():
    state = DoseState((56.0, 84.0), 56.0, False, False)
    assert raise_without_response(state) == 84
    assert raise_without_response(DoseState((56.0, 84.0), 56.0, True, False)) == 56
    assert raise_without_response(DoseState((56.0, 84.0), 56.0, None, False)) == 56
    assert raise_without_response(DoseState((56.0, 84.0), 56.0, False, True)) == 56
    assert raise_without_response(DoseState((56.0, 84.0), 84.0, False, False)) == 84
    assert raise_without_response(DoseState((28.0,), 84.0, False, False)) == 28
    found = courses_of("esketamine-nasal", 60, 20, dose_rule="raise-without-response")
    doses = found.values["dose_mg"]
    assert (doses[0] == 56).all()
    second = found.values["response"][3] == 0
    assert (doses[3, second] == 84).mean() > 0.9  # but for pressures above the limit
    assert (doses[3, ~second] == 56).all()
    ordinary = courses_of("esketamine-nasal", 5, 20).values["dose_mg"]
    assert set(ordinary[~np.isnan(ordinary)].tolist()) == {56.0}


@pytest.mark.story("HF-MOD-015")
def test_limits_are_those_that_the_table_counts_and_dissociation_begins_at_five_points():
    found = courses_of(patients=300, days=4, pressure_gate="override")
    named = {limit.name: limit for limit in limits()}
    assert list(named) == [
        "CADSS above 4", "SBP rise of 40 mmHg or more", "SBP of 180 mmHg or more", "DBP rise of 25 mmHg or more",
        "MOAA/S below 5", "MOAA/S below 1",
    ]  # fmt: skip
    assert named["CADSS above 4"].reached(np.array([4.0, 5.0])).tolist() == [False, True]
    assert named["SBP of 180 mmHg or more"].reached(np.array([179.9, 180.0])).tolist() == [False, True]
    assert named["MOAA/S below 5"].reached(np.array([5, 4])).tolist() == [False, True]
    counted = tally(found).tails
    cadss = found.values["cadss_peak"][found.known("cadss_peak")]
    assert np.array_equal(cadss, np.rint(cadss))
    assert counted["CADSS above 4"] == (cadss >= 5).sum() > 100
    assert counted["CADSS above 4: judged"] == len(cadss) == 600


@pytest.mark.story("HF-MOD-015")
def test_shares_are_told_of_those_in_the_course_and_of_all():
    plan = plan_of(patients=80, days=30, pressure_gate="override")
    week = summary(plan, tally(simulate_batch(plan, 0, 80)))["weeks"][3]
    assert 0 < week["in_course"] < 80
    assert week["response_of_those_in_course"] == 1.0  # the others were stopped that day
    assert week["response_of_all"] == week["in_course"] / 80
    assert week["remission_of_all"] == pytest.approx(week["remission_of_those_in_course"] * week["in_course"] / 80)


@pytest.mark.story("HF-MOD-016")
@pytest.mark.slow
def test_the_bytes_do_not_depend_on_processes(tmp_path):
    plan = plan_of(patients=50, days=30, attendance="realistic", policy="taper")
    found = []
    for processes in (1, 2):
        out = tmp_path / f"by-{processes}.parquet"
        counted = simulate(plan, out, workers=Workers(processes), chunk_patients=20)
        found.append(out.read_bytes())
        assert counted.patients == 50
    assert found[0] == found[1]
    with duckdb.connect() as opened:
        rows = opened.execute(f"SELECT patient, day FROM '{tmp_path}/by-1.parquet'").fetchall()
    assert rows == [(patient, day) for patient in range(1, 51) for day in range(30)]


@pytest.mark.story("HF-MOD-016")
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_joined_chunks_are_the_file_that_one_chunk_makes(tmp_path, kind):
    plan = plan_of(patients=7, days=20)
    one, many = tmp_path / f"one.{kind}", tmp_path / f"many.{kind}"
    simulate(plan, one)
    simulate(plan, many, chunk_patients=3)
    assert one.read_bytes() == many.read_bytes()
    assert len(one.read_text().splitlines()) == 7 * 20 + (kind == "csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        f"{name}.{kind}{about}" for name in ("one", "many") for about in ("", ".about.json")
    )


@pytest.mark.story("HF-MOD-016")
def test_rows_read_back_are_the_arrays_and_say_what_they_are_of(tmp_path):
    plan = plan_of(patients=12, days=40, attendance="realistic")
    out = tmp_path / "courses.parquet"
    simulate(plan, out)
    courses = simulate_batch(plan, 0, 12)
    with duckdb.connect() as opened:
        read = opened.execute(f"SELECT * FROM '{out}'").fetchnumpy()
        stored = dict(opened.execute(f"SELECT key, value FROM parquet_kv_metadata('{out}')").fetchall())
    assert list(read) == [column.name for column in COLUMNS]
    for name in ("treatment_session", "madrs_observed", "cadss_peak", "interval_d", "moaas_lowest"):
        known = courses.known(name).T.reshape(-1)
        assert 0 < known.sum() < len(known)
        assert np.array_equal(~np.ma.getmaskarray(read[name]), known)
        assert np.array_equal(np.ma.getdata(read[name])[known], courses.flat(name)[known])
    dosed_before = np.cumsum(courses.known("treatment_session"), axis=0) - courses.known("treatment_session") > 0
    rated = (courses.known("madrs_observed") & dosed_before).T.reshape(-1)
    assert np.array_equal(~np.ma.getmaskarray(read["response"]), rated)
    assert set(read["phase"]) <= set(PHASES)
    about = json.loads(stored[b"holdfast"])
    assert about == json.loads(out.with_name("courses.parquet.about.json").read_text())
    assert (about["seed"], about["model"], about["protocol"]) == (SEED, "holdfast-1", "iv-racemic")
    assert len(about["facts_digest"]) == 16


def stopped_after(chunks: int, plan: CoursePlan, out: Path, **choices) -> Stopped:
    def stop(done: int, of: int) -> None:
        if done == chunks:
            raise KeyboardInterrupt

    with pytest.raises(Stopped) as told:
        simulate(plan, out, progress=stop, chunk_patients=4, **choices)
    return told.value


@pytest.mark.story("HF-MOD-017")
def test_a_run_that_was_stopped_keeps_whole_parts_and_goes_on(tmp_path):
    plan, out, straight = plan_of(patients=12, days=20), tmp_path / "a.parquet", tmp_path / "b.parquet"
    assert "2 of 3 parts are whole" in str(stopped_after(2, plan, out))
    assert not out.exists()
    parts = tmp_path / "a.parquet.parts"
    kept = {p.name: p.stat().st_mtime_ns for p in parts.glob("*.parquet")}
    assert len(kept) == 2
    with pytest.raises(InputError, match="--resume"):
        simulate(plan, out, chunk_patients=4)
    with pytest.raises(InputError, match="another simulation"):
        simulate(plan_of(patients=12, days=21), out, chunk_patients=4, resume=True)
    assert {p.name: p.stat().st_mtime_ns for p in parts.glob("*.parquet")} == kept
    counted = simulate(plan, out, chunk_patients=4, resume=True)
    assert counted.patients == 12
    simulate(plan, straight, chunk_patients=4)
    assert out.read_bytes() == straight.read_bytes()
    assert not parts.exists()


@pytest.mark.story("HF-MOD-017")
def test_a_folder_keeps_its_parts(tmp_path):
    simulate(plan_of(patients=9, days=10), tmp_path / "set", folder=True, chunk_patients=4)
    names = sorted(p.name for p in (tmp_path / "set").iterdir())
    assert names == ["about.json", *(f"part-{n:06d}.parquet" for n in range(3))]
    with duckdb.connect() as opened:
        assert opened.execute(f"SELECT count(*), max(patient) FROM '{tmp_path}/set/*.parquet'").fetchone() == (90, 9)


@pytest.mark.story("HF-MOD-017")
def test_millions_of_patients_are_taken_in_chunks_that_fit():
    chunks = chunks_of(plan_of(patients=10_000_000, days=183), None, "parquet")
    assert sum(chunk.count for chunk in chunks) == 10_000_000
    assert max(chunk.count for chunk in chunks) * 183 <= 2_000_000
    assert max(chunk.count for chunk in chunks_of(plan_of(patients=5, days=3640), None, "csv")) == 5
    assert max(chunk.count for chunk in chunks_of(plan_of(patients=5000, days=3640), None, "csv")) * 3640 <= 2_000_000


@pytest.mark.story("HF-MOD-017")
def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        simulate(plan_of(patients=2, days=3), tmp_path / "nowhere" / "x.parquet")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        simulate(plan_of(patients=2, days=3), tmp_path / "file", folder=True)
    with pytest.raises(InputError, match=r"\.parquet, \.csv, \.json"):
        simulate(plan_of(patients=2, days=3), tmp_path / "x.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.story("HF-MOD-017")
def test_a_policy_that_cannot_travel_is_told_before_anything_is_done(tmp_path):
    plan = plan_of(patients=4, days=3, policy=lambda state: IntervalAdvice(state.interval_d, Step.SAME, ""))
    with pytest.raises(InputError, match="cannot be sent to another process"):
        simulate(plan, workers=Workers(2), chunk_patients=2)
    assert simulate(plan, chunk_patients=2).patients == 4


@pytest.mark.parametrize(
    ("choices", "kind", "says"),
    [
        ({"patients": 0}, InputError, "population is empty"),
        ({"days": 0}, InputError, "0 days are no course"),
        ({"days": 99_999}, InputError, "no course"),
        ({"indication": "mdsi", "name": "oral-racemic"}, InputError, "has no plan for"),
        ({"model": "domino-1984"}, InputError, "ends at levels"),
        ({"first_interval_d": 5}, InputError, "7, 14, 21, 28, 42 d"),
        ({"remission": "response_50"}, InputError, "not remission"),
        ({"remission": "phq9_lt5"}, InputError, "rated on madrs"),
        ({"policy": "tapering"}, UnknownNameError, "taper"),
        ({"dose_rule": "x"}, UnknownNameError, "usual"),
        ({"attendance": "x"}, UnknownNameError, "realistic"),
        ({"hypothesis": "x"}, UnknownNameError, "nmda-driven"),
        ({"population": "x"}, UnknownNameError, "trd-adults"),
        ({"model": "x"}, UnknownNameError, "holdfast-1"),
        ({"name": "iv"}, UnknownNameError, "iv-racemic"),
        ({"without_response": "x"}, UnknownNameError, "continue"),
        ({"pressure_gate": "x"}, UnknownNameError, "override"),
    ],
)
def test_what_no_simulation_can_be_of_is_refused(choices, kind, says):
    with pytest.raises(kind, match=says):
        plan_of(**choices)


def test_every_column_says_what_it_is():
    assert all(column.meaning for column in COLUMNS)
    assert len(BY_NAME) == len(COLUMNS)
