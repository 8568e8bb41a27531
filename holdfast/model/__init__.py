"""The course simulator: from dose to concentration, dissociation, blood pressure and mood.

Read in this order: `named_models` (which model, which numbers), `pharmacokinetics` (dose to level), `effects` (level to
acute effects), `mood` (drive to score), `population` (virtual patients), `integration` (solving in time), `assembly`
(all of it as one set of equations), `pressure_gate` (who gets no dose), `courses` (treatment sessions and decisions
over weeks), `runs` (courses of any number of patients, with their files), `qualification` (model against published
value), `simulate` (what a user of Python calls). `plots` is what all figures share; `provenance` says with each answer
what it is of.

Plain Python, so that a command answers at once: `named_models`, `provenance`, `mood.laws`, `simulate`, and of the
`pharmacokinetics` what is named there. Everything else loads NumPy and is imported where it is used.
"""
