"""What is likely for one patient: their own doses and ratings, weighed against a calibrated population.

Read in this order: `patient_file` (what is known of a patient, and what is refused), `plans` (schedules to compare),
`bodies` (level at the receptor after a dose), `mood_levels` (doses to the levels of the cascade), `histories` (virtual
patients who live the dose history once), `observed` (ratings as the model sees them), `likelihood` (fluctuation and
rating error, exactly), `posterior` (weights, tempering, moves), `verdicts` (not enough data; unlike the population),
`futures` (paths under a plan), `answers` (what a clinician asks), `forecast` (all of it in one call), `told` and
`picture` (as text and as a plot), `batch` (many patients). The method and its limits: docs/explanation/forecast.md.

What takes time is machine code, eight virtual patients side by side: `arithmetic` holds formulas that NumPy and machine
code share, `course_steps` and `course_code` live courses, `weighing` and `weighing_code` weigh by the ratings, `eights`
hands arrays over.

Importing this package, `patient_file` or `plans` loads neither NumPy nor SciPy.
"""
