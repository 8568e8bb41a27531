"""What a broken file, a broken number or a full disk gets from the command line: one sentence and an exit code."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.cli import main

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BAD_INPUT, UNKNOWN, USAGE, NOT_SET_UP, BROKEN_PIPE = 3, 5, 2, 9, 141
pytestmark = pytest.mark.story("HF-CLI-003")


def asked(capsys, *words: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command, whichever way argparse or we end it."""
    try:
        code = main([str(word) for word in words])
    except SystemExit as end:
        code = int(str(end.code))
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys, *words: object, code: int = BAD_INPUT) -> str:
    """The sentence of a refusal; nothing on stdout, no traceback."""
    found, out, err = asked(capsys, *words)
    assert (found, out) == (code, ""), err
    assert err.strip()
    assert "Traceback" not in err
    return err


def changed(tmp_path: Path, name: str, **fields: object) -> Path:
    """An example file with some top fields changed."""
    path = tmp_path / name
    content = json.loads((EXAMPLES / name).read_text(encoding="utf-8")) | fields
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": ' * 50_000, "nested"),
        ('{"age_y": ' + "9" * 5000 + "}", "number"),
        ('{"age_y": NaN}', "NaN"),
        ('{"age_y": 1e309}', "1e309"),
        ('{"drug": "ketamine", "drug": "esketamine"}', "twice"),
        ('{"drug": "\\ud800"}', "not text"),
    ],
)
def test_json_that_cannot_be_read_is_one_sentence(capsys, tmp_path, text, said):
    path = tmp_path / "in.json"
    path.write_text(text, encoding="utf-8")
    err = refused(capsys, "eligibility", "assess", path, "--json")
    assert str(path) in err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"drug,given_on,dose_mg\n" + b"a" * 200_000 + b",2026-01-01,1\n", "line 2"),
        (b'drug,given_on,dose_mg\n"ketamine,2026-01-01,1\nketamine,2026-01-02,1\n', "not a table"),
        (b"drug,given_on,dose_mg,dose_mg\nketamine,2026-01-01,1,2\n", "twice"),
        (b"drug,given_on,dose_mg\nketamine,2026-01-01\n", "line 2"),
        (b"", "line 1"),
    ],
)
def test_csv_that_cannot_be_read_is_one_sentence(capsys, tmp_path, raw, said):
    path = tmp_path / "doses.csv"
    path.write_bytes(raw)
    assert said in refused(capsys, "safety", "exposure", path)


def test_a_line_end_inside_quotes_does_not_shift_the_line_number(capsys, tmp_path):
    path = tmp_path / "doses.csv"
    path.write_text('drug,given_on,dose_mg,note\nketamine,2026-01-01,1,"a\x1cb\u2028c"\nketamine,2026-02-30,1,x\n')
    assert "line 3" in refused(capsys, "safety", "exposure", path)


@pytest.mark.parametrize("word", ["nan", "inf", "1e309", "1_0", "\u0663", "9" * 5000])
def test_a_number_is_written_in_plain_digits(capsys, tmp_path, word):
    refused(capsys, "scale", "score", "phq-9", "--total", word)
    refused(capsys, "protocol", "dose", "iv-racemic", "--weight-kg", word, code=USAGE)
    refused(capsys, "protocol", "dose", "iv-racemic", "--weight-kg", 82, "--age-y", word, code=USAGE)
    path = tmp_path / "doses.csv"
    path.write_text(f"drug,given_on,dose_mg\nketamine,2026-01-01,{word}\n", encoding="utf-8")
    assert "line 2" in refused(capsys, "safety", "exposure", path)
    path.write_text(f"participant_id,scale,day,score\na,madrs,0,{word}\n", encoding="utf-8")
    assert "line 2" in refused(capsys, "outcomes", "compute", path, "--definition", "response_50")
    _, out, _ = asked(capsys, "programme", "import", path, "--dry-run", "--json")
    assert [bad["column"] for bad in json.loads(out)["bad_rows"]] == ["score"]


def test_a_very_long_value_is_not_printed_whole(capsys, tmp_path):
    path = changed(tmp_path, "due_checks.json", drug="x" * 100_000)
    assert len(refused(capsys, "safety", "due", path)) < 1000


def test_signs_that_steer_a_terminal_are_not_printed(capsys, tmp_path):
    path = changed(tmp_path, "due_checks.json", **{"a\x1b[31mb": 1})
    assert "\x1b" not in refused(capsys, "safety", "due", path)


