"""Forecasts of courses: asked for when data arrive, made by a job in another process, kept, shown to clinicians.

Read in this order: `models` (what is kept), `patient_file` (a course as the forecast takes it, a plain function),
`on_record` (the same read from the records), `model_process` (the other process), `making` (the job), `actions`,
`standing` (chance of relapse on the worklist), `queries` and `words` (answers for people), `fan` (the picture), pages.
"""
