"""A form that was sent twice counts once."""
