"""The learning check: how good a programme's kept forecasts were, once ratings came. For whoever leads or treats.

Read in this order: `models` (what is kept), `gathered` (forecasts and the ratings they met, as plain values without a
name), `making` (the job: the numbers are computed in a process of their own), `actions`, `queries`, `pictures`, pages.
"""
