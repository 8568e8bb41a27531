"""Tables of the safety half of a programme's report: what publications lead one to expect, dose bands, limits of ours.

Expected numbers are published ones, or counted together from published ones; each row names them in `facts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from holdfast.facts.schema import PROVENANCE, Column, Row, Table

MEASURES = ("adverse-event", "sbp_rise", "dbp_rise", "sbp_peak", "dissociation_peak", "sbp_peak_min")
ESTIMANDS = ("share of courses", "share of treatment sessions", "per patient-year", "mean", "time of peak")
AGES = ("any", "under 65", "65 and over")
EVENT_KINDS = (
    "bladder", "blood_pressure", "cardiovascular", "cognition", "dissociation", "dizziness_vertigo", "gastrointestinal",
    "headache", "mood_switch", "psychiatric", "sedation", "sensory", "suicidality", "taste", "vision", "other",
)  # fmt: skip
_DRUGS = ("esketamine", "ketamine")
_ROUTES = ("nasal", "iv", "im", "sc", "oral", "sublingual")


def _expected_is_possible(row: Row) -> Iterable[tuple[str, str]]:
    events, people = row.get("events"), row.get("n")
    if row["measure"] == "adverse-event" and row.get("category") is None:
        yield "category", "is empty; say which kind of adverse event"
    if events is not None and row.get("exposure_y") is None and people is None:
        yield "n", "is empty; events need the people they were counted in, or an exposure"
    if events is not None and people is not None and not 0 <= events <= people:
        yield "events", "is not within 0 to n"
    if all(row.get(name) is None for name in ("value", "low", "events")):
        yield "value", "is empty; give the number, its range or the events"
    if row.get("low", 0) > row.get("high", row.get("low", 0)):
        yield "high", "is below low"


def _band_is_ordered(row: Row) -> Iterable[tuple[str, str]]:
    if row.get("high") is not None and row["low"] >= row["high"]:
        yield "high", "is not above low"


def _choice_says_why(row: Row) -> Iterable[tuple[str, str]]:
    if not row.get("note"):
        yield "note", "is empty; a choice of ours says why"
    if any(value <= 0 for value in row["value"]):
        yield "value", "must be above 0"
    if row["unit"] == "fraction" and any(value >= 1 for value in row["value"]):
        yield "value", "does not lie between 0 and 1"
    if row["unit"] in ("count", "d") and any(value != int(value) for value in row["value"]):
        yield "value", "must hold whole numbers"


_WAY = re.compile(r"[a-z]+( [a-z]+)*\*?")
_STEM_LETTERS = 4  # of a word with any ending: fewer would be of many words


def _words_are_plain(row: Row) -> Iterable[tuple[str, str]]:
    for way in row["words"]:
        if not _WAY.fullmatch(way):
            yield "words", f"hold {way!r}; give small letters and spaces, with a star at the end at most"
        elif way.endswith("*") and len(way.split(" ")[-1]) <= _STEM_LETTERS:
            yield "words", f"hold {way!r}; a word with any ending needs {_STEM_LETTERS} letters"
    if len(set(row["words"])) < len(row["words"]):
        yield "words", "name one way twice"


EXPECTED_SAFETY = Table(
    name="expected_safety",
    path="expected_safety.csv",
    doc="What publications lead a programme to expect: adverse events by kind, pressure and dissociation within hours. "
    "Where a kind has several published terms, `events` adds them up: more people than had the kind, at most, so that "
    "a programme is called high later rather than sooner.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("measure", "What is counted or measured", choices=MEASURES),
        Column("category", "Kind of adverse event; any, serious or death go over kinds", required=False),
        Column("drug", "Drug", choices=_DRUGS),
        Column("route", "How it was given", choices=_ROUTES),
        Column("ages", "Whose", choices=AGES),
        Column("estimand", "What the number is of", choices=ESTIMANDS),
        Column("op", "How a reading is compared with the limit", required=False, choices=(">", ">=")),
        Column("limit", "Limit a reading is compared with", "number", required=False),
        Column("window_d", "Days from the first dose in which it was counted; empty = not so counted", "integer",
               required=False),
        Column("events", "People with it; counted back from a percent where the note says so", "integer",
               required=False),
        Column("n", "People", "integer", required=False),
        Column("exposure_y", "Patient-years", "number", required=False),
        Column("value", "The number; empty where there is only a range, or events", "number", required=False),
        Column("low", "Low end of a range across trials", "number", required=False),
        Column("high", "High end of it", "number", required=False),
        Column("unit", "Unit of value, low and high", "unit", required=False),
        Column("facts", "Rows of other tables that it rests on", "words"),
        Column("population", "Who they were"),
        *PROVENANCE,
    ),
    checks=(_expected_is_possible,),
)  # fmt: skip

DOSE_BANDS = Table(
    name="dose_bands",
    path="dose_bands.csv",
    doc="Bands by which a report tells doses apart. No edge lies on a dose that is usual, nor on one rounded for an "
    "extract, so that both fall into the same band.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("drug", "Drug", choices=_DRUGS),
        Column("route", "How it is given", choices=_ROUTES),
        Column("label", "Name of the band"),
        Column("low", "Lowest dose in it", "number"),
        Column("high", "Dose from which the next begins; empty = open", "number", required=False),
        Column("unit", "Unit of both", choices=("mg", "mg/kg")),
        *PROVENANCE,
    ),
    checks=(_band_is_ordered,),
)

SAFETY_CHOICES = Table(
    name="safety_choices",
    path="safety_choices.csv",
    doc="What the signal rule of a report holds to and no source gives.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("symbol", "Name of the number"),
        Column("value", "Number, or several in their order", "numbers"),
        Column("unit", "Unit of the number", choices=("fraction", "count", "d", "min")),
        Column("meaning", "What it is"),
        *PROVENANCE,
    ),
    checks=(_choice_says_why,),
)

EVENT_WORDS = Table(
    name="event_words",
    path="event_words.csv",
    doc="Words by which an adverse event is told to be of a kind, where nobody chose one at entry. They are ours, "
    "written from clinical use, in British and American spelling; no dictionary of terms is copied (MedDRA is "
    "licensed).",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("kind", "Kind of event", choices=EVENT_KINDS),
        Column("words", "Whole words, each way after a semicolon; a star at the end stands for any ending", "words"),
        *PROVENANCE,
    ),
    checks=(_words_are_plain,),
)

REGISTRY_CHOICES = Table(
    name="registry_choices",
    path="registry_choices.csv",
    doc="What a registry report and simulated courses hold to and no source gives.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("symbol", "Name of the number"),
        Column("value", "Number, or several in their order", "numbers"),
        Column("unit", "Unit of the number", choices=("count", "d", "score", "mmHg", "percent")),
        Column("meaning", "What it is"),
        *PROVENANCE,
    ),
    checks=(_choice_says_why,),
)

SAFETY_TABLES = (EXPECTED_SAFETY, DOSE_BANDS, SAFETY_CHOICES, EVENT_WORDS, REGISTRY_CHOICES)
