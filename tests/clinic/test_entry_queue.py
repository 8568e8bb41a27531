"""What a browser's queue is told: entries as fields of their form, sent late, twice, by the wrong person, in vain."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.flow_sheets import actions
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.queue import seal_key
from tests.clinic.conftest import NOW, People
from tests.clinic.flow_sheet_days import Day, new_day

pytestmark = pytest.mark.django_db
STATIC = Path(__file__).resolve().parents[2] / "holdfast" / "clinic" / "ui" / "static"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def day(people: People) -> Day:
    """A nasal treatment session."""
    return new_day(people)


def entry(fields: dict[str, str], kind: str = "observation", **more: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "kind": kind, "fields": fields, **more}


def url_of(day: Day, name: str = "flow-sheet-entries") -> str:
    return reverse(name, args=[day.treatment_session.public_id])


def post(day: Day, held: dict[str, Any], user: Any = None) -> Any:
    client = Client()
    client.force_login(user or day.people.nurse)
    return client.post(url_of(day), json.dumps(held), "application/json")


def iso(moment: dt.datetime) -> str:
    return moment.isoformat()


@pytest.mark.story("HF-SES-026")
def test_fields_become_the_entry_that_the_form_would_make(day: Day) -> None:
    made = timezone.now() - dt.timedelta(minutes=20)
    sent = entry({"sbp_mmhg": "128", "dbp_mmhg": "78", "moaas": "", "moaas_anchor_set": "trapezius-squeeze"},
                 made_at=iso(made), sent_at=iso(timezone.now()), by=str(day.people.nurse.public_id))  # fmt: skip
    first = post(day, sent)
    assert (first.status_code, first.json()["late_min"]) == (201, 20)
    row = FlowSheetEntry.objects.get()
    assert (row.given, row.made_at, row.by) == (
        {"sbp_mmhg": 128.0, "dbp_mmhg": 78.0, "note": ""},
        made,
        day.people.nurse,
    )
    again = post(day, sent | {"sent_at": iso(timezone.now())})
    assert (again.status_code, again.json()["key"]) == (200, sent["key"])
    assert FlowSheetEntry.objects.count() == 1


def test_every_field_that_cannot_be_is_told_in_the_words_of_the_form(day: Day) -> None:
    quick = post(day, entry({"hr_per_min": "quick"}))
    assert (quick.status_code, quick.json()["fields"]) == (422, {"hr_per_min": ["Enter a number."]})
    assert quick.json()["error"] == "Heart rate, /min: Enter a number."
    swapped = post(day, entry({"sbp_mmhg": "78", "dbp_mmhg": "128"}))
    assert swapped.status_code == 422
    assert swapped.json()["error"].startswith("Systolic, mmHg is 78, not above")
    assert list(swapped.json()["fields"]) == ["sbp_mmhg"]
    assert not FlowSheetEntry.objects.exists()


@pytest.mark.parametrize(
    ("more", "says"),
    [({"fields": [1]}, "object of texts"), ({"fields": {"hr_per_min": 72}}, "object of texts"),
     ({"given": {}}, "one of the two"), ({"kind": "tea"}, "kind is 'tea'"), ({"by": "me"}, "by is no key"),
     ({"sent_at": "noon"}, "give a time"), ({"sent_at": "2026-11-02T09:00"}, "no time zone"),
     ({"made_at": "9999-12-31T23:59-12:00"}, "year of made_at"), ({"sent_at": "0001-01-01T00:00+14:00"}, "year of")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(day: Day, more: dict[str, Any], says: str) -> None:
    now = iso(timezone.now())
    typed = {"hr_per_min": "72", "made_at": "2026-11-02T08:00"}
    answer = post(day, entry(typed, made_at=now, sent_at=now) | more)
    assert answer.status_code == 422, answer.content
    assert says in answer.json()["error"]
    assert not FlowSheetEntry.objects.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"note": [[[[[[[[[[[["deep"]]]]]]]]]]]]}, "lie deeper in each other"),
        ({"moaas": 3.5, "moaas_anchor_set": "trapezius-squeeze"}, "moaas is 3.5; give a whole number"),
        ({"cadss_total": 12.5}, "cadss_total is 12.5; give a whole number"),
    ],
)
def test_what_no_form_can_hold_is_refused(day: Day, given: dict[str, Any], says: str) -> None:
    answer = post(day, {"key": str(uuid.uuid4()), "kind": "observation", "given": given})
    assert (answer.status_code, says in answer.json()["error"]) == (422, True)
    assert not FlowSheetEntry.objects.exists()


def test_lists_in_lists_without_end_are_refused(day: Day) -> None:
    """Nine hundred are read as JSON, and were an error of the server when their texts were looked at."""
    client = Client()
    client.force_login(day.people.nurse)
    given = '{"note": ' + "[" * 900 + "]" * 900 + "}"
    held = f'{{"key": "{uuid.uuid4()}", "kind": "observation", "given": {given}}}'
    assert client.post(url_of(day), held, "application/json").status_code in (400, 422)  # as deep as JSON is read here


@pytest.mark.story("HF-SES-028")
def test_another_person_cannot_send_what_was_made_before(day: Day) -> None:
    sent = entry({"hr_per_min": "72"}, by=str(day.people.nurse.public_id))
    answer = post(day, sent, day.second)
    assert (answer.status_code, answer.json()["code"]) == (409, "another-person")
    assert not FlowSheetEntry.objects.exists()
    assert post(day, sent).status_code == 201


@pytest.mark.story("HF-SES-028")
@pytest.mark.parametrize("off", [-HOUR, HOUR, dt.timedelta(days=-4000)])
def test_a_wrong_clock_neither_refuses_nor_misplaces(day: Day, off: dt.timedelta) -> None:
    now = timezone.now()
    sent = entry({"hr_per_min": "72"}, made_at=iso(now + off - dt.timedelta(minutes=12)), sent_at=iso(now + off))
    assert post(day, sent).status_code == 201
    row = FlowSheetEntry.objects.get()
    assert abs(row.made_at - (now - dt.timedelta(minutes=12))) < dt.timedelta(minutes=1)
    assert row.answer["device_ahead_min"] == round(off.total_seconds() / 60)
    assert post(day, sent | {"sent_at": iso(now + off + HOUR)}).status_code == 200, "sent again, it is the same entry"


def test_a_typed_time_goes_before_the_time_of_the_device(day: Day) -> None:
    """Typed as the clock of the programme shows it, whatever the time when it arrives."""
    zone = day.treatment_session.programme.time_zone
    now = timezone.now()
    with timezone.override(zone):
        typed = timezone.localtime(now - HOUR).replace(second=0, microsecond=0)
    sent = entry({"hr_per_min": "72", "made_at": typed.strftime("%Y-%m-%dT%H:%M")}, made_at=iso(now - 2 * HOUR),
                 sent_at=iso(now - HOUR))  # fmt: skip
    assert post(day, sent).status_code == 201
    assert FlowSheetEntry.objects.get().made_at == typed
    assert post(day, sent | {"sent_at": iso(now)}).status_code == 200
    wrong = post(day, entry({"hr_per_min": "72", "made_at": "at tea"}))
    assert "made_at" in wrong.json()["fields"]


def test_a_time_of_the_minute_it_was_made_in_is_that_time(day: Day) -> None:
    now = timezone.now()
    with timezone.override(day.treatment_session.programme.time_zone):
        typed = timezone.localtime(now).strftime("%Y-%m-%dT%H:%M")
    sent = entry({"hr_per_min": "72", "made_at": typed}, made_at=iso(now), sent_at=iso(now))
    assert post(day, sent).status_code == 201
    assert FlowSheetEntry.objects.get().made_at == now


@pytest.mark.story("HF-SES-026")
def test_an_entry_stored_long_ago_may_come_again(day: Day) -> None:
    """The answer was lost and the tablet lay in a drawer: the entry is neither doubled nor refused."""
    key, then = uuid.uuid4(), timezone.now()
    what = {"actor": day.people.nurse, "treatment_session": day.treatment_session, "key": key, "kind": "observation",
            "given": {"hr_per_min": 72}, "made_at": then}  # fmt: skip
    assert actions.record_entry(now=then, sent_at=then, **what).is_new
    later = then + dt.timedelta(days=90)
    assert not actions.record_entry(now=later, sent_at=later, **what).is_new
    assert not actions.record_entry(now=later, **what).is_new


def test_after_the_signature_fields_need_their_reason_and_a_known_key_does_not(day: Day) -> None:
    day.begun_nasal()
    day.well(at=130)
    before = entry({"hr_per_min": "72"}, made_at=iso(timezone.now()))
    assert post(day, before).status_code == 201
    day.note("discharge", at=140)
    day.note("sign", at=141)
    assert post(day, before).status_code == 200
    answer = post(day, entry({"hr_per_min": "73"}))
    untimed = {"made_at": ["The flow-sheet is signed; give the time it was made."]}
    assert (answer.status_code, answer.json()["fields"]) == (422, {"why": ["Say why."], **untimed})
    told = {"hr_per_min": "73", "why": "read off the monitor"}
    assert post(day, entry(told)).json()["fields"] == untimed  # when it was sent is not when it was read
    read_at = f"{NOW + dt.timedelta(minutes=100):%Y-%m-%dT%H:%M}"
    assert post(day, entry(told | {"made_at": read_at})).status_code == 201
    assert NOW + dt.timedelta(minutes=100) in {one.measured_at for one in day.sheet.observations()}
    assert FlowSheetEntry.objects.filter(amends=True).count() == 1


@pytest.mark.story("HF-SES-027")
@pytest.mark.parametrize(
    ("said", "status", "says"),
    [("database or disk is full", 507, "disk of this installation is full"),
     ("could not extend file: No space left on device", 507, "disk of this installation is full"),
     ("disk I/O error", 503, "was not saved"), ("database is locked", 503, "was not saved")],
)  # fmt: skip
def test_what_cannot_be_stored_is_answered_as_not_stored(
    day: Day, monkeypatch: pytest.MonkeyPatch, said: str, status: int, says: str
) -> None:
    def full(**_: Any) -> None:
        raise OperationalError(said)

    monkeypatch.setattr(actions, "record_entry", full)
    answer = post(day, entry({"hr_per_min": "72"}))
    assert (answer.status_code, answer.json()["code"]) == (status, "not-stored")
    assert says in answer.json()["error"]
    assert said not in answer.json()["error"]


@pytest.mark.story("HF-SES-021")
def test_a_page_is_told_when_another_person_entered(day: Day) -> None:
    nurse, second = Client(), Client()
    nurse.force_login(day.people.nurse)
    second.force_login(day.second)
    first = nurse.get(url_of(day))
    tag = first.headers["ETag"]
    assert (first.status_code, first.json()["person"]) == (200, str(day.people.nurse.public_id))
    assert nurse.get(url_of(day), headers={"if-none-match": tag}).status_code == 304
    assert second.get(url_of(day), headers={"if-none-match": tag}).json()["person"] == str(day.second.public_id)
    assert post(day, entry({"hr_per_min": "72"}), day.second).status_code == 201
    seen = nurse.get(url_of(day), headers={"if-none-match": tag})
    assert [e["given"] for e in seen.json()["entries"]] == [{"hr_per_min": 72.0, "note": ""}]
    page = nurse.get(url_of(day, "flow-sheet")).content.decode()
    assert f'data-version="{seen.headers["ETag"].strip(chr(34))}"' in page


def test_asking_whether_anything_is_new_costs_few_queries(day: Day, django_assert_max_num_queries: Any) -> None:
    client = Client()
    client.force_login(day.people.nurse)
    tag = client.get(url_of(day)).headers["ETag"]
    with django_assert_max_num_queries(8):
        client.get(url_of(day), headers={"if-none-match": tag})


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    client.force_login(day.people.nurse)
    clock = [1_000_000.0]
    monkeypatch.setattr("holdfast.clinic.accounts.middleware.time.time", lambda: clock[0])
    background = {"x-holdfast-background": "1"}
    assert client.get(url_of(day)).status_code == 200
    answers = []
    for _ in range(9):
        clock[0] += 100
        answers.append(client.get(url_of(day), headers=background).status_code)
    assert answers[0] == 200
    assert answers == sorted(answers), "open, then locked, and never open again by itself"
    assert set(answers) == {200, 423}
    clock[0] += 100
    assert client.get(url_of(day), headers=background).status_code == 302, "signed out after 15 minutes untouched"
    client.force_login(day.people.nurse)
    for _ in range(12):
        clock[0] += 100
        assert client.get(url_of(day)).status_code == 200, "a touched page keeps its person signed in"


def test_each_person_has_a_key_of_their_own_and_gets_no_other(day: Day) -> None:
    own, other = seal_key(day.people.nurse), seal_key(day.second)
    assert len({own, other, seal_key(day.people.nurse)}) == 2
    client = Client()
    client.force_login(day.people.nurse)
    page = client.get(url_of(day, "flow-sheet"))
    assert own in page.content.decode()
    assert other not in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"


def test_the_page_for_a_server_that_is_away_holds_no_record_and_no_person() -> None:
    page = Client().get(reverse("flow-sheet-offline"))
    assert page.status_code == 200
    assert not page.cookies
    assert 'id="shell"' in page.content.decode()
    for word in ("csrf", "data-person", "data-key"):
        assert word not in page.content.decode()


def kept_files(script: str) -> list[str]:
    return re.findall(r'"(/static/[^"]+)"', script)


def needed_files(page: str) -> set[str]:
    """Static files of a page, and what its modules import."""
    found = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    for path in [f for f in found if f.endswith(".js")]:
        text = (STATIC / path.removeprefix(settings.STATIC_URL)).read_text()
        found |= {f"{path.rpartition('/')[0]}/{name}" for name in re.findall(r'from "\./([^"]+)"', text)}
    return found


def test_the_worker_keeps_every_file_its_page_needs_and_nothing_else_of_the_clinic() -> None:
    answer = Client().get(reverse("flow-sheet-worker"))
    assert answer.headers["Content-Type"] == "text/javascript"
    script = answer.content.decode()
    page = Client().get(reverse("flow-sheet-offline")).content.decode()
    assert needed_files(page) - set(kept_files(script)) == set()
    assert len(needed_files(page)) > 8
    assert [f for f in kept_files(script) if finders.find(f.removeprefix(settings.STATIC_URL)) is None] == []
    assert script.count(".put(") == 1, "only static files are put into the cache"


def test_opened_without_the_server_a_sheet_looks_as_it_does_with_it(day: Day) -> None:
    client = Client()
    client.force_login(day.people.nurse)
    sheet, without = (
        client.get(url).content.decode() for url in (url_of(day, "flow-sheet"), reverse("flow-sheet-offline"))
    )
    styles = [{path for path in needed_files(page) if path.endswith(".css")} for page in (sheet, without)]
    assert "/static/css/time_course.css" in styles[0]
    assert styles[0] == styles[1]


def test_the_gate_can_go_red() -> None:
    page = '<script type="module" src="/static/js/flow_sheet_queue.js"></script>'
    assert needed_files(page) - {"/static/js/flow_sheet_queue.js"} == {
        "/static/js/queue_store.js", "/static/js/queue_page.js", "/static/js/queue_forms.js",
    }  # fmt: skip


def test_whoever_signs_in_finds_no_key_of_another() -> None:
    assert "js/forget_keys.js" in Client().get(reverse("account_login")).content.decode()
