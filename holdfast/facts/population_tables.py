"""The flat tables of populations: who virtual patients are drawn from."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.schema import PROVENANCE, Column, Row, Table

QUANTITIES = ("age_y", "height_cm", "bmi", "weight_kg", "madrs_baseline")
SHARES = ("female", "asian", "japanese", "child_pugh_b")
DISTRIBUTIONS = ("normal", "log-normal", "beta", "share")
SEXES = ("any", "female", "male")


def _fact(*columns: Column) -> tuple[Column, ...]:
    return (Column("id", "Name of the fact, unique over all tables"), *columns, *PROVENANCE)


def _assumed_says_why(row: Row) -> Iterable[tuple[str, str]]:
    if row["status"] == "assumed" and not row.get("note"):
        yield "note", "is empty; an assumed value says why we hold it"


def _distribution_is_whole(row: Row) -> Iterable[tuple[str, str]]:
    is_share = row["quantity"] in SHARES
    if is_share != (row["distribution"] == "share"):
        yield "distribution", f"the distribution share belongs to {', '.join(SHARES)}, and to nothing else"
    elif is_share:
        if not 0 <= row["mean"] <= 1:
            yield "mean", "is no share; give a number from 0 to 1"
        if row["sex"] != "any":
            yield "sex", "a share is that of everybody; write any"
    else:
        yield from _spread_is_possible(row)


def _spread_is_possible(row: Row) -> Iterable[tuple[str, str]]:
    low, high, mean, sd = row.get("low"), row.get("high"), row["mean"], row.get("sd")
    if sd is None or sd <= 0:
        yield "sd", "is missing or not above 0; a quantity that everybody shares is no distribution"
    if low is None or high is None or not low < mean < high:
        yield "low", "low, mean and high must be given and rise"
    elif sd is not None and row["distribution"] == "beta" and sd**2 >= (mean - low) * (high - mean):
        yield "sd", "is too large for values between low and high"
    if row["distribution"] == "log-normal" and mean <= 0:
        yield "mean", "is not above 0, which a log-normal quantity must be"


def _pair_is_possible(row: Row) -> Iterable[tuple[str, str]]:
    if row["first"] == row["second"]:
        yield "second", "is the first; a pair needs two names"
    if not -1 < row["r"] < 1:
        yield "r", "is no correlation that leaves both free; give a number between -1 and 1"


POPULATIONS = Table(
    name="populations",
    path="populations.csv",
    doc="Populations that virtual patients are drawn from, by name.",
    columns=_fact(
        Column("title", "Name in print"),
        Column("meaning", "Whom it stands for, and where it departs from them"),
    ),
    checks=(_assumed_says_why,),
)

POPULATION_COVARIATES = Table(
    name="population_covariates",
    path="population_covariates.csv",
    doc="How the covariates of a population are spread. A normal or log-normal quantity is cut off at low and high; "
    "mean and sd are those before. For beta they are those of the values between low and high.",
    columns=_fact(
        Column("population", "Population it belongs to", refers_to="populations"),
        Column("quantity", "What is drawn; its unit last. Weight is given, or follows from height and BMI",
               choices=(*QUANTITIES, *SHARES)),
        Column("sex", "Whom the row speaks of", choices=SEXES),
        Column("distribution", "Shape of the spread", choices=DISTRIBUTIONS),
        Column("mean", "Mean; of a share, the share", "number"),
        Column("sd", "SD; empty for a share", "number", required=False),
        Column("low", "Lowest value drawn; empty for a share", "number", required=False),
        Column("high", "Highest value drawn; empty for a share", "number", required=False),
    ),
    checks=(_assumed_says_why, _distribution_is_whole),
)  # fmt: skip

POPULATION_CORRELATIONS = Table(
    name="population_correlations",
    path="population_correlations.csv",
    doc="Pairs of draws that go together: covariates by quantity, deviations of parameters by symbol, other draws of a "
    "person by name. r is the correlation of their normal scores; pairs that are not here are independent.",
    columns=_fact(
        Column("population", "Population it holds in; empty = every one", required=False, refers_to="populations"),
        Column("model", "Model it holds in; empty = every one", required=False, refers_to="models"),
        Column("first", "Name of one draw"),
        Column("second", "Name of the other"),
        Column("r", "Correlation", "number"),
    ),
    checks=(_assumed_says_why, _pair_is_possible),
)

POPULATION_TABLES = (POPULATIONS, POPULATION_COVARIATES, POPULATION_CORRELATIONS)
