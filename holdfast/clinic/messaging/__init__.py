"""Messages that leave the clinic: what is agreed on them, their ledgers and links, and the ways they go.

Check-ins, reminders and calls to whoever is on duty rest on this room; it knows none of them and has no app of its own.
"""
