"""The course simulator: from dose to concentration, dissociation, blood pressure and mood.

Rooms: `pharmacokinetics` (dose to level), `effects` (level to acute effects), `mood` (drive to score), `population`
(virtual patients), `integration` (solving it all in time), `courses` (treatment sessions and decisions over weeks).
Beside them: `named_models` (which model, which numbers), `qualification` (model against published value), `plots`.

Everything but `named_models` and `pharmacokinetics.dosing` loads NumPy and is imported where it is used.
"""
