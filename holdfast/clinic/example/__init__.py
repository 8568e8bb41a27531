"""The example programme: invented people, simulated courses, built only through actions."""
