"""Mood: from what drives it to a score, by named rival hypotheses. What comes out is a hypothesis, not a prediction.

No step from dose to mood is established: levels predict mood weakly or not at all in patients, and every number here
is assumed or set on a few small trials. Use it to ask what a hypothesis implies; never to tell a patient a number.

Read in this order: `occupancy` (what drives, by default), `laws` (the cascade, once for each hypothesis), `individuals`
(who gains, and who does not), `placebo` (what is no effect of drug), `score` (from levels to MADRS and to a rating),
`fluctuation` (ups and downs), `relapse` (many courses judged by the named definition, along the way or in hindsight),
`scale_links` (MADRS and other scales). How all of it is joined to levels and effects stands in
`holdfast/model/assembly.py`; a typical person goes through it in `qualification/typical_person.py`.
"""
