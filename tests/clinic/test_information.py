"""Information for patients: only what a physician signed is public, in the words signed, and nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.information import queries, standing
from holdfast.clinic.information.actions import sign_claims, withdraw_claim
from holdfast.clinic.information.words import QUESTIONS
from holdfast.errors import InputError, PermissionRefusedError
from holdfast.evidence import claims as claim_table
from holdfast.evidence.reading_age import reading_age_y
from tests.clinic.conftest import NOW, People, new_people, new_programme
from tests.clinic.test_words_on_pages import read

pytestmark = pytest.mark.django_db
CLAIM = "claim.driving.spray"


def sign(people: People, *claim_ids: str) -> None:
    sign_claims(
        actor=people.prescriber, programme=people.programme, claim_ids=claim_ids or (CLAIM,), physician="Dr A", now=NOW
    )


def public_text(people: People) -> str:
    answer = Client().get(reverse("information-programme", args=[people.programme.key]))
    assert answer.status_code == 200
    return answer.content.decode()


def words_of(claim_id: str) -> str:
    return claim_table.claim(claim_id).text


@pytest.mark.story("HF-EVD-012")
def test_nothing_unsigned_is_public_and_help_always_is(people: People) -> None:
    page = public_text(people)
    assert [one.id for one in claim_table.claims() if one.text in page] == []
    assert "988" in page
    assert "No doctor has done so yet" in page


@pytest.mark.story("HF-EVD-012")
def test_an_unsigned_page_helps_all_the_same(people: People) -> None:
    """Where to get help, and what to ask; a question states nothing that a physician would have to sign."""
    for page in (public_text(people), Client().get(reverse("information")).content.decode()):
        assert "Where to get help now" in page
        assert [one for one in QUESTIONS.values() if escape(one) not in page] == []
    sign(people)
    page = public_text(people)
    assert QUESTIONS["driving"] not in page
    assert escape(QUESTIONS["effects"]) in page


@pytest.mark.story("HF-EVD-013")
def test_every_sentence_of_the_public_pages_can_be_read_at_twelve(people: People) -> None:
    ids = [one.claim.id for one in queries.shown(people.programme)]
    unsigned = public_text(people)
    sign(people, *ids)
    pages = (unsigned, public_text(people), Client().get(reverse("information")).content.decode())
    texts: set[str] = set()
    for page in pages:
        main = re.sub(r"<details.*?</details>|<p class=.lede.*?</p>", " ", page.split("<main", 1)[1], flags=re.S)
        found = re.findall(r"<(p|li)\b[^>]*>(.*?)</\1>", main, flags=re.S)
        told = [" ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()) for _, text in found]
        texts |= {one for one in told if one.endswith((".", "?")) and not one[-2].isdigit()}
    assert len(texts) > len(ids)
    assert {one: age for one in texts if (age := reading_age_y(one)) > 12} == {}


@pytest.mark.story("HF-EVD-012")
def test_a_signed_claim_is_public_with_source_status_and_review(people: People) -> None:
    sign(people)
    page = public_text(people)
    shown = [one.id for one in claim_table.claims() if one.text in page]
    assert shown == [CLAIM]
    assert "Read and signed by Dr A, 2 November 2026" in page
    assert "assumed" in page
    assert "due again by 21 May 2027" in page
    entry = AuditEntry.objects.last()
    assert (entry.action, entry.details) == ("information.sign", {"claim": CLAIM, "version": 1})


@pytest.mark.story("HF-EVD-012")
def test_a_signature_is_of_the_words_and_falls_when_a_number_changes(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(people)
    old = claim_table.claim(CLAIM)
    changed = dataclasses.replace(old, text=old.text.replace("next day", "same day"), digest="of other words")
    monkeypatch.setattr(standing, "claims_for", lambda _: (changed,))
    assert changed.text not in public_text(people)
    (one,) = queries.shown(people.programme)
    assert (one.signature, one.is_public) == (None, False)
    assert one.void is not None
    assert one.void.physician == "Dr A"


@pytest.mark.story("HF-EVD-012")
def test_a_withdrawn_claim_is_gone_at_once_and_may_be_signed_again(people: People) -> None:
    sign(people)
    withdraw_claim(actor=people.prescriber, programme=people.programme, claim_id=CLAIM, now=NOW)
    assert AuditEntry.objects.last().action == "information.withdraw"
    assert words_of(CLAIM) not in public_text(people)
    with pytest.raises(InputError, match="nothing to withdraw"):
        withdraw_claim(actor=people.prescriber, programme=people.programme, claim_id=CLAIM, now=NOW)
    sign(people)
    assert words_of(CLAIM) in public_text(people)


@pytest.mark.parametrize("role", [r for r in Role if r != Role.PRESCRIBER])
def test_only_a_prescriber_signs_and_withdraws(people: People, role: str) -> None:
    values = {"actor": people.by_role[role], "programme": people.programme, "now": NOW}
    with pytest.raises(PermissionRefusedError):
        sign_claims(claim_ids=[CLAIM], physician="Dr A", **values)
    with pytest.raises(PermissionRefusedError):
        withdraw_claim(claim_id=CLAIM, **values)


@pytest.mark.parametrize(
    ("claim_ids", "physician", "says"),
    [
        ([], "Dr A", "tick at least one"),
        ([CLAIM], "  ", "name of the physician"),
        (["claim.forms.eu.trd"], "Dr A", "another jurisdiction"),
    ],
)
def test_what_cannot_be_signed(people: People, claim_ids: list[str], physician: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        sign_claims(
            actor=people.prescriber, programme=people.programme, claim_ids=claim_ids, physician=physician, now=NOW
        )


def test_labels_of_another_jurisdiction_are_not_told(people: People) -> None:
    ids = {one.claim.id for one in queries.shown(people.programme)}
    assert "claim.forms.us.trd" in ids
    assert ids.isdisjoint({"claim.forms.eu.trd", "claim.forms.uk.trd", "claim.who.not.heart"})


def test_a_signature_of_one_programme_is_not_anothers(people: People, others: People) -> None:
    sign(people)
    assert words_of(CLAIM) not in public_text(others)
    index = Client().get(reverse("information")).content.decode()
    assert people.programme.name in index
    assert others.programme.name not in index


def test_an_imported_trial_has_no_public_page(db: None) -> None:
    trial = new_programme("trial", kind="real-deidentified", country="")
    assert Client().get(reverse("information-programme", args=[trial.key])).status_code == 404
    assert Client().get(reverse("information-programme", args=["no-such"])).status_code == 404


@pytest.mark.story("HF-EVD-013")
def test_stale_claims_are_flagged_to_the_programme_lead_and_stay_dated(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(people)
    page = reverse("programme", args=[people.programme.key])
    assert "past review" not in read(people.programme_lead, page)
    assert "past review" not in read(people.programme_lead, reverse("caseload"))
    past = dataclasses.replace(claim_table.claim(CLAIM), review_due=dt.date(2020, 1, 1))
    monkeypatch.setattr(standing, "claims_for", lambda _: (past, claim_table.claim("claim.what.drug")))
    assert "1 claim past review As programme lead" in read(people.programme_lead, page)
    assert "1 claim past review" in read(people.programme_lead, reverse("programme-list"))
    caseload = read(people.programme_lead, reverse("caseload"))
    assert f"{people.programme.name}, information for patients: 1 claim past review" in caseload
    assert "past review" not in read(people.nurse, reverse("caseload"))
    draft = read(people.programme_lead, reverse("information-draft", args=[people.programme.key]))
    assert "Due by 1 Jan 2020. Patients read it now." in draft
    assert "due again by 1 January 2020" in public_text(people)


def test_the_day_of_the_review_is_not_yet_stale() -> None:
    one = claim_table.claim(CLAIM)
    assert not one.is_stale(one.review_due)
    assert one.is_stale(one.review_due + dt.timedelta(days=1))


@pytest.mark.parametrize("role", ["prescriber", "programme_lead"])
def test_the_staff_see_every_claim_with_its_status(people: People, role: str) -> None:
    text = read(people.by_role[role], reverse("information-draft", args=[people.programme.key]))
    shown = queries.shown(people.programme)
    assert len(shown) > 50
    assert all(one.claim.id in text for one in shown)
    assert f"0 of {len(shown)} claims are public" in text
    assert ("Read and sign" in text) == (role == "prescriber")


def test_claims_are_signed_and_withdrawn_on_the_pages(people: People) -> None:
    client = Client()
    client.force_login(people.prescriber)
    page = reverse("information-sign", args=[people.programme.key, "driving"])
    refused = client.post(page, {"physician": "Dr A"})
    assert refused.status_code == 422
    assert "Tick at least one claim" in refused.content.decode()
    ids = [one.claim.id for one in queries.shown(people.programme) if one.claim.section == "driving"]
    answer = client.post(page, {"claims": ids, "physician": "Dr A", "read": "on"}, follow=True)
    assert f"{len(ids)} claims are signed" in answer.content.decode()
    assert all(words_of(one) in public_text(people) for one in ids)
    gone = client.post(reverse("information-withdraw", args=[people.programme.key, ids[0]]), follow=True)
    assert "The signature is withdrawn" in gone.content.decode()
    assert words_of(ids[0]) not in public_text(people)
    assert client.get(reverse("information-sign", args=[people.programme.key, "nowhere"])).status_code == 404


def test_the_command_line_signs_nothing(people: People) -> None:
    with pytest.raises(PermissionRefusedError):
        sign_claims(actor=CommandLine(), programme=people.programme, claim_ids=[CLAIM], physician="Dr A", now=NOW)


def test_another_programmes_draft_is_not_there(people: People) -> None:
    others = new_people(new_programme("far"), "3")
    client = Client()
    client.force_login(others.prescriber)
    assert client.get(reverse("information-draft", args=[people.programme.key])).status_code == 404
