"""Acute effects of a dose: dissociation, blood pressure, heart rate, sedation.

Read in this order: `drive` (what effects see of the levels), `variability` (random numbers to factors of people and of
treatment sessions), then `dissociation`, `blood_pressure`, `heart_rate` and `sedation`, one idea each, and
`treatment_session`, the chain from drive to all of them.

How a simulator of courses uses it:

1. solve with `drive.followers(model, p)` and record the readings `drive.readings(model)` names; two arrays come out,
   MIND and CIRCULATION, in ng/mL of S-equivalents, shape (patients, times); what is below 0 counts as 0;
2. `person = variability.person_factors(model, patients.normal)` once, and for each treatment session number k, from 0,
   `occasion = variability.occasion_factors(model, lambda name: patients.occasion_normal(name, k))`: numbers by name;
3. `treatment_session.acting(model, Drives(mind, circulation), person, occasion, number)`, `number` counted from 1; of
   the effects at the largest drives, `treatment_session.read_at_peaks` is what raters and cuffs read; whether a rated
   CADSS counts as dissociation says `dissociation.above_4`. Who gets no dose for `treatment_session.pressure_before`
   is not an effect: see `holdfast.model.pressure_gate`.

A factor of shape (patients,) goes beside a drive of (patients,) or (patients, times). All factors have the mean 1.
"""
