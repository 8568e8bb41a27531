"""Courses: treatment sessions, ratings and decisions over weeks, for a batch of virtual patients.

Read in this order: `plan` (what a simulation is of), `batch` (a day of everybody; calls all that follows), `ahead`
(what comes next for each), by `planned` (when the next treatment session is: the clinic's own schedule) and `decisions`
(interval policies and doses, the clinic's own; what is `distinct` is asked once), `ratings` (what the clinic knows:
scores, response, remission, relapse), `review` (which ends induction), `attendance` (who comes), `people` and `bodies`
(the score each morning; the body through a day), `acute` (effects of a dose), `columns` (the table). `event_courses`
takes a table of doses instead of a protocol. `holdfast.model.runs` goes through any number of batches.
"""
