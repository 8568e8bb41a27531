"""The words of docs/calibration/mood.md; numbers are put in by the report."""

PAGE = """# Calibration of mood

Written by `{about[command]}` (calibration/mood) on {about[date]}; facts {about[facts_digest]}, holdfast
{about[holdfast]}, seed {about[seed]}. The method and its reasons: [How the mood model is
calibrated](../explanation/calibration.md). The result is the model `{about[model]}`: its posterior is
`holdfast/model/posteriors/{about[model]}.csv`, and `holdfast trial simulate --model {about[model]}` draws from it.

## What was fitted

{about[fitted_rows]} published numbers of {about[fitted_studies]} studies: every row of a study marked `calibrate`
that its trial file compares, rows of status
unverified left out. No `check`, `context` or `exclude_overlap` row, no study outside the tables.

{rows}

## Parameters

Medians of the prior are those of the starting model, which are assumed; priors are wide and stand in
`holdfast/facts/calibration_priors.csv`. "Narrower by" is the share of the prior's SD that is gone, on the scale of
the prior; "moved" is how far the mean went.

{posterior}

**Hardly moved by the data** (less than {least} narrower): {still}. Their posterior is mostly their prior. A share on
a log scale (`O50`) stops at 1.

{spreads}

![Prior (grey) and posterior of each parameter, in SDs of the prior](mood-parameters.svg)

## Diagnostics

{d[chains]} chains, {d[draws]} draws in all; largest R-hat {d[largest_r_hat]}, smallest effective sample
{d[smallest_effective_sample]}, {d[divergences]} divergent transitions.

![Ranks of each chain's draws: flat where chains agree](mood-ranks.svg)

The posterior is sampled on an emulator ({sizes[first]}, {sizes[second]} and {sizes[third]} points, {sizes[people]}
people
in a trial). At {d[exact_draws]} draws of the posterior the product's own trials were run: the emulator is off by
{emulator[median]} chance errors of the trial in the median number and {emulator[worst]} in the worst; of chance and
misfit together by {both[median]} and {both[worst]}. The simulator's own noise is in these. Weights that would
correct the draws have Pareto k {d[exact_pareto_k]} and leave {d[exact_effective_draws]} effective draws of
{d[exact_draws]}: errors over all numbers add up, so such weights are of no use. They are not used; instead the
error of
the emulator on points it has not seen is part of the error of each number. The ten numbers where it is furthest off:

{worst}

## Each study

"Fitted" is by the posterior of all studies with the study's own effects (posterior predictive check, by the
emulator). "Left out" is predicted by the product's trials without the study and with fresh effects. Pareto k above
0.7: the weights fail, so the posterior was sampled anew without the study.

{studies}

{coverage}

![Shares predicted without their study against the published ones; misses red](mood-left-out.svg)

## Misses

Published numbers outside their 95 % predictive interval:

{misses}

## Rival hypotheses

Sum over studies of the log predictive density of each study left out, every hypothesis at the same error of the
emulator: number by number that of the coarsest. A difference within about twice its standard error says nothing.

{hypotheses}
"""
