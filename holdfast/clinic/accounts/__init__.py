"""People who sign in, their roles, and the one table of who may do what."""
