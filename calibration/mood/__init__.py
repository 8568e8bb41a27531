"""Calibration of the mood model to published trials: all rows marked calibrate together, by one posterior.

Read in this order: `targets` (which published numbers, and how sure each is), `forward` (what the product's own virtual
trials report at one point), `design` (at which points), `emulator` (a smooth stand-in for it), `sampling` (the posterior,
by NUTS), `stages` (all of it, kept on disk), `left_out` (each study predicted without itself), `report`.
"""
