"""Letters to the referrer: one page from the records, signed, kept to the byte, and never a forecast in it."""

from __future__ import annotations

import ast
import datetime as dt
import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.letters import views
from holdfast.clinic.letters.actions import issue_letter
from holdfast.clinic.letters.drafts import MOST_LINES, draft_of
from holdfast.clinic.letters.models import Letter
from holdfast.clinic.safety.actions import record_safety_check
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.conftest import NOW, People, study_course
from tests.clinic.flow_sheet_days import new_day
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def course(people: People) -> Course:
    """In induction, two doses of 56 mg, MADRS 32, 20, 11."""
    course = treated(people, "Ada Example")
    record_safety_check(
        actor=people.nurse, course=course, check_key="bladder", outcome="unremarkable", done_on=NOW.date(), now=NOW
    )
    return course


def issue(people: People, course: Course, now: dt.datetime = NOW, **changes: Any) -> Letter:
    values: dict[str, Any] = {
        "to": "Dr Gwen Practice\n1 High Street", "paragraph": "She is better and works again.",
        "signed_as": "Dr Ada Signer, psychiatrist", "read": draft_of(people.prescriber, course, now).digest, **changes,
    }  # fmt: skip
    return issue_letter(actor=people.prescriber, course=course, now=now, **values)


def text_of(file: bytes) -> str:
    pages = PdfReader(io.BytesIO(file)).pages
    assert len(pages) == 1
    return " ".join(pages[0].extract_text().split())


@pytest.mark.story("HF-CRS-005")
def test_one_page_holds_curve_doses_outcomes_and_safety(people: People, course: Course) -> None:
    letter = issue(people, course)
    text = text_of(bytes(letter.file))
    for told in (
        "Ada Example", "Dr Gwen Practice", "She is better and works again.",
        "2 treatment sessions with 56 mg esketamine",
        "MADRS", "32", "11 of 60", "−21 (−66 %)", "MADRS total ≤ 10", "reached", "No adverse event is recorded",
        "bladder unremarkable, 2 Nov 2026", "Dr Ada Signer, psychiatrist, 2 Nov 2026", "It holds no forecast",
    ):  # fmt: skip
        assert told in text, told
    page = PdfReader(io.BytesIO(bytes(letter.file))).pages[0]
    assert len(page.images) == 0  # the curve is drawn in lines
    drawn = page.get_contents().get_data().decode("latin-1")
    assert drawn.count(" l ") >= 10


@pytest.mark.story("HF-CRS-005")
@pytest.mark.parametrize(
    ("name", "as_written"),
    [
        ("Żółć, Łukasz", True),
        ("Нгуен Thị Ω", True),
        ("李小龍", False),
        ("محمد", False),
        ("אברהם", False),
        ("สมชาย", False),
    ],
)
def test_a_name_that_the_page_cannot_set_is_told_on_it(people: People, name: str, as_written: bool) -> None:
    """Boxes in place of a name, or one in the wrong order, would be sent as they are."""
    text = text_of(bytes(issue(people, treated(people, name)).file))
    assert ("Not printed as written" in text) is not as_written
    assert ("Patient: in a script that this page cannot set" in text) is not as_written


@pytest.mark.story("HF-CRS-005")
def test_what_was_issued_is_kept_to_the_byte_whatever_the_records_say_later(people: People, course: Course) -> None:
    letter = issue(people, course)
    before = bytes(letter.file)
    record_assessment(actor=people.nurse, course=course, scale="madrs", total=30, rated_at=NOW, now=LATER)
    kept = Letter.objects.get(pk=letter.pk)
    assert bytes(kept.file) == before
    assert kept.digest == hashlib.sha256(before).hexdigest()
    assert AuditEntry.objects.get(action="letter.issue").details["digest"] == kept.digest
    with pytest.raises(TypeError):
        kept.save()


@pytest.mark.story("HF-CRS-005")
def test_records_that_changed_since_the_draft_are_read_again(people: People, course: Course) -> None:
    read = draft_of(people.prescriber, course, NOW).digest
    record_assessment(actor=people.nurse, course=course, scale="madrs", total=30, rated_at=NOW, now=LATER)
    with pytest.raises(InputError, match="records changed"):
        issue(people, course, read=read, now=LATER)
    assert not Letter.objects.exists()


