"""Opening the clinic for a verb that needs its records. Django is imported only here, and only when called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.clinic.accounts.models import CommandLine


def opened_by_command_line(*, begins: bool = False) -> CommandLine:
    """Open the clinic, its database brought up to date, and return the actor that commands act as.

    A verb that `begins` an installation makes one where there is none; any other is refused there. Models, queries and
    actions can be imported only after this call. Raises `ConfigurationError`.
    """
    from holdfast.clinic.config.start import open_clinic, require_installation

    if not begins:
        require_installation()
    open_clinic()
    from holdfast.clinic.accounts.models import CommandLine

    return CommandLine()
