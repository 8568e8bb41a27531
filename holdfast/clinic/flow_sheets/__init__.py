"""The flow-sheet of a treatment session, minute by minute."""
