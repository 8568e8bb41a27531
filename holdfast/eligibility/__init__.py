"""Eligibility: adequate trials, staging, contraindications and cautions."""
