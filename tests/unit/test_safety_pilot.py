"""The safety report over real data: 1,191 adverse events and 32,139 vitals of the CDISC pilot trial, and NIMH's people.

Every row of both files is used or counted among what was left out, with the reason. The numbers of the report are held
against plain loops over the files and SciPy's intervals.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from holdfast.errors import InputError
from holdfast.registry.manifest import Manifest
from holdfast.registry.report.report import Report, report_of
from holdfast.registry.report.sections import Share
from holdfast.registry.safety.acute import acute_cells
from holdfast.registry.safety.counts import event_cells
from holdfast.registry.safety.expectations import expected_numbers
from holdfast.registry.safety.rates import rates_over_time
from holdfast.registry.safety.signals import signals
from holdfast.registry.sets import from_rows
from tests.registry_pilot import ARMS, MANIFEST, course_key, nimh_rows, pilot_rows, table
from tests.shared_data import need

pytestmark = [pytest.mark.shared_data, pytest.mark.story("HF-REG-062")]
NIMH = Manifest(kind="programme", sites=("nimh",), made_by="a test", facts_digest="none")
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def pilot(shared_data: Path) -> Path:
    """The folder of the CDISC pilot trial."""
    return need(shared_data / "safetydata_cdiscpilot", "the CDISC pilot trial")


@pytest.fixture(scope="module")
def rows_and_left_out(pilot: Path) -> tuple[Rows, Counter[str]]:
    return pilot_rows(pilot)


@pytest.fixture(scope="module")
def told(rows_and_left_out: tuple[Rows, Counter[str]]) -> Report:
    return report_of(from_rows(rows_and_left_out[0], MANIFEST))


def test_every_row_is_used_or_left_out_with_its_reason(
    rows_and_left_out: tuple[Rows, Counter[str]], pilot: Path
) -> None:
    rows, left_out = rows_and_left_out
    events, vitals = table(pilot, "adam_adae"), table(pilot, "adam_advs")
    assert (len(events), len(vitals), len(rows["courses"])) == (1191, 32139, 254)
    assert len(rows["adverse_events"]) + sum(n for why, n in left_out.items() if why.startswith("event")) == 1191
    used = sum(
        row["PARAMCD"] in ("SYSBP", "DIABP") and row["AVISIT"] != "End of Treatment" and row["AVAL"] != ""
        and int(row["ADY"]) >= 1 for row in vitals
    )  # fmt: skip
    assert used + sum(n for why, n in left_out.items() if why.startswith("vital")) == 32139
    assert left_out["vital: stands a second time as End of Treatment"] == 2496
    assert used == 13390
    assert left_out["event: no day of onset"] == 11


def test_as_the_files_have_them_the_fault_is_named(pilot: Path) -> None:
    """One onset lies 19 years before the trial: not a day the common data model takes, and not silently moved."""
    with pytest.raises(InputError) as raised:
        from_rows(pilot_rows(pilot, mended=False)[0], MANIFEST)
    assert str(raised.value).startswith("adverse_events.day is not within -3660 to 36600: 1 rows, such as of course ")


def test_rates_per_patient_month_by_arm_are_those_of_the_files(
    rows_and_left_out: tuple[Rows, Counter[str]], pilot: Path
) -> None:
    found = from_rows(rows_and_left_out[0], MANIFEST)
    rates = {row.group[0]: row.rate for row in rates_over_time(event_cells(found), ("site",), ("any",))}
    events = [row for row in table(pilot, "adam_adae") if row["ASTDY"] and int(row["ASTDY"]) >= 1]
    last = Counter[str]()
    for row in [*events, *(one for one in table(pilot, "adam_advs") if one["PARAMCD"] in ("SYSBP", "DIABP"))]:
        day = int(row.get("ASTDY") or row["ADY"])
        if row.get("AVISIT") != "End of Treatment" and (row.get("AVAL") or "ASTDY" in row):
            last[row["USUBJID"]] = max(last[row["USUBJID"]], day)
    for arm, site in ARMS.items():
        own = [row for row in table(pilot, "adam_adsl") if row["TRT01A"] == arm]
        days = sum(max(_days(row["TRTSDT"], row["RFENDT"]), last[row["USUBJID"]]) for row in own)
        n = sum(row["TRTA"] == arm for row in events)
        months = days / (365.25 / 12)
        assert (rates[site].events, rates[site].courses) == (n, len(own))
        assert rates[site].exposure == pytest.approx(months)
        assert rates[site].rate.ends == pytest.approx(
            (stats.chi2.ppf(0.025, 2 * n) / 2 / months, stats.chi2.ppf(0.975, 2 * n + 2) / 2 / months), rel=1e-9
        )
        clustered = rates[site].clustered
        assert clustered is not None
        assert clustered.ends[1] - clustered.ends[0] > rates[site].rate.ends[1] - rates[site].rate.ends[0]
    assert sum(one.events for one in rates.values()) == len(events) > 1000


def _days(first: str, last: str) -> int:
    return (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days + 1


def test_standing_against_lying_is_what_the_files_hold(told: Report, pilot: Path) -> None:
    rises: dict[tuple[str, str], dict[bool, list[float]]] = {}
    for row in table(pilot, "adam_advs"):
        if row["PARAMCD"] == "SYSBP" and row["AVISIT"] != "End of Treatment" and row["AVAL"] and int(row["ADY"]) >= 1:
            of = rises.setdefault((row["USUBJID"], row["ADY"]), {True: [], False: []})
            of["LYING" in row["ATPT"]].append(float(row["AVAL"]))
    both = [max(of[False]) - max(of[True]) for of in rises.values() if of[True] and of[False]]
    (spread,) = [one for one in told.section("acute-effects").tables if one.key == "acute-distributions"]
    (systolic,) = [row for row in spread.rows if row[1] == "systolic rise"]
    at = {column.name: value for column, value in zip(spread.columns, systolic, strict=True)}
    assert isinstance(at["measured"], Share)
    assert at["measured"].events == len(both) > 2000
    assert at["mean"] == pytest.approx(sum(both) / len(both))
    assert at["highest"] == max(both)


def test_the_rule_finds_what_the_patch_brought_and_nothing_in_its_control(
    rows_and_left_out: tuple[Rows, Counter[str]],
) -> None:
    """Placebo stands as the publication. Skin under the patch is `other` here; dizziness is the drug's.

    Nausea and vomiting are too (8 people against 1), but the kind holds every event of stomach and bowel.
    """
    rows = rows_and_left_out[0]
    expected = replace(expected_numbers()[0], drug="ketamine", route="oral", window_d=28)
    kinds = ("other", "gastrointestinal", "dizziness_vertigo", "headache", "psychiatric")
    by_arm = {site: _of_site(rows, site) for site in ARMS.values()}
    placebo = event_cells(from_rows(by_arm["placebo"], MANIFEST))["windows"].over("window_d", "kind")
    numbers = tuple(
        replace(
            expected, id=kind, category=kind, events=placebo.of(28, kind)["courses"], n=placebo.of(28, "")["courses"]
        )
        for kind in kinds
    )
    high = from_rows(by_arm["xanomeline-high"], MANIFEST)
    found = signals({**event_cells(high), **acute_cells(high)}, numbers)
    assert {one.expected.category for one in found.found} == {"other", "dizziness_vertigo"}
    counted = {
        one.expected.category: (one.observed, one.of, one.expected.events, one.expected.n) for one in found.tested
    }
    assert counted["dizziness_vertigo"] == (9, 84, 0, 86)
    assert counted["other"] == (46, 84, 28, 86)
    assert counted["gastrointestinal"] == (13, 84, 9, 86)
    assert {one.expected.category for one in found.tested} == set(kinds)
    control = from_rows(by_arm["placebo"], MANIFEST)
    assert not signals({**event_cells(control), **acute_cells(control)}, numbers).found


def _of_site(rows: Rows, site: str) -> Rows:
    own = {row["course"] for row in rows["courses"] if row["site"] == site}
    return {name: [row for row in every if row["course"] in own] for name, every in rows.items()}


def test_serious_events_are_those_of_the_criteria_and_not_of_the_flag(told: Report, pilot: Path) -> None:
    """The files call 3 events serious; 36 meet a criterion of ICH E2A, most of them a stay in hospital."""
    criteria = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESER")
    events = [row for row in table(pilot, "adam_adae") if row["ASTDY"] and int(row["ASTDY"]) > -3660]
    serious = sum(any(row[one] == "Y" for one in criteria) for row in events)
    (lines,) = told.section("serious-events").tables
    assert sum(int(str(row[0])) for row in lines.rows) == serious == 36
    assert sum(row["AESER"] == "Y" for row in events) == 3
    text = str(told.section("serious-events").as_dict())
    assert not any(course_key(row["USUBJID"]) in text or row["USUBJID"] in text for row in events)


def test_parts_of_the_pilot_give_the_same_report(rows_and_left_out: tuple[Rows, Counter[str]], told: Report) -> None:
    rows = rows_and_left_out[0]
    parts = []
    for part in range(3):
        own = {one["course"] for place, one in enumerate(rows["courses"]) if place % 3 == part}
        parts.append(from_rows({n: [r for r in every if r["course"] in own] for n, every in rows.items()}, MANIFEST))
    assert report_of(*parts).as_dict() == told.as_dict()


def test_people_without_safety_data_are_told_as_such(shared_data: Path) -> None:
    """NIMH: one infusion each and nothing on safety; that is not the same as nothing having happened."""
    folder = need(shared_data / "openneuro_ds005917", "the NIMH ketamine trial")
    found = report_of(from_rows(nimh_rows(folder), NIMH))
    events = found.section("adverse-events")
    assert events.basis.startswith("27 courses that started, 27 treatment sessions.")
    assert events.notes[0] == "No adverse event is on record. Either none came, or nobody wrote any down."
    assert found.section("acute-effects").notes == ("No reading of pressure or dissociation is on record.",)
    assert "The amount of 27 doses is not known." in found.section("exposure").notes[1]
    assert found.section("serious-events").basis == "No serious adverse event is on record."
    assert found.section("safety-by-year").basis.startswith("The set holds no calendar years")
