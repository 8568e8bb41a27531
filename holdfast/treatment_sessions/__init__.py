"""One supervised treatment session: states, pre-dose checks, monitoring, discharge, reporting."""
