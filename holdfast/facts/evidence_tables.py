"""The flat tables of published trials: studies, arms, outcomes, adverse events, overlaps, and conflicts of articles.

Long form, one published number a row. What is true of a study or an arm stands once, in its own table. Checks of one
row and across rows are in evidence_checks.py.
"""

from __future__ import annotations

from holdfast.facts.evidence_checks import (
    OUTCOME_CHECKS,
    adverse_event_is_possible,
    arm_is_possible,
    overlap_is_of_two,
    study_may_be_fitted,
    verified_names_its_reader,
    year_has_come,
)
from holdfast.facts.schema import PROVENANCE, Column, Table

SPLITS = ("calibrate", "check", "context", "exclude_overlap")
STUDY_DRUGS = (
    "ketamine",
    "esketamine",
    "ketamine or esketamine",
    "hydroxynorketamine",
    "placebo",
    "midazolam",
    "quetiapine",
    "electroconvulsive therapy",
)
STUDY_ROUTES = ("iv", "nasal", "im", "sc", "oral", "sublingual", "injection", "various", "none")
DESIGN_KINDS = (
    "parallel",
    "crossover",
    "randomised withdrawal",
    "open series",
    "open extension",
    "observational",
    "pooled",
    "meta-analysis",
    "registry",
    "label",
    "animals",
)
CONTROLS = (
    "none",
    "saline",
    "midazolam",
    "placebo",
    "placebo spray with an antidepressant",
    "placebo with hospital care",
    "active",
    "several",
)
INTERVAL_KINDS = ("ci95", "ci95_lower_only", "range", "iqr")
OUTCOME_UNITS = (
    "points",
    "percent",
    "days",
    "infusions",
    "sessions",
    "cohen_d",
    "hedges_g",
    "smd",
    "odds_ratio",
    "hazard_ratio",
    "pearson_r",
    "nnt",
    "boolean",
    "qualitative_none",
    "qualitative_no_change",
)
EVENT_UNITS = (
    "percent_of_patients",
    "per_100_patients",
    "percent_of_patients_in_week_1",
    "percent_of_sessions",
    "count",
    "qualitative_none",
)
TIME_UNITS = ("hours", "days", "weeks", "months", "infusions")
FIELDS = ("value", "n_analysed", "events", "sd", "definition")


def _fact(*columns: Column) -> tuple[Column, ...]:
    return (Column("id", "Name of the fact, unique over all tables"), *columns, *PROVENANCE)


STUDIES = Table(
    name="studies",
    path="studies.csv",
    doc="Published studies: what each is, whom it was in, what may be done with it. Only `calibrate` may be fitted; "
    "`check` is compared; `context` and `exclude_overlap` are shown.",
    columns=_fact(
        Column("title", "Name as the tables print it"),
        Column("year", "Year of publication", "integer"),
        Column("design", "Design in words"),
        Column("design_kind", "Our word for the design", choices=DESIGN_KINDS),
        Column("blinding", "Who did not know, as far as the words say",
               choices=("double-blind", "rater-blind", "open", "not stated")),
        Column("population", "Who took part, in words"),
        Column("polarity", "Kind of depression, as far as the words say",
               choices=("unipolar", "mostly unipolar", "bipolar", "both", "not stated")),
        Column("resistance", "Resistance to treatment, as far as the words say",
               choices=("trd", "one or more trials failed", "not stated")),
        Column("source", "Identifiers of the publication, as listed"),
        Column("source_check", "Was the citation itself verified? partly says why"),
        Column("doi", "DOI", "words", required=False),
        Column("pmid", "PubMed number", "words", required=False),
        Column("pmcid", "PubMed Central number", "words", required=False),
        Column("nct", "Number at ClinicalTrials.gov", "words", required=False),
        Column("overlap_group", "Studies of one group share patients or are pools", required=False),
        Column("split", "What may be done with it", choices=SPLITS),
        Column("caution", "What a reader may get wrong", required=False),
        Column("cited", "The publication itself; `ref` is where its numbers were read", refers_to="references"),
    ),
    checks=(study_may_be_fitted, year_has_come, verified_names_its_reader),
)  # fmt: skip

