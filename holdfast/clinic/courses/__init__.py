"""Treatment courses, their phases, evaluations and overrides."""
