"""From a dose to concentrations.

Read in this order: `covariate_words` and `covariates` (whose body), `etas` (how people differ), `individual` (the
numbers of that body), `dosing` (what is given when), `event_tables` (the same from a table), `absorption` (where each
dose goes), `compartments` (the equations), `matrix_exponential` and `solver` (their exact solution), `levels`
(concentrations), `simulation` (all of it in one call), `profile` (Cmax, Tmax, AUC, half-life), `fitted_range` (doses
beyond what a model was fitted to), `figures` (levels drawn). `reference_solver` writes the equations out once more and
checks the exact solution.

`covariate_words`, `dosing`, `event_tables` and `fitted_range` are plain Python. Everything else loads NumPy.
"""