@pytest.mark.parametrize("noun", ["due", "pre-dose", "discharge", "rems-form", "drive-free"])
def test_settings_of_a_treatment_session_file_are_an_object_of_words(capsys, tmp_path, noun):
    name = f"treatment_session_{noun.replace('-', '_')}.json"
    for choices in ("x", [1], 5, {"bp_gate": ["x"]}):
        assert "choices" in refused(capsys, "treatment-session", noun, changed(tmp_path, name, choices=choices))
    path = changed(tmp_path, name, signed=["no.such.rule"])
    assert "no.such.rule" in refused(capsys, "treatment-session", noun, path, code=UNKNOWN)


@pytest.mark.parametrize("field", ["drug", "route", "indication", "jurisdiction", "phase", "signed"])
@pytest.mark.parametrize("value", [[["x"]], {"a": 1}, 5, True])
def test_due_checks_refuse_what_is_not_a_word(capsys, tmp_path, field, value):
    refused(capsys, "safety", "due", changed(tmp_path, "due_checks.json", **{field: value}))


def test_a_signed_rule_that_does_not_exist_is_refused(capsys, tmp_path):
    path = changed(tmp_path, "due_checks.json", signed=["cum.uri.intt"])
    assert "cum.uri.intt" in refused(capsys, "safety", "due", path, code=UNKNOWN)
    refused(capsys, "protocol", "dose", "iv-racemic", "--weight-kg", 82, "--signed", "phq-9", code=UNKNOWN)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_no_patient_of_ours_can_have_lived_is_refused(capsys, tmp_path, day):
    refused(capsys, "protocol", "schedule", "iv-racemic", "--start", day, code=USAGE)
    given = changed(tmp_path, "given.json", treatment_sessions=[{"on": day, "dose": 56}])
    refused(capsys, "protocol", "schedule", "esketamine-nasal", "--start", "2026-12-01", "--given", given)
    refused(capsys, "safety", "due", changed(tmp_path, "due_checks.json", course_started_on=day))
    path = tmp_path / "doses.csv"
    path.write_text(f"drug,given_on,dose_mg\nketamine,{day},1\n", encoding="utf-8")
    refused(capsys, "safety", "exposure", path)
    eligibility = changed(tmp_path, "eligibility_trd_us.json", assessed_on=day)
    refused(capsys, "eligibility", "assess", eligibility)
    moment = f"{day}T00:00:00{'+14:00' if day < '1' else '-12:00'}"
    for name, field in (("rems_form", "now"), ("drive_free", "discharged_at"), ("due", "dosed_at")):
        path = changed(tmp_path, f"treatment_session_{name}.json", **{field: moment})
        refused(capsys, "treatment-session", name.replace("_", "-"), path)


def test_the_past_of_a_course_has_no_unknown_field(capsys, tmp_path):
    for content in (
        {"treatment_sessions": [{"on": "2026-12-01", "dos": 56}]},
        {"intervals": [{"chosen_on": "2026-12-01", "interval_d": 7, "why": 1}]},
        {"intervals": [{"chosen_on": "2026-12-01", "interval_d": 10**9}]},
    ):
        path = changed(tmp_path, "given.json", treatment_sessions=[], intervals=[])
        path.write_text(json.dumps(content), encoding="utf-8")
        refused(capsys, "protocol", "schedule", "esketamine-nasal", "--start", "2026-12-01", "--given", path)


def test_an_unknown_stage_is_not_an_empty_list(capsys):
    assert "pre_dose" in refused(capsys, "rule", "list", "--stage", "nope", "--json", code=UNKNOWN)


def test_a_path_that_is_too_long_is_one_sentence(capsys):
    refused(capsys, "programme", "import", "x" * 5000, "--dry-run")
    refused(capsys, "outcomes", "compute", "x" * 5000, "--definition", "response_50")


class FullDisk(io.StringIO):
    """Takes nothing, as a full disk does."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("further", [[], ["--json"]])
def test_a_full_disk_is_one_sentence(capsys, monkeypatch, further):
    monkeypatch.setattr(sys, "stdout", FullDisk())
    assert main(["facts", "digest", *further]) == NOT_SET_UP
    err = capsys.readouterr().err
    assert os.strerror(errno.ENOSPC) in err
    assert err.count("\n") == 1


def test_a_closed_output_is_one_sentence(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["facts", "digest"]) == NOT_SET_UP


def test_a_reader_that_went_away_is_silent():
    reading, writing = os.pipe()
    os.close(reading)
    found = _run(["facts", "digest"], stdout=writing)
    os.close(writing)
    assert (found.returncode, found.stderr) == (BROKEN_PIPE, "")


def test_a_terminal_without_unicode_gets_the_answer_all_the_same():
    found = _run(["scale", "show", "phq-9"], stdout=subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert found.returncode == 0, found.stderr


def _run(words, *, stdout, **environment):
    command = [sys.executable, "-m", "holdfast", *words]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, **environment}
    )
