"""The shape of a trial that can be simulated: who, what is given, when it is rated, what would be reported."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.schema import KEY, STATUSES, Column, DocumentKind, Row, Table
from holdfast.facts.tables import ROUTES

DESIGNS = ("parallel", "crossover", "open series", "randomised withdrawal")
BLINDINGS = ("open", "rater-blind", "double-blind")
TRIAL_DRUGS = ("ketamine", "esketamine", "arketamine", "placebo", "midazolam")
DOSE_RULES = ("fixed", "raise-without-response", "stop-after-response")
MISSING = ("observed", "carried forward", "failure")
ARM_KINDS = (
    "change", "response", "remission", "ever_response", "ever_remission", "held_response", "sensitivity", "specificity",
    "loss_of_response_median", "response_kept", "relapse",
)  # fmt: skip
CONTRAST_KINDS = ("mean_difference", "effect_size_d", "risk_difference", "superior")

# A design of one's own has no source: here, and only here, `ref` and `locator` may be empty.
_PROVENANCE = (
    Column("ref", "Row of references.csv that this was read in", required=False, refers_to="references"),
    Column("locator", "Table, page, section or sentence of the source", required=False),
    Column("status", "How far it is checked against its source; assumed where nothing was read", choices=STATUSES),
    Column("note", "Why it is held to be so", required=False),
)


def _one_time(row: Row) -> Iterable[tuple[str, str]]:
    if (row.get("at_h") is None) == (row.get("at_d") is None):
        yield "at_h", "give the time either as at_h or as at_d, and not both"


def _dose_fits_drug(row: Row) -> Iterable[tuple[str, str]]:
    inert = row["drug"] in ("placebo", "midazolam")
    for name in ("doses", "dose_unit", "route"):
        if not inert and not row.get(name):
            yield name, f"is empty; an arm on {row['drug']} needs it"
    if any(dose <= 0 for dose in row.get("doses", ())):
        yield "doses", "must be above 0; an arm without drug is one on placebo"
    if row.get("route") == "iv" and not inert and row.get("infusion_min") is None:
        yield "infusion_min", "is empty; an infusion has a length"
    days = row["dose_days"]
    if not days or list(days) != sorted(set(days)) or days[0] != 0:
        yield "dose_days", "must start with 0, the day of the first dose, and rise"


TRIALS = DocumentKind(
    name="trials",
    folder="trials",
    doc="Trials that can be simulated: design, people, arms, ratings, and what the trial would report.",
    header=Table(
        name="trial",
        doc="The trial as a whole.",
        many=False,
        columns=(
            Column("id", "Name on the command line, such as zarate-2006"),
            Column("title", "Name in print"),
            Column("study", "Published study it stands for; empty for a planned trial", required=False,
                   refers_to="studies"),
            Column("design", "Design", choices=DESIGNS),
            Column("blinding", "Who knows what is given", choices=BLINDINGS),
            Column("population", "Population people are drawn from", refers_to="populations"),
            Column("baseline_mean", "Mean MADRS at baseline; empty = that of the population", "number", required=False),
            Column("baseline_sd", "SD of it", "number", required=False),
            Column("baseline_min", "Least MADRS to enter", "number", required=False),
            Column("scale", "Scale it is rated on: madrs, or one with a link to it"),
            Column("rated_by", "Who rates", choices=("clinician", "self")),
            Column("stands_for", "Published scale that this one stands for, where Holdfast has no link to it",
                   required=False),
            Column("new_antidepressant", "A new oral antidepressant is begun on the first day", "flag"),
            Column("period_starts_d", "Crossover: day on which each period starts", "numbers", required=False),
            Column("leave_percent", "Share of people who leave before the last rating, at any time alike", "number",
                   required=False),
            Column("missing", "What is made of ratings that are missing", choices=MISSING),
            *_PROVENANCE,
        ),
    ),
    sections=(
        Table(
            name="arm",
            doc="What a group is given.",
            columns=(
                KEY,
                Column("label", "Name in print"),
                Column("drug", "Drug; midazolam is given no effect on mood", choices=TRIAL_DRUGS),
                Column("route", "Route", required=False, choices=ROUTES),
                Column("doses", "Dose of base, or the steps a dose rule may choose from, lowest first", "numbers",
                       required=False),
                Column("dose_unit", "mg or mg/kg", required=False, choices=("mg", "mg/kg")),
                Column("infusion_min", "Length of an infusion, min", "number", required=False),
                Column("dose_days", "Days of treatment sessions, from 0", "numbers"),
                Column("placebo_days", "Days of further treatment sessions without drug, as after a withdrawal",
                       "numbers", required=False),
                Column("dose_rule", "How the dose is chosen from ratings before it; empty = fixed", required=False,
                       choices=DOSE_RULES),
                Column("n", "People analysed in it; a crossover counts them by sequence", "integer", required=False),
                Column("study_arm", "Published arm it stands for; several arms may share one", required=False,
                       refers_to="study_arms"),
                *_PROVENANCE,
            ),
            checks=(_dose_fits_drug,),
        ),
        Table(
            name="sequence",
            doc="Crossover: the order in which people get the arms.",
            columns=(
                KEY,
                Column("arms", "Keys of the arms, one for each period", "words"),
                Column("n", "People in it", "integer"),
                *_PROVENANCE,
            ),
        ),
        Table(
            name="rating",
            doc="When everybody is rated, from the first dose (of the period). The baseline is rated by itself at 0.",
            columns=(
                KEY,
                Column("at_h", "Hours after the first dose", "number", required=False),
                Column("at_d", "Days after the first dose", "number", required=False),
                *_PROVENANCE,
            ),
            checks=(_one_time,),
        ),
        Table(
            name="selection",
            doc="Randomised withdrawal: who goes on to be randomised; n of an arm counts those.",
            many=False,
            columns=(
                Column("rating", "Rating at which it is decided"),
                Column("definition", "Outcome definition that must be met"),
                *_PROVENANCE,
            ),
        ),
        Table(
            name="outcome",
            doc="What the trial reports. A change is from the baseline of the period.",
            columns=(
                KEY,
                Column("kind", "What is counted", choices=(*ARM_KINDS, *CONTRAST_KINDS)),
                Column("ratings", "Keys of the ratings it is read at, in order of time", "words"),
                Column("definition", "Outcome definition, where it has one", required=False),
                Column("arms", "Keys of the arms it is reported of; empty = all", "words", required=False),
                Column("against", "Key of the arm a contrast is against", required=False),
                Column("better", "Sign of an effect size that means better", required=False,
                       choices=("positive", "negative")),
                Column("published", "Rows of study_outcomes.csv that report it", "words", required=False,
                       refers_to="study_outcomes"),
                *_PROVENANCE,
            ),
        ),
        Table(
            name="not_compared",
            doc="Published rows of the study that this trial does not predict, and why.",
            columns=(
                KEY,
                Column("rows", "Rows of study_outcomes.csv", "words", refers_to="study_outcomes"),
                Column("why", "The reason in a sentence"),
                *_PROVENANCE,
            ),
        ),
        Table(
            name="assumption",
            doc="What had to be assumed to simulate the trial at all.",
            columns=(KEY, Column("text", "The assumption in a sentence"), *_PROVENANCE),
        ),
    ),
)  # fmt: skip
