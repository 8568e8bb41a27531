"""The quick PIN of a person, and who signed in in full at which browser."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class QuickPin(models.Model):
    """A short secret that opens a locked screen and nothing else. Kept as a password is: hashed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quick_pin")
    hash = models.CharField(max_length=128)
    set_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)  # wrong ones since the last right one or full sign-in

    def __str__(self) -> str:
        return f"quick PIN, {self.tries} tries"


class SignedInHere(models.Model):
    """A person who signed in in full at a browser: for some hours their PIN opens its locked screen.

    The browser is known by the SHA-256 of a random cookie, the sign-in by the hash that changes with the password.
    """

    device = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    proof = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("device", "user"), name="one_sign_in_a_person_and_browser")]

    def __str__(self) -> str:
        return f"signed in at {self.at:%Y-%m-%d %H:%M}"
