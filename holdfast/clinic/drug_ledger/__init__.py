"""The controlled-drug ledger: lots, movements, and the count at close of day."""
