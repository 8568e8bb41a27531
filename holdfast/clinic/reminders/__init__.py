"""Messages before a planned treatment session or evaluation, as agreed with the patient."""
