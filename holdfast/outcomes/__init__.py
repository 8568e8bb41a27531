"""Outcomes by named definition: response, remission, relapse, recurrence and the time to each."""
