"""How a course ended: why, and what follows."""
