"""Consent to a course: the programme's texts, and what each patient said to which of them."""
