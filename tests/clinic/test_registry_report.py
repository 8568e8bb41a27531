"""Outcomes and safety of a programme: told in another process, kept with its digest, shown to who may see it."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.jobs.kinds import JobFailedError
from holdfast.clinic.jobs.models import Job
from holdfast.clinic.registry import making
from holdfast.clinic.registry.actions import ask_report
from holdfast.clinic.registry.making import make_report
from holdfast.clinic.registry.models import ProgrammeReport, ReportFile, ReportRequest
from holdfast.clinic.registry.own_set import courses_of, manifest_of, own_rows
from holdfast.clinic.registry.queries import serious_events
from holdfast.errors import HoldfastError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, new_people, new_programme
from tests.clinic.registry_people import Person, event, treated_iv

pytestmark = pytest.mark.django_db
AT = NOW + dt.timedelta(hours=5)
STORY = "Fainted on the stairs, taken to hospital"


def in_this_process(command: tuple[str, ...], given: Any, **_: Any) -> numerics.Answered:
    """What the other process does, without starting one."""
    from holdfast.registry.report.own import own_report

    assert command == ("registry", "own-report", "-", "--json")
    try:
        return numerics.Answered(json.loads(json.dumps(own_report(json.loads(json.dumps(given))))))
    except HoldfastError as error:
        return numerics.Answered({}, str(error))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making.numerics, "asked_apart", in_this_process)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[People]:
    """Two people, one with a serious event; built once and rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = new_people(new_programme("report-clinic"))
        treated_iv(people, Person("Ada Calm"))
        serious = event("syncope", seriousness="hospitalisation", severity="severe", note=STORY)
        treated_iv(people, Person("Bea Fainted", event=serious))
        yield people
        transaction.set_rollback(True)


