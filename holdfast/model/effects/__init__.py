"""Acute effects of a dose: dissociation, blood pressure, heart rate, sedation.

Read in this order: `drive` (what effects see of the levels), `variability` (random numbers to factors of people and of
treatment sessions), then `dissociation`, `blood_pressure`, `heart_rate` and `sedation`, one idea each.

How a simulator of courses uses it:

1. solve with `drive.followers(model, p)` and record the readings `drive.readings(model)` names; two arrays come out,
   MIND and CIRCULATION, in ng/mL of S-equivalents, shape (patients, times); what is below 0 counts as 0;
2. `people = variability.people(model, patients.normal)` once, and for each treatment session number k, from 0,
   `occasion = variability.occasions(model, lambda name: patients.occasion_normal(name, k))`: numbers by name;
3. `dissociation.cadss(model, mind, people.cadss, occasion.cadss, number)` with `number` = 1 for the first treatment
   session, `dissociation.rated` of its peak and `dissociation.above_4` of that;
   `blood_pressure.rises(model, circulation, people.circulation, occasion.circulation)` and
   `blood_pressure.largest_rises` of their peaks; `heart_rate.rise` by the same factors;
   `sedation.probability_below(model, mind, people.sedation)` and `sedation.lowest_score` of the largest drive;
4. `before_dose.PressureGate(rules).withholds(sbp, dbp, age_y)` of the pressures before the dose: who is not dosed.

A factor of shape (patients,) goes beside a drive of (patients,) or (patients, times). All factors have the mean 1.
"""
