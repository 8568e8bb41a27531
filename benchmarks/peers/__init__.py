"""Other people's solvers, run beside ours on the same equations. Each module says what it needs and how it is run."""