@pytest.fixture
def told(built: People, django_db_blocker: Any) -> Iterator[People]:
    """The same, as it was, for each test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield built
        transaction.set_rollback(True)


def page(user: User, name: str, people: People) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(name, args=[people.programme.key]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def made(people: People, now: dt.datetime = AT) -> ProgrammeReport:
    request = ask_report(actor=people.programme_lead, programme=people.programme, now=now)
    make_report(subject=str(request.public_id), clock=lambda: now)
    return ProgrammeReport.objects.get(request=request)


@pytest.mark.story("HF-REG-105")
@pytest.mark.usefixtures("here")
def test_the_pages_say_how_it_stands_before_there_is_a_report_and_show_it_after(told: People) -> None:
    empty = page(told.programme_lead, "programme-outcomes", told)
    assert "No report is there yet" in empty
    client = Client()
    client.force_login(told.programme_lead)
    assert client.post(reverse("programme-report-ask", args=[told.programme.key])).status_code == 302
    waiting = page(told.programme_lead, "programme-outcomes", told)
    assert "waits its turn" in waiting
    assert "Make it anew now" not in waiting
    request = ReportRequest.objects.get()
    Job.objects.filter(subject=str(request.public_id)).update(state="running", lease_until=AT)
    assert "is being made" in page(told.programme_lead, "programme-outcomes", told)
    make_report(subject=str(request.public_id), clock=lambda: AT)
    shown, safety = (page(told.nurse, f"programme-{name}", told) for name in ("outcomes", "safety"))
    assert "Flow of courses" in shown
    assert "Flow of courses" not in safety
    assert "Adverse events" in safety
    assert ReportRequest.objects.get().made.digest[:16] in shown
    assert "waits its turn" not in shown


@pytest.mark.story("HF-REG-175")
@pytest.mark.usefixtures("here")
def test_contents_stay_in_reach_and_only_what_a_picture_shows_is_folded(told: People) -> None:
    row = made(told).files.get(name="page.json")
    blocks = json.loads(bytes(row.content))
    by_page: dict[str, list[dict[str, Any]]] = {"outcomes": [], "safety": []}
    for one in blocks:
        by_page.get(one["page"], []).extend(block for block in one["blocks"] if block["kind"] == "table")
    by_page["outcomes"][0]["folded"] = True  # nobody was rated here, so no table repeats a picture
    row.content = json.dumps(blocks).encode()
    row.save()
    for name, tables in by_page.items():
        shown = page(told.programme_lead, f"programme-{name}", told)
        contents = shown.split('id="contents"', 1)[1].split("</nav>", 1)[0]
        sections = re.findall(r'<section class="card registry" aria-labelledby="([^"]+)"', shown)
        linked = re.findall(r'href="#([^"]+)"', contents)
        assert [one for one in linked if one != "h-serious"] == [one for one in sections if one != "h-basis"]
        assert len(linked) > 5
        assert '<a class="button" href="#contents">' in shown
        assert "<script" not in shown.split("<main", 1)[1].split("</main>", 1)[0]
        folded = re.findall(r'<details class="more"><summary>The numbers: ([^<]+)</summary>', shown)
        assert folded == [one["caption"] for one in tables if one["folded"]]
        assert len(folded) < len(tables)
        every = re.findall(r"<caption>(Table \d+)\. ", shown)
        assert len(set(every)) == len(every) == len(tables)
    assert 'scope="rowgroup" colspan="' in shown


@pytest.mark.story("HF-REG-105")
@pytest.mark.usefixtures("here")
def test_a_page_told_by_an_older_program_is_still_shown(told: People) -> None:
    row = made(told).files.get(name="page.json")
    old = [{"kind": "table", "caption": "As it was", "header": [["Step", False], ["Courses", True]],
            "rows": [[["referred", False], ["7", True]]]},
           {"kind": "picture", "file": "plots/old.svg", "caption": "a curve", "shows": "it rises"}]  # fmt: skip
    content = json.dumps([{"key": "flow", "title": "Flow of courses", "page": "outcomes", "blocks": old}]).encode()
    row.content = content
    row.save()
    shown = page(told.programme_lead, "programme-outcomes", told)
    assert '<th scope="row">referred</th><td class="n">7</td>' in shown
    assert 'alt="it rises"' in shown


@pytest.mark.story("HF-REG-105")
@pytest.mark.usefixtures("here")
def test_the_same_records_give_the_same_bytes_and_only_the_newest_files_are_kept(told: People) -> None:
    first, second = made(told), made(told, AT + dt.timedelta(minutes=30))
    assert first.digest == second.digest
    files = [dict(one.files.values_list("name", "content")) for one in (first, second)]
    assert {name: bytes(content) for name, content in files[0].items()} == {
        name: bytes(content) for name, content in files[1].items()
    }
    third = made(told, AT + dt.timedelta(hours=1))
    assert set(ReportFile.objects.values_list("report", flat=True)) == {second.pk, third.pk}
    assert AuditEntry.objects.filter(action="registry_report.keep").count() == 3
    make_report(subject=str(third.request.public_id), clock=lambda: AT)  # the job ran twice
    assert ProgrammeReport.objects.count() == 3
    ask_report(actor=told.prescriber, programme=told.programme, now=AT)
    with pytest.raises(RefusedError, match="just now"):
        ask_report(actor=told.prescriber, programme=told.programme, now=AT)


@pytest.mark.story("HF-REG-106")
@pytest.mark.usefixtures("here")
def test_files_to_keep_are_whole_and_name_nobody(told: People) -> None:
    made(told)
    client = Client()
    client.force_login(told.nurse)

    def fetched(name: str) -> bytes:
        answer = client.get(reverse("programme-report-file", args=[told.programme.key, name]))
        assert answer.status_code == 200
        assert "attachment" in answer["Content-Disposition"]
        return bytes(answer.content)

    assert fetched("report.pdf").startswith(b"%PDF")
    html, report = fetched("report.html").decode(), json.loads(fetched("report.json"))
    assert "Flow of courses" in html
    assert report["format"] == "holdfast-registry-report"
    with zipfile.ZipFile(io.BytesIO(fetched("tables.zip"))) as archive:
        tables = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "tables/flow-steps.csv" in tables
    everything = html + json.dumps(report) + "".join(tables.values())
    for word in ("Ada", "Bea Fainted", STORY, "syncope", "stairs"):
        assert word not in everything
    for name in ("page.json", "other.html", "../report.html"):
        address = reverse("programme-report-file", args=[told.programme.key, name])
        assert client.get(address).status_code == 404
    plots = ReportFile.objects.filter(name__endswith=".svg").values_list("name", flat=True)
    answer = client.get(reverse("programme-report-file", args=[told.programme.key, plots[0]]))
    assert answer["Content-Type"] == "image/svg+xml"


@pytest.mark.story("HF-REG-169")
@pytest.mark.usefixtures("here")
def test_the_safety_page_offers_the_years_and_tells_each_by_itself(told: People) -> None:
    made(told, AT + dt.timedelta(days=95))
    client = Client()
    client.force_login(told.programme_lead)

    def of(year: str) -> Any:
        return client.get(reverse("programme-safety", args=[told.programme.key]), {"year": year} if year else {})

    every = of("").content.decode()
    assert every.count("?year=") == 2
    assert "All years</b>" in every
    first, second = (" ".join(of(str(year)).content.decode().split()) for year in (2026, 2027))
    assert "<h1>Safety 2026</h1>" in first
    assert "The year 2026" in first
    assert "Safety checks done in 2026" in first
    assert "Cumulative exposure" in first
    assert "1 serious adverse event." in first
    assert STORY in first
    assert "No serious adverse event is on record." in second
    assert STORY not in second
    assert "/files/plots/2026-adverse-events-rates.svg" in first
    assert all(of(year).status_code == 404 for year in ("2019", "12345", "x", "²025"))
    paper = client.get(reverse("programme-report-file", args=[told.programme.key, "safety-2026.pdf"]))
    assert paper.content.startswith(b"%PDF")
    assert f"{reverse('programme-report-file', args=[told.programme.key, 'safety-2026.pdf'])}" in first
    html = client.get(reverse("programme-report-file", args=[told.programme.key, "safety-2026.html"])).content.decode()
    assert "Safety report 2026" in html
    assert "Bea" not in html


@pytest.mark.story("HF-REG-107")
@pytest.mark.usefixtures("here")
def test_serious_events_are_told_with_their_words_to_those_allowed_and_the_reading_is_on_record(told: People) -> None:
    made(told)
    for role, reads in (("programme_lead", True), ("prescriber", True), ("nurse", False)):
        shown = page(told.by_role[role], "programme-safety", told)
        assert (STORY in shown, "Bea Fainted" in shown) == (reads, reads), role
        assert STORY not in page(told.by_role[role], "programme-outcomes", told)
    assert AuditEntry.objects.filter(action="registry_report.read").count() == 3
    with pytest.raises(PermissionRefusedError):
        serious_events(actor=told.nurse, programme=told.programme)
    (one,) = serious_events(actor=told.programme_lead, programme=told.programme)
    assert one.words == "severe, causality possible, action none, outcome recovered"


@pytest.mark.story("HF-REG-105")
@pytest.mark.usefixtures("here")
def test_an_empty_programme_is_told_in_plain_sentences(told: People) -> None:
    empty = new_people(new_programme("empty"), "-empty")
    row = made(empty)
    assert (row.courses, row.refused) == (0, "")
    assert "Flow of courses" in page(empty.programme_lead, "programme-outcomes", empty)
    assert "No serious adverse event" in page(empty.programme_lead, "programme-safety", empty)


@pytest.mark.story("HF-REG-105")
def test_what_the_other_process_refuses_or_spoils_is_a_sentence(told: People, monkeypatch: pytest.MonkeyPatch) -> None:
    key, *_ = [row["course"] for row in own_rows(told.programme, AT)["courses"]]
    why = f"ratings: 1 rows stand twice, such as of course {key}"
    answers = iter([numerics.Answered({}, why), numerics.Answered({"digest": "x"})])
    monkeypatch.setattr(making.numerics, "asked_apart", lambda *_, **__: next(answers))
    assert made(told).refused == why
    shown = page(told.programme_lead, "programme-outcomes", told)
    assert why in shown
    course = courses_of(told.programme)[0]
    assert f"{reverse('patient', args=[course.patient.public_id])}?course={course.public_id}" in shown
    assert "Ada Calm" not in shown
    with pytest.raises(JobFailedError, match="not-a-report"):
        made(told, AT + dt.timedelta(hours=1))
    monkeypatch.setattr(making.numerics, "is_installed", lambda: False)
    with pytest.raises(RefusedError, match="not installed"):
        ask_report(actor=CommandLine(), programme=told.programme, now=AT)


@pytest.mark.story("HF-REG-105")
def test_the_day_asks_for_every_programme_that_has_courses(told: People) -> None:
    new_programme("nobody-yet")
    making.ask_for_all(subject="", clock=lambda: AT)
    making.ask_for_all(subject="", clock=lambda: AT)
    assert [one.programme for one in ReportRequest.objects.all()] == [told.programme]


def test_own_rows_hang_on_the_programme_and_not_on_numbers_of_the_database(told: People) -> None:
    rows = own_rows(told.programme, AT)
    assert len(rows["courses"]) == Course.objects.filter(patient__programme=told.programme).count() == 2
    assert manifest_of(told.programme).kind == "programme"
    text = json.dumps(rows)
    for course in Course.objects.all():
        assert str(course.public_id) not in text
        assert str(course.patient.public_id) not in text


@pytest.mark.slow
@pytest.mark.story("HF-REG-105")
def test_the_other_process_tells_the_same_as_this_one(told: People) -> None:
    apart = making.report_of(told.programme, AT)
    asked = {"manifest": manifest_of(told.programme).as_dict(), "rows": own_rows(told.programme, AT)}
    given = in_this_process(("registry", "own-report", "-", "--json"), asked).given
    assert apart["digest"] == given["digest"]
    assert apart["files"] == making._files(given)
