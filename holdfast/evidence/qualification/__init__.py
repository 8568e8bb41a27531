"""How well the mood model predicts studies it has not seen, and how rival hypotheses compare: tables made by a fit.

`make calibrate` (calibration/mood) writes them; nothing here is edited by hand. Empty cells are unknown.

left_out.csv: one published number a row, predicted without its study.
    hypothesis, study, trial, row, outcome, unit, published, status, basis, median, p2.5, p10, p90, p97.5, p25, p75,
    pit, inside_80, inside_95
  `row` is the id of the number in study_outcomes.csv, `outcome` its kind in the file of the `trial`.
  `basis`: `left out` (fitted to every other study, then predicted), `never fitted` (study of split `check`),
  `not fitted` (a row of status unverified, predicted with its study left out).
  Percentiles are of what the trial would report at its own number of people: posterior draws, each with fresh effects
  of the study, and chance of who takes part. Of yes-or-no numbers (`superior`) the median is the probability of yes,
  the percentiles are empty. `pit`: share of draws below the published value, and half of those equal to it.
  `inside_80` and `inside_95` are `yes` or `no`, by the rule of virtual_trials.compared.

fitted.csv: the same columns by the posterior of all studies and each study's own effects; `basis` is `fitted`,
  `never fitted` or `not fitted`. For looking at misfit (posterior predictive checks), never for judging prediction.

left_out_studies.csv: one study a row.
    hypothesis, study, rows, log_density, error, pareto_k, mean_absolute_error_response, response_rows
  `log_density`: natural log of the joint predictive density of the study's fitted numbers (the unverified not counted),
  `error` its Monte Carlo error. `mean_absolute_error_response` in percentage points over its rows that are responses.

hypotheses.csv: one hypothesis a row.
    hypothesis, studies, log_density, error, difference, difference_error, note
  `log_density` is summed over left-out studies, `error` the standard error over studies; `difference` is that to the
  best hypothesis, `difference_error` the standard error of the paired difference. All at the same error of the
  emulator, number by number the coarsest of theirs.

about.json: holdfast version, facts_digest, date, command, seed, model, posterior (name and digest), sizes, seconds, and
  `files`: SHA-256 of each table (first 16 hex digits), which `reading` compares.
"""
