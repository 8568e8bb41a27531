"""Impossible doses, tables and bodies: one sentence each, with the line where there is one."""

from __future__ import annotations

import pytest

from holdfast.errors import InputError, UnknownNameError
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import Effects, covariates
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen, repeated
from holdfast.model.pharmacokinetics.event_tables import read_events
from holdfast.model.pharmacokinetics.profile import profiles
from holdfast.model.pharmacokinetics.simulation import simulate

START = named_model()


@pytest.mark.story("HF-MOD-004")
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"dose_mg": -5}, "a dose of -5 is none"),
        ({"dose_mg": 0}, "a dose of 0 is none"),
        ({"dose_mg": float("nan")}, "a dose of nan is none"),
        ({"dose_mg": float("inf")}, "a dose of inf is none"),
        ({}, "either in mg or in mg/kg"),
        ({"dose_mg": 5, "dose_mg_per_kg": 0.5}, "either in mg or in mg/kg"),
        ({"dose_mg": 5, "drug": "morphine"}, "drug 'morphine' is not known"),
        ({"dose_mg": 5, "route": "rectal"}, "route 'rectal' is not known"),
        ({"dose_mg": 5, "at_h": float("nan")}, "has no time"),
        ({"dose_mg": 5, "duration_h": -1}, "a duration of -1 h is none"),
        ({"dose_mg": 5, "route": "oral", "duration_h": 1}, "only an infusion"),
    ],
)
def test_a_dose_that_cannot_be_is_refused(fields, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Dose(**{"drug": "ketamine", "route": "iv", "at_h": 0.0, **fields})


@pytest.mark.parametrize(
    ("dose", "says"),
    [
        (Dose("ketamine", "nasal", 0, 28), "another product"),
        (Dose("esketamine", "nasal", 0, 40), "no whole number of devices"),
        (Dose("esketamine", "nasal", 0, 14), "no whole number of devices"),
        (Dose("esketamine", "nasal", 0, dose_mg_per_kg=0.8), "number of devices"),
    ],
)
def test_a_dose_the_model_has_no_product_for_is_refused(dose: Dose, says: str) -> None:
    with pytest.raises(InputError, match=says):
        simulate(START, regimen([dose]), covariates(), [1.0])


@pytest.mark.parametrize(
    ("model", "dose", "says"),
    [
        ("perez-ruixo-2021", Dose("ketamine", "iv", 0, 5), "does not describe ketamine"),
        ("perez-ruixo-2021", Dose("esketamine", "im", 0, 5), "has no route 'im'"),
        ("domino-1984", Dose("ketamine", "oral", 0, 5), "has no route 'oral'"),
    ],
)
def test_a_model_says_what_it_does_not_describe(model: str, dose: Dose, says: str) -> None:
    with pytest.raises(InputError, match=says):
        simulate(named_model(model), regimen([dose]), covariates(), [1.0])


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ({"weight_kg": 0}, "weight_kg is 0, outside 30 to 250"),
        ({"weight_kg": float("nan")}, "weight_kg is nan"),
        ({"weight_kg": [70, -1]}, "weight_kg is -1"),
        ({"weight_kg": []}, "population is empty"),
        ({"age_y": 400}, "age_y is 400"),
        ({"ancestry": "martian"}, "ancestry 'martian' is not one of"),
        ({"cyp2b6": "77"}, "cyp2b6 '77' is not one of"),
    ],
)
def test_a_body_that_cannot_be_is_refused(who, says: str) -> None:
    with pytest.raises(InputError, match=says):
        covariates(**who)


@pytest.mark.parametrize(
    ("model", "who", "effects", "says"),
    [
        ("domino-1984", {"ancestry": "asian"}, Effects(), "no effect of ancestry"),
        ("perez-ruixo-2021", {"child_pugh_b": True}, Effects(), "no effect of hepatic"),
        ("perez-ruixo-2021", {"female": True}, Effects(sex=True), "no effect of sex"),
        ("holdfast-start", {}, Effects(sex=True), "sex is not given"),
        ("holdfast-start", {}, Effects(cyp2b6=True), "no genotype is given"),
    ],
)
def test_an_effect_the_model_lacks_is_not_passed_over(model: str, who, effects: Effects, says: str) -> None:
    drug = named_model(model).row["drugs"][0]
    with pytest.raises(InputError, match=says):
        simulate(named_model(model), regimen([Dose(drug, "iv", 0, 5)]), covariates(**who), [1.0], effects=effects)


