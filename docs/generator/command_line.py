"""The command line, from the parser itself. Laid out by hand: argparse words its help differently by version."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from generator.markdown import cell, heading, table
from holdfast import errors
from holdfast.cli.parser import build_parser


@dataclass(frozen=True)
class Command:
    """One verb (or a noun that is its own verb), with its parser."""

    words: tuple[str, ...]
    parser: argparse.ArgumentParser

    @property
    def example(self) -> str | None:
        """The example the tests run."""
        return self.parser.get_default("example")


def commands() -> list[Command]:
    """Every command of the tree, in the order of the registry."""
    return list(_walk(build_parser(every_noun=True), ()))


def _walk(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[Command]:
    branches = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not branches:
        yield Command(words, parser)
    for branch in branches:
        for name, child in branch.choices.items():
            yield from _walk(child, (*words, name))


def page() -> str:
    """Every command with description, options and example; then the exit codes."""
    lines = heading(
        "Command line",
        "`holdfast NOUN VERB`. Every verb that prints a result takes `--json`. Results go to stdout, progress and "
        "errors to stderr. Each example is run by the tests from the root of the repository.",
    )
    for command in commands():
        lines += _command(command)
    lines += ["## Exit codes", "", *table(("code", "class", "meaning"), exit_codes())]
    return "\n".join(lines)


def exit_codes() -> list[tuple[int, str, str]]:
    """Each error class with its code, 0 and argparse's own 2 included."""
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.HoldfastError)]
    rows = [(c.exit_code, f"`{c.__name__}`", (c.__doc__ or "").split("\n")[0]) for c in classes]
    return [(0, "", "Done."), *sorted(rows)]


def _command(command: Command) -> list[str]:
    lines = [f"## `holdfast {' '.join(command.words)}`", ""]
    lines += [cell(command.parser.description or ""), ""]
    rows = [_option(action) for action in command.parser._actions if not isinstance(action, argparse._HelpAction)]
    if rows:
        lines += table(("argument", "meaning", "default"), rows)
    if command.example:
        lines += ["```sh", command.example, "```", ""]
    return lines


def _option(action: argparse.Action) -> tuple[str, str, str]:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None:
        metavar = "{" + ",".join(map(str, action.choices)) + "}"
    if action.option_strings:
        name = action.option_strings[-1] + ("" if action.nargs == 0 else f" {metavar}")
    else:
        name = metavar if action.metavar or action.choices is not None else action.dest
    many = {"*": " ...", "+": " ...", "?": " (may be left out)"}.get(str(action.nargs), "")
    needed = " (required)" if action.required and action.option_strings else ""
    return f"`{name}`{many}{needed}", action.help or "", _default(action)


def _default(action: argparse.Action) -> str:
    """A default worth printing: words and numbers, never a path of the machine that ran this."""
    plain = isinstance(action.default, str | int | float) and not isinstance(action.default, bool)
    return str(action.default) if plain and action.default is not argparse.SUPPRESS else ""
