"""Pages of the evidence: every study with every number and its status, every conflict, every source reached."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from holdfast import evidence, facts
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.evidence import queries
from holdfast.clinic.evidence.queries import NUMBER_TABLES
from holdfast.evidence import founding
from holdfast.evidence.founding import FoundingStudy
from holdfast.evidence.founding_predictions import predictions
from holdfast.evidence.qualification.summary import Inside, Summary, TargetTold, published_digest
from holdfast.evidence.unseen import Unseen
from tests.clinic.conftest import NOW, People, new_course
from tests.clinic.test_words_on_pages import read
from tests.unit.test_unseen_studies import predicted

pytestmark = [pytest.mark.django_db, pytest.mark.story("HF-EVD-011")]


def raw(people: People, address: str) -> str:
    client = Client()
    client.force_login(people.nurse)
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("study", [one.id for one in evidence.studies()])
def test_a_study_shows_every_number_with_its_status(people: People, study: str) -> None:
    page = raw(people, reverse("study", args=[study]))
    rows = [row for row in (*evidence.outcomes(), *evidence.adverse_events()) if row.study.id == study]
    for row in rows:
        found = re.search(rf"<tr[^>]*>((?!</tr>).)*>{row.id}</a>", page, flags=re.S)
        assert found is not None, row.id
        assert f">{row.status}</span>" in found.group(), row.id
    assert page.count('<svg viewBox="0 0 360') == page.count("<title id=") == page.count("<desc id=")
    assert " style=" not in page
    assert "<script" not in page[page.index("<main") : page.index("</main>")]


def test_unknown_people_are_not_zero(people: People) -> None:
    text = read(people.nurse, reverse("study", args=["janik2025"]))
    assert "24.8 % of patients secondary not known" in text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("split=check", {"diamond2014"}),
        ("drug=midazolam", {"phillips2019"}),
        ("design=animals", {"zanos2016"}),
        ("route=sublingual", {"lara2013"}),
        ("q=Oxford", {"diamond2014"}),
        ("route=moon&q=zanos", {"zanos2016"}),
    ],
)
def test_the_list_is_filtered(people: People, query: str, wanted: set[str]) -> None:
    page = raw(people, f"{reverse('study-list')}?{query}")
    assert set(re.findall(r"/evidence/studies/(\w+)/", page)) >= wanted
    assert f"{len(wanted)} of {len(evidence.studies())} studies" in page


def test_all_fifteen_conflicts_are_told(people: People) -> None:
    text = read(people.nurse, reverse("article-conflicts"))
    assert len(evidence.conflicts()) == 15
    assert [one.number for one in evidence.conflicts() if f"{one.number}. {one.subject}" not in text] == []
    assert text.count("We hold") == 15


def test_a_rule_leads_to_its_source_and_the_source_back(people: People) -> None:
    rule = facts.care_rule("elig.ci.aneurysm")
    address = reverse("source", args=[rule.row["ref"]])
    assert f'href="{address}"' in raw(people, reverse("rule", args=[rule.id]))
    assert f'href="{reverse("rule", args=[rule.id])}"' in raw(people, address)


@pytest.mark.parametrize("table", NUMBER_TABLES)
def test_every_number_of_the_product_leads_to_its_row_and_source(people: People, table: str) -> None:
    page = raw(people, f"{reverse('fact-list')}?table={table}")
    rows = facts.load().rows(table)
    assert len(rows) > 3
    assert [row.id for row in rows if reverse("fact", args=[row.id]) not in page] == []
    one = raw(people, reverse("fact", args=[rows[0].id]))
    assert reverse("source", args=[rows[0]["ref"]]) in one
    assert f"line {rows[0].line}" in one


def test_every_fact_and_source_has_a_page(people: People) -> None:
    client = Client()
    client.force_login(people.nurse)
    ids = [row.id for row in facts.load().by_id.values() if not row.file.startswith("references")]
    refs = [row.id for row in facts.load().rows("references")]
    assert len({reverse("fact", args=[one]) for one in ids}) == len(ids) > 2_000  # also one with a slash
    for name, wanted in (("fact", ids[::40]), ("source", refs[::10])):
        assert [one for one in wanted if client.get(reverse(name, args=[one])).status_code != 200] == []


def test_what_is_not_there_is_not_found(people: People) -> None:
    client = Client()
    client.force_login(people.nurse)
    for name in ("study", "fact", "source"):
        assert client.get(reverse(name, args=["no-such"])).status_code == 404


@pytest.mark.story("HF-EVD-030")
@pytest.mark.parametrize("one", founding.founding_studies(), ids=lambda one: one.card.study.id)
def test_a_founding_study_tells_its_story_with_the_status_of_each_row(people: People, one: FoundingStudy) -> None:
    page = raw(people, reverse("founding", args=[one.card.study.id]))
    for sentence in (sentence for _, _, part in one.parts for sentence in part):
        found = re.search(rf"<p>{re.escape(escape(sentence.text))}</p>((?!</li>).)*", page, flags=re.S)
        assert found is not None, sentence.id
        for row in sentence.rests_on:
            assert f">{row.id}</a>" in found.group()
            assert f">{row['status']}</span>" in found.group()
    assert all(escape(conflict.source_says) in page for conflict in one.card.conflicts)
    assert f'href="{reverse("founding", args=[one.card.study.id])}"' in raw(people, reverse("founding-list"))
    assert "<script" not in page[page.index("<main") : page.index("</main>")]


@pytest.mark.story("HF-EVD-030")
def test_the_model_stands_beside_with_its_version_digest_seed_and_hypothesis(people: People) -> None:
    text = read(people.nurse, reverse("founding", args=["diamond2014"]))
    about = predictions().about
    assert f"Model {about['model']} version {about['model_version']}" in text
    assert re.search(
        rf"hypothesis nmda-driven, (not )?calibrated[^;]*; seed {about['seed']}; facts {about['facts_digest']}", text
    )
    assert "no prediction for a patient" in text
    assert "end of a range, not judged" in text
    switch = read(people.nurse, reverse("founding", args=["zanos2016"]))
    assert all(name in switch for name in ("nmda-driven", "hnk-driven", "mixed", "holdfast-start.HNK50"))


@pytest.mark.story("HF-EVD-030")
@pytest.mark.parametrize(("study", "says"), [
    ("zarate2006", "calibrated to numbers of this study too"), ("diamond2014", "calibrated without this study"),
])  # fmt: skip
def test_a_page_says_whether_its_study_was_fitted(
    people: People, monkeypatch: pytest.MonkeyPatch, study: str, says: str
) -> None:
    one = founding.founding_study(study)
    for calibrated in ("name holdfast-2, version 1", None):
        told = replace(one.predicted, calibrated=calibrated, rests_on="By draws of it.")
        monkeypatch.setattr(founding, "founding_study", lambda _, told=told: replace(one, predicted=told))
        text = read(people.nurse, reverse("founding", args=[study]))
        assert (says in text) is (calibrated is not None)
        assert ("narrower than those above" in text) is (calibrated is not None)
        assert "By draws of it." in text


@pytest.mark.story("HF-EVD-030")
def test_a_page_says_that_its_predictions_are_out_of_date(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    address = reverse("founding", args=["zarate2006"])
    found = predictions()
    for digest, said in ((found.about["inputs_digest"], found.is_stale), ("0" * 16, True)):
        old = replace(found, about={**found.about, "inputs_digest": digest})
        monkeypatch.setattr("holdfast.clinic.evidence.queries.predictions", lambda old=old: old)
        assert ("out of date" in read(people.nurse, address)) is said


@pytest.mark.parametrize("address", ["study", "founding"])
def test_what_was_predicted_without_the_study_stands_on_its_page(
    people: People, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    told = (Unseen(predicted(inside=(True, True)), evidence.outcome("T0046")),)
    for rows, shown in ((told, True), ((), False)):
        monkeypatch.setattr("holdfast.clinic.evidence.queries.unseen", lambda _, rows=rows: rows)
        text = read(people.nurse, reverse(address, args=["diamond2014"]))
        assert ("What the model predicted without this study" in text) is shown
        assert ("29 transcribed T0046 44.4 20 to 66 10 to 77 ✓ inside 80 % never fitted" in text) is shown


@pytest.mark.story("HF-EVD-032")
def test_a_rule_leads_to_its_row_and_to_each_of_its_thresholds(people: People) -> None:
    rule = facts.care_rule("elig.indication.us")
    page = raw(people, reverse("rule", args=[rule.id]))
    assert len(rule.thresholds) > 1
    for fact_id in (rule.id, *(one.id for one in rule.thresholds.values())):
        assert f'href="{reverse("fact", args=[fact_id])}"' in page
    threshold = raw(people, reverse("fact", args=["elig.indication.us.age_min"]))
    assert f'href="{reverse("fact", args=[rule.id])}"' in threshold  # the cell that names another row leads to it


@pytest.mark.story("HF-EVD-032")
@pytest.mark.parametrize(
    ("rule", "row"), [("stage.msm", "points.msm.ect.yes"), ("out.response", "outcome.response_50")]
)
def test_a_rule_leads_to_the_points_and_definitions_it_uses(people: People, rule: str, row: str) -> None:
    assert f'href="{reverse("fact", args=[row])}"' in raw(people, reverse("rule", args=[rule]))


@pytest.mark.story("HF-EVD-032")
def test_a_patients_label_and_definitions_and_a_programmes_settings_lead_to_their_rows(people: People) -> None:
    course = new_course(people)
    for total, now in ((18, NOW - dt.timedelta(days=9)), (6, NOW)):
        record_assessment(actor=people.nurse, course=course, scale="phq-9", total=total, rated_at=now, now=now)
    page = raw(people, reverse("patient", args=[course.patient.public_id]))
    assert 'href="/evidence/numbers/label.' in page
    assert 'href="/evidence/numbers/outcome.response_50/"' in page
    settings = raw(people, reverse("programme", args=[people.programme.key]))
    assert settings.count('href="/evidence/numbers/setting.') == len(facts.load().rows("settings"))


def test_a_comparison_pools_nothing_and_shows_every_row(people: People) -> None:
    text = read(people.nurse, f"{reverse('evidence-compare')}?of=no-such")
    assert "Nothing is pooled here" in text
    assert "Daly 2018" in text


def test_how_well_the_model_predicts_is_said_with_where_it_comes_from(people: People, monkeypatch) -> None:
    told = Summary(
        date="2026-11-21", hypothesis="nmda-driven", numbers=9, judged=8, studies=3, model="holdfast-2",
        posterior="name p", tables="0123", facts="0a", published="old", coverage=(Inside(95, 7, 8),),
        targets=(TargetTold("to be near", "4.0 points", "not met", "the mean predicts better"),),
    )  # fmt: skip
    monkeypatch.setattr(queries, "summary", lambda: told)
    text = read(people.nurse, reverse("qualification"))
    for words in ("0 of 1 targets are met", "7 of 8", "The mean predicts better.", "numbers have changed since",
                  "no prediction for a patient", "0123"):  # fmt: skip
        assert words in text, words
    hanging = TargetTold("to hold", "9 of 10; 50 % without one study", "met by row only", "")
    monkeypatch.setattr(queries, "summary", lambda: replace(told, targets=(*told.targets, hanging)))
    assert "0 of 2 targets are met, 1 more by row only" in read(people.nurse, reverse("qualification"))
    monkeypatch.setattr(queries, "summary", lambda: replace(told, published=published_digest()))
    assert "have changed" not in read(people.nurse, reverse("qualification"))
    monkeypatch.setattr(queries, "summary", lambda: None)
    assert "take what it says as a hypothesis" in read(people.nurse, reverse("qualification"))


def test_the_whole_report_is_offered_and_comes_as_a_file(people: People, monkeypatch) -> None:
    page = raw(people, reverse("qualification"))
    client = Client()
    client.force_login(people.nurse)
    for name, start in (("report.pdf", b"%PDF-"), ("report.html", b"<!doctype html>")):
        address = reverse("qualification-report", args=[name])
        assert f'href="{address}"' in page
        answer = client.get(address)
        assert b"".join(answer.streaming_content).lower().startswith(start.lower())
        assert answer["Content-Disposition"] == f'attachment; filename="holdfast-qualification{name[6:]}"'
    assert f'href="{reverse("founding-list")}"' in page.split("<main")[1]
    for name in ("summary.json", "..%2Freport.pdf"):
        assert client.get(f"/evidence/qualification/{name}").status_code == 404
    monkeypatch.setattr(queries, "qualification_reports", dict)
    assert "holdfast evidence report --output" in read(people.nurse, reverse("qualification"))


def test_a_row_names_its_cells_in_words(people: People) -> None:
    text = read(people.nurse, reverse("fact", args=["T0005"]))
    assert "Time (hours)" in text
    assert "People analysed" in text
    assert "N analysed" not in text
    rule = facts.load().rows("care_thresholds")[0].id
    assert "Compared by" in read(people.nurse, reverse("fact", args=[rule]))


def test_traps_name_other_studies_by_title(people: People) -> None:
    text = read(people.nurse, reverse("study", args=["aanhetrot2010"]))
    assert "Contained in Murrough 2013 (repeated): never hold both." in text
    assert "Murrough 2013 (repeated) contains aan het Rot 2010 (secondary)" in text
