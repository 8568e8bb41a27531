"""The command line keeps its promises: quick help, JSON everywhere, examples that run, one exit code per class."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from generator.command_line import Command, commands

from holdfast import errors
from holdfast.cli import main
from holdfast.cli.parser import EXIT_CODES, NOUNS
from tests.gates.repository import BIN, ROOT, run

HEAVY = ("numpy", "django", "numba", "scipy", "matplotlib", "duckdb", "jax")
# These keep records, so that their examples need a data folder of their own and a process of their own.
NEED_DATA = (
    "programme", "user", "audit", "checkins", "crisis", "jobs", "backup", "restore", "export", "import",
    "expected-ranges",
)  # fmt: skip
# Examples that need the example of another command to have run before.
FIRST = {
    "user deactivate": ("user add",), "user reset-password": ("user add",), "user reset-two-step": ("user add",),
    "backup make": ("backup key",), "backup rehearse": ("backup key",), "restore": ("backup key", "backup make"),
    "import": ("export",),
}  # fmt: skip
INTO_ANOTHER = ("import",)  # what the first example wrote arrives in an installation that is new
# Examples that cannot end by themselves or cannot run here, and what holds them instead.
NOT_RUN: dict[str, str] = {
    "crisis drill": "waits for a person on duty; tests/clinic/test_alerts.py runs it with one",
    "registry export": "needs patients who consented; tests/clinic/test_registry_export.py runs it with some",
    "serve": "serves until it is stopped; tests/browser starts the real server",
    "demo-day": "serves until it is stopped; tests/browser/test_board.py starts it",
}
# Examples that take seconds to work out run once, as JSON; test_documents.py runs the same commands for their text.
AS_JSON_ALONE = {
    "policy compare": "README.md", "registry predict": "docs/how-to/recalibrate.md",
    "trial power": "docs/how-to/simulate-a-trial.md",
}  # fmt: skip
TREE = commands()
EXAMPLES = {" ".join(c.words): shlex.split(c.example or "")[1:] for c in TREE}


def command_id(command: Command) -> str:
    return " ".join(command.words)


RUNNABLE = [c for c in TREE if command_id(c) not in NOT_RUN and c.words[0] not in NEED_DATA]
WITH_DATA = [c for c in TREE if command_id(c) not in NOT_RUN and c.words[0] in NEED_DATA]


def heavy_modules(import_times: str) -> list[str]:
    """Heavy packages named in the output of `python -X importtime`."""
    names = re.findall(r"\|\s*([\w.]+)\s*$", import_times, flags=re.MULTILINE)
    assert len(names) > 20
    return sorted({name.split(".")[0] for name in names} & set(HEAVY))


@pytest.mark.story("HF-CLI-001")
@pytest.mark.parametrize("words", [("--help",), *((noun, "--help") for noun in NOUNS)], ids=" ".join)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    done = run(sys.executable, "-X", "importtime", "-m", "holdfast", *words)
    assert done.returncode == 0
    assert "usage: holdfast" in done.stdout
    assert heavy_modules(done.stderr) == []


def test_the_gate_can_go_red() -> None:
    done = run(sys.executable, "-X", "importtime", "-c", "import holdfast.cli, numpy")
    assert heavy_modules(done.stderr) == ["numpy"]


def test_every_exception_is_still_a_command() -> None:
    assert [name for name in (*NOT_RUN, *AS_JSON_ALONE) if name not in map(command_id, TREE)] == []
    assert [noun for noun in NEED_DATA if noun not in NOUNS] == []
    documents = {name: (ROOT / document).read_text() for name, document in AS_JSON_ALONE.items()}
    assert [name for name, text in documents.items() if f"\nholdfast {name} " not in text] == []
    assert {*FIRST, *(name for names in FIRST.values() for name in names)} - set(EXAMPLES) == set()


@pytest.mark.story("HF-CLI-002")
@pytest.mark.parametrize("command", TREE, ids=command_id)
def test_every_verb_says_what_it_does_prints_json_and_has_an_example(command: Command) -> None:
    assert command.parser.description
    if command_id(command) in NOT_RUN:
        return
    assert "--json" in command.parser._option_string_actions
    assert command.example is not None
    assert command.example.startswith(f"holdfast {command_id(command)}")


@pytest.mark.story("HF-CLI-002")
@pytest.mark.usefixtures("qualify_once")  # as text and as JSON; the verdicts are worked out once
@pytest.mark.parametrize("command", RUNNABLE, ids=command_id)
def test_the_example_runs(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = [word for word in shlex.split(command.example or "")[1:] if word != "--json"]
    if command_id(command) not in AS_JSON_ALONE:
        monkeypatch.chdir(folder_for_an_example(tmp_path / "text"))
        assert main(words) == 0
        assert capsys.readouterr().out.strip()
    monkeypatch.chdir(folder_for_an_example(tmp_path / "json"))
    assert main([*words, "--json"]) == 0
    json.loads(capsys.readouterr().out)


def folder_for_an_example(folder: Path) -> Path:
    """A new folder with nothing in it but the documents: what an example writes stays out of the repository."""
    folder.mkdir()
    (folder / "docs").symlink_to(ROOT / "docs")
    return folder


def with_records_in(folder: Path) -> dict[str, str]:
    """The environment of a command that keeps its records there."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"} | {
        "HOLDFAST_DATA": str(folder)
    }


