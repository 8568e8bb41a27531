"""The command line: parse, call the library, print. `holdfast NOUN VERB`.

Nothing heavy is imported until the verb that needs it runs; `holdfast --help` must answer in under 0.3 s.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from holdfast.cli.output import shortened, tell
from holdfast.cli.parser import build_parser
from holdfast.errors import ConfigurationError, HoldfastError, InputError

BROKEN_PIPE_EXIT = 141
INTERRUPTED_EXIT = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code; a user's mistake is a sentence on stderr, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal of few signs gets the others as \\xe9, not an error
            stream.reconfigure(errors="backslashreplace")
    argv = _json_last(list(sys.argv[1:] if argv is None else argv))
    parser = build_parser(argv)
    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except HoldfastError as error:
        tell(f"holdfast: {shortened(str(error))}")
        return error.exit_code
    except BrokenPipeError:  # the reader of our output went away (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE_EXIT
    except MemoryError:
        tell("holdfast: memory does not suffice; ask for less at once, or close other programs")
        return InputError.exit_code
    except Exception as error:
        sentence = _database_sentence(error)
        if sentence is None:
            raise
        tell(f"holdfast: {shortened(sentence)}")
        return ConfigurationError.exit_code
    except KeyboardInterrupt:
        tell("holdfast: stopped by the user; nothing further was written")
        return INTERRUPTED_EXIT


def _database_sentence(error: Exception) -> str | None:
    """What to say where the database failed under way; None for every other error, and without Django."""
    if "django.db" not in sys.modules:
        return None
    from django.db import Error

    from holdfast.clinic.config.start import database_sentence

    return database_sentence(error) if isinstance(error, Error) else None


def _json_last(argv: list[str]) -> list[str]:
    """`--json` may stand anywhere: argparse gives up on answers after an option (`score phq-9 --json 2 1 ...`)."""
    end = argv.index("--") if "--" in argv else len(argv)
    if "--json" not in argv[:end]:
        return argv
    words = [word for word in argv[:end] if word != "--json"]
    return [*words, "--json", *argv[end:]]
