"""Patients of a programme."""
