"""Maintenance rules of a programme compared over a virtual population: weeks well against sessions and exposure.

Read in this order: `policy_file` (what a file may hold), `programme` (the file as values, and what is refused),
`policies` (grids of rules written out, one policy each), `worlds` (draws of the calibrated population, and who is
treated in each), `bodies` and `drive` (what doses do at the receptor), `induction` (everybody's treatment until
maintenance), `coded` (policies as numbers), `living` (the compiled loop: weeks of a patient under a policy),
`learnt_forecast` (the chance of losing response, as a clinic could know it), `compare` (all of it, in processes),
`outcomes`, `frontier` and `sensitivity` (what is told; `ranks`), `told`, `table` and `picture` (as text, CSV and plot).
The method and its limits: docs/explanation/policies.md.
"""
