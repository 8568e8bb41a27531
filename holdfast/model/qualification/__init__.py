"""Model against published value, row by row of qualification.csv: pass, known miss with its reason, or FAIL.

Read in this order: `scenario` (a row ready to be simulated), `typical_person` (one person through levels, effects and
mood), `nasal_trial` (many people in the trials of the spray), `mood_trial` (many people rated with MADRS),
`pharmacokinetic_measures`, `effect_measures` and `mood_measures` (what is computed, by name of the measure), `table`
(every row and its verdict), `figures` (a row drawn).
"""

from holdfast.model.qualification.scenario import Scenario
from holdfast.model.qualification.table import (
    CALIBRATE,
    FAIL,
    KNOWN_MISS,
    NOT_COVERED,
    NOT_MODELLED,
    PASS,
    REPORT,
    Verdict,
    measured,
    qualify,
    verdict,
)

__all__ = [
    "CALIBRATE", "FAIL", "KNOWN_MISS", "NOT_COVERED", "NOT_MODELLED", "PASS", "REPORT",
    "Scenario", "Verdict", "measured", "qualify", "verdict",
]  # fmt: skip