@pytest.fixture(scope="module")
def first_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a first start leaves it, nobody in it; making one takes seconds, a copy none."""
    folder = tmp_path_factory.mktemp("first") / "data"
    opened = "from holdfast.clinic.config.start import open_clinic; open_clinic()"
    assert run(sys.executable, "-c", opened, env=with_records_in(folder)).returncode == 0
    return folder


@pytest.mark.story("HF-CLI-002")
@pytest.mark.parametrize("command", WITH_DATA, ids=command_id)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_the_example_of_a_command_that_keeps_records_runs(
    command: Command, form: tuple[str, ...], tmp_path: Path, first_records: Path
) -> None:
    shutil.copytree(first_records, tmp_path / "data")
    env = with_records_in(tmp_path / "data")
    (tmp_path / "docs").symlink_to(ROOT / "docs")  # what an example writes stays out of the repository
    name = command_id(command)
    for before in FIRST.get(name, ()):
        assert run(str(BIN / "holdfast"), *EXAMPLES[before], cwd=tmp_path, env=env).returncode == 0
    if name in INTO_ANOTHER:
        env = with_records_in(tmp_path / "another")
    words = [word for word in EXAMPLES[name] if word != "--json"]
    done = run(str(BIN / "holdfast"), *words, *form, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if form:
        json.loads(done.stdout)


@pytest.mark.story("HF-CLI-003")
def test_each_error_class_has_an_exit_code_of_its_own_and_help_names_it() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.HoldfastError)]
    codes = {c.__name__: c.exit_code for c in classes}
    assert len(set(codes.values())) == len(codes) > 8
    printed = {int(code) for code in re.findall(r"(\d+) \w", EXIT_CODES)}
    assert printed == set(codes.values()) - {errors.HoldfastError.exit_code} | {0}


@pytest.mark.story("HF-CLI-003")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["scale", "score", "phq-9", "2", "2", "2", "2", "1", "1", "2", "0"], 3, "9"),
        (["facts", "check", "no-such-folder"], 3, "is not a folder of tables"),
        (["facts", "show", "pre.bp.moon"], 5, "No fact is called 'pre.bp.moon'"),
        (["rule", "show", "pre.moon"], 5, "No care rule is called 'pre.moon'"),
        (["scale", "score", "phq-99", "1"], 5, "phq-99"),
    ],
)
def test_a_users_mistake_is_a_sentence_and_a_code(
    words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("holdfast: ")
    assert says in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.story("HF-CLI-003")
@pytest.mark.parametrize("words", [[], ["facts"], ["facts", "dance"], ["moon"], ["facts", "show"]])
def test_a_wrong_command_line_is_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == errors.UsageError.exit_code
    assert "usage: holdfast" in capsys.readouterr().err
