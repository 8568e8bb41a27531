"""Rating scales: totals, bands, missing answers and change, from the tables under facts/scales."""
