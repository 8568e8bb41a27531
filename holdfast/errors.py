"""Errors a user can see: what is wrong, where, and what to do; one exit code per class.

A refusal that a clinician expects is not an error but a `Decision` (decision.py). These classes are for
broken input, missing things and faults of the installation. The command line prints the message and
exits with `exit_code`; no traceback for a user's mistake.
"""

from __future__ import annotations

import difflib


class HoldfastError(Exception):
    """Base of every error whose message may be shown to a user as it stands."""

    exit_code = 1


class UsageError(HoldfastError):
    """The command line itself was wrong: unknown verb, missing or contradictory options."""

    exit_code = 2


class InputError(HoldfastError):
    """A value or a file the user gave cannot be what it says it is."""

    exit_code = 3


class TableError(HoldfastError):
    """A facts table is faulty. Carries every fault found, not only the first."""

    exit_code = 4

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class UnknownNameError(HoldfastError):
    """A name (scale, protocol, rule, definition) that no table knows. Says which names there are, the nearest first."""

    exit_code = 5

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        self.kind, self.name, self.known = kind, name, known
        listed = ", ".join(known) if known else "none"
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"No {kind} is called {name!r}.{hint} Known: {listed}")


class RefusedError(HoldfastError):
    """An action was refused by a rule; the message names every reason."""

    exit_code = 6


class PermissionRefusedError(HoldfastError):
    """The person who asked may not do this."""

    exit_code = 7


class ExtraMissingError(HoldfastError):
    """A feature needs an optional extra that is not installed."""

    exit_code = 8

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra {extra!r}. Install it with: pip install 'holdfast[{extra}]'")


class ConfigurationError(HoldfastError):
    """The installation is not set up for what was asked: data folder, database, port, secret."""

    exit_code = 9
