"""Backups that are encrypted, restored and rehearsed, and everything in open formats for whoever leaves."""
