"""`holdfast course simulate`: options that contradict each other, places that cannot be written, who is listening."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.cli import main

COURSE = "course simulate iv-racemic --patients 12 --days 25"
TABLE = "patient,at_h,drug,route,dose_mg,duration_min\n1,0,ketamine,iv,35,40\n"
DOSES = "course simulate --doses own.csv --every-h 8"
OF_A_PROTOCOL = (
    "--days 25", "--indication trd", "--jurisdiction US", "--policy fixed", "--first-interval-d 14",
    "--dose-rule usual", "--attendance perfect", "--without-response stop", "--pressure-gate keep",
    "--when-raised stop", "--response response_50", "--remission madrs_le10", "--relapse relapse_sustain1",
    "--induction-only", "--plot x.svg", "--resume", "--processes 1", "--threads 1", "--ray", "--processes 0",
)  # fmt: skip


@pytest.fixture(autouse=True)
def in_a_folder_with_a_table(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.csv").write_text(TABLE)
    Path("folder.svg").mkdir()
    Path("x.csv.about.json").mkdir()


def refusal(capsys, words: list[str]) -> str:
    before = sorted(Path().rglob("*"))
    assert main(words) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert sorted(Path().rglob("*")) == before
    return printed.err


@pytest.fixture
def nothing_lived(monkeypatch) -> None:
    """Fail where anybody is simulated."""
    for name in ("holdfast.model.runs.workers.work", "holdfast.model.courses.event_courses.event_rows"):
        monkeypatch.setattr(name, lambda *_, **__: pytest.fail("simulated before it was refused"))


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("option", OF_A_PROTOCOL)
def test_an_option_that_a_table_of_doses_would_pass_over_is_refused(capsys, option) -> None:
    told = refusal(capsys, f"{DOSES} {option}".split())
    assert f"courses by a table of doses know no {option.split()[0]}, only those by a protocol" in told


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("option", ["--drug ketamine", "--every-h 1", "--every-h 0"])
def test_an_option_that_a_protocol_would_pass_over_is_refused(capsys, option) -> None:
    told = refusal(capsys, f"{COURSE} {option}".split())
    assert f"courses by a protocol know no {option.split()[0]}, only those by a table of doses" in told


@pytest.mark.story("HF-MOD-017")
@pytest.mark.usefixtures("nothing_lived")
@pytest.mark.parametrize("option", ["--policy taper", "--first-interval-d 7", "--when-raised stop"])
def test_an_option_of_maintenance_is_refused_where_there_is_none(capsys, option) -> None:
    told = refusal(capsys, f"{COURSE} --induction-only {option}".split())
    assert f"with --induction-only there is no maintenance for {option.split()[0]};" in told


def test_all_that_would_be_passed_over_is_named(capsys) -> None:
    told = refusal(capsys, f"{DOSES} --policy taper --days 3 --ray".split())
    assert "know no --days, --policy, --ray," in told


@pytest.mark.story("HF-MOD-017")
@pytest.mark.usefixtures("nothing_lived")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (f"{COURSE} --output=", "--output is empty; name a .parquet"),
        (f"{DOSES} --output=", "--output is empty; name a .parquet"),
        (f"{COURSE} --resume", "--resume goes on with the parts of an --output"),
        (f"{COURSE} --ray --processes 2", "leave --processes out, or --ray"),
        (f"{COURSE} --ray --threads 2", "leave --threads out, or --ray"),
        (f"{COURSE} --plot folder.svg", "folder.svg cannot be written: it is a folder"),
        (f"{COURSE} --plot {'x' * 300}.svg", "cannot be written: its name is too long"),
        (f"{COURSE} --output {'x' * 300}.csv", "cannot be written: its name is too long"),
        (f"{COURSE} --output x.csv", "x.csv.about.json cannot be written: it is a folder"),
        (f"{DOSES} --output x.csv", "x.csv.about.json cannot be written: it is a folder"),
        (f"{DOSES} --output rows/", "courses by a table of doses are one file"),
        (f"{DOSES} --output rows.xlsx", "does not end in .parquet"),
        (f"{COURSE} --patients {10**30}", f"{10**30} patients are more than can be told apart"),
        (f"{DOSES} --patients {10**30}", "rows do not fit in memory"),
        (f"{COURSE} --patients {2**47}", f"{2**47} patients of 25 days are more than one run goes through"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_simulated(capsys, words, says) -> None:
    assert says in refusal(capsys, words.split())


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="root may write everywhere")
@pytest.mark.usefixtures("nothing_lived")
def test_a_plot_in_a_folder_that_takes_none_is_told_first(capsys) -> None:
    if os.geteuid() == 0:
        place = Path("/proc/self/x.svg")  # root, too, makes no file there
    else:
        Path("folder.svg").chmod(0o500)
        place = Path("folder.svg/x.svg")
    assert f"{place} cannot be written: " in refusal(capsys, [*COURSE.split(), "--plot", str(place)])


def test_a_place_that_can_be_written_is_left_as_it_was(capsys) -> None:
    Path("kept.svg").write_text("before")
    assert "empty" in refusal(capsys, f"{COURSE} --patients 0 --plot kept.svg".split())
    assert Path("kept.svg").read_text() == "before"
    assert main(f"{COURSE} --days 3 --plot kept.svg --output kept.csv".split()) == 0
    assert "<svg" in Path("kept.svg").read_text()
    before = Path("kept.csv").read_bytes()
    assert main(f"{COURSE} --days 4 --output kept.csv".split()) == 0
    assert len(Path("kept.csv").read_bytes()) > len(before)  # as --help says: in place of a file of that name
    capsys.readouterr()


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize(
    ("words", "closing", "code"),
    [
        ("iv-racemic --days 0", "2>&-", 3),
        ("iv-racemic --days 0", "2>/dev/full", 3),
        ("iv-racemik", "2> >(exec true)", 5),
        ("--nope", "2>/dev/full", 2),
    ],
)
def test_who_cannot_hear_the_sentence_has_the_exit_code(words, closing, code) -> None:
    command = f"{sys.executable} -m holdfast course simulate {words} {closing}"
    done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == code
    assert "holdfast:" not in done.stdout  # a sentence on what is wrong is no answer


def on_a_terminal(*words: str, **environment: str) -> str:
    """What a terminal shows of stderr."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=theirs, env=os.environ | environment
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # Linux: nobody holds the other end any more
        pass
    os.close(ours)
    assert running.wait(timeout=60) == 0, shown
    return shown.decode()


def test_progress_counts_the_last_chunk_as_it_is() -> None:
    chunks_of_ten = (
        "import sys; from holdfast.model.runs import chunks; chunks.MOST_PATIENTS = 10; "
        "from holdfast.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    shown = on_a_terminal("-c", chunks_of_ten, *f"{COURSE} --patients 23 --days 2".split())
    assert re.findall(r"\d of \d chunks, \d+ patients", shown) == [
        "1 of 3 chunks, 10 patients", "2 of 3 chunks, 20 patients", "3 of 3 chunks, 23 patients",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_first_run_says_that_it_compiles() -> None:
    """The machine code on disk is passed over, and none is kept."""
    compiled_anew = (
        "import sys; from holdfast.model.integration.compiled import machine_code as one; "
        "one._from_disk = lambda key: None; one._to_disk = lambda key, code: None; "
        "from holdfast.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    assert "compiling the solver for this model and processor, once: a few seconds\r\n" in on_a_terminal(
        "-c", compiled_anew, *COURSE.split()
    )
