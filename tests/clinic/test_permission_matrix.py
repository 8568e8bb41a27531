"""Every address of the clinic × every role, and whoever has not signed in. A new address without a row fails.

P prescriber, N nurse, F front desk, T therapist, L programme lead, A auditor, M administrator; `all` is everybody who
signed in, `public` also whoever has not. Anybody else gets 403. A person of another programme gets 404 or 403 where
the address is of one record. `own` is a second factor of one's own, of which none is set up here: 404 for all who
signed in; `nobody` is what this clinic does not offer. `post` rows send an empty form: who may gets an answer about
the form, not a refusal. `link` is whoever holds the link of a check-in, signed in or not; a wrong one is a 404 for all.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.accounts.second_person import ConfirmedPerson
from holdfast.clinic.alerts.actions import add_duty_turn
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.board.actions import add_chair
from holdfast.clinic.break_glass.actions import break_glass
from holdfast.clinic.checkins.actions import agree_check_ins, ask_check_ins
from holdfast.clinic.consents.actions import add_consent_document
from holdfast.clinic.consents.models import ConsentDocument
from holdfast.clinic.courses.actions import record_evaluation
from holdfast.clinic.courses.models import Course
from holdfast.clinic.drug_ledger.actions import count_stock, draw
from holdfast.clinic.drug_ledger.models import Movement, StockCount
from holdfast.clinic.flow_sheets.actions import record_entry
from holdfast.clinic.forecasts.actions import ask_forecast, keep_forecast
from holdfast.clinic.forecasts.models import Forecast
from holdfast.clinic.forecasts.patient_file import Mapped
from holdfast.clinic.jobs.actions import add_job
from holdfast.clinic.learning_checks.models import DriftAlarm
from holdfast.clinic.letters.actions import issue_letter
from holdfast.clinic.letters.drafts import draft_of
from holdfast.clinic.letters.models import Letter
from holdfast.clinic.numerics import Answered
from holdfast.clinic.referrals.actions import record_referral
from holdfast.clinic.referrals.models import Referral
from holdfast.clinic.registry.actions import Made, ask_report, keep_report
from holdfast.clinic.reminders.actions import agree_reminders, remind_of_evaluation
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from tests.clinic.conftest import NOW, People, new_course, new_patient, new_people, new_programme, sound_evaluation
from tests.clinic.drift import drifted
from tests.clinic.ledger import receive

ROLES = {
    "P": Role.PRESCRIBER, "N": Role.NURSE, "F": Role.FRONT_DESK, "T": Role.THERAPIST, "L": Role.PROGRAMME_LEAD,
    "A": Role.AUDITOR, "M": Role.ADMINISTRATOR,
}  # fmt: skip

MATRIX = """
address                     | how  | who
home                        | get  | all
health                      | get  | public
theme                       | post | public
about                       | get  | public
design                      | get  | public
caseload                    | get  | P N F T L
worklist                    | get  | P N F T L
work-own                    | post | P N F T L
programme-work-own          | post | P N F T L
patient                     | get  | P N F T L
patient-add                 | get  | P N F
patient-correct             | get  | P N
course-open                 | get  | P
evaluation-record           | get  | P
evaluation                  | get  | P N L
evaluation-override         | post | P
phase-change                | get  | P
baseline-fix                | post | P N
referral-list               | get  | P N L
referral-add                | get  | P N
referral                    | get  | P N L
referral-correct            | get  | P N
course-referral             | get  | P N L
consent-documents           | get  | P N F T L
consent-document-add        | get  | P L
consent-document            | get  | P N F T L
consent                     | get  | P N T L
consent-withdraw            | post | P N T
consent-paper               | get  | P N T L
plan                        | get  | P N L
plan-change                 | get  | P
plan-sessions               | post | P N
course-end                  | get  | P
follow-up-done              | post | P N T
letters                     | get  | P N L
letter-write                | get  | P
letter-preview              | post | P
letter-correct              | get  | P
letter-file                 | get  | P N L
assessment-choose           | get  | P N T
assessment-record           | get  | P N T
assessment                  | get  | P N T L
assessment-correct          | get  | P N
session-plan                | get  | P N F
session-record              | get  | P N
session-correct             | get  | P N
session-cancel              | get  | P N F
flow-sheet                  | get  | P N L
flow-sheet-record           | post | P N
flow-sheet-entries          | get  | P N L
flow-sheet-offline          | get  | public
flow-sheet-worker           | get  | public
flow-sheet-correct          | get  | P N
flow-sheet-slip             | get  | P N L
alert-live                  | get  | P N T L
alert-banner                | get  | P N T L
board-start                 | get  | P N F T L
board                       | get  | P N F T L
board-live                  | get  | P N F T L
board-chairs                | get  | P N F T L
board-names                 | post | L
chair-add                   | post | L
chair-end                   | post | L
session-chair               | get  | P N F
rems-form                   | get  | P N L
rems-form-sent              | post | P N
rems-form-print             | get  | P N L
expected-range              | get  | P N
forecast-course             | get  | P N
forecast-ask                | post | P N
forecast                    | get  | P N
forecast-compare            | get  | P N
safety-record               | get  | P N
adverse-event-record        | get  | P N
review-record               | get  | P
drug-ledger-list            | get  | P N L
drug-ledger                 | get  | P N L
drug-receive                | get  | P N
drug-lot                    | get  | P N L
drug-draw                   | get  | P N
drug-remove                 | get  | P N
drug-account                | get  | P N L
drug-correct                | get  | P N
drug-close                  | get  | P N L
drug-count                  | get  | P N L
drug-day                    | get  | P N L
registry-consent            | get  | P N T L
check-ins                   | get  | P N T L
check-ins-agree             | get  | P N
check-ins-pause             | post | P N
check-ins-follow-up         | post | P N T
check-in-revoke             | post | P N
check-in                    | get  | link
reminders                   | get  | P N T L
reminders-agree             | get  | P N
reminders-stop              | post | P N
reminders-evaluation        | post | P N
reminder-drop               | post | P N
reminder                    | get  | link
programme-list              | get  | P N F T L
programme                   | get  | P N F T L
programme-outcomes          | get  | P N L
programme-safety            | get  | P N L
programme-report-ask        | post | P L
programme-report-file       | get  | P N L
learning-check              | get  | P N L
learning-check-ask          | post | P L
drift-alarm-close           | post | P L
programme-setting           | post | L
programme-two-step          | post | L
rule-sign                   | get  | P
rule-list                   | get  | all
rule                        | get  | all
study-list                  | get  | all
study                       | get  | all
qualification-report        | get  | all
founding-list               | get  | all
founding                    | get  | all
evidence-compare            | get  | all
article-conflicts           | get  | all
qualification               | get  | all
fact-list                   | get  | all
fact                        | get  | all
source                      | get  | all
information                 | get  | public
information-programme       | get  | public
information-draft           | get  | P N F T L
information-sign            | get  | P
information-withdraw        | post | P
audit-list                  | get  | A
audit-verify                | get  | A
patient-reads               | get  | L A
alert-list                  | get  | P N T L
alert-take                  | post | P N T L
duty                        | get  | P N T L
duty-add                    | post | L
duty-minutes                | post | L
duty-text                   | post | L
duty-end                    | post | L
duty-address                | get  | P N T L
job-list                    | get  | L M
job-retry                   | post | L M
break-glass-list            | get  | L A
break-glass-open            | get  | P N T L
break-glass-close           | post | P N T L
break-glass-review          | get  | L
user-list                   | get  | M
user-add                    | get  | M
user                        | get  | M
user-close                  | post | M
user-two-step-reset         | post | M
two-step-needed             | get  | all
account_login               | get  | public
account_logout              | get  | all
account_inactive            | get  | public
account_reauthenticate      | get  | all
account_change_password     | get  | all
mfa_index                   | get  | all
quick-pin                   | get  | all
screen-lock-now             | post | all
screen-unlock               | post | all
still-here                  | post | all
mfa_list_webauthn           | get  | all
mfa_add_webauthn            | get  | all
mfa_reauthenticate_webauthn | get  | all
mfa_remove_webauthn         | get  | all
mfa_edit_webauthn           | get  | all
mfa_login_webauthn          | get  | public
mfa_authenticate            | get  | public
mfa_reauthenticate          | get  | all
mfa_activate_totp           | get  | all
mfa_deactivate_totp         | get  | own
mfa_view_recovery_codes     | get  | own
mfa_generate_recovery_codes | get  | all
mfa_download_recovery_codes | get  | own
account_signup              | get  | nobody
account_email               | get  | nobody
account_set_password        | get  | nobody
account_reset_password      | get  | nobody
"""


@dataclass(frozen=True)
class Row:
    """One address: how it is asked, and the letters of the roles that get an answer."""

    name: str
    how: str
    who: str

    def lets_in(self, role: Role | None) -> bool:
        if self.who == "public":
            return True
        return role is not None and (self.who == "all" or role in {ROLES[letter] for letter in self.who.split()})


def rows(table: str = MATRIX) -> list[Row]:
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]
    return [Row(*cells) for cells in lines]


def addresses(patterns: list[Any] | None = None) -> Iterator[tuple[str, URLPattern]]:
    """Every named address with its pattern; one without a name is a fault."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name, pattern


