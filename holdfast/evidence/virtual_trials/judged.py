"""Totals of a trial's scale, and what named definitions make of them: each total asked once of the care rule."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from holdfast.model.mood.scale_links import METRIC, linked
from holdfast.model.mood.score import most_points
from holdfast.outcomes import answers
from holdfast.outcomes.definitions import definition

Whole = NDArray[np.int64]


def on_scale(madrs: Whole, scale: str) -> Whole:
    """Ratings in points of MADRS as whole totals of the scale."""
    return madrs if scale == METRIC else np.rint(linked(madrs, METRIC, scale)).astype(np.int64)


def most_on(scale: str) -> int:
    """The highest total a rating on the scale can show here."""
    return int(on_scale(np.array([most_points()]), scale)[0])


@cache
def responding(name: str, scale: str) -> NDArray[np.bool_]:
    """Whether a total is a response, [baseline, total]: the care rule asked once for every pair."""
    points = slice(most_on(scale) + 1)
    return np.array([[bool(met) for met in row[points]] for row in answers.responses(definition(name), scale)[points]])


@cache
def meeting(name: str, scale: str) -> NDArray[np.bool_]:
    """Whether a total meets a definition on the total."""
    return np.array(answers.meeting(definition(name), scale)[: most_on(scale) + 1])


@cache
def is_of_response(name: str) -> bool:
    """Does the definition compare a total with the baseline?"""
    return definition(name).outcome in ("response", "partial_response")


def met(name: str, scale: str, start: Whole, total: Whole) -> NDArray[np.bool_]:
    """Does each total meet the definition, of response by its baseline `start`? Shapes broadcast."""
    return responding(name, scale)[start, total] if is_of_response(name) else meeting(name, scale)[total]