@pytest.mark.story("HF-CRS-005")
def test_a_correction_is_a_new_letter_that_says_why(people: People, course: Course) -> None:
    first = issue(people, course)
    with pytest.raises(InputError, match="why"):
        issue(people, course, corrects=first, now=LATER)
    second = issue(people, course, corrects=first, why="The address was wrong.", now=LATER)
    text = text_of(bytes(second.file))
    assert "Corrects letter 1 of 2 Nov 2026" in text
    assert "The address was wrong." in text
    assert Letter.objects.count() == 2
    with pytest.raises(InputError, match="corrected already"):
        issue(people, course, corrects=first, why="again", now=LATER)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"to": " "}, "to"), ({"signed_as": ""}, "signed_as"), ({"paragraph": "word " * 790}, "longer than one page")],
)
def test_a_letter_that_cannot_be_is_refused_and_nothing_is_kept(
    people: People, course: Course, change: dict, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        issue(people, course, **change)
    assert not Letter.objects.exists()


def test_a_long_course_with_many_events_still_fits(people: People) -> None:
    day = new_day(people)
    day.begun_nasal()
    for number in range(9):
        event = {"term": f"Nausea {number}", "onset_at": NOW.isoformat(), "severity": "mild", "causality": "possible",
                 "seriousness": "not-serious" if number else "hospitalisation", "action_taken": "none",
                 "outcome": "recovering"}  # fmt: skip
        day.note("adverse-event", event, at=20 + number)
    course = day.treatment_session.course
    at = NOW + dt.timedelta(hours=1)
    draft = draft_of(people.prescriber, course, at)
    assert draft.events[0].startswith("Nausea 0, 2 Nov 2026: mild, hospitalisation")
    assert len(draft.events) == MOST_LINES
    assert draft.events[-1] == "and 5 further adverse events"
    text = text_of(bytes(issue(people, course, now=at).file))
    assert "No rating is recorded" in text


def test_how_it_ended_stands_in_the_letter(people: People, course: Course) -> None:
    end_course(
        actor=people.prescriber, course=course, way="stopped", reason="non_response", follow_up="referrer", now=NOW
    )
    course.refresh_from_db()
    text = text_of(bytes(issue(people, course).file))
    assert "stopped 2 Nov 2026: No response. Then: The referrer takes over" in text


def test_who_may_not_sign_or_read(people: People, others: People, course: Course) -> None:
    read = draft_of(people.prescriber, course, NOW).digest
    with pytest.raises(PermissionRefusedError):
        issue_letter(actor=people.nurse, course=course, to="x", paragraph="", signed_as="x", read=read, now=NOW)
    with pytest.raises(InputError, match="study days"):
        draft_of(people.prescriber, study_course(people), NOW)


@pytest.mark.story("HF-CRS-005")
def test_the_file_has_a_name_without_identifier_and_each_reading_is_on_record(people: People, course: Course) -> None:
    letter = issue(people, course)
    client = Client()
    client.force_login(people.programme_lead)
    answer = client.get(reverse("letter-file", args=[letter.public_id]))
    assert answer.content == bytes(letter.file)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{views.FILE_NAME}"'
    assert "Ada" not in answer.headers["Content-Disposition"]
    (read,) = AuditEntry.objects.filter(action="patient.read")
    assert read.details == {"page": "letter-file"}
    information = PdfReader(io.BytesIO(answer.content)).metadata
    assert "Ada" not in str(information)


def test_the_page_drafts_previews_and_issues(people: People, course: Course) -> None:
    client = Client()
    client.force_login(people.prescriber)
    page = reverse("letter-write", args=[course.public_id])
    form = client.get(page).context["form"]
    sent = {"to": "Dr B", "paragraph": "Thank you.", "signed_as": "Dr A", "read": form["read"].value()}
    preview = client.post(reverse("letter-preview", args=[course.public_id]), sent)
    assert "Nobody has signed this page" in text_of(preview.content)
    stale = client.post(page, {**sent, "read": "0"})
    assert stale.status_code == 422
    assert "records changed" in stale.content.decode()
    assert stale.context["form"]["read"].value() == sent["read"]
    assert client.post(page, sent).status_code == 302
    assert Letter.objects.get().signed_as == "Dr A"


FORBIDDEN = {"holdfast.model", "holdfast.forecast"}


def imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def forecasts(sources: dict[str, str]) -> list[str]:
    """Modules of letters that could bring a forecast in."""
    return [
        name for name, source in sources.items()
        if any(one == bad or one.startswith(f"{bad}.") for one in imported(source) for bad in FORBIDDEN)
    ]  # fmt: skip


@pytest.mark.story("HF-CRS-005")
def test_no_model_is_near_a_letter_and_the_gate_can_go_red() -> None:
    folder = Path(views.__file__).parent
    sources = {path.name: path.read_text() for path in folder.glob("*.py")}
    assert len(sources) > 8
    assert forecasts(sources) == []
    assert forecasts({"a.py": "from holdfast.model import simulate\n"}) == ["a.py"]


def test_setting_a_letter_loads_no_numerics() -> None:
    code = (
        "import sys; from holdfast.printed.pdf import one_page; from holdfast.printed.blocks import Document;"
        "one_page(Document('a', 'b', (), 'c'));"
        "print(sorted({'scipy', 'jax', 'numba', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
