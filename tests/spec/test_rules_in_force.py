"""Which care rules hold, and how they weigh.

A rule speaks for the jurisdictions, drugs, routes and indications its source names, and for every protocol that
adopts it. A contraindication that only another jurisdiction prints is shown as a caution; where the contraindications
of the jurisdiction itself were not read, or none is chosen, it is a stop that a physician may override. A rule of
class house or unverified, and a label rule carried over to another drug, is told but not enforced until a named
physician of the programme has signed it.
"""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.facts import compare, rule_set
from tests.spec.spec import Spec

WEIGHT = Spec(
    title="How a rule weighs",
    text="`silent` means the rule has nothing to say here.",
    table="""
    rule               | drug       | route | jurisdiction | signed | weight
    elig.ci.aneurysm   | esketamine | nasal | US           | no     | hard_stop
    elig.ci.aneurysm   | esketamine | nasal | EU           | no     | hard_stop
    elig.ci.aneurysm   | esketamine | nasal | UK           | no     | hard_stop
    elig.ci.aneurysm   | esketamine | nasal | HK           | no     | stop_unless_overridden
    elig.ci.aneurysm   | esketamine | nasal | CA           | no     | stop_unless_overridden
    elig.ci.aneurysm   | esketamine | nasal | CA-BC        | no     | stop_unless_overridden
    elig.ci.aneurysm   | esketamine | nasal | PH           | no     | stop_unless_overridden
    elig.ci.bp_icp     | esketamine | nasal | PH           | no     | hard_stop
    elig.ci.avm        | esketamine | nasal | EU           | no     | caution
    elig.rc.pregnancy  | esketamine | nasal | HK           | no     | caution
    elig.ci.aneurysm   | esketamine | nasal | none         | no     | stop_unless_overridden
    elig.ci.aneurysm   | ketamine   | iv    | US           | no     | inactive
    elig.ci.aneurysm   | ketamine   | iv    | US           | yes    | hard_stop
    elig.ci.cv6wk      | esketamine | nasal | EU           | no     | hard_stop
    elig.ci.cv6wk      | esketamine | nasal | US           | no     | caution
    elig.rc.psychosis  | ketamine   | iv    | CA-BC        | no     | stop_unless_overridden
    elig.rc.psychosis  | ketamine   | iv    | EU           | no     | caution
    pre.bp.us          | esketamine | nasal | US           | no     | stop_unless_overridden
    pre.bp.us          | esketamine | nasal | EU           | no     | silent
    pre.bp.us          | ketamine   | iv    | US           | no     | silent
    pre.bp.eu65        | esketamine | nasal | EU           | no     | inactive
    pre.bp.eu65        | esketamine | nasal | EU           | yes    | stop_unless_overridden
    pre.bp.eu65        | esketamine | nasal | US           | no     | silent
    pre.bp.iv          | ketamine   | iv    | CA           | no     | stop_unless_overridden
    pre.bp.iv          | ketamine   | iv    | CA-BC        | no     | stop_unless_overridden
    pre.bp.iv          | ketamine   | iv    | US           | no     | silent
    dose.home          | esketamine | nasal | US           | no     | hard_stop
    dose.home          | ketamine   | oral  | US           | no     | stop_unless_overridden
    mon.moaas          | ketamine   | iv    | CA           | no     | inactive
    """,
)


@WEIGHT.cases
@pytest.mark.story("HF-RUL-002")
def test_weight(rule, drug, route, jurisdiction, signed, weight):
    rules = rule_set(drug=drug, route=route, jurisdiction=jurisdiction, signed=[rule] if signed else [])
    assert (rules.weight(rule) or "silent") == weight


def test_a_protocol_that_adopts_a_rule_brings_it_everywhere():
    rules = rule_set(drug="ketamine", route="iv", jurisdiction="US", adopted=["pre.bp.iv"])
    assert rules.active("pre.bp.iv")
    assert rules.weight("pre.bp.iv") == "stop_unless_overridden"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"jurisdiction": "Atlantis"}, "Atlantis"),
        ({"drug": "esketamin"}, "esketamin"),
        ({"route": "rectal"}, "rectal"),
        ({"indication": "pain"}, "pain"),
        ({"choices": {"bp_gate": "perhaps"}}, "perhaps"),
        ({"choices": {"bp": "stop"}}, "'bp'"),
    ],
)
def test_a_word_no_table_knows_is_refused_by_name(words, told):
    with pytest.raises(InputError, match=told):
        rule_set(**{"drug": "ketamine", "route": "iv", **words})


COMPARISON = Spec(
    title="Comparisons",
    text="Limits as printed: above 140 is not 140; between includes both ends.",
    table="""
    measured | op          | low | high | met
    140      | >           | 140 |      | no
    141      | >           | 140 |      | yes
    0.5      | between     | 0.1 | 0.75 | yes
    0.75     | between     | 0.1 | 0.75 | yes
    0.76     | between     | 0.1 | 0.75 | no
    84       | multiple_of | 28  |      | yes
    70       | multiple_of | 28  |      | no
    14       | in          | 7   | 14   | yes
    10       | in          | 7   | 14   | no
    """,
)


@COMPARISON.cases
def test_comparison(measured, op, low, high, met):
    assert compare(measured, op, (low,) if high is None else (low, high)) is met


@pytest.mark.story("HF-RUL-003")
def test_a_missing_measurement_meets_nothing_and_breaks_nothing():
    limit = rule_set(drug="ketamine", route="iv", jurisdiction="CA").threshold("pre.bp.iv", "sbp_max")
    assert limit.met_by(None) is None
    assert limit.met_by(141) is True
