"""From a dose to concentrations.

Read in this order: `covariates` (whose body), `etas` (how people differ), `individual` (the numbers of that body),
`dosing` (what is given when), `absorption` (where each dose goes), `compartments` (the equations), `solver` (their
exact solution), `levels` (concentrations), `profile` (Cmax, Tmax, AUC, half-life).

`dosing` is plain Python. Everything else loads NumPy and is imported where it is used.
"""
