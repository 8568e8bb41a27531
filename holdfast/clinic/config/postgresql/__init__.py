"""PostgreSQL as the clinic uses it. Django finds the backend by this package."""
