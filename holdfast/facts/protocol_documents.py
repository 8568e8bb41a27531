"""The shape of a protocol: its header and the sections it may have."""

from __future__ import annotations

from holdfast.facts.schema import KEY, PROVENANCE, Column, DocumentKind, Table
from holdfast.facts.tables import DRUGS, INDICATIONS, ROUTES

PROTOCOLS = DocumentKind(
    name="protocols",
    folder="protocols",
    doc="What is given when: phases, doses, devices, observation, checks and reviews.",
    header=Table(
        name="protocol",
        doc="The protocol as a whole.",
        many=False,
        columns=(
            Column("id", "Name on the command line, such as iv-racemic"),
            Column("name", "Name in print"),
            Column("drug", "Drug", choices=DRUGS),
            Column("route", "Route", choices=ROUTES),
            Column("amount_as", "Amounts are of base or salt", choices=("base", "salt", "not-stated")),
            Column("indications", "Indications it has a plan for", "words", choices=INDICATIONS),
            Column("version", "Version of the protocol", "integer"),
            Column("experimental", "Not established; say so wherever it is offered", "flag"),
            Column(
                "adopts",
                "Care rules that hold under it in every jurisdiction",
                "words",
                required=False,
                refers_to="care_rules",
            ),
            *PROVENANCE,
        ),
    ),
    sections=(
        Table(
            name="phase",
            doc="Phases in order; weeks are counted from 1 at the first treatment session.",
            columns=(
                KEY,
                Column("indication", "Indication it is for; any = each of the protocol"),
                Column("phase", "Phase of the course", choices=("induction", "optimisation", "maintenance")),
                Column(
                    "first_week",
                    "First week; empty = as soon as the phase before it is complete",
                    "integer",
                    required=False,
                ),
                Column("last_week", "Last week; empty = open, or until max_sessions", "integer", required=False),
                Column(
                    "sessions_per_week", "Treatment sessions a week; below 1 where the interval is longer", "number"
                ),
                Column("interval_d", "Days between treatment sessions the phase allows, shortest first", "numbers"),
                Column(
                    "usual_interval_d",
                    "Interval planned where none was chosen; empty = the shortest",
                    "integer",
                    required=False,
                ),
                Column("min_interval_d", "Least days between two treatment sessions", "integer"),
                Column("window_before_d", "Days a planned treatment session may come early", "integer"),
                Column("window_after_d", "Days it may come late", "integer"),
                Column(
                    "max_sessions", "Treatment sessions after which the phase is complete", "integer", required=False
                ),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="dose",
            doc="Doses that may be given, by phase, day, age and jurisdiction. The first listed is the usual one.",
            columns=(
                KEY,
                Column("indication", "Indication it is for; any = each of the protocol"),
                Column("phases", "Keys of the phases it is for", "words"),
                Column("day_1", "Only on day 1 (yes), only after day 1 (no), or both (empty)", "flag", required=False),
                Column("jurisdictions", "Where it holds; any = everywhere", "words"),
                Column("age_min_y", "From this age", "number", required=False),
                Column("age_max_y", "Up to and including this age in whole years", "number", required=False),
                Column("amounts", "Amounts allowed, usual one first", "numbers"),
                Column("unit", "Unit of the amounts", "unit"),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="administration",
            doc="How the dose is given.",
            many=False,
            columns=(
                Column("duration_min", "Usual duration of the dose", "number", required=False),
                Column("device_mg", "Amount per device", "number", required=False),
                Column("device_rest_min", "Rest between devices", "number", required=False),
                Column("per_kg_low", "Lowest amount per kg without a reason", "number", required=False),
                Column("per_kg_high", "Highest amount per kg without a reason", "number", required=False),
                Column("per_kg_max", "Highest amount per kg at all", "number", required=False),
                Column("dose_max_mg", "Highest dose at all", "number", required=False),
                Column("duration_low_min", "Shortest duration published", "number", required=False),
                Column("duration_high_min", "Longest duration published", "number", required=False),
                Column("hold_min", "Minutes the dose is held in the mouth", "number", required=False),
                *PROVENANCE,
            ),
        ),
        Table(
            name="observation",
            doc="How long the patient is watched, and from when the clock runs.",
            many=False,
            columns=(
                Column("clock_from", "When the clock starts", choices=("first-device", "dose-start", "dose-end")),
                Column("min_min", "Least minutes on that clock", "number"),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="check",
            doc="Measurements due by the clock of the treatment session.",
            columns=(
                KEY,
                Column(
                    "measures",
                    "What is measured",
                    "words",
                    choices=("bp", "hr", "spo2", "rr", "moaas", "cadss", "consciousness"),
                ),
                Column(
                    "anchor",
                    "Event the minutes count from",
                    choices=("before-dose", "dose-start", "dose-middle", "dose-end", "discharge"),
                ),
                Column("at_min", "Minutes after the anchor", "number"),
                Column("tolerance_min", "Minutes early or late that still count", "number"),
                Column(
                    "repeat_min", "Then again every so many minutes until observation ends", "number", required=False
                ),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="review",
            doc="Points at which benefit must be judged before the course goes on.",
            columns=(
                KEY,
                Column("after_sessions", "After so many treatment sessions", "integer", required=False),
                Column("after_weeks", "At the end of this week", "integer", required=False),
                Column("repeat_weeks", "Then again every so many weeks", "integer", required=False),
                Column("purpose", "What is decided"),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="maintenance",
            doc="Numbers of the interval policies (fixed, taper, response-triggered) used once the patient holds.",
            many=False,
            columns=(
                Column(
                    "hold_sessions", "Treatment sessions held at an interval before a longer one is tried", "integer"
                ),
                Column(
                    "stop_after_sessions",
                    "Treatment sessions held at the longest interval before stopping is raised",
                    "integer",
                ),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="drive_free",
            doc="How long not to drive.",
            many=False,
            columns=(
                Column(
                    "kind",
                    "next morning after sleep, or a number of hours, or the later of both",
                    choices=("next-day-after-sleep", "hours", "later-of-both"),
                ),
                Column("hours", "Hours from the end of the dose", "number", required=False),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
    ),
)
