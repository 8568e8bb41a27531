"""Every kind of nested document: rating scales and protocols, with the sections each may have."""

from __future__ import annotations

from holdfast.facts.schema import PROVENANCE, Column, DocumentKind, Table
from holdfast.facts.tables import DRUGS, INDICATIONS, OPERATORS, ROUTES

_KEY = Column("key", "Name of the row within its section")

SCALES = DocumentKind(
    name="scales",
    folder="scales",
    doc="Rating scales: how they are scored, what the total means, and what their owners allow.",
    header=Table(
        name="scale",
        doc="The scale as a whole.",
        many=False,
        columns=(
            Column("id", "Name on the command line, such as phq-9"),
            Column("name", "Name in print"),
            Column("title", "Full title"),
            Column("aliases", "Other names people type for it", "words", required=False),
            Column("rated_by", "Who rates", choices=("patient", "clinician", "observer")),
            Column("measures", "What it measures"),
            Column(
                "scoring",
                "How answers become a score",
                choices=("sum", "qids", "triage", "level", "total-only"),
            ),
            Column("items", "Number of scored items", "integer"),
            Column("total_min", "Lowest total", "number", required=False),
            Column("total_max", "Highest total", "number", required=False),
            Column("higher_is", "What a higher total means", choices=("worse", "better")),
            Column("missing_items", "What to do with unanswered items", choices=("refuse",)),
            Column("ships_text", "May the product show the item texts", "flag"),
            Column("licence", "What the owner allows, and who says so"),
            Column("notice", "Notice to print with the items", required=False),
            Column("certified_rater", "Only a certified rater may rate it", "flag", required=False),
            Column("question", "Stem printed above the items", required=False),
            Column("lookback", "Period the questions ask about", required=False),
            *PROVENANCE,
        ),
    ),
    sections=(
        Table(
            name="item",
            doc="Scored items, in order. Text only where the licence allows.",
            columns=(
                _KEY,
                Column("text", "Item text", required=False),
                Column("min", "Lowest answer", "number"),
                Column("max", "Highest answer", "number"),
                Column("reversed", "Scored the other way round", "flag", required=False),
                Column("not_scored", "Answers that mean not assessed", "numbers", required=False),
                Column("options", "Texts of the answers, lowest first", "words", required=False),
                *PROVENANCE,
            ),
        ),
        Table(
            name="option",
            doc="Answers shared by all items.",
            columns=(
                _KEY,
                Column("value", "Score", "number"),
                Column("text", "Text of the answer"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="unscored_item",
            doc="Items that are asked and not scored.",
            columns=(
                _KEY,
                Column("text", "Item text"),
                Column("options", "Texts of the answers, lowest first", "words"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="band",
            doc="What a total means in words, from the lowest total up.",
            columns=(
                _KEY,
                Column("label", "Name of the band"),
                Column("low", "Lowest total in it", "number"),
                Column("high", "Highest total in it", "number"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="subscale",
            doc="Totals over some of the items.",
            columns=(
                _KEY,
                Column("items", "Numbers of its items, counted from 1", "numbers"),
                Column("total_max", "Highest total", "number"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="domain",
            doc="Items of which only the highest answer counts; the total is the sum over domains.",
            columns=(_KEY, Column("items", "Numbers of its items, counted from 1", "numbers"), *PROVENANCE),
        ),
        Table(
            name="item_flag",
            doc="Answers to one item that must be seen whatever the total is.",
            columns=(
                _KEY,
                Column("item", "Number of the item, counted from 1", "integer"),
                Column("op", "How the answer is compared", choices=OPERATORS),
                Column("value", "Number", "numbers"),
                Column("unit", "Unit", "unit"),
                Column("meaning", "What a positive answer means"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="syndrome",
            doc="Patterns of symptoms that suggest a syndrome; not a diagnosis.",
            columns=(
                _KEY,
                Column("label", "Name of the syndrome"),
                Column("symptoms_min", "Fewest symptoms present", "integer"),
                Column("symptoms_max", "Most symptoms present", "integer"),
                Column("answer_min", "Answer from which a symptom is present", "number"),
                Column("early_item", "Item whose symptom is present earlier", "integer", required=False),
                Column("early_min", "Answer from which that one is present", "number", required=False),
                Column("core_items", "Items of which at least one must be present", "numbers"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="anchor_set",
            doc="Published wordings of a level that differ; the record stores which was used.",
            columns=(
                _KEY,
                Column("text", "Our paraphrase of the anchors"),
                Column("accepted", "May be used here; a set that counts otherwise is named and refused", "flag"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="cut",
            doc="Cut-offs with a name, such as a positive screen.",
            columns=(
                _KEY,
                Column("applies_to", "Whom it is for", required=False),
                Column("op", "How the total is compared", choices=OPERATORS),
                Column("value", "Number", "numbers"),
                Column("unit", "Unit", "unit"),
                Column("meaning", "What a positive answer means"),
                *PROVENANCE,
            ),
        ),
    ),
)

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
                _KEY,
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
                _KEY,
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
                _KEY,
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
                _KEY,
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

DOCUMENT_KINDS = (SCALES, PROTOCOLS)
