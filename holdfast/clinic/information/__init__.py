"""Information for patients and families: what is public, what waits for a signature, what is past review."""
