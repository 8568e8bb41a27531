"""Reading one patient of another programme in an emergency: with a reason, for a limited time, reviewed after."""
