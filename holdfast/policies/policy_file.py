"""The shape of a policy file: a programme, and the rules of maintenance whose grids are compared. TOML."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.schema import KEY, STATUSES, Column, DocumentKind, Row, Table
from holdfast.facts.tables import INDICATIONS

FIXED, TAPER, RESPONSE_TRIGGERED, BOOSTER, FORECAST_TRIGGERED = (
    "fixed", "taper", "response-triggered", "booster", "forecast-triggered",
)  # fmt: skip
STOP, CONTINUE = "stop", "continue"
WELLS = ("response or remission", "response", "remission")
MOST_WEEKS_BETWEEN, MOST_IN_A_GRID = 26, 100
_ASKED = ("check_in_weeks", "gap_weeks", "most_sessions", "in_weeks")
OF_KIND: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # kind → columns it needs, and those it may have
    FIXED: (("every_weeks",), ()),
    TAPER: (("intervals_weeks", "hold_sessions"), ("worsening_points", "when_raised")),
    RESPONSE_TRIGGERED: (("intervals_weeks",), ("worsening_points",)),
    BOOSTER: (("above_percent",), _ASKED),
    FORECAST_TRIGGERED: (("chance_percent",), _ASKED),
}
_WEEKS = ("every_weeks", "intervals_weeks", "check_in_weeks", "gap_weeks")
_WHOLE = (*_WEEKS, "hold_sessions", "most_sessions")
_PERCENTS = ("above_percent", "chance_percent")
GRIDS = (
    "every_weeks", "hold_sessions", "worsening_points", "above_percent", "chance_percent", "check_in_weeks",
    "gap_weeks", "most_sessions", "dose",
)  # fmt: skip

# A programme of one's own has no source: `ref` and `locator` may be empty, as in a trial file.
_PROVENANCE = (
    Column("ref", "Row of references.csv that this was read in", required=False),
    Column("locator", "Table, page, section or sentence of the source", required=False),
    Column("status", "How far it is checked against its source", required=False, choices=STATUSES),
    Column("note", "Why it is held to be so", required=False),
)


def _columns_of_the_kind(row: Row) -> Iterable[tuple[str, str]]:
    needed, allowed = OF_KIND[row["kind"]]
    for name in needed:
        if not row.get(name):
            yield name, f"is empty; a rule of the kind {row['kind']} needs it"
    every = {name for pair in OF_KIND.values() for names in pair for name in names}
    for name in sorted(every - {*needed, *allowed}):
        if row.get(name) is not None:
            yield name, f"says nothing to a rule of the kind {row['kind']}; leave it out"


def _weeks_are_whole(row: Row) -> Iterable[tuple[str, str]]:
    for name in _WHOLE:
        if any(value != int(value) or value < 1 for value in row.get(name, ())):
            yield name, "must hold whole numbers from 1 up"
        elif name in _WEEKS and max(row.get(name) or (1,)) > MOST_WEEKS_BETWEEN:
            yield name, f"is more than {MOST_WEEKS_BETWEEN} weeks; treat or ask more often"
    if (row.get("most_sessions") is None) != (row.get("in_weeks") is None):
        yield "most_sessions", "and in_weeks need each other: how many, and in how many weeks"
    elif row.get("in_weeks") is not None and not 1 <= row["in_weeks"] <= MOST_WEEKS_BETWEEN:
        yield "in_weeks", f"must lie between 1 and {MOST_WEEKS_BETWEEN} weeks"


def _numbers_can_be(row: Row) -> Iterable[tuple[str, str]]:
    for name in _PERCENTS:
        if any(not 0 < value < 100 for value in row.get(name, ())):
            yield name, "must lie between 0 and 100 percent, and be neither"
    for name in ("worsening_points", "dose"):
        if any(value <= 0 for value in row.get(name, ())):
            yield name, "must be above 0"
    for name in GRIDS:
        values = row.get(name, ())
        if len(set(values)) < len(values):
            yield name, "holds a value twice; give each once"
        elif len(values) > MOST_IN_A_GRID:
            yield name, f"holds more than {MOST_IN_A_GRID} values; give fewer"
    ladder = row.get("intervals_weeks", ())
    if ladder and (len(ladder) < 2 or list(ladder) != sorted(set(ladder))):
        yield "intervals_weeks", "must hold two intervals or more, the shortest first, each once"


POLICIES = DocumentKind(
    name="policies",
    folder="programmes",
    doc="Programmes whose maintenance rules are compared: who is treated, how, and the grids of the rules.",
    header=Table(
        name="programme",
        doc="The programme as a whole.",
        many=False,
        columns=(
            Column("id", "Name on the command line, such as esketamine-nasal"),
            Column("title", "Name in print"),
            Column("protocol", "Protocol of induction, and of the unchanged maintenance"),
            Column("indication", "Its indication", choices=INDICATIONS),
            Column("population", "Population people are drawn from"),
            Column("posterior", "Calibrated model whose draws say how unsure the parameters are"),
            Column("induction_dose", "Dose of induction where the protocol allows it that day; empty = its usual one",
                   "number", required=False),
            Column("without_response", "At the rating that ends induction, neither response nor remission",
                   choices=(STOP, CONTINUE)),
            Column("attendance", "How people keep to their courses, by course_behaviour.csv",
                   choices=("perfect", "realistic")),
            Column("new_antidepressant", "One is begun on the first day, too", "flag"),
            Column("weeks", "Weeks of maintenance that are compared", "integer"),
            Column("worlds", "Draws of the calibrated population, each with patients of its own", "integer"),
            Column("well", "What a week is well by", choices=WELLS),
            Column("response", "Its outcome definition"),
            Column("remission", "Its outcome definition"),
            Column("relapse", "Its outcome definition"),
            *_PROVENANCE,
        ),
    ),
    sections=(
        Table(
            name="rule",
            doc="A rule of maintenance. Columns of several values are a grid: every combination is a policy.",
            columns=(
                KEY,
                Column("kind", "What decides", choices=tuple(OF_KIND)),
                Column("dose", "Doses in the protocol's unit; empty = its usual one", "numbers", required=False),
                Column("every_weeks", "fixed: weeks between treatment sessions", "numbers", required=False),
                Column("intervals_weeks", "taper, response-triggered: the ladder of intervals, shortest first; no grid",
                       "numbers", required=False),
                Column("hold_sessions", "taper: treatment sessions held before the next longer interval", "numbers",
                       required=False),
                Column("worsening_points", "taper, response-triggered: rise of MADRS over the rating with which "
                       "maintenance began that counts as worsening; empty = that of course_behaviour.csv", "numbers",
                       required=False),
                Column("when_raised", "taper: held long at the longest interval; empty = continue", required=False,
                       choices=(STOP, CONTINUE)),
                Column("above_percent", "booster: a rating above this share of the baseline calls for a session",
                       "numbers", required=False),
                Column("chance_percent", "forecast-triggered: a chance above this of no response at the next check-in "
                       "calls for a session", "numbers", required=False),
                Column("check_in_weeks", "booster, forecast-triggered: weeks between check-ins; empty = 1", "numbers",
                       required=False),
                Column("gap_weeks", "booster, forecast-triggered: least weeks between sessions; empty = 1", "numbers",
                       required=False),
                Column("most_sessions", "booster, forecast-triggered: most sessions within in_weeks; empty = any",
                       "numbers", required=False),
                Column("in_weeks", "The window of most_sessions", "integer", required=False),
                *_PROVENANCE,
            ),
            checks=(_columns_of_the_kind, _weeks_are_whole, _numbers_can_be),
        ),
    ),
)  # fmt: skip
