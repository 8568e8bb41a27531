"""The REMS form of a treatment session: filled from its sheet, missing fields named, signed, sent, due until then."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.rems_forms.actions import mark_rems_form_sent, sign_rems_form
from holdfast.clinic.rems_forms.queries import rems_form
from holdfast.clinic.worklist.queries import work
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from holdfast.treatment_sessions.rems_from_sheet import FormAnswers, answered
from tests.clinic.conftest import NOW, People, new_patient
from tests.clinic.flow_sheet_days import CALM, SITE, Day, new_day, people_of

pytestmark = [pytest.mark.django_db, pytest.mark.story("HF-SES-035")]
AFTER = NOW + dt.timedelta(hours=3)
WHOLE = {
    "ready_without_rule_min": 75, "vitals_acceptable_before": True, "vitals_acceptable_after": True,
    "respiratory_depression": False, "other_serious_event": False,
}  # fmt: skip


def left(people: People, **site: object) -> Day:
    """A nasal day with sedation and dissociation seen at 40 min and gone at 80, left at 121 min."""
    day = new_day(people, patient=new_patient(people, age_y=40, age_basis="registration"))
    day.asked(site=SITE | site)
    day.dose(dose_mg=56)
    day.note("observation", CALM, at=-10)
    day.note("clearance", at=-5)
    for number, lot in enumerate(("24A17", "24A18")):
        day.note("device", {"lot": lot}, at=5 * number)
    day.note("observation", CALM | {"sbp_mmhg": 146, "moaas": 4, "dissociation": "moderate"}, at=40)
    day.note("observation", CALM | {"dissociation": "none"}, at=80)
    day.well(at=120)
    day.note("discharge", at=121)
    return day


def answers(day: Day, **given: object) -> FormAnswers:
    view = rems_form(actor=day.people.nurse, treatment_session=day.treatment_session, now=AFTER)
    return answered(view.suggested, {**WHOLE, **given})


def sign(day: Day, **given: object):
    named = {"actor": day.people.nurse, "treatment_session": day.treatment_session, "now": AFTER}
    return sign_rems_form(**{"answers": answers(day), **named, **given})


def kinds(day: Day, now: dt.datetime = AFTER) -> list[str]:
    return [item.due.kind for item in work(actor=day.people.nurse, now=now)]


def test_the_sheet_fills_what_it_holds_and_the_rest_is_named(people: People) -> None:
    view = rems_form(actor=people.nurse, treatment_session=left(people).treatment_session, now=AFTER)
    said = {line.name: line.said for line in view.current}
    assert said["Dose, mg"] == "56"
    assert said["Box of the dose"] == "56"
    assert said["Lot of the devices"] == "24A17, 24A18"
    assert said["From the first device to the end of monitoring, min"] == "121"
    assert said["Blood pressure before, mmHg"] == "128/78"
    assert said["Blood pressure about 40 min after, mmHg"] == "146/78"
    assert said["Blood pressure at the end, mmHg"] == "128/78"
    assert said["Sedation"] == "yes; onset 40 min, resolved 80 min"
    assert said["Dissociation"] == "yes; onset 40 min, resolved 80 min"
    assert said["Drugs taken since the last contact"] == "none of those asked for"
    assert view.missing == (
        "Would have been ready without the 2 h rule, min", "Vital signs acceptable before",
        "Vital signs acceptable after", "Respiratory depression", "Another serious event",
    )  # fmt: skip


def test_a_form_waits_until_it_is_sent_and_is_overdue_after_a_week(people: People) -> None:
    day = left(people)
    (item,) = [i for i in work(actor=people.nurse, now=AFTER) if i.due.kind == "rems"]
    assert (item.due.rule, item.due.overdue) == ("rems.form7d", False)
    assert "2026-11-09 11:01" in item.why
    due_at = NOW + dt.timedelta(days=7, minutes=121)
    late = due_at + dt.timedelta(minutes=1)  # of the same day: what a list remembers ends then
    for now, overdue in ((due_at, False), (late, True)):
        assert [i.due.overdue for i in work(actor=people.nurse, now=now) if i.due.kind == "rems"] == [overdue]
    form = sign(day)
    assert "rems" in kinds(day)
    mark_rems_form_sent(actor=people.nurse, form=form, sent_at=AFTER, now=AFTER)
    assert "rems" not in kinds(day)
    assert "rems" not in kinds(day, late)
    newer = sign(day, version=1, why="a drug was left out")
    (item,) = [i for i in work(actor=people.nurse, now=late) if i.due.kind == "rems"]
    assert (item.due.overdue, "newer version" in item.why) == (False, True)
    mark_rems_form_sent(actor=people.nurse, form=newer, sent_at=AFTER, now=AFTER)
    assert "rems" not in kinds(day, late)
    told = AuditEntry.objects.filter(action__startswith="rems_form.").order_by("seq")
    assert [(e.action, e.details["version"]) for e in told] == [
        ("rems_form.sign", 1), ("rems_form.send", 1), ("rems_form.sign", 2), ("rems_form.send", 2),
    ]  # fmt: skip


def test_where_no_form_is_asked_none_is_due(people: People) -> None:
    assert "rems" not in kinds(left(people, setting="inpatient"))
    europe = left(people_of("eu", jurisdiction="EU", country="DE"))
    assert "rems" not in kinds(europe)
    with pytest.raises(RefusedError, match="No REMS form is asked for here"):
        sign(europe, answers=FormAnswers())


def test_something_missing_needs_its_reason_and_stays_named(people: People) -> None:
    day = left(people)
    lacking = answers(day, ready_without_rule_min=None)
    with pytest.raises(InputError, match="why: something is missing"):
        sign(day, answers=lacking)
    form = sign(day, answers=lacking, why="Nobody looked before 120 min")
    assert form.content["missing"] == ["ready_without_rule_min"]
    assert AuditEntry.objects.get(action="rems_form.sign").details["missing"] == ["ready_without_rule_min"]


def test_a_newer_version_says_why_and_two_people_do_not_sign_at_once(people: People) -> None:
    day = left(people)
    first = sign(day)
    with pytest.raises(RefusedError, match="meanwhile"):
        sign(day)
    with pytest.raises(InputError, match="why there is a newer form"):
        sign(day, version=1)
    second = sign(day, version=1, why="The lot was misread")
    assert (first.version, second.version) == (1, 2)
    mark_rems_form_sent(actor=people.nurse, form=second, sent_at=AFTER, now=AFTER)
    with pytest.raises(RefusedError, match="sent already"):
        mark_rems_form_sent(actor=people.nurse, form=second, sent_at=AFTER, now=AFTER)


def test_what_cannot_be_is_refused(people: People) -> None:
    day = left(people)
    with pytest.raises(InputError, match="ready_without_rule_min"):
        answers(day, ready_without_rule_min=-1)
    with pytest.raises(InputError, match="before the onset"):
        answers(day, sedation_onset_min=50, sedation_resolved_min=40)
    form = sign(day)
    for moment, says in ((AFTER + dt.timedelta(hours=1), "future"), (NOW, "before the form was signed")):
        with pytest.raises(InputError, match=says):
            mark_rems_form_sent(actor=people.nurse, form=form, sent_at=moment, now=AFTER)
    for actor in (people.programme_lead, people.front_desk, people.therapist):
        with pytest.raises(PermissionRefusedError):
            sign(day, actor=actor)
    planned = new_day(people_of("early"))
    with pytest.raises(RefusedError, match="has not left yet"):
        sign(planned, answers=FormAnswers())


def test_the_pages(people: People) -> None:
    day = left(people)
    client = Client()
    client.force_login(people.nurse)
    address = reverse("rems-form", args=[day.treatment_session.public_id])
    shown = " ".join(client.get(address).content.decode().split())
    assert "5 missing" in shown
    assert "it was due by 9 Nov 2026, 11:01" in shown
    assert client.get(reverse("rems-form-print", args=[day.treatment_session.public_id])).status_code == 302
    form = client.get(address).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: "" if value is None else value for name, value in sent.items()}
    assert client.post(address, sent).status_code == 422
    yes_no = {name: {True: "yes", False: "no"}.get(value, value) for name, value in WHOLE.items()}
    assert client.post(address, sent | yes_no).status_code == 302
    shown = client.get(address).content.decode()
    assert "✓ Signed, version 1" in shown
    assert client.post(reverse("rems-form-sent", args=[day.treatment_session.public_id]), {}).status_code == 302
    assert "✓ Sent" in client.get(address).content.decode()
    paper = client.get(reverse("rems-form-print", args=[day.treatment_session.public_id])).content.decode()
    assert "24A17, 24A18" in paper
    assert "not the form of the REMS itself" in paper
