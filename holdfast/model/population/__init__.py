"""Virtual patients: people drawn from tables, the same ones for the same seed, in whatever order they are drawn.

Read in this order: `random_numbers` (which number belongs to whom), `distributions` (from a number to a value),
`correlations` (what goes together), `named_populations` (whom to draw), `virtual_patients` (drawing them),
`listing` (who they are, as a table), `profile_spread` (what one regimen does in all of them).
"""

DEFAULT_POPULATION = "trd-adults"
