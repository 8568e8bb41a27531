"""A spoiled model is refused by its row before anything is solved, or noticed by the table of published values."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from holdfast.errors import HoldfastError, InputError, TableError, UnknownNameError
from holdfast.facts import load
from holdfast.facts.loader import PACKAGED, read_tables
from holdfast.facts.schema import Row
from holdfast.model.changed_models import with_values
from holdfast.model.courses import attendance
from holdfast.model.courses.attendance import behaviour
from holdfast.model.named_models import NamedModel, named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.individual import Disposition, dispositions
from holdfast.model.qualification import FAIL, PASS, measured, verdict

MODEL = named_model("holdfast-1")


def changed(row: Row, **cells: object) -> Row:
    return replace(row, values=MappingProxyType({**row.values, **cells}))


def spoiled(kind: str, symbol: str, value: float) -> NamedModel:
    of_kind = {**MODEL.parameters[kind], symbol: changed(MODEL.parameters[kind][symbol], value=value)}
    return replace(MODEL, parameters=MappingProxyType({**MODEL.parameters, kind: MappingProxyType(of_kind)}))


@pytest.mark.parametrize(
    ("kind", "symbol", "value", "said"),
    [
        ("typical", "Vc", 0, "Vc is 0 L; give a number above 0"),
        ("typical", "Q1", -154.9, "Q1 is -154.9 L/h; give a number above 0"),
        ("typical", "CLint_R_over_S", 0, "it divides, so give a number above 0"),
        ("typical", "half_life_effect_site", 0, "give a number above 0"),
        ("typical", "release_oral", 0, "give a number above 0"),
        ("typical", "molar_mass_ketamine", 0, "give a number above 0"),
        ("typical", "CADSS_EC50", math.nan, "CADSS_EC50 is nan, which is no finite number"),
        ("typical", "O50", 0, "it divides, so give a number above 0"),
        ("typical", "fNK", 1.2, "fNK is 1.2, outside 0 to 1; a fraction is a share"),
        ("typical", "FR_factor_later", -0.1, "give 0 or more"),
        ("typical", "non_responders", 1, "what is left of 1 divides"),
        ("covariate_effect", "child_pugh_b_on_CLint", -1, "give 0 or more"),
        ("covariate_effect", "weight_reference", 0, "give a number above 0"),
        ("omega", "Vc", -0.3, "give 0 or more"),
    ],
)
def test_a_number_no_body_can_have_is_refused_by_name_and_row(kind: str, symbol: str, value: float, said: str) -> None:
    row = MODEL.parameter(symbol, kind)
    with pytest.raises(TableError) as refused:
        spoiled(kind, symbol, value)
    (sentence,) = refused.value.faults
    assert sentence.startswith(f"{row.file} line {row.line}: {row.id} of model holdfast-1: {symbol} is ")
    assert said in sentence


@pytest.mark.parametrize(
    ("kind", "symbol", "value"),
    [("typical", "fgNK", 0), ("typical", "tolerance_share", 1), ("typical", "HNK_S_in_R", 0), ("omega", "Vc", 0),
     ("typical", "device_interval", 0), ("covariate_effect", "age_on_Qh", -3.0), ("typical", "Vc", 1e-3)],
)  # fmt: skip
def test_what_may_be_nothing_is_not_refused(kind: str, symbol: str, value: float) -> None:
    assert spoiled(kind, symbol, value).parameter(symbol, kind)["value"] == value


@pytest.mark.parametrize(
    ("file", "row", "old", "new", "column", "said"),
    [
        ("model_parameters.csv", "holdfast-start.Vc,", ",15.1,L,", ",0,L,", "value", "Vc is 0 L"),
        ("model_parameters.csv", "holdfast-start.omega.Vc,", ",SD log,omega", ",1,omega", "unit",
         "belong to the kinds"),
        ("model_parameters.csv", "holdfast-start.omega.Vc,", ",SD log,omega", ",SD mmHg,omega", "unit",
         "a spread of levels (omega) is in SD log or SD logit or percent CV"),
        ("model_parameters.csv", "holdfast-start.sigma.ketamine,", ",SD log,sigma", ",SD logit,sigma", "unit",
         "a spread of levels (sigma) is in SD log"),
        ("effect_parameters.csv", "holdfast-1.CADSS_EC50,", ",155,", ",-155,", "value", "CADSS_EC50 is -155 ng/mL"),
        ("mood_parameters.csv", "holdfast-start.O50,", ",0.173,", ",0,", "value", "O50 is 0"),
        ("course_behaviour.csv", "course_behaviour.check_in_every,", ",7,d,", ",0,d,", "value", "no number of days"),
    ],
)  # fmt: skip
def test_a_spoiled_table_is_told_by_file_line_and_column(
    tmp_path, file: str, row: str, old: str, new: str, column: str, said: str
) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    (place,) = [n for n, line in enumerate(lines) if line.startswith(row)]
    assert old in lines[place]
    lines[place] = lines[place].replace(old, new, 1)
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    facts, faults = read_tables(folder)
    assert facts is None
    assert str(faults[0]).startswith(f"{file} line {place + 1} column {column}: ")
    assert said in str(faults[0])


@pytest.mark.story("HF-MOD-003")
@pytest.mark.parametrize(
    ("symbol", "times", "noticed_by"),
    [
        ("fgNK", 2, {"Q-N08", "Q-N12"}),
        ("fgNK", 5, {"Q-N03", "Q-N04", "Q-N07", "Q-N08", "Q-N11", "Q-N12", "Q-S03"}),
        ("f_mucosal", 0.2, {"Q-S01", "Q-S05", "Q-S06"}),
        ("f_mucosal", 0.5, {"Q-S05"}),
        ("f_mucosal", 2, {"Q-S02", "Q-S05", "Q-S06"}),
        ("f_mucosal", 5, {"Q-S01", "Q-S02", "Q-S05", "Q-S06"}),
        ("ka_sublingual", 0.5, {"Q-S07"}),
        ("ka_sublingual", 2, {"Q-S07"}),
        ("fgNK", 0.2, set()),  # what was published is as near to no such path: docs/calibration/absorption.md
    ],
)
def test_qualification_notices_a_spoiled_absorption(symbol: str, times: float, noticed_by: set[str]) -> None:
    model = with_values(MODEL, {symbol: times * MODEL.parameter(symbol)["value"]})
    rows = [row for row in load().rows("qualification") if row.get("route") in ("nasal", "oral", "sublingual")]
    rows = [row for row in rows if row["group"] == "pk" and row["kind"] != "report only"]
    assert {row.id for row in rows if said_of(row, model) == FAIL} == noticed_by
    assert not [row.id for row in rows if said_of(row, MODEL) == FAIL]
    assert said_of(load().row("Q-S07"), MODEL) == PASS


def said_of(row: Row, model: NamedModel) -> str:
    value = measured(row, model)
    assert value is not None
    return verdict(row, value, model.id)


def test_how_people_keep_to_a_course_is_read_in_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (behaviour("check_in_every", "d"), behaviour("worsening", "points")) == (7, 6)
    with pytest.raises(UnknownNameError, match="check_in_every"):
        behaviour("check_in_evry", "d")
    told = load()
    rows = {"check_in_every": {"value": 2, "unit": "week"}, "worsening": {"unit": "mmHg"}}
    tables = {"course_behaviour": tuple(
        changed(row, **rows.get(row["symbol"], {})) for row in told.rows("course_behaviour")
    )}  # fmt: skip
    monkeypatch.setattr(attendance, "load", lambda: replace(told, tables=tables))
    behaviour.cache_clear()
    try:
        assert behaviour("check_in_every", "d") == 14
        with pytest.raises(
            HoldfastError, match=r"course_behaviour.csv line \d+: course_behaviour.worsening is in mmHg"
        ):
            behaviour("worsening", "points")
    finally:
        behaviour.cache_clear()


ONE = np.ones((1, 2))
BARE = {"Vc": ONE, "Q1": ONE, "Vp1": ONE}
LIVER = dict.fromkeys(("Qh", "Vh", "CLint", "fNK", "Vn", "CLn"), ONE)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"Qh": ONE, "Vh": ONE}, "a body with Qh, Vh needs CLint, fNK, Vn, CLn too"),
        ({"CL": ONE, "Q2": ONE}, "a body with Q2 needs Vp2 too"),
        (LIVER | {"fHNK": ONE}, "a body with fHNK needs Vhnk, CLhnk too"),
        (LIVER | {"Vpn": ONE}, "a body with Vpn needs Qn too"),
        ({}, "by CL or through a liver"),
        (LIVER | {"CL": ONE}, "by CL or through a liver"),
        ({"CL": ONE, "Qn": ONE, "Vpn": ONE}, "a body without a liver makes no norketamine"),
    ],
)
def test_a_half_empty_body_cannot_be_made(parts: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Disposition(**BARE, **parts)


def test_a_body_says_which_part_it_lacks() -> None:
    bare = Disposition(**BARE, CL=2 * ONE)
    assert (bare.clearance == 2).all()
    assert (Disposition(**BARE, **LIVER).clearance == 0.5).all()
    with pytest.raises(InputError, match="this body has no Vn; choose a model that has one"):
        bare.part("Vn")


def test_a_model_without_a_volume_is_refused_by_its_name() -> None:
    rows = {symbol: row for symbol, row in MODEL.parameters["typical"].items() if symbol != "Vc"}
    without = replace(MODEL, parameters=MappingProxyType({**MODEL.parameters, "typical": MappingProxyType(rows)}))
    with pytest.raises(UnknownNameError, match="No typical parameter of holdfast-1 is called 'Vc'"):
        dispositions(without, covariates(), {"iv"})
