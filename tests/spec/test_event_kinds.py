"""Which kind of event the words of an adverse event tell, where nobody chose one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from holdfast.facts import load
from holdfast.facts.safety_tables import EVENT_KINDS, EVENT_WORDS
from holdfast.outcomes import RELAPSE_EVENTS
from holdfast.treatment_sessions.adverse_events import (
    ActionTaken,
    AdverseEvent,
    Causality,
    EventKind,
    EventOutcome,
    Seriousness,
    Severity,
)
from holdfast.treatment_sessions.event_kinds import KIND_WORDS, event_kind, kind_of_words, relapse_event
from tests.spec.spec import Spec

STORY = pytest.mark.story("HF-REG-166")
KINDS = Spec(
    title="Kind of an adverse event by its words",
    rules=(),
    text="""Whole words in British or American spelling. What is denied is no event. Longer words win over those within
    them; of several kinds suicidality, a switch to mania and the bladder are told first, else what is named first.""",
    table="""
    words                                   | kind
    Suicide attempt                         | suicidality
    attempted suicide by hanging            | suicidality
    Completed suicide                       | suicidality
    suicidal ideation                       | suicidality
    Suicidal thoughts, no plan              | suicidality
    self-harm (cut wrist)                   | suicidality
    intentional overdose of tablets         | suicidality
    no longer wants to live                 | suicidality
    headache, then suicidal ideation        | suicidality
    non-suicidal self-injury                | psychiatric
    not suicidal                            | other
    denies suicidal ideation                | other
    overdose                                | other
    mania                                   | mood_switch
    Hypomania                               | mood_switch
    hypomanic since the weekend             | mood_switch
    mood switch                             | mood_switch
    Euphoric mood                           | psychiatric
    cystitis                                | bladder
    Interstitial cystitis                   | bladder
    haematuria                              | bladder
    hematuria                               | bladder
    blood in the urine                      | bladder
    urinary frequency                       | bladder
    Urinary urgency and frequency           | bladder
    pollakiuria                             | bladder
    dysuria                                 | bladder
    nocturia x4                             | bladder
    urinary tract infection                 | bladder
    can't pass urine                        | bladder
    not able to pass urine                  | bladder
    pain on passing urine                   | bladder
    urinary drug screen positive            | other
    hypertension                            | blood_pressure
    Hypertensive crisis                     | blood_pressure
    Blood pressure increased                | blood_pressure
    BP 192/110                              | blood_pressure
    hypotension                             | cardiovascular
    BP dropped                              | cardiovascular
    myocardial infarction                   | cardiovascular
    heart attack                            | cardiovascular
    palpitations                            | cardiovascular
    tachycardia                             | cardiovascular
    fainted                                 | cardiovascular
    syncope                                 | cardiovascular
    transient ischaemic attack              | cardiovascular
    transient ischemic attack               | cardiovascular
    memory loss                             | cognition
    confused                                | cognition
    Dissociation                            | dissociation
    dissociated strongly                    | dissociation
    depersonalisation                       | dissociation
    Depersonalization/derealization disorder | dissociation
    anxious                                 | psychiatric
    panic attack                            | psychiatric
    hallucinations                          | psychiatric
    visual hallucinations                   | psychiatric
    worsening depression                    | psychiatric
    respiratory depression                  | other
    drowsy                                  | sedation
    sedated                                 | sedation
    oversedation                            | sedation
    somnolence                              | sedation
    loss of consciousness                   | sedation
    not rousable for 2 min                  | sedation
    dizzy                                   | dizziness_vertigo
    dizziness                               | dizziness_vertigo
    light-headed                            | dizziness_vertigo
    vertigo                                 | dizziness_vertigo
    vomited                                 | gastrointestinal
    nauseated                               | gastrointestinal
    felt sick                               | gastrointestinal
    diarrhoea                               | gastrointestinal
    diarrhea                                | gastrointestinal
    nausea and headache                     | gastrointestinal
    headaches                               | headache
    Headache                                | headache
    migraine                                | headache
    headache, not severe                    | headache
    headache, no improvement                | headache
    headache without nausea                 | headache
    no headache                             | other
    No nausea or headache                   | other
    headache: none                          | other
    headache absent                         | other
    no headache but vomited                 | gastrointestinal
    paraesthesia                            | sensory
    paresthesia                             | sensory
    numbness of the lips                    | sensory
    metallic taste                          | taste
    blurred vision                          | vision
    double vision                           | vision
    insomnia                                | other
    tired and dizzy                         | dizziness_vertigo
    masking                                 | other
    fell on the stairs                      | other
    """,
)
AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
EVENT = AdverseEvent("no headache", AT, Severity.MILD, Seriousness.NOT_SERIOUS, Causality.POSSIBLE, ActionTaken.NONE,
                     EventOutcome.RECOVERED)  # fmt: skip


@KINDS.cases
@STORY
def test_a_kind_by_words(words, kind):
    assert kind_of_words(words) == kind


@STORY
def test_a_chosen_kind_stands_before_the_words():
    assert event_kind(EVENT) is EventKind.OTHER
    assert event_kind(replace(EVENT, kind=EventKind.BLADDER)) is EventKind.BLADDER


RELAPSES = Spec(
    title="Adverse events that are a relapse",
    rules=(),
    text="""A suicide attempt by its words, whatever came of it; a stay in hospital for a psychiatric event or
    suicidality. Thoughts, plans and stays for anything else are none.""",
    table="""
    words                      | kind        | serious          | relapse
    suicide attempt            |             | life-threatening | suicide-attempt
    attempted suicide          |             | hospitalisation  | suicide-attempt
    tried to kill himself      |             | not-serious      | suicide-attempt
    intentional overdose       |             | hospitalisation  | suicide-attempt
    no suicide attempt         |             | not-serious      |
    suicidal ideation          |             | not-serious      |
    suicidal ideation          |             | hospitalisation  | hospitalisation
    worsening depression       |             | hospitalisation  | hospitalisation
    admitted                   | psychiatric | hospitalisation  | hospitalisation
    admitted                   |             | hospitalisation  |
    cystitis                   |             | hospitalisation  |
    anxiety                    |             | not-serious      |
    """,
)


@RELAPSES.cases
@pytest.mark.story("HF-REG-210")
def test_a_relapse(words, kind, serious, relapse):
    chosen = None if kind is None else EventKind(kind)
    one = replace(EVENT, term=words, kind=chosen, seriousness=Seriousness(serious))
    assert relapse_event(one) == relapse
    assert relapse is None or relapse in RELAPSE_EVENTS


@STORY
def test_every_way_of_the_table_tells_its_own_kind():
    """So that no row hides another; a row of `other` is there to win over words within its own."""
    rows = load().rows("event_words")
    ways = [(way.removesuffix("*"), row["kind"]) for row in rows for way in row["words"]]
    assert len(ways) == len({way for way, _ in ways}) > 250
    assert {row["kind"] for row in rows} == set(EVENT_KINDS)
    wrong = {
        way: kind_of_words(f"{way} since noon") for way, kind in ways if kind_of_words(f"{way} since noon") != kind
    }
    assert wrong == {}


@STORY
def test_a_published_term_of_a_kind_tells_that_kind():
    """A programme is compared with published counts of a kind: its own words must not go elsewhere."""
    for row in load().rows("study_adverse_events"):
        if row["category"] in EVENT_KINDS and row["category"] != "other":
            assert kind_of_words(row["event_term"]) == row["category"], row.id


@STORY
def test_kinds_are_the_same_in_tables_and_words():
    assert tuple(EventKind) == EVENT_KINDS == tuple(KIND_WORDS)


@STORY
@pytest.mark.parametrize(
    ("words", "said"),
    [(("Head-ache",), "small letters"), (("man*",), "needs 4 letters"), (("nausea", "nausea"), "name one way twice")],
)
def test_words_that_cannot_be_matched_are_refused(words, said):
    (row, *_) = load().rows("event_words")
    (check,) = EVENT_WORDS.checks
    faults = list(check(replace(row, values={**row.values, "words": words})))
    assert [fault for _, fault in faults if said in fault]
    assert not list(check(row))
