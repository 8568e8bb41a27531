"""`holdfast demo-day`: an invented treatment day that is under way, in a folder of its own, served."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from holdfast.cli import serve
from holdfast.cli.parser import EXIT_CODES
from holdfast.errors import ConfigurationError

EXAMPLE = "holdfast demo-day --port 8080"
FOLDER = "holdfast-demo-day-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the noun, which is its own verb."""
    parser.description = (
        "Fills the board of a simulated programme with a treatment day that is under way, and serves it until it is "
        "stopped; entries go on by themselves. Writes to a folder of its own, which is removed at the end; it never "
        "opens your data folder or your database, whatever the environment says."
    )
    parser.epilog = f"example: {EXAMPLE}\n{EXIT_CODES}"
    parser.add_argument("--port", type=int, help="port to serve on; default HOLDFAST_PORT, or 8000")
    parser.add_argument("--folder", type=Path, help="an empty or new folder to use and keep; default a temporary one")
    parser.set_defaults(run=demo_day, example=EXAMPLE)


def demo_day(arguments: argparse.Namespace) -> int:
    """Serve the day until stopped."""
    from holdfast.clinic.config import paths

    port = serve.port_asked(arguments.port)
    with _folder(arguments.folder) as folder:
        _forget_the_environment(folder, port)
        with serve.listening("127.0.0.1", port) as listener:
            from holdfast.facts import load

            load()
            print("Loading the treatment day (simulated) ...", file=sys.stderr, flush=True)
            rest = _load()
            print(f"The board is at {paths.public_url()}/board/")
            serve.announce("127.0.0.1", port)
            from holdfast.clinic.example import goes_on

            stop = goes_on.start(rest)
            try:
                return serve.run(listener)
            finally:
                stop.set()


@contextlib.contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """A folder that holds no other records. Raises `ConfigurationError` for one that holds anything."""
    if named is None:
        with tempfile.TemporaryDirectory(prefix=FOLDER, ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    folder = named.expanduser().absolute()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigurationError(f"{folder} is not empty; the demo day takes a new or an empty folder only")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be used ({error.strerror}); give another --folder") from None
    yield folder


def _forget_the_environment(folder: Path, port: int) -> None:
    """Nothing of another installation is used: not its data, its database, its mail, nor its address."""
    for name in list(os.environ):
        if name == "HOLDFAST_DATABASE_URL":
            print(f"{name} is set and not used: the demo day keeps a database of its own.", file=sys.stderr)
        if name.startswith("HOLDFAST_") or name == "DJANGO_SETTINGS_MODULE":
            del os.environ[name]
    os.environ["HOLDFAST_DATA"] = str(folder)
    os.environ["HOLDFAST_PORT"] = str(port)


def _load() -> list:
    from holdfast.clinic.config.start import first_start, open_clinic

    open_clinic()
    from holdfast.clinic.example.demo_day import load_demo_day

    rest: list = []

    def load(**given: object) -> None:
        rest.extend(load_demo_day(**given)[1])  # type: ignore[arg-type]

    first_start(now=dt.datetime.now(dt.UTC), progress=_progress, load=load)
    return rest


def _progress(done: int, everyone: int) -> None:
    if done == everyone:
        print("The people are there; now their day ...", file=sys.stderr, flush=True)
