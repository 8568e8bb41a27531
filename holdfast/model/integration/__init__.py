"""Solving the whole model in time: a linear part, exactly, and levels that relax one way, by quadrature.

Read in this order: `laws` (equations that are not linear), `equations` (everything a solver needs of a population),
`stretches` (a span of time, what enters, what is read, and its panels), `quadrature` (nodes and weights), `plain` (the
solver in NumPy that one reads and tests with). Other solvers take the same equations and stretches and give the same
numbers.
"""
