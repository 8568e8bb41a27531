"""Label standing, and dosing at home.

Consent and pages repeat what the label says of this drug, route and indication in this jurisdiction. Where no label was
read the answer is "unknown", never "approved". Esketamine at home is refused in every jurisdiction.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from holdfast.errors import InputError
from holdfast.facts import load, rule_set
from holdfast.facts.tables import INDICATIONS, ROUTES
from holdfast.protocols.standing import home_dosing, label_standing
from tests.spec.spec import Spec, codes

pytestmark = pytest.mark.story("HF-PRO-006")

JURISDICTIONS = [row.id.removeprefix("jurisdiction.") for row in load().rows("jurisdictions")]
PLACES = list(itertools.product(JURISDICTIONS, ROUTES, INDICATIONS))

STANDING = Spec(
    title="Approved, off-label, refused, unknown",
    table="""
    drug       | route | indication            | where | setting    | standing
    esketamine | nasal | trd                   | US    | supervised | approved
    esketamine | nasal | mdsi                  | US    | supervised | approved
    esketamine | nasal | trd                   | EU    | supervised | approved
    esketamine | nasal | psychiatric-emergency | EU    | supervised | approved
    esketamine | nasal | mdsi                  | EU    | supervised | off-label
    esketamine | nasal | trd                   | UK    | supervised | approved
    esketamine | nasal | psychiatric-emergency | UK    | supervised | unknown
    esketamine | nasal | trd                   | none  | supervised | unknown
    esketamine | nasal | bipolar-depression    | US    | supervised | off-label
    esketamine | nasal | mdd                   | EU    | supervised | off-label
    esketamine | iv    | trd                   | US    | supervised | unknown
    esketamine | nasal | trd                   | US    | home       | refused
    ketamine   | iv    | trd                   | US    | supervised | off-label
    ketamine   | im    | mdd                   | EU    | supervised | off-label
    ketamine   | oral  | bipolar-depression    | none  | home       | off-label
    """,
)


@STANDING.cases
@pytest.mark.story("HF-PRO-006")
def test_standing(drug, route, indication, where, setting, standing):
    found = label_standing(drug=drug, route=route, indication=indication, jurisdiction=where, setting=setting)
    assert found.standing == standing
    assert found.text.endswith(".")


READ = Spec(
    title="How well a standing is known",
    text="""`transcribed` = the sentence was read in the label text itself. Of the Hong Kong and Philippine texts only
    other parts were read, and that no label names a use is our conclusion, not a sentence of a label.""",
    table="""
    indication         | where | status
    trd                | US    | transcribed
    trd                | EU    | transcribed
    trd                | HK    | unverified
    trd                | PH    | unverified
    trd                | CA    | unverified
    mdd                | US    | assumed
    bipolar-depression | EU    | assumed
    """,
)


@READ.cases
def test_how_well_a_standing_is_known(indication, where, status):
    found = label_standing(drug="esketamine", route="nasal", indication=indication, jurisdiction=where)
    assert found.status == status


@pytest.mark.story("HF-PRO-005")
@pytest.mark.parametrize(("jurisdiction", "route", "indication"), PLACES)
def test_esketamine_at_home_is_refused_everywhere(jurisdiction, route, indication):
    place = {"drug": "esketamine", "route": route, "indication": indication, "jurisdiction": jurisdiction}
    assert label_standing(**place, setting="home").standing == "refused"
    decision = home_dosing(rule_set(**place))
    assert [r.code for r in decision.hard_stops] == ["esketamine-at-home"]
    assert not decision.allowed_after({"dose.home"})


@pytest.mark.parametrize(("jurisdiction", "route", "indication"), PLACES)
def test_ketamine_for_depression_is_approved_nowhere(jurisdiction, route, indication):
    for setting in ("supervised", "home"):
        found = label_standing(
            drug="ketamine", route=route, indication=indication, jurisdiction=jurisdiction, setting=setting
        )
        assert found.standing == "off-label"


HOME = Spec(
    title="At home",
    rules=("dose.home",),
    text="""Esketamine: never. Ketamine: strongly discouraged; in the US a stop that a physician may override, elsewhere
    a caution.""",
    table="""
    drug       | where | hard_stops         | overridable       | cautions
    esketamine | US    | esketamine-at-home |                   |
    esketamine | EU    | esketamine-at-home |                   |
    esketamine | none  | esketamine-at-home |                   |
    ketamine   | US    |                    | home-dosing       |
    ketamine   | EU    |                    |                   | home-dosing
    ketamine   | none  |                    |                   | home-dosing
    """,
)


@HOME.cases
@pytest.mark.story("HF-PRO-005")
def test_home(drug, where, hard_stops, overridable, cautions):
    route = "nasal" if drug == "esketamine" else "oral"
    decision = home_dosing(rule_set(drug=drug, route=route, indication="trd", jurisdiction=where))
    assert tuple(r.code for r in decision.hard_stops) == codes(hard_stops)
    assert tuple(r.code for r in decision.overridable) == codes(overridable)
    assert tuple(r.code for r in decision.cautions) == codes(cautions)


def test_a_refusal_beats_a_more_particular_approval():
    facts = load()
    approved = next(row for row in facts.rows("label_status") if row["standing"] == "approved")
    at_home = replace(approved, values={**approved.values, "setting": "home"})
    spoiled = replace(facts, tables={**facts.tables, "label_status": (*facts.rows("label_status"), at_home)})
    place = {"route": approved["route"], "indication": approved["indication"], "jurisdiction": approved["jurisdiction"]}
    found = label_standing(drug="esketamine", **place, setting="home", facts=spoiled)
    assert found.standing == "refused"


def test_unknown_words_are_refused_by_name():
    with pytest.raises(InputError, match="setting: 'garden' is not known"):
        label_standing(drug="ketamine", route="iv", indication="trd", jurisdiction="US", setting="garden")
    with pytest.raises(InputError, match="jurisdiction 'Mars'"):
        label_standing(drug="ketamine", route="iv", indication="trd", jurisdiction="Mars")
