"""The shape of a trial that can be simulated: who, what is given, when it is rated, what would be reported."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.schema import KEY, STATUSES, Column, DocumentKind, Row, Table
from holdfast.facts.tables import ROUTES
from holdfast.units import convert

DESIGNS = ("parallel", "crossover", "open series", "randomised withdrawal")
BLINDINGS = ("open", "rater-blind", "double-blind")
COMPARATORS = ("quetiapine", "electroconvulsive therapy")  # treatments whose effect is set to a published outcome
INERT = ("placebo", "midazolam")
TRIAL_DRUGS = ("ketamine", "esketamine", "arketamine", *INERT, *COMPARATORS)
DOSE_RULES = ("fixed", "raise-without-response", "stop-after-response", "stop-after-remission")
INTERVAL_POLICIES = ("fixed", "taper", "response-triggered")  # those of holdfast.protocols.intervals
FELT, KNOWN = "felt dissociation", "share who know"
UNBLINDINGS = ("none", FELT, KNOWN)
MISSING = ("observed", "carried forward", "failure")
ARM_KINDS = (
    "change", "effect_size_from_baseline", "response", "remission", "ever_response", "ever_remission", "held_response",
    "sensitivity", "specificity", "onset_before", "loss_of_response_median", "loss_of_response_shortest",
    "loss_of_response_longest", "response_kept", "relapse", "relapse_median", "remission_kept", "sessions_to_median",
    "correlation_with_cadss",
)  # fmt: skip
RATES = ("response", "remission", "ever_response", "ever_remission")
CONTRAST_KINDS = (
    "mean_difference", "effect_size_d", "risk_difference", "superior", "hazard_ratio_relapse", "hazard_ratio_remission",
)  # fmt: skip

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
    inert = row["drug"] in (*INERT, *COMPARATORS)
    for name in ("doses", "dose_unit", "route"):
        if not inert and not row.get(name):
            yield name, f"is empty; an arm on {row['drug']} needs it"
    if any(dose <= 0 for dose in row.get("doses", ())):
        yield "doses", "must be above 0; an arm without drug is one on placebo"
    if list(row.get("doses", ())) != sorted(set(row.get("doses", ()))):
        yield "doses", "must rise: the lowest first, each once"
    if row.get("route") == "iv" and not inert and row.get("infusion_min") is None:
        yield "infusion_min", "is empty; an infusion has a length"
    if not 0 <= row.get("infusion_min", 0) <= MOST_INFUSION_MIN:
        yield "infusion_min", f"must lie between 0, a bolus, and {MOST_INFUSION_MIN:g} minutes, a day"
    if row.get("reaches_percent", 0) > 100:
        yield "reaches_percent", "is more than 100; no more than the whole dose reaches the blood"
    days = list(row["dose_days"])
    if not days or days != sorted(set(days)) or min(*days, *row.get("placebo_days", ()), days[0]) != 0:
        yield "dose_days", "must start with 0, the day of the first dose, and rise; only placebo_days may come before"


def _goes_on(row: Row) -> Iterable[tuple[str, str]]:
    for every, until in (("then_every_d", "until_d"), ("placebo_every_d", "placebo_until_d")):
        if (row.get(every) is None) != (row.get(until) is None):
            yield every, f"and {until} need each other: how often, and to which day"
        elif row.get(every) is not None and row[every] <= 0:
            yield every, "must be above 0 days"
        elif row.get(every) is not None:
            yield from _ends(row, every, until)
    if row.get("placebo_every_d") is not None and not row.get("placebo_days"):
        yield "placebo_days", "is empty; give the first day without drug"


def _ends(row: Row, every: str, until: str) -> Iterable[tuple[str, str]]:
    """Treatment sessions that go on do so for a while, and not without number."""
    first = max(row.get("placebo_days" if every == "placebo_every_d" else "dose_days") or (0,))
    if row[until] < first:
        yield until, f"is day {row[until]:g}, before day {first:g} from which it goes on"
    elif (row[until] - first) / row[every] > MOST_OF_A_SERIES:
        yield every, f"makes more than {MOST_OF_A_SERIES} treatment sessions; treat more rarely"


def _policy_can_be_followed(row: Row) -> Iterable[tuple[str, str]]:
    days = row.get("policy_intervals_d")
    if row.get("policy") is not None and days is not None:
        whole = all(day >= 1 and day == int(day) for day in days)
        if not days or not whole or list(days) != sorted(set(days)):
            yield "policy_intervals_d", "must hold whole days from 1 up, the shortest first, each once"
    if row.get("policy_from_d", 0) < 0:
        yield "policy_from_d", "lies before the first dose; a policy holds from day 0 or later"
    if row.get("policy_hold", 1) < 1:
        yield "policy_hold", "must be at least 1 treatment session"


def _rules_are_whole(row: Row) -> Iterable[tuple[str, str]]:
    """A rule that asks something says what, and a comparator says to which outcome it is set."""
    if row.get("dose_rule") == "stop-after-remission" and not row.get("rule_definition"):
        yield "rule_definition", "is empty; remission is always by a named definition"
    policy = ("policy", "policy_from_d", "policy_intervals_d", "policy_definition")
    given = [name for name in policy if row.get(name) is not None]
    if given and len(given) < len(policy):
        yield given[0], f"needs {', '.join(name for name in policy if name not in given)} too"
    if row.get("policy") == "taper" and not row.get("policy_hold"):
        yield "policy_hold", "is empty; a taper says how many treatment sessions are to be held"
    comparator = row["drug"] in COMPARATORS
    for name in ("set_to", "onset_half_life_d", "fade_half_life_d"):
        if comparator != (row.get(name) is not None):
            yield name, f"is for a comparator that is no ketamine ({', '.join(COMPARATORS)}), and needed there"
    for name in ("onset_half_life_d", "fade_half_life_d", "reaches_percent"):
        if row.get(name) is not None and row[name] <= 0:
            yield name, "must be above 0"


def _series_rises(row: Row) -> Iterable[tuple[str, str]]:
    if row["every_d"] <= 0 or row["to_d"] < row["from_d"]:
        yield "every_d", "must be above 0, and to_d no earlier than from_d"
    elif (row["to_d"] - row["from_d"]) / row["every_d"] > MOST_OF_A_SERIES:
        yield "every_d", f"makes more than {MOST_OF_A_SERIES} ratings; rate more rarely"


def _chosen_by_something(row: Row) -> Iterable[tuple[str, str]]:
    if not row.get("ratings"):
        yield "ratings", "is empty; name the ratings at which it is decided"
    elif row.get("least") is not None and row["least"] < 1:
        yield "least", "must be at least 1"
    if (row.get("relapse") is None) != (not row.get("relapse_ratings")):
        yield "relapse", "and relapse_ratings need each other"


MOST_OF_A_SERIES = 600
MOST_INFUSION_MIN = convert(1.0, "d", "min")
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
            Column("hospital_care", "Everybody is in hospital at first, which helps of itself", "flag", required=False),
            Column("unblinding", "Double-blind: how felt effects tell people what they get; empty = none",
                   required=False, choices=UNBLINDINGS),
            Column("known_percent", "Share of people who know, where a share knows: on drug they expect as in open "
                   "care, on control nothing", "number", required=False),
            Column("baseline_rating", "Rating that stands as the baseline from then on, as when treatment begins anew",
                   required=False),
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
                Column("reaches_percent", "A product no model describes: share of the dose that reaches the blood; it "
                       "is given to the model as an infusion of that share, infusion_min long", "number",
                       required=False),
                Column("dose_days", "Days of treatment sessions, from 0", "numbers"),
                Column("then_every_d", "After the last of them, further ones so often", "number", required=False),
                Column("until_d", "and to this day", "number", required=False),
                Column("placebo_days", "Days of treatment sessions without drug, as before a delayed start or after a "
                       "withdrawal",
                       "numbers", required=False),
                Column("placebo_every_d", "After the last of them, further ones so often", "number", required=False),
                Column("placebo_until_d", "and to this day", "number", required=False),
                Column("dose_rule", "How the dose is chosen from ratings before it; empty = fixed", required=False,
                       choices=DOSE_RULES),
                Column("rule_definition", "Outcome definition the dose rule asks for; empty = response_50",
                       required=False),
                Column("policy", "Who skips planned treatment sessions: a policy of intervals; empty = nobody",
                       required=False, choices=INTERVAL_POLICIES),
                Column("policy_from_d", "Day from which the policy holds", "number", required=False),
                Column("policy_intervals_d", "Intervals it may choose from, shortest first", "numbers", required=False),
                Column("policy_definition", "Outcome definition that says somebody holds", required=False),
                Column("policy_hold", "Treatment sessions held before a taper lengthens", "integer", required=False),
                Column("set_to", "Comparator: published row its effect is set to, and which is not predicted then",
                       required=False, refers_to="study_outcomes"),
                Column("set_outcome", "Comparator: key of the outcome that means what that row does; empty = the one "
                       "that names the row as published", required=False),
                Column("onset_half_life_d", "Comparator: time to half of its effect", "number", required=False),
                Column("fade_half_life_d", "Comparator: time in which half is lost after its end", "number",
                       required=False),
                Column("lasts_d", "Comparator: day to which it is given; empty = each one's last treatment session",
                       "number", required=False),
                Column("n", "People analysed in it; a crossover counts them by sequence", "integer", required=False),
                Column("study_arm", "Published arm it stands for; several arms may share one", required=False,
                       refers_to="study_arms"),
                *_PROVENANCE,
            ),
            checks=(_dose_fits_drug, _goes_on, _policy_can_be_followed, _rules_are_whole),
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
            name="rating_series",
            doc="Ratings at even distances, from the first dose; an outcome that names the series is read at all.",
            columns=(
                KEY,
                Column("from_d", "Day of the first", "number"),
                Column("every_d", "Days from one to the next", "number"),
                Column("to_d", "No later than this day", "number"),
                *_PROVENANCE,
            ),
            checks=(_series_rises,),
        ),
        Table(
            name="selection",
            doc="Who goes on to be randomised or treated anew; n of an arm counts those.",
            many=False,
            columns=(
                Column("ratings", "Ratings at which it is decided", "words"),
                Column("least", "At how many of them the definition must be met; empty = at all", "integer",
                       required=False),
                Column("definition", "Outcome definition that must be met"),
                Column("relapse", "Definition of relapse that must be met after that", required=False),
                Column("relapse_ratings", "Ratings at which relapse is looked for", "words", required=False),
                *_PROVENANCE,
            ),
            checks=(_chosen_by_something,),
        ),
        Table(
            name="outcome",
            doc="What the trial reports. A change is from the baseline of the period.",
            columns=(
                KEY,
                Column("kind", "What is counted", choices=(*ARM_KINDS, *CONTRAST_KINDS)),
                Column("ratings", "Keys of the ratings it is read at, in order of time", "words"),
                Column("definition", "Outcome definition, where it has one", required=False),
                Column("lost_by", "Definition of relapse by which a remission is lost", required=False),
                Column("among", "Definition that people must have met to be counted", required=False),
                Column("among_ratings", "Ratings at one of which they must have met it; time counts from the first",
                       "words", required=False),
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
