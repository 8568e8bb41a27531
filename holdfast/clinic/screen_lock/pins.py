"""Which PIN can be one: a plain rule. Somebody who sees the keys greasy or knows the person should not guess it."""

from __future__ import annotations

from itertools import pairwise

SHORTEST, LONGEST = 4, 8
TRIES = 5  # then only the full sign-in opens; of 10,000 PINs five are one in two thousand
_YEARS = range(1900, 2100)


def fault_of(pin: str, *, username: str = "") -> str:
    """What is wrong with a PIN, as a sentence; empty where nothing is.

    >>> fault_of("4729")
    ''
    >>> fault_of("1234")
    'A PIN that counts up or down is guessed first; choose another.'
    """
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        return f"Give {SHORTEST} to {LONGEST} digits."
    if len(set(pin)) == 1:
        return "A PIN of one digit is guessed first; choose another."
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({1}, {9}):
        return "A PIN that counts up or down is guessed first; choose another."
    if _repeats(pin):
        return "A PIN that repeats itself is guessed first; choose another."
    if len(pin) == len("1984") and int(pin) in _YEARS:
        return "A PIN that reads as a year is guessed first; choose another."
    if pin in username:
        return "The PIN stands in your user name; choose another."
    return ""


def _repeats(pin: str) -> bool:
    """Is it a shorter piece, again and again, as 1212 or 473473?"""
    return any(len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1))
