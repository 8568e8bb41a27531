"""Virtual patients: people drawn from tables, the same ones for the same seed, in whatever order they are drawn."""
