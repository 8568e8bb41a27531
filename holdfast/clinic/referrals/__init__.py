"""Referrals: who sent somebody, why, and what was decided."""
