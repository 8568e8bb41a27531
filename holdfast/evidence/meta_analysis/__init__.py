"""Meta-analysis: from what studies reported to one mean effect, how far studies differ, and what a new study may show.

Three steps, each a room of its own, on plain arrays and free of the evidence tables:

- `derivations`, `effect_sizes`: what a study printed becomes an estimate and its sampling variance, and says how;
- `pooling` on `heterogeneity`, `regression`: fixed and random effects, intervals, moderators;
- `influence`, `small_studies`: whether one study, or the small ones, carry the result.

Then `selection` chooses the rows of the evidence tables that may stand together, with a reason for each that may not,
`analysis` pools them, `wording` says the result in plain English and `forest_plot` draws it.

The equations are those of the Cochrane Handbook and of the papers named beside them; numbers agree with R metafor
(tests/golden/meta_analysis). Nothing was copied from it.
"""