STUDY_OVERLAPS = Table(
    name="study_overlaps",
    path="study_overlaps.csv",
    doc="Which studies have patients in common. Two studies of one overlap_group count as sharing patients too, unless "
    "a row here says that they are apart.",
    columns=_fact(
        Column("group", "Group it belongs to"),
        Column("study", "One study", refers_to="studies"),
        Column("other", "The other", refers_to="studies"),
        Column("how", "How the first stands to the other", choices=("contains", "takes from", "may share", "apart")),
    ),
    checks=(overlap_is_of_two,),
)

STUDY_SCALES = Table(
    name="study_scales",
    path="study_scales.csv",
    doc="Scales as the studies name them. A scale that is not here is refused in an outcome.",
    columns=_fact(
        Column("meaning", "What it is"),
        Column("rated_by", "Who judges", choices=("clinician", "self", "test", "several", "not stated")),
        Column("scale", "The scale of Holdfast that it is, where it is one", required=False),
    ),
)

STUDY_ARMS = Table(
    name="study_arms",
    path="study_arms.csv",
    doc="Arms of the studies: what was given. An arm that counts adverse events may differ from those of the outcomes.",
    columns=_fact(
        Column("study", "Study it belongs to", refers_to="studies"),
        Column("label", "Name as reported, unique within the study"),
        Column("drug", "What was given", choices=STUDY_DRUGS),
        Column("route", "How", choices=STUDY_ROUTES),
        Column("dose", "Dose, or doses that may be chosen; empty = none fixed or none printed", "numbers",
               required=False),
        Column("dose_unit", "Unit of the dose", required=False, choices=("mg", "mg/kg")),
        Column("infusion_min", "Length of an infusion in min", "number", required=False),
        Column("dose_as_printed", "Dose in words", required=False),
        Column("schedule", "Schedule in words", required=False),
        Column("comparator", "What it is compared with, in words", required=False),
        Column("control", "Our word for the comparator; saline and midazolam are never pooled together", required=False,
               choices=CONTROLS),
        Column("n_randomised", "People randomised or enrolled; empty = unknown, never 0", "integer", required=False),
        Column("counted_in", "Where it is counted", "words", choices=("outcomes", "adverse events")),
        Column("shares_with", "Arms of the study with some of the same people", "words", required=False,
               refers_to="study_arms"),
        Column("unverified_fields", "Columns that are unverified although the row is not", "words", required=False,
               choices=("n_randomised", "dose")),
    ),
    checks=(arm_is_possible, verified_names_its_reader),
)  # fmt: skip

_INTERVAL = (
    Column("ci_low", "Low end of a confidence interval", "number", required=False),
    Column("ci_high", "High end of a confidence interval; empty = not estimable or not obtained", "number",
           required=False),
    Column("spread_low", "Low end of a range or of quartiles: no confidence interval", "number", required=False),
    Column("spread_high", "High end of a range or of quartiles", "number", required=False),
    Column("interval_kind", "What the interval is", required=False, choices=INTERVAL_KINDS),
)  # fmt: skip