def unlisted(names: set[str], table: list[Row]) -> set[str]:
    """Addresses without a row, and rows without an address."""
    return names ^ {row.name for row in table}


@dataclass(frozen=True)
class Records:
    """One record of each kind, for addresses that name one."""

    people: People
    others: People
    ids: dict[str, str]


@pytest.fixture(scope="module")
def records(django_db_setup: None, django_db_blocker: Any) -> Iterator[Records]:
    """Built once for the module, and rolled back at its end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        people, others = new_people(new_programme()), new_people(new_programme("other"), "2")
        course = new_course(people)
        new_patient(people, "Bea Example", date_of_birth=dt.date(1980, 1, 1))
        evaluation = record_evaluation(actor=people.prescriber, course=course, given=sound_evaluation(), now=NOW)
        rating = record_assessment(
            actor=people.nurse, course=course, scale="phq-9", total=12, rated_at=NOW, now=NOW
        ).assessment
        alarmed = record_assessment(
            actor=people.nurse, course=course, scale="phq-9", answers=[0] * 8 + [2], rated_at=NOW, now=NOW
        )
        turn = add_duty_turn(
            actor=people.programme_lead, programme=people.programme, person=people.prescriber, place=1, now=NOW
        )
        chair = add_chair(actor=people.programme_lead, programme=people.programme, name="Chair 1", now=NOW)
        glass = break_glass(
            actor=others.nurse, programme=people.programme, label="Bea Example", date_of_birth=dt.date(1980, 1, 1),
            reason_kind="emergency", reason="found unconscious", now=timezone.now(),
        )  # fmt: skip
        (planned,) = plan_treatment_sessions(
            actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW
        )
        drawn, counted = ledger_of(people)
        referral, document, letter = pathway_of(people, course)
        agree_check_ins(
            actor=people.nurse, course=course, now=NOW, instruments=["mood-tap"], every_d=7, at_local=NOW.time(),
            open_h=24, starts_on=NOW.date(), channel="sms", address="+15550100199", agreed=True,
        )  # fmt: skip
        ask_check_ins(actor=CommandLine(), course=course, now=NOW)
        asked = course.check_ins.get()
        agree_reminders(
            actor=people.nurse, course=course, now=NOW, days_before=1, at_local=NOW.time(), channel="sms",
            address="+15550100199", prepare="Words.", agreed=True,
        )  # fmt: skip
        reminder = remind_of_evaluation(
            actor=people.nurse, course=course, on=NOW.date() + dt.timedelta(days=5), now=NOW
        )
        arrived = record_entry(
            actor=people.nurse, treatment_session=planned, key=uuid.uuid4(), kind="arrival", given={}, now=NOW
        )
        job = add_job("jobs.forget", subject="", now=NOW)
        report = Made(told_on=NOW.date(), took_ms=1, digest="a" * 64, files={"report.pdf": b"%PDF", "page.json": b"[]"})
        asked_for = ask_report(actor=people.programme_lead, programme=people.programme, now=NOW)
        keep_report(actor=CommandLine(), request=asked_for, made=report, now=NOW)
        ids = {
            "lot_id": drawn.lot.public_id,
            "movement_id": drawn.public_id,
            "count_id": counted.public_id,
            "day": NOW.date(),
            "patient_id": course.patient.public_id,
            "referral_id": referral.public_id,
            "document_id": document.public_id,
            "letter_id": letter.public_id,
            "course_id": course.public_id,
            "evaluation_id": evaluation.public_id,
            "assessment_id": rating.public_id,
            "treatment_session_id": planned.public_id,
            "break_glass_id": glass.public_id,
            "job_id": job.public_id,
            "alert_id": alarmed.assessment.crisis_alert.public_id,
            "turn_id": turn.public_id,
            "chair_id": chair.public_id,
            "entry_key": arrived.entry.key,
            "kind": "observation",
            "user_id": people.nurse.public_id,
            "key": people.programme.key,
            "pk": 1,  # of a passkey, of which nobody has one
            "rule_id": "cum.uri.int",
            "scale_id": "phq-9",
            "review": "end-of-induction-1",
            "study_id": "zarate2006",
            "fact_id": "T0005",
            "ref": "zarate_2006",
            "programme_key": people.programme.key,  # of a page that is public, so no secret of the programme
            "claim_id": "claim.what.drug",
            "section": "what",
            "name": "report.pdf",
            "check_in_id": asked.public_id,
            "reminder_id": reminder.public_id,
            "token": "not-a-token-of-any-link",
        }
        ids["forecast_id"] = a_forecast(course).public_id
        ids["alarm_id"] = a_drift_alarm(people).public_id
        yield Records(people, others, {name: str(value) for name, value in ids.items()})
        transaction.set_rollback(True)


def a_forecast(course: Course) -> Forecast:
    """One that was refused, as a model is not asked here."""
    request = ask_forecast(actor=CommandLine(), course=course, now=NOW + dt.timedelta(hours=1))
    row = keep_forecast(
        actor=CommandLine(), request=request, mapped=Mapped({"today": 0.0, "doses": [], "ratings": []}, ()),
        day_zero_at=NOW, answered=Answered({}, "Not enough data."), took_ms=1, now=NOW,
    )  # fmt: skip
    assert row is not None
    return row


def a_drift_alarm(people: People) -> DriftAlarm:
    """One that a check raised."""
    return drifted(people.programme, at=NOW)


def ledger_of(people: People) -> tuple[Movement, StockCount]:
    """A drawing, and a count made before it."""
    received = receive(people)
    counted = count_stock(
        actor=people.nurse, programme=people.programme, counted={received.lot: 20},
        witness=ConfirmedPerson(people.prescriber), now=NOW, entry_key=uuid.uuid4(),
    )  # fmt: skip
    return draw(actor=people.nurse, lot=received.lot, quantity=1, now=NOW, entry_key=uuid.uuid4()), counted


def pathway_of(people: People, course: Course) -> tuple[Referral, ConsentDocument, Letter]:
    """A referral, a consent text and a letter."""
    referral = record_referral(
        actor=people.nurse, patient=course.patient, referrer="self", received_on=NOW.date(), reason="asks", now=NOW
    )
    document = add_consent_document(
        actor=people.prescriber, programme=people.programme, title="Consent", text="Words.", now=NOW
    )
    letter = issue_letter(
        actor=people.prescriber, course=course, to="Dr Example", paragraph="", signed_as="Dr A", now=NOW,
        read=draft_of(people.prescriber, course, NOW).digest,
    )  # fmt: skip
    return referral, document, letter


def path_of(name: str, records: Records) -> str:
    [(_, asked), *_] = get_resolver().reverse_dict.getlist(name)[0][0]
    return reverse(name, kwargs={key: records.ids[key] for key in asked})


def ask(row: Row, records: Records, user: User | None) -> Any:
    from django.db import transaction

    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    with transaction.atomic():
        response = getattr(client, row.how)(path_of(row.name, records))
        transaction.set_rollback(True)
    return response


def test_every_address_has_a_row() -> None:
    assert unlisted({name for name, _ in addresses()}, rows()) == set()
    assert len(rows()) > 20


def test_the_gate_can_go_red() -> None:
    names = {name for name, _ in addresses()}
    assert unlisted({*names, "new-page"}, rows()) == {"new-page"}
    assert unlisted(names, rows()[1:]) == {rows()[0].name}


@pytest.mark.django_db
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role or "anonymous")
@pytest.mark.story("HF-ACC-002")
def test_who_gets_an_answer(row: Row, role: Role | None, records: Records) -> None:
    response = ask(row, records, records.people.by_role[role] if role else None)
    if row.who in ("nobody", "link") or (row.who == "own" and role):
        assert response.status_code == 404
    elif row.lets_in(role):
        assert response.status_code in (200, 204, 302, 400, 422, 423), response.status_code  # 423: their screen locks
        assert role is None or "/accounts/login/" not in response.headers.get("Location", "")
    elif role is None:
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")
    else:
        assert response.status_code == 403


OF_A_PROGRAMME = {
    "patient_id", "course_id", "evaluation_id", "assessment_id", "treatment_session_id", "key", "break_glass_id",
    "lot_id", "movement_id", "count_id", "check_in_id", "alert_id", "referral_id", "document_id", "letter_id",
    "forecast_id", "alarm_id", "reminder_id",
}  # fmt: skip


def of_one_record() -> list[Row]:
    """Rows whose address names something of a programme."""
    known = dict(addresses())
    return [row for row in rows() if row.name in known and OF_A_PROGRAMME & set(known[row.name].pattern.converters)]


@pytest.mark.django_db
@pytest.mark.parametrize("row", of_one_record(), ids=lambda row: row.name)
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.story("HF-ACC-002")
def test_another_programme_gets_nothing(row: Row, role: Role, records: Records) -> None:
    assert ask(row, records, records.others.by_role[role]).status_code in (403, 404)


@pytest.mark.parametrize(("name", "pattern"), list(addresses()), ids=lambda value: str(value)[:60])
def test_no_address_carries_a_number_of_a_record(name: str, pattern: URLPattern) -> None:
    """Keys count up and can be guessed; addresses of records carry random ids. A passkey's leads to one's own alone."""
    if name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):  # of allauth, which looks among the person's own
        return
    kinds = {type(converter).__name__ for converter in pattern.pattern.converters.values()}
    assert "IntConverter" not in kinds
