"""Calibration of the mood model to published trials: all rows marked calibrate together, by one posterior.

Read in this order: `targets` (which published numbers), `forward` (what the product's own virtual trials report at one
point), `design` (at which points), `emulator` (a smooth stand-in for it), `likelihood`, `sampling` (the posterior, by
NUTS), `stages` (all of it, kept on disk), `left_out` and `scoring` (each study predicted without itself), `report`.
"""
