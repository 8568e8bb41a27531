"""What docs/generate.py writes: one module per kind of page, each a pure function of code and tables."""
