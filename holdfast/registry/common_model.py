"""The common data model: the tables of a registry set, what each column means, and what it may hold.

One version, stated in every set. Days count from the first treatment session of the course, which is day 0; before it
they are negative; a course that never started counts from its referral. No column holds a date, a name, free text or
an answer to a single question. `year` is the calendar year, for yearly reports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from holdfast.errors import InputError
from holdfast.facts import tables as facts
from holdfast.outcomes import RELAPSE_EVENTS
from holdfast.safety.due_checks import CHECKS
from holdfast.treatment_sessions.adverse_events import (
    ActionTaken,
    Causality,
    EventKind,
    EventOutcome,
    Seriousness,
    Severity,
)

VERSION = 1
DAY_LOW, DAY_HIGH = -3660, 36600  # ten years before, a century after: beyond it a slip, not a day
YEAR_LOW, YEAR_HIGH = 1990, 2200
DOSE_STEP_MG, PER_KG_DIGITS = 5, 1  # to which an extract rounds a dose, and one by body weight
NAME = r"[a-z0-9][a-z0-9._-]{0,59}"  # a short word of ours: a site, a protocol, a scale
NAME_WORDS = "give 1 to 60 small letters, digits, dots, dashes and underscores, a letter or a digit first"
KEY_CHARACTERS = 32  # hexadecimal: 128 bits of the keyed hash

SEXES = ("female", "male", "other", "unknown")
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+", "unknown")
FAILED_TRIALS = ("0-1", "2", "3-4", "5+", "unknown")
INDICATIONS = (*facts.INDICATIONS, "none", "unknown")  # none: a control of a trial, treated for no illness
ELIGIBLE = ("yes", "no", "unknown")
PHASES = ("induction", "optimisation", "maintenance")
ENDS = (
    "declined", "non_response", "relapse", "adverse_event", "safety_finding", "misuse", "contraindication",
    "patient_choice", "consent_withdrawn", "lost_contact", "access", "other_treatment", "died", "completed", "other",
)  # fmt: skip
HARM_ENDS = ("adverse_event", "safety_finding", "misuse", "contraindication", "died")  # ends that tell of harm
# Ends that say what treatment did: told as they are, however few, for a registry without them would be false.
TOLD_ENDS = ("non_response", "relapse", "completed", *HARM_ENDS)
SERIOUS_ENDS = ("died", "misuse", "consent_withdrawn")  # few and remembered: never told with who it was
JUDGED_RELAPSE = "judged-relapse"  # of the events the one that is a clinician's judgement; the others are serious
assert JUDGED_RELAPSE in RELAPSE_EVENTS
RATED_BY = ("clinician", "self", "unknown")
SESSION_STATES = ("completed", "aborted")
DISSOCIATION_SCALES = ("cadss", "cadss-6")
CHECK_IN_STATES = ("answered", "partly", "missed", "open")
EVENT_CATEGORIES = tuple(str(one) for one in EventKind)
CHECK_STATES = ("not-due", "due", "overdue", "inactive", "no-interval", "unknown-phase")


def require_site_name(text: str) -> str:
    """`text` itself. Raises `InputError` where no site of a set can be called so."""
    if not re.fullmatch(NAME, text):
        raise InputError(f"{text!r} is no name of a site (--site); {NAME_WORDS}")
    return text


@dataclass(frozen=True)
class Column:
    """One column. `kind`: key, words (one of `choices`), name (a short word of ours), day, year, count, number, yes_no.

    `unit` is of a number; `low` and `high` are what it can be at all. Where not `required`, empty means not known.
    `quasi`: together with others it might point at a person, so that small cells of it are handled before an export.
    """

    name: str
    doc: str
    kind: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    required: bool = True
    quasi: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its columns, those that name a row, and the order in which rows are written."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]

    def column(self, name: str) -> Column:
        """The column of that name. Raises `KeyError`."""
        return {one.name: one for one in self.columns}[name]


def _key(name: str, doc: str) -> Column:
    return Column(name, doc, "key")


def _words(name: str, doc: str, choices: tuple[str, ...], *, required: bool = True, quasi: bool = False) -> Column:
    return Column(name, doc, "words", tuple(str(one) for one in choices), required=required, quasi=quasi)


def _day(name: str, doc: str, *, required: bool = False) -> Column:
    return Column(name, doc, "day", low=DAY_LOW, high=DAY_HIGH, required=required)


def _year(doc: str, *, quasi: bool = False) -> Column:
    return Column("year", doc, "year", low=YEAR_LOW, high=YEAR_HIGH, required=False, quasi=quasi)


def _count(name: str, doc: str, *, required: bool = True, low: float = 0) -> Column:
    return Column(name, doc, "count", low=low, high=1e6, required=required)


def _number(name: str, doc: str, unit: str, low: float, high: float, *, required: bool = False) -> Column:
    return Column(name, doc, "number", unit=unit, low=low, high=high, required=required)


def _yes_no(name: str, doc: str, *, required: bool = True) -> Column:
    return Column(name, doc, "yes_no", required=required)


_COURSE = _key("course", "Pseudonym of the treatment course")

COURSES = Table(
    "courses",
    "One treatment course a row, from referral to its end, those never started included.",
    (
        _COURSE,
        _key("person", "Pseudonym of the person within the site: courses of one person share it"),
        Column(
            "link", "Pseudonym under a secret that sites of one pool share; empty without one", "key", required=False
        ),
        Column("site", "Key of the site", "name"),
        _words("drug", "What is given", facts.DRUGS),
        _words("route", "How", facts.ROUTES),
        Column("protocol", "Document of the protocol", "name"),
        _words("indication", "What it is given for", INDICATIONS, quasi=True),
        _words("sex", "Sex on record", SEXES, quasi=True),
        _words("age_band", "Age at the start of the course, in years", AGE_BANDS, quasi=True),
        _words("failed_trials", "Adequate trials that failed in the current episode", FAILED_TRIALS, quasi=True),
        _year("Calendar year of day 0", quasi=True),
        _day("referred_day", "Referral"),
        _day("evaluated_day", "Evaluation"),
        _words("eligible", "What the evaluation came to", ELIGIBLE),
        _yes_no("started", "Was there a first treatment session?"),
        _day(
            "induction_ended_day",
            "Induction completed: the day the course went on to the next phase, or ended as "
            "completed; empty = stopped in it, for no response at its review too, or not yet",
        ),
        _day("maintenance_day", "First day of maintenance"),
        _day("ended_day", "End of the course; empty = it goes on"),
        _words("end_reason", "Why it ended", ENDS, required=False),
        _day(
            "followed_to_day",
            "Last day followed: the end; else the day the set was made, or of an extract the end of "
            "the last full window before it",
            required=True,
        ),
        _day(
            "watched_from_day",
            "First day whose events would have been written down, where the registry opened after the course began; "
            "empty = day 0; the day after the last one followed = never",
        ),
    ),
    unique=("course",),
)

RATINGS = Table(
    "ratings",
    "Totals of scales, one scale a day a row; what was due and not obtained has an empty total.",
    (
        _COURSE,
        Column("scale", "Document of the scale", "name"),
        _day("day", "Day of the rating", required=True),
        _number("total", "Total; empty = due and not obtained", "score", 0, 1000),
        _words("rated_by", "Who judged", RATED_BY),
        _yes_no("baseline", "Is it the rating the course is judged against on this scale?"),
    ),
    unique=("course", "scale", "day"),
)

RELAPSES = Table(
    "relapse_events",
    "What counts as a relapse without a rating.",
    (_COURSE, _day("day", "Its day", required=True), _words("event", "What happened", RELAPSE_EVENTS)),
    unique=("course", "day", "event"),
)

TREATMENT_SESSIONS = Table(
    "treatment_sessions",
    "Treatment sessions in which a dose was begun.",
    (
        _COURSE,
        _count("number", "From 1, in the order given", low=1),
        _day("day", "Its day", required=True),
        _year("Calendar year"),
        _words("phase", "Phase of the course on that day", PHASES, required=False),
        _words("state", "Was the dose given whole?", SESSION_STATES),
        _number("dose_mg", "Dose given; empty = not known", "mg", 0, 5000),
        _number("dose_mg_per_kg", "Dose by body weight", "mg/kg", 0, 50),
        _number("sbp_before_mmhg", "Systolic pressure before the dose", "mmHg", 40, 320),
        _number("dbp_before_mmhg", "Diastolic pressure before the dose", "mmHg", 20, 220),
        _number("sbp_peak_mmhg", "Highest systolic pressure after the dose", "mmHg", 40, 320),
        _number("dbp_peak_mmhg", "Highest diastolic pressure after the dose", "mmHg", 20, 220),
        _number("sbp_peak_min", "Minutes from dose to the highest systolic pressure", "min", 0, 2880),
        _words("dissociation_scale", "What dissociation was rated on", DISSOCIATION_SCALES, required=False),
        _number("dissociation_peak", "Highest rating of dissociation after the dose", "score", 0, 200),
        _number("stay_min", "Minutes from dose to discharge", "min", 0, 2880),
    ),
    unique=("course", "number"),
)

CHECK_INS = Table(
    "check_ins",
    "Check-ins that were agreed, by the day each was due.",
    (_COURSE, _day("day", "Day it was due", required=True), _words("state", "What came of it", CHECK_IN_STATES)),
    unique=("course", "day"),
)

ADVERSE_EVENTS = Table(
    "adverse_events",
    "Adverse events by kind, those that began after the end of the course too. The words in which they were entered "
    "stay with the programme.",
    (
        _COURSE,
        _count("number", "From 1 within the course", low=1),
        _day("day", "Day of onset", required=True),
        _year("Calendar year of onset"),
        _count("treatment_session", "Number of the treatment session it belongs to", required=False, low=1),
        _words("category", "Kind of event", EVENT_CATEGORIES),
        _words("severity", "How intense", tuple(Severity)),
        _words("seriousness", "Criterion that makes it serious (ICH E2A)", tuple(Seriousness)),
        _words("causality", "The clinician's judgement", tuple(Causality)),
        _words("action", "What was done", tuple(ActionTaken)),
        _words("outcome", "Where it stands", tuple(EventOutcome)),
    ),
    unique=("course", "number"),
)

SAFETY_CHECKS = Table(
    "safety_checks",
    "Bladder, liver, cognition, misuse and blood pressure checks of a course: how they stand at the extract.",
    (
        _COURSE,
        _words("safety_check", "What is checked", CHECKS),
        _words("state", "How it stands", CHECK_STATES),
        _count("done", "Times it was done; of an extract 1 = once or more"),
        _count("positive", "Times it found something to be watched or acted on; of an extract 1 = once or more"),
    ),
    unique=("course", "safety_check"),
)

EXPOSURE = Table(
    "exposure",
    "What a course was exposed to in one calendar year while it was under watch (from day 0 or `watched_from_day` to "
    "`followed_to_day`), counted where dates are known.",
    (
        _COURSE,
        Column("year", "Calendar year", "year", low=YEAR_LOW, high=YEAR_HIGH),
        _count("treatment_sessions", "Treatment sessions in it"),
        _number("dose_mg", "Amount given, as far as known", "mg", 0, 1e6, required=True),
        _count("doses_of_unknown_mg", "Doses of unknown amount: with any, `dose_mg` is a floor"),
        _count("days", "Days under watch in it, under treatment or observation"),
    ),
    unique=("course", "year"),
)

CHECKS_BY_YEAR = Table(
    "checks_by_year",
    "Safety checks of a course done in one calendar year, counted where dates are known.",
    (
        _COURSE,
        _words("safety_check", "What is checked", CHECKS),
        Column("year", "Calendar year", "year", low=YEAR_LOW, high=YEAR_HIGH),
        _count("done", "Times it was done in it"),
        _count("positive", "Times it found something to be watched or acted on"),
    ),
    unique=("course", "safety_check", "year"),
)

TABLES: Mapping[str, Table] = MappingProxyType({
    one.name: one
    for one in (
        COURSES, RATINGS, RELAPSES, TREATMENT_SESSIONS, CHECK_INS, ADVERSE_EVENTS, SAFETY_CHECKS, EXPOSURE,
        CHECKS_BY_YEAR,
    )
})  # fmt: skip
