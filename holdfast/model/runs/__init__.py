"""Runs: a simulation of courses as a whole, for any number of patients, with its files, its counts and its figure.

Read in this order: `run` (what a run is, and what it leaves when it is stopped), `chunks` (patients that are simulated
at once, by whomever), `workers` (processes, Ray), `parts` (files), `tally` and `limits` (what is counted of each
chunk), `summary` and `figures` (what is told of it).
"""