def test_weight_by_route_refuses_mixed_routes_and_unknown_words() -> None:
    mixed = regimen([Dose("ketamine", "iv", 0, 5), Dose("ketamine", "oral", 1, 5)])
    with pytest.raises(InputError, match="say on or off"):
        simulate(START, mixed, covariates(), [1.0])
    with pytest.raises(InputError, match="is not one of by-route, on, off"):
        Effects(weight="maybe")


def test_doses_out_of_order_no_dose_and_impossible_repeats_are_refused() -> None:
    late, early = Dose("ketamine", "iv", 2, 5), Dose("ketamine", "iv", 1, 5)
    with pytest.raises(InputError, match="in order of time"):
        Regimen((late, early))
    assert regimen([late, early]).doses == (early, late)
    with pytest.raises(InputError, match="there is no dose"):
        profiles(START, regimen([]), covariates(), ["ketamine"])
    for hours in (0, -1, float("nan"), 1e9):
        with pytest.raises(InputError, match="a span of"):
            profiles(START, regimen([early]), covariates(), ["ketamine"], hours_h=hours)
    for every, additional in ((0, 2), (-1, 2), (float("nan"), 1), (5, -1)):
        with pytest.raises(InputError):
            repeated(early, every_h=every, additional=additional)


def test_unknown_names_are_told_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="holdfast-start"):
        named_model("holdfast-finish")
    found = simulate(named_model("domino-1984"), regimen([Dose("ketamine", "iv", 0, 5)]), covariates(), [1.0])
    with pytest.raises(InputError, match="holds no 'norketamine'"):
        found.level_mg_per_l("norketamine")
    with pytest.raises(InputError, match="site 'brain'"):
        found.level_mg_per_l("ketamine", "brain")


def table(text: str):
    header, *lines = [line.split(",") for line in text.split()]
    return [(number, dict(zip(header, cells, strict=True))) for number, cells in enumerate(lines, start=2)]


HEADER = "ID,TIME,AMT,RATE,DUR,CMT,EVID,II,ADDL,SS\n"


