"""Calls to whoever is on duty, by e-mail and text message: that an alert waits, and nothing more."""
