"""Virtual trials: what a trial would have reported, had its people been virtual patients.

A trial is one readable file (holdfast/facts/trials, or your own). Read in this order: `design` (a trial as plain
values), `faults` (designs that cannot be), `reading` (from a name or a file); `lives` (everybody through each arm) with
`giving` (dose rules and policies), `doses`, `expecting`, `felt` and `comparators`; `judged`, `counting` and `survival`
(one statistic for many replicates); `pools` and `replicates` (people drawn at the trial's own n, who leaves, what is
reported), `compared` (beside what was published), `power`, `figures`.

An interval holds the chance of who took part, at the trial's own n; by a model that has a posterior also how unsure
that is, how studies differ and what it leaves unexplained (`uncertain`, `misfit`). Every answer says which.
"""
