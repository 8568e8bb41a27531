"""Holdfast runs a ketamine or esketamine treatment programme for depression."""

__version__ = "0.1.0"
