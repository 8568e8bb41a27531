"""Importing a trial: everything or nothing, shown as what it is, and the real one comes in as published."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.cli import main
from holdfast.clinic.accounts.actions import create_user
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses import queries as courses
from holdfast.clinic.courses.models import Course, CourseBaseline
from holdfast.clinic.imports.actions import import_score_table
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError, PermissionRefusedError
from holdfast.exchange.trial_folder import read_trial

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
HEADER = "participant_id,group,leg,day,scale,score\n"


def imported(tmp_path, rows, **further):
    (tmp_path / "scores.csv").write_text(HEADER + rows, encoding="utf-8")
    return import_score_table(
        actor=further.pop("actor", CommandLine()), table=read_trial(tmp_path), key="trial", now=NOW, **further
    )


def test_people_ratings_baseline_and_the_dose_nobody_wrote_down(tmp_path):
    programme = imported(tmp_path, "p1,MDD,baseline,0,MADRS,34\np1,MDD,ketamine,2,MADRS,12\np2,HC,baseline,0,MADRS,1\n")
    assert (programme.kind, programme.name) == ("real-deidentified", "scores")
    course = Course.objects.get(patient__label="p1")
    assert (course.time_basis, course.indication, course.phase, course.opened_on) == (
        "study_day",
        "mdd",
        "completed",
        None,
    )
    assert CourseBaseline.objects.get(course=course).assessment.total == 34
    session = TreatmentSession.objects.get(course=course)
    assert (session.dosed_on_day, session.dose_mg) == (0, None)
    control = Course.objects.get(patient__label="p2")
    assert (control.indication, control.treats_an_illness) == ("none", False)
    assert control.treatment_sessions.count() == 0


def test_a_control_is_not_judged_and_a_group_of_unknown_name_is(tmp_path):
    rows = (
        "p1,depressed,baseline,0,MADRS,34\np1,depressed,ketamine,2,MADRS,5\n"
        "p2,HC,baseline,0,MADRS,2\np2,HC,ketamine,2,MADRS,0\n"
    )
    imported(tmp_path, rows)
    found = {}
    for course in Course.objects.all():
        values = courses.values_of([course], NOW)
        found[course.patient.label] = courses.headline(course, values)
    assert (found["p1"].response, found["p1"].remission) == (True, True)
    assert (found["p2"].response, found["p2"].remission, found["p2"].definitions) == (None, None, ())
    assert (found["p2"].baseline, found["p2"].change) == (2, -2)


@pytest.mark.story("HF-IMP-001")
def test_one_bad_row_and_nothing_comes_in(tmp_path):
    with pytest.raises(InputError, match=r"scores\.csv line 3 column score"):
        imported(tmp_path, "p1,MDD,baseline,0,MADRS,34\np1,MDD,ketamine,2,MADRS,99\n")
    assert not Programme.objects.exists()
    assert not Patient.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.story("HF-IMP-002")
def test_a_fault_in_the_middle_leaves_nothing_half_imported(tmp_path, monkeypatch):
    def stop(done):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(tmp_path, "p1,MDD,baseline,0,MADRS,34\np2,MDD,baseline,0,MADRS,30\n", progress=stop)
    assert not Programme.objects.exists()
    assert not Assessment.objects.exists()


def test_a_nurse_does_not_import(tmp_path):
    nurse = create_user(actor=CommandLine(), username="n", role=Role.NURSE, password="long-enough-pass-9", now=NOW)
    with pytest.raises(PermissionRefusedError):
        imported(tmp_path, "p1,MDD,baseline,0,MADRS,34\n", actor=nurse)
    assert not Programme.objects.exists()


def test_the_same_trial_twice_is_refused(tmp_path):
    imported(tmp_path, "p1,MDD,baseline,0,MADRS,34\n")
    with pytest.raises(InputError, match="exists"):
        imported(tmp_path, "p1,MDD,baseline,0,MADRS,34\n")
    assert Patient.objects.count() == 1


@pytest.mark.story("HF-IMP-001")
def test_a_dry_run_reports_and_writes_nothing(tmp_path, capsys):
    (tmp_path / "scores.csv").write_text(
        HEADER + "p1,MDD,baseline,0,MADRS,34\np1,MDD,baseline,1,NOPE,3\n", encoding="utf-8"
    )
    assert main(["programme", "import", str(tmp_path), "--dry-run", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["dry_run"], report["participants"], report["ratings"]) == (True, 1, 1)
    assert [(bad["line"], bad["column"]) for bad in report["bad_rows"]] == [(3, "scale")]
    assert not Programme.objects.exists()


@pytest.mark.shared_data
@pytest.mark.story("HF-IMP-003")
def test_the_nimh_trial_comes_in_as_published(shared_data):
    table = read_trial(shared_data / "openneuro_ds005917")
    programme = import_score_table(actor=CommandLine(), table=table, key="nimh", now=NOW)
    assert programme.patients.count() == 58
    assert Assessment.objects.count() == 306
    assert programme.licence == "CC0"
    assert CourseBaseline.objects.filter(scale="madrs", course__patient__group="MDD").count() == 32
    assert TreatmentSession.objects.filter(course__patient__group="MDD").count() == 27
    assert not Course.objects.exclude(time_basis="study_day").exists()


def test_a_page_of_an_imported_person_claims_no_dose_and_judges_no_control(tmp_path):
    programme = imported(
        tmp_path,
        "p1,MDD,baseline,0,MADRS,34\np1,MDD,ketamine,2,MADRS,12\np2,HC,baseline,0,MADRS,1\np2,HC,ketamine,2,MADRS,3\n",
    )
    nurse = create_user(
        actor=CommandLine(),
        username="n",
        role=Role.NURSE,
        password="long-enough-pass-9",
        now=NOW,
        programmes=[programme],
    )
    client = Client()
    client.force_login(nurse)
    pages = {
        patient.label: client.get(reverse("patient", args=[patient.public_id])).content.decode()
        for patient in programme.patients.all()
    }
    assert "0.5 mg/kg" not in pages["p1"]
    assert "better" in pages["p1"]
    assert "not judged in a control" in pages["p2"]
    assert "worse" not in pages["p2"]
    caseload = client.get(reverse("caseload")).content.decode()
    assert caseload.count("Not judged") == 1
