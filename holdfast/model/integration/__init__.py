"""Solving the whole model in time: a linear part, exactly, and levels that relax one way, by collocation.

Read in this order: `laws` (equations that are not linear), `equations` (everything a solver needs of a population, and
the range it is held to), `stretches` (a span of time, what enters, what is read, and its panels), `handed_over` (what a
caller gives), `quadrature` (nodes and weights), `plain` (the solver in NumPy that one reads and tests with). `compiled`
and `device` (a graphics card) take the same equations and stretches and give the same numbers; `reference` is SciPy,
the judge of all. docs/explanation/solvers.md says what was checked.
"""
