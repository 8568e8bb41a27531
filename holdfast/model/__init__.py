"""The course simulator: so far the pharmacokinetics, from dose to concentration.

Read in this order: `named_models` (which model, which numbers), `covariates` (whose body), `individual` (the numbers of
that body), `dosing` (what is given when), `absorption` (where each dose goes), `compartments` (the equations), `solver`
(their exact solution), `profile` (Cmax, Tmax, AUC, half-life), `qualification` (model against published value).

`named_models` and `dosing` are plain Python. Everything else loads NumPy and is imported where it is used.
"""