STUDY_OUTCOMES = Table(
    name="study_outcomes",
    path="study_outcomes.csv",
    doc="Published outcomes, one number a row. `locator` is the address where the number was read.",
    columns=_fact(
        Column("study", "Study it belongs to", refers_to="studies"),
        Column("arm", "Arm it is of; of a contrast, the arm that is compared", refers_to="study_arms"),
        Column("subgroup", "Part of the arm; empty = the whole arm", required=False),
        Column("subgroup_by", "What parts the arm; subgroups by the same thing are apart", required=False,
               choices=("sex", "age", "history")),
        Column("estimand", "One arm, or its contrast with the comparator: never averaged together",
               choices=("arm", "contrast")),
        Column("outcome", "What is reported"),
        Column("scale", "Scale it rests on", required=False, refers_to="study_scales"),
        Column("definition", "Rule of the outcome; empty = unknown, not the usual one", required=False),
        Column("time_h", "Hours after the anchor; empty = not stated, or counted in infusions", "number",
               required=False),
        Column("time_value", "Time as printed", "number", required=False),
        Column("time_unit", "Unit as printed", required=False, choices=TIME_UNITS),
        Column("time_anchor", "From when the time counts, or when it was rated", required=False),
        Column("value", "The number; empty where there is only an interval, or only a statement", "number",
               required=False),
        Column("unit", "Unit of the number", required=False, choices=OUTCOME_UNITS),
        Column("events", "People with the outcome; beside a percent usually computed back from it", "integer",
               required=False),
        Column("n_analysed", "People analysed; empty = unknown, never 0", "integer", required=False),
        Column("sd", "SD of the change", "number", required=False),
        Column("se", "Standard error of the mean", "number", required=False),
        *_INTERVAL,
        Column("unverified_fields", "Columns that are unverified although the value is not", "words", required=False,
               choices=FIELDS),
    ),
    checks=OUTCOME_CHECKS,
)  # fmt: skip

STUDY_ADVERSE_EVENTS = Table(
    name="study_adverse_events",
    path="study_adverse_events.csv",
    doc="Published adverse events, one number a row, with its denominator. Percent of patients is not percent of "
    "sessions. `locator` is the address where the number was read.",
    columns=_fact(
        Column("study", "Study it belongs to", refers_to="studies"),
        Column("arm", "Arm it was counted in", refers_to="study_arms"),
        Column("phase", "Period that is counted"),
        Column("n", "People counted; empty = unknown, never 0", "integer", required=False),
        Column("event_term", "The event as printed"),
        Column("category", "Our word for the kind of event"),
        Column("value", "The number; empty where there is only a range, or only a statement", "number",
               required=False),
        Column("unit", "Unit of the number", choices=EVENT_UNITS),
        Column("events", "People with the event", "integer", required=False),
        *_INTERVAL,
        Column("time_note", "Onset, peak and end, in words", required=False),
        Column("reported_as", "Name of the study in the report"),
        Column("reported_year", "Year of the report", "integer"),
        Column("reported_in", "The report"),
    ),
    checks=(adverse_event_is_possible, verified_names_its_reader),
)  # fmt: skip

ARTICLE_CONFLICTS = Table(
    name="article_conflicts",
    path="article_conflicts.csv",
    doc="What the five articles that Holdfast started from say, what the sources say, and what we hold.",
    columns=_fact(
        Column("number", "Number of the row", "integer"),
        Column("subject", "What it is about"),
        Column("articles", "Articles that say so", "words", choices=("000", "001", "002", "003", "004")),
        Column("article_says", "What the articles say; in front of each, its number"),
        Column("source_says", "What the sources say"),
        Column("verdict", "What we hold, and do"),
        Column("studies", "Studies it speaks of", "words", required=False, refers_to="studies"),
    ),
)

STUDIES_WITHOUT_TRIALS = Table(
    name="studies_without_trials",
    path="studies_without_trials.csv",
    doc="Studies to be fitted or checked that have no file of a trial, each with the reason. A gate holds that every "
    "other one has a file.",
    columns=_fact(
        Column("study", "The study", refers_to="studies"),
        Column("why", "The reason in a sentence"),
    ),
)

EVIDENCE_TABLES = (
    STUDIES, STUDIES_WITHOUT_TRIALS, STUDY_OVERLAPS, STUDY_SCALES, STUDY_ARMS, STUDY_OUTCOMES,
    STUDY_ADVERSE_EVENTS, ARTICLE_CONFLICTS,
)  # fmt: skip
