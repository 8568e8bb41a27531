"""`holdfast treatment-session`: the documented examples answer as their text says; slips in a file are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.cli import main

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def ask(capsys, verb, *options, file=None):
    """Exit code, answer of `--json` (None where there is none) and what went to stderr."""
    path = file or EXAMPLES / f"treatment_session_{verb.replace('-', '_')}.json"
    code = main(["treatment-session", verb, str(path), *options, "--json"])
    out = capsys.readouterr()
    return code, json.loads(out.out) if out.out else None, out.err


def changed(tmp_path, verb, change):
    """A copy of an example, changed."""
    content = json.loads((EXAMPLES / f"treatment_session_{verb.replace('-', '_')}.json").read_text())
    change(content)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(content))
    return path


def test_pre_dose(capsys):
    code, answer, _ = ask(capsys, "pre-dose")
    assert code == 0
    assert answer["allowed"] is False
    assert [r["code"] for r in answer["stops_a_physician_may_override"]] == ["food-too-late"]
    assert [r["code"] for r in answer["to_record"]] == ["conmeds"]


def test_now_on_the_command_line_stands_before_the_file(capsys):
    _, answer, _ = ask(capsys, "pre-dose", "--now", "2026-11-21T10:20-05:00")
    assert answer["allowed"] is True


def test_due(capsys):
    _, answer, _ = ask(capsys, "due")
    assert answer["next"]["key"] == "practice-30"
    late = next(c for c in answer["checks"] if c["key"] == "at-5")
    assert (late["timing"], late["measured_late_min"], late["entered_late_min"]) == ("done-late", 4, 6)
    alerts = [r["code"] for r in answer["alerts"]["stops_a_physician_may_override"]]
    assert alerts == ["pause-infusion", "stay-at-chairside"]


def test_discharge(capsys):
    _, answer, _ = ask(capsys, "discharge")
    assert answer["allowed"] is False
    assert answer["sentence"].startswith("Cannot discharge yet: 30 min of observation remain; ")
    assert "no escort is recorded" in answer["sentence"]


def test_drive_free(capsys):
    _, answer, _ = ask(capsys, "drive-free")
    assert answer["from_date"] == "2026-11-22"
    _, answer, _ = ask(capsys, "drive-free", "--protocol", "iv-racemic")
    assert answer["hours_until"] == "2026-11-21T22:20:00-05:00"
    assert answer["not_before"] == "2026-11-22T00:00:00-05:00"


def test_rems_form(capsys):
    _, answer, _ = ask(capsys, "rems-form")
    assert (answer["required"], answer["overdue"], answer["days_left"]) == (True, False, 1)


@pytest.mark.parametrize(
    ("verb", "change", "named"),
    [
        ("pre-dose", lambda c: c["pre_dose"].update(sbp_mmHg=120), "sbp_mmHg is not a field; did you mean 'sbp_mmhg'?"),
        ("pre-dose", lambda c: c["pre_dose"].update(sbp_mmhg="120"), "pre_dose.sbp_mmhg is '120'"),
        ("pre-dose", lambda c: c["pre_dose"].update(transport_arranged="yes"), "pre_dose.transport_arranged"),
        ("pre-dose", lambda c: c["pre_dose"].update(sbp_mmhg=85), "not above dbp_mmhg 90"),
        ("pre-dose", lambda c: c["pre_dose"]["site"].update(setting="ward"), "pre_dose.site.setting is 'ward'"),
        ("pre-dose", lambda c: c.update(now="2026-11-21T10:00"), "no time zone"),
        ("pre-dose", lambda c: c.pop("protocol"), "protocol is missing"),
        ("due", lambda c: c["measured"][0].pop("measured_at"), "lacks a required field; not given: measured_at"),
        ("due", lambda c: c["measured"][0].update(spo2_percent=101), "spo2_percent is 101"),
        ("due", lambda c: c.update(measured={}), "measured must be a list"),
        ("discharge", lambda c: c.update(depature={}), "depature is not a field; did you mean 'departure'?"),
        ("discharge", lambda c: c.update(now="2026-11-21T09:00-05:00"), "lies after now"),
        ("drive-free", lambda c: c.update(zone="Vienna"), "zone 'Vienna' is not a time zone"),
        ("rems-form", lambda c: c.pop("session_ended_at"), "session_ended_at is missing"),
    ],
)
def test_a_slip_in_the_file_is_named(capsys, tmp_path, verb, change, named):
    code, answer, error = ask(capsys, verb, file=changed(tmp_path, verb, change))
    assert code == 3
    assert answer is None
    assert named in error


def test_an_unknown_protocol_lists_those_there_are(capsys, tmp_path):
    code, _, error = ask(capsys, "discharge", file=changed(tmp_path, "discharge", lambda c: c.update(protocol="x")))
    assert code == 5
    assert "iv-racemic" in error


def test_drive_free_says_what_is_not_given(capsys):
    assert main(["treatment-session", "drive-free", "--zone", "UTC"]) == 2
    assert "protocol, dose_ended_at, discharged_at" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["pre-dose", "due", "discharge", "drive-free", "rems-form"])
def test_text_for_people(capsys, verb):
    assert main(["treatment-session", verb, str(EXAMPLES / f"treatment_session_{verb.replace('-', '_')}.json")]) == 0
    out = capsys.readouterr().out
    assert len(out) > 40
    assert "{" not in out
