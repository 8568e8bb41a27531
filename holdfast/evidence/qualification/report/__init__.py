"""The qualification report: predicted against published for every study, said plainly, also where the model loses.

Read in this order: `document` (what stands where), `verdict`, `comparison` (curve, rivals, hypotheses, misses),
`study_cards`, `identified` (what the data do not tell), `sources` (where it comes from), `pictures`, `numbers` (how a
reader sees a number).
"""
