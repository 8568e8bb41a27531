"""What people feel of a dose in a trial: dissociation as it would be rated, from the drive on the mind.

Dissociation moves no score of itself here. Where a trial is blinded, it may tell people what they got.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects.dissociation import cadss, rated
from holdfast.model.effects.variability import occasion_factors, person_factors
from holdfast.model.named_models import NamedModel
from holdfast.model.population.virtual_patients import VirtualPatients

Values = NDArray[np.float64]


class Felt:
    """Dissociation in a chunk of people."""

    def __init__(self, model: NamedModel, people: VirtualPatients) -> None:
        self._model, self._people = model, people
        self._person = person_factors(model, people.normal)

    def cadss(self, drive: Values, day: int, number: Values) -> Values:
        """Rated CADSS totals at drives on the mind (people, times), ng/mL; `number` counts treatment sessions."""
        occasion = occasion_factors(self._model, lambda name: self._people.occasion_normal(name, day))
        expected = cadss(self._model, drive, self._person.cadss, occasion.cadss, number)
        return rated(expected, occasion.cadss_rating)
