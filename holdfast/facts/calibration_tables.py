"""The table of priors: what is held of each parameter of mood before the evidence is asked."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.schema import PROVENANCE, Column, Row, Table

TRANSFORMS = ("log", "logit", "half-normal", "normal")
PARTS = ("drug", "placebo", "noise", "study")
STUDY_EFFECTS = ("drug", "placebo")


def _assumed_says_why(row: Row) -> Iterable[tuple[str, str]]:
    if row["status"] == "assumed" and not row.get("note"):
        yield "note", "is empty; an assumed value says why we hold it"


def _prior_is_possible(row: Row) -> Iterable[tuple[str, str]]:
    if row["sd"] <= 0:
        yield "sd", "is not above 0; a parameter that is not fitted needs no prior"
    if row["transform"] == "logit" and not 0 < row["median"] < 1:
        yield "median", "is not between 0 and 1, which the logit needs"
    if row["transform"] == "log" and row["median"] <= 0:
        yield "median", "is not above 0, which the logarithm needs"
    if (row["transform"] in ("half-normal", "normal")) != (row["part"] == "study"):
        yield "transform", "half-normal and normal belong to what differs over studies, and to nothing else"


CALIBRATION_PRIORS = Table(
    name="calibration_priors",
    path="calibration_priors.csv",
    doc="Priors of the calibration of mood: the median, and the SD on the transformed scale (of log or logit). Part "
    "study: SD over studies of the logit of a group of shares, with a half-normal prior of scale sd; or the "
    "mean difference between two kinds of studies, with a normal prior.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("symbol", "Parameter of mood_parameters.csv, or the group of shares that differs over studies"),
        Column("kind", "Kind of the parameter", choices=("typical", "omega", "sigma", "study")),
        Column("part", "What it belongs to", choices=PARTS),
        Column("transform", "Scale on which the prior is normal", choices=TRANSFORMS),
        Column("median", "Median; of part study 0", "number"),
        Column("sd", "SD on the transformed scale", "number"),
        Column("hypotheses", "Hypotheses it is fitted under; empty = all", "words", required=False),
        Column("study_effect", "Study effect that shifts it, on the transformed scale", required=False,
               choices=STUDY_EFFECTS),
        *PROVENANCE,
    ),
    checks=(_assumed_says_why, _prior_is_possible),
)  # fmt: skip
CALIBRATION_TABLES = (CALIBRATION_PRIORS,)
