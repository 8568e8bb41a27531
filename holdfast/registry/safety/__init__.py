"""Safety of a registry set: how often adverse events came, what a dose did within hours, how much was given, which
checks were done, what is more than published, and serious events line by line. Counts first, which add up over parts."""
