"""Which forms were carried out already."""

from __future__ import annotations

from django.db import models


class SentForm(models.Model):
    """One form that was carried out, for a day. The digest says nothing about what the form held."""

    digest = models.CharField(max_length=64, unique=True)
    location = models.CharField(max_length=300, blank=True)  # where the answer sent the browser
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest
