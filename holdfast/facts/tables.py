"""Every table of facts Holdfast knows: the registry that loader, documentation and tests read."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.schema import CLASSES, PROVENANCE, STATUSES, Column, DocumentKind, Row, Table

DRUGS = ("esketamine", "ketamine")
ROUTES = ("nasal", "iv", "im", "sc", "oral", "sublingual")
INDICATIONS = ("trd", "mdsi", "psychiatric-emergency", "mdd", "bipolar-depression")
STAGES = (
    "eligibility", "staging", "pre_dose", "dosing", "monitoring", "discharge", "reporting", "outcomes",
    "cumulative_safety", "crisis",
)  # fmt: skip
ACTIONS = ("hard_stop", "stop_unless_overridden", "caution", "record", "compute", "route")
OPERATORS = ("<", "<=", "==", ">=", ">", "between", "in", "multiple_of", "about")


def _verified_needs_a_reader(row: Row) -> Iterable[tuple[str, str]]:
    if row["status"] == "verified" and not row.get("checked_by"):
        yield "checked_by", "is empty; status verified needs the second reader's name"


def _verified_code_needs_a_date(row: Row) -> Iterable[tuple[str, str]]:
    if row.get("code") is None and row["status"] == "verified":
        yield "code", "is empty; a verified code must be given"


def _threshold_is_whole(row: Row) -> Iterable[tuple[str, str]]:
    values = row.get("value", ())
    if values and row.get("unit") is None:
        yield "unit", "is empty; a threshold needs a unit (use 'score' or 'count' where there is none)"
    if row["op"] == "between" and len(values) != 2:
        yield "value", "between needs two numbers, low;high"
    if row["op"] == "between" and len(values) == 2 and values[0] > values[1]:
        yield "value", "between needs the lower number first"
    if row["op"] not in ("between", "in") and len(values) > 1:
        yield "value", f"{row['op']} takes one number"
    if not values and not row.get("set_by_clinic"):
        yield "value", "is empty; give the number, or set_by_clinic = yes where each clinic must choose it"


def _range_is_ordered(row: Row) -> Iterable[tuple[str, str]]:
    if row.get("high") is not None and row.get("low", row["high"]) > row["high"]:
        yield "high", "is below low"


def _fact(*columns: Column) -> tuple[Column, ...]:
    return (Column("id", "Name of the fact, unique over all tables"), *columns, *PROVENANCE)


REFERENCES = Table(
    name="references",
    path="references.csv",
    doc="Where facts were read. A source that was only retold says so in `kind` and `note`.",
    columns=(
        Column("id", "Short name used in `ref`"),
        Column("citation", "Citation or title"),
        Column("url", "Address or DOI, as printed by the source list", required=False),
        Column("kind", "What it is", choices=(
            "label", "smpc", "rems", "guideline", "trial", "abstract", "paper", "drug-guide", "service-page",
            "web-page", "code", "standard", "dataset", "house", "recollection",
        )),
        Column("read", "How much of it was read", choices=("whole", "excerpt", "retelling", "not-read")),
        Column("note", "Anything a reader should know", required=False),
    ),
)  # fmt: skip

CARE_RULES = Table(
    name="care_rules",
    path="care_rules.csv",
    doc="Every care rule, with what it does when its condition is met, where it applies and who says so.",
    columns=_fact(
        Column("stage", "Part of the programme the rule belongs to", choices=STAGES),
        Column("text", "The rule in a sentence"),
        Column("action", "What happens when it is met", choices=ACTIONS),
        Column("class", "Kind of authority behind it", choices=CLASSES),
        Column("jurisdictions", "Jurisdictions the source speaks for; any = none named", "words"),
        Column("drugs", "Drugs it applies to", "words", choices=(*DRUGS, "any")),
        Column("routes", "Routes it applies to", "words", choices=(*ROUTES, "any")),
        Column("indications", "Indications it applies to", "words", choices=(*INDICATIONS, "any")),
        Column("extends_to", "Drugs to which a signed house extension carries the rule", "words", required=False),
        Column("hard_stop_for", "Drugs for which the action is a hard stop instead", "words", required=False),
        Column("combine", "How its thresholds join", required=False, choices=("all", "any")),
        Column("further_refs", "Other sources of the rule", "words", required=False, refers_to="references"),
        Column("source_version", "Version or date of the source", required=False),
        Column("rule_version", "Version of this row", "integer"),
        Column("implemented_by", "Function that decides it, or `recorded-only`"),
        Column("recorded_only_because", "Reason, where no function decides it", required=False),
    ),
    checks=(
        _verified_needs_a_reader,
        lambda row: (
            [("recorded_only_because", "is empty; a recorded-only rule says why")]
            if row["implemented_by"] == "recorded-only" and not row.get("recorded_only_because")
            else []
        ),
    ),
)

CARE_THRESHOLDS = Table(
    name="care_thresholds",
    path="care_thresholds.csv",
    doc="The numbers of the care rules, one a row. A missing measurement never satisfies one.",
    columns=_fact(
        Column("rule", "Rule it belongs to", refers_to="care_rules"),
        Column("name", "Short name, unique within the rule"),
        Column("quantity", "What is measured"),
        Column("op", "How it is compared", choices=OPERATORS),
        Column("value", "Number, or numbers for between and in", "numbers", required=False),
        Column("unit", "Unit of the number", "unit", required=False),
        Column("when", "Condition under which it counts", required=False),
        Column("key", "Named alternative; the programme chooses one", required=False),
        Column("set_by_clinic", "Each clinic must choose the number", "flag", required=False),
    ),
    checks=(_threshold_is_whole, _verified_needs_a_reader),
)

JURISDICTIONS = Table(
    name="jurisdictions",
    path="jurisdictions.csv",
    doc="Jurisdictions a programme may work under. `includes` names those whose rules hold there too.",
    columns=_fact(
        Column("name", "Name in words"),
        Column("includes", "Jurisdictions whose rules hold there too", "words", required=False),
    ),
)

SETTINGS = Table(
    name="settings",
    path="settings.csv",
    doc="Definitions that sources dispute: the programme chooses one key per setting.",
    columns=_fact(
        Column("setting", "Name of the setting"),
        Column("key", "Choice"),
        Column("meaning", "What the choice does, in a sentence"),
        Column("default", "Chosen where the programme says nothing", "flag"),
    ),
)

OUTCOME_DEFINITIONS = Table(
    name="outcome_definitions",
    path="outcome_definitions.csv",
    doc="Response, remission, relapse and recurrence by named definition.",
    columns=_fact(
        Column(
            "outcome",
            "What it defines",
            choices=("response", "partial_response", "remission", "relapse", "recurrence"),
        ),
        Column("scale", "Scale it is judged on; any = each scale with itself", required=True),
        Column("quantity", "What is compared", choices=("total", "fall from baseline")),
        Column("op", "How it is compared", choices=OPERATORS),
        Column("value", "Number", "numbers"),
        Column("unit", "Unit of the number", "unit"),
        Column("repeat", "How many ratings in a row must meet it", "integer", required=False),
        Column("repeat_min_d", "Least days between the ratings that must meet it", "number", required=False),
        Column("repeat_max_d", "Most days between them", "number", required=False),
        Column("after_remission_d", "Least days in remission before it, without which it is a relapse", "number",
               required=False),
        Column("rule", "Care rule it comes from", refers_to="care_rules"),
    ),
    checks=(_threshold_is_whole, _verified_needs_a_reader),
)  # fmt: skip

CODES = Table(
    name="codes",
    path="codes.csv",
    doc="Codes of other systems for our concepts. Only what was verified may leave the house as that system's code.",
    columns=_fact(
        Column("concept", "Our concept"),
        Column(
            "system",
            "Code system",
            choices=("loinc", "snomed", "rxnorm", "ucum", "atc", "unii", "ndc", "own"),
        ),
        Column("code", "The code", required=False),
        Column("display", "Its text"),
        Column("usable", "May be sent to others as this system's code", "flag"),
    ),
    checks=(_verified_needs_a_reader, _verified_code_needs_a_date),
)

CRISIS_LINES = Table(
    name="crisis_lines",
    path="crisis_lines.csv",
    doc="Crisis lines by country. A line not checked at its official site within 90 days warns the administrator.",
    columns=_fact(
        Column("country", "ISO country, UK for the United Kingdom"),
        Column("number", "Number to call"),
        Column("detail", "Further ways to reach it", required=False),
        Column("checked_on", "Day it was checked at the official site", "date", required=False),
    ),
)

LABEL_STATUS = Table(
    name="label_status",
    path="label_status.csv",
    doc="Regulatory standing per drug, route, indication, setting and jurisdiction; consent and pages repeat it.",
    columns=_fact(
        Column("drug", "Drug", choices=DRUGS),
        Column("route", "Route", choices=(*ROUTES, "any")),
        Column("indication", "Indication", choices=(*INDICATIONS, "any")),
        Column("setting", "Where it is given", choices=("supervised", "home")),
        Column("jurisdiction", "Jurisdiction; any = wherever no other row speaks"),
        Column("standing", "approved, off-label, refused, or unknown where no label text was read",
               choices=("approved", "off-label", "refused", "unknown")),
        Column("text", "The sentence shown on pages and consent"),
        Column("rule", "Care rule that refuses it, if one does", required=False, refers_to="care_rules"),
    ),
)

STAGING_POINTS = Table(
    name="staging_points",
    path="staging_points.csv",
    doc="Points and stages of the staging methods of treatment resistance: Maudsley, Thase-Rush, MGH-s.",
    columns=_fact(
        Column("rule", "Staging rule it belongs to", refers_to="care_rules"),
        Column("item", "What is judged"),
        Column("key", "Answer that earns the points"),
        Column("low", "Lowest number that earns them, included", "number", required=False),
        Column("high", "Highest number that earns them, included; empty = open", "number", required=False),
        Column("points", "Points, or the rank of the stage", "number"),
        Column("label", "Name of the stage as printed", required=False),
    ),
    checks=(_verified_needs_a_reader, _range_is_ordered),
)

PLAUSIBLE_RANGES = Table(
    name="plausible_ranges",
    path="plausible_ranges.csv",
    doc="What a measurement can be at all. Outside it the entry is refused as a slip of unit or key, not judged.",
    columns=_fact(
        Column("quantity", "Name of the value, its unit last"),
        Column("min", "Lowest value taken", "number"),
        Column("max", "Highest value taken", "number"),
        Column("unit", "Unit of both", "unit"),
        Column("hint_low", "What an entry below it usually is", required=False),
        Column("hint_high", "What an entry above it usually is", required=False),
    ),
    checks=(
        lambda row: [("max", "lies below min; give the lower number first")] if row["max"] < row["min"] else [],
    ),
)

TABLES = (
    REFERENCES, CARE_RULES, CARE_THRESHOLDS, JURISDICTIONS, SETTINGS, OUTCOME_DEFINITIONS, CODES, CRISIS_LINES,
    LABEL_STATUS,
    PLAUSIBLE_RANGES, STAGING_POINTS,
)  # fmt: skip

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
            Column("adopts", "Care rules that hold under it in every jurisdiction", "words", required=False,
                   refers_to="care_rules"),
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
                Column("first_week", "First week; empty = as soon as the phase before it is complete", "integer",
                       required=False),
                Column("last_week", "Last week; empty = open, or until max_sessions", "integer", required=False),
                Column("sessions_per_week", "Treatment sessions a week; below 1 where the interval is longer", "number"),
                Column("interval_d", "Days between treatment sessions the phase allows, shortest first", "numbers"),
                Column("usual_interval_d", "Interval planned where none was chosen; empty = the shortest", "integer",
                       required=False),
                Column("min_interval_d", "Least days between two treatment sessions", "integer"),
                Column("window_before_d", "Days a planned treatment session may come early", "integer"),
                Column("window_after_d", "Days it may come late", "integer"),
                Column("max_sessions", "Treatment sessions after which the phase is complete", "integer", required=False),
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
                Column("measures", "What is measured", "words",
                       choices=("bp", "hr", "spo2", "rr", "moaas", "cadss", "consciousness")),
                Column("anchor", "Event the minutes count from",
                       choices=("before-dose", "dose-start", "dose-middle", "dose-end", "discharge")),
                Column("at_min", "Minutes after the anchor", "number"),
                Column("tolerance_min", "Minutes early or late that still count", "number"),
                Column("repeat_min", "Then again every so many minutes until observation ends", "number", required=False),
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
                Column("hold_sessions", "Treatment sessions held at an interval before a longer one is tried", "integer"),
                Column("stop_after_sessions", "Treatment sessions held at the longest interval before stopping is raised",
                       "integer"),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
        Table(
            name="drive_free",
            doc="How long not to drive.",
            many=False,
            columns=(
                Column("kind", "next morning after sleep, or a number of hours, or the later of both",
                       choices=("next-day-after-sleep", "hours", "later-of-both")),
                Column("hours", "Hours from the end of the dose", "number", required=False),
                Column("rule", "Care rule it follows", required=False, refers_to="care_rules"),
                *PROVENANCE,
            ),
        ),
    ),
)  # fmt: skip

DOCUMENT_KINDS = (SCALES, PROTOCOLS)

__all__ = ["CLASSES", "DOCUMENT_KINDS", "STATUSES", "TABLES"]
