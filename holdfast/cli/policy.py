"""`holdfast policy`: rules of maintenance compared over a virtual population. It informs; it advises none."""

from __future__ import annotations

import argparse
from pathlib import Path

from holdfast.cli.output import emit, seed_argument, somebody_looks, tell, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError
from holdfast.whole_files import require_writable

_DEFAULT = "esketamine-nasal"
_WEEKS_PER_YEAR = 52


def add_verbs(verbs: Verbs) -> None:
    """list, show, compare."""
    verbs.add(
        "list",
        _list,
        does="list the programmes that ship with Holdfast, each a policy file",
        example="holdfast policy list",
    )
    show = verbs.add(
        "show",
        _show,
        does="write out the policies of a programme: every rule with every combination of its grid",
        example="holdfast policy show iv-racemic",
    )
    _add_file(show)
    compare = verbs.add(
        "compare",
        _compare,
        does="live every policy of a programme with the same virtual patients: weeks well, relapse, sessions, dose",
        example="holdfast policy compare iv-racemic --patients 100 --without-sensitivity",
        writes="nothing but its answer, the table that --output names and the plot that --plot names",
    )
    _add_file(compare)
    compare.add_argument("--patients", type=whole_number_argument, default=2000,
                         help="who begin maintenance, ten or more a world; default: 2000. Fewer than 100 tell no "
                              "error and no interval")  # fmt: skip
    compare.add_argument("--years", type=whole_number_argument, help="of maintenance; default: as the file says")
    compare.add_argument(
        "--processes", type=whole_number_argument, default=1, help="default: 1; the same bytes from any"
    )
    compare.add_argument("--seed", type=seed_argument, default=1, help="same seed, same bytes; default: 1")
    compare.add_argument(
        "--without-sensitivity", action="store_true", help="leave out the reruns under other parameters"
    )
    compare.add_argument("--output", type=Path, help="a row a policy: a .csv file")
    compare.add_argument("--plot", type=Path, help="weeks well against sessions and dose: a .svg or .png file")


def _add_file(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("programme", metavar="PROGRAMME|FILE", nargs="?", default=_DEFAULT,
                      help=f"a name of `holdfast policy list`, or a .toml file; default: {_DEFAULT}")  # fmt: skip


def _list(arguments: argparse.Namespace) -> None:
    from holdfast.policies.programme import programme, programme_names

    found = [programme(name) for name in programme_names()]
    rows = [{"programme": one.id, "title": one.header["title"], "protocol": one.protocol.id, "weeks": one.weeks,
             "policies": len(one.policies), "status": one.header["status"]} for one in found]  # fmt: skip
    emit(arguments, {"programmes": rows}, text_table([tuple(row.values()) for row in rows], tuple(rows[0])))


def _show(arguments: argparse.Namespace) -> None:
    from holdfast.policies.programme import programme

    one = programme(arguments.programme)
    header = one.header
    answer = {
        **{name: value for name, value in header.items() if value is not None},
        "policies": [policy.as_dict() for policy in one.policies],
        "definitions": {name: definition.as_dict() for name, definition in one.definitions.items()},
    }  # fmt: skip
    said = [
        f"{header['title']} ({one.id}): {len(one.policies)} policies over {one.weeks} weeks of maintenance",
        f"protocol {one.protocol.id}, {header['indication']}; people: {header['population']}; posterior "
        f"{header['posterior']}, {one.worlds} worlds; attendance {header['attendance']}; without response "
        f"{header['without_response']}",
        "well: " + "; ".join([header["well"], *(f"{n} {d.name}: {d.text}" for n, d in one.definitions.items())]),
        "", text_table([(policy.name, policy.words) for policy in one.policies], ("policy", "what it does")),
    ]  # fmt: skip
    emit(arguments, answer, "\n".join(said))


def _compare(arguments: argparse.Namespace) -> None:
    from holdfast.policies.programme import MOST_WEEKS, programme

    one = programme(arguments.programme)
    if arguments.years is not None:
        if not 1 <= arguments.years <= MOST_WEEKS // _WEEKS_PER_YEAR:
            raise InputError(
                f"{arguments.years} years cannot be compared; give --years 1 to {MOST_WEEKS // _WEEKS_PER_YEAR}"
            )
        one = one.lasting(arguments.years * _WEEKS_PER_YEAR)
    _check_places(arguments)
    from holdfast.policies.compare import compare
    from holdfast.policies.told import answer, lines

    bar = _Bar()
    try:
        found = compare(one, patients=arguments.patients, seed=arguments.seed, processes=arguments.processes,
                        sensitivity=not arguments.without_sensitivity, progress=bar.show)  # fmt: skip
    finally:
        bar.end()
    told = answer(found)
    if arguments.output is not None:
        from holdfast.policies.table import write_table

        write_table(told, arguments.output)
    if arguments.plot is not None:
        from holdfast.model.plots import write_figure
        from holdfast.policies.picture import frontier_figure

        write_figure(frontier_figure(told), arguments.plot)
    emit(arguments, told, "\n".join(lines(told, text_table)))


def _check_places(arguments: argparse.Namespace) -> None:
    """What cannot be written is told before anything is simulated."""
    if arguments.plot is not None and arguments.plot.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{arguments.plot} does not end in .svg or .png; name the plot so")
    if arguments.output is not None:
        from holdfast.policies.table import require_table

        require_table(arguments.output)
    if arguments.plot is not None:
        require_writable(arguments.plot)


class _Bar:
    """Progress on stderr, where somebody looks at it: worlds are lived two at a time."""

    def __init__(self) -> None:
        self._open = False

    def show(self, done: int, of: int) -> None:
        if of > 1 and somebody_looks():
            import sys

            filled = done * 40 // of
            print(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done} of {of} parts", end="", file=sys.stderr, flush=True)
            self._open = True

    def end(self) -> None:
        if self._open:
            tell("")
            self._open = False