@pytest.mark.story("HF-MOD-004")
@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("1,0,-35,,,iv,1,,,", "line 2 column AMT: is -35, outside 0.1 to 1000 mg"),
        ("1,0,35,,,9,1,,,", "line 2 column CMT: is '9'"),
        ("1,0,35,,,iv,7,,,", "line 2 column EVID: is '7'"),
        ("1,0,35,,,iv,,,,", "line 2 column EVID: is ''"),
        ("1,0,1e6,,,iv,1,,,", "line 2 column AMT: is 1e+06, outside 0.1 to 1000 mg"),
        ("1,0,35,,1e-12,iv,1,,,", "line 2 column DUR: makes an infusion of 6e-11 min, outside 0.5 to 240 min"),
        ("1,0,35,,1e9,iv,1,,,", "line 2 column DUR: makes an infusion of 6e+10 min"),
        ("1,0,35,1e-6,,iv,1,,,", "line 2 column RATE: makes an infusion of 2.1e+09 min"),
        ("1,1e9,35,,,iv,1,,,", "line 2 column TIME: is 1e+09, outside -8784 to 43920 h"),
        ("1,1e300,,,,,0,,,", "line 2 column TIME: is 1e+300"),
        ("1,0,35,,,iv,1,24,10000,", "line 2 column ADDL: the last repetition is 240000, outside -8784 to 43920 h"),
        ("1,0,,,,99,0,,,", "line 2 column CMT: is '99'"),
        ("1,0,30,,,nasal,1,,,", "line 2 column AMT: nasal ketamine is another product"),
        ("1,0,35,35,2,iv,1,,,", "35 mg/h for 2 h is 70 mg and not the AMT of 35"),
        ("1,0,35,-2,,iv,1,,,", "column RATE: is -2"),
        ("1,0,35,,-1,iv,1,,,", "column DUR: is -1"),
        ("1,0,35,70,,oral,1,,,", "line 2: a dose by the route oral has no duration"),
        ("1,0,35,,,iv,0,,,", "column AMT: is 35 on a row that gives no dose"),
        ("1,0,0,,,iv,2,12,,", "column II: is 12 on a row that gives no dose"),
        ("1,0,35,,,iv,1,,3,", "need an interval above 0"),
        ("1,0,35,,,iv,1,12,,", "column ADDL: is 0 beside an interval"),
        ("1,0,35,,,iv,1,12,-1,", "-1 additional doses"),
        ("1,0,35,,,iv,1,12,99999,", "more than 10000"),
        ("1,0,35,,,iv,1,,,1", "column SS: steady state"),
        ("1,nan,35,,,iv,1,,,", "column TIME: 'nan' is not a number"),
        ("1,,35,,,iv,1,,,", "column TIME: is empty"),
        ("1,0,,,,iv,1,,,", "column AMT: is empty"),
        (",0,35,,,iv,1,,,", "column ID: is empty"),
        ("1,5,35,,,iv,1,,, 1,4,35,,,iv,1,,,", "line 3 column TIME: is 4 after 5"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_by_line(lines: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_events(table(HEADER + lines), drug="ketamine")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ID,TIME,AMT,CMT\n1,0,35,iv", "EVID is missing"),
        ("ID,TIME,AMT,CMT,EVID,DOSE\n1,0,35,iv,1,9", "DOSE is not a column"),
        ("ID,TIME,AMT,CMT,EVID\n1,0,35,iv,1", "say which drug"),
        ("patient,at_h,drug,route,dose_mg,dose_mg_per_kg\n1,0,ketamine,iv,35,0.5", "either in mg or in mg/kg"),
        ("patient,at_h,drug,route,dose_mg\n1,0,morphine,iv,35", "drug 'morphine' is not known"),
        ("ID,TIME,AMT,CMT,EVID,DRUG\n1,0,,,0,tea", "line 2 column DRUG: drug 'tea' is not known"),
        ("ID,TIME,AMT,CMT,EVID,DRUG\n1,0,30,nasal,1,esketamine", "line 2 column AMT: 30 mg is no whole number of dev"),
        ("patient,at_h,drug,route,dose_mg_per_kg\n1,0,esketamine,nasal,0.8", "line 2 column dose_mg_per_kg: a nasal"),
        ("patient,at_h,drug,route,dose_mg_per_kg\n1,0,ketamine,im,1.6", "column dose_mg_per_kg: is 1.6, outside 0.01"),
        ("patient,at_h,drug,route,dose_mg,duration_min\n1,0,ketamine,iv,35,241", "column duration_min: makes an"),
        ("patient,at_h,drug,route,dose_mg\n1,0,ketamine,,35", "line 2 column route: is ''; it is a route of"),
    ],
)
def test_a_table_that_lacks_or_mixes_columns_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_events(table(text))
    assert says in str(refused.value)


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(InputError, match="no rows"):
        read_events([])


def test_both_kinds_of_table_say_the_same() -> None:
    nonmem = "ID,TIME,AMT,RATE,DUR,CMT,EVID,II,ADDL\n7,0,35,52.5,,1,1,72,2\n7,1,.,.,.,.,0,.,.\n7,200,35,,,3,4,,"
    own = "patient,at_h,drug,route,dose_mg,duration_min,every_h,additional\n"
    own += "7,0,ketamine,iv,35,40,72,2\n7,200,ketamine,im,35,,,"
    ours, theirs = read_events(table(own))["7"], read_events(table(nonmem), drug="ketamine")["7"]
    assert [d.at_h for d in theirs.regimen.doses] == [0, 72, 144, 200] == [d.at_h for d in ours.regimen.doses]
    assert [d.route for d in theirs.regimen.doses] == ["iv", "iv", "iv", "im"] == [d.route for d in ours.regimen.doses]
    assert theirs.regimen.doses[0].duration_h == pytest.approx(ours.regimen.doses[0].duration_h)
    assert theirs.observed_at_h == (1.0,)
    assert theirs.regimen.resets_h == (200.0,)
