"""Posteriors of the mood model: draws of its parameters as evidence leaves them, made by `make calibrate`.

`parameters` tells what is fitted, on which scale, and what differs from study to study; `reading` reads a file of
draws beside this one and gives the model of each draw. The method: docs/explanation/calibration.md.
"""
