"""Every flat table of facts Holdfast knows: the registry that loader, documentation and tests read.

Nested documents, scales and protocols, are in documents.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.calibration_tables import CALIBRATION_TABLES
from holdfast.facts.coded_tables import CODED_TABLES
from holdfast.facts.evidence_tables import EVIDENCE_TABLES
from holdfast.facts.forecast_tables import FORECAST_TABLES
from holdfast.facts.information_tables import INFORMATION_TABLES
from holdfast.facts.model_tables import MODEL_TABLES
from holdfast.facts.population_tables import POPULATION_TABLES
from holdfast.facts.safety_tables import SAFETY_TABLES
from holdfast.facts.schema import CLASSES, PROVENANCE, STATUSES, Column, Row, Table

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
        Column("contraindications_read", "Was a label's list of contraindications read for it?", "flag"),
    ),
)

SETTINGS = Table(
    name="settings",
    path="settings.csv",
    doc="Definitions that sources dispute, and what a programme may leave out: it chooses one key per setting.",
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
        Column(
            "standing",
            "approved, off-label, refused, or unknown where no label text was read",
            choices=("approved", "off-label", "refused", "unknown"),
        ),
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
    checks=(lambda row: [("max", "lies below min; give the lower number first")] if row["max"] < row["min"] else [],),
)

TABLES = (
    REFERENCES, CARE_RULES, CARE_THRESHOLDS, JURISDICTIONS, SETTINGS, OUTCOME_DEFINITIONS, CODES, CRISIS_LINES,
    LABEL_STATUS,
    PLAUSIBLE_RANGES, STAGING_POINTS, *MODEL_TABLES, *POPULATION_TABLES,
    *EVIDENCE_TABLES, *INFORMATION_TABLES, *CALIBRATION_TABLES, *CODED_TABLES, *FORECAST_TABLES, *SAFETY_TABLES,
)  # fmt: skip

__all__ = ["CLASSES", "STATUSES", "TABLES"]
