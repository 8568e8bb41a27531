"""The ways a message leaves the house. Every way takes an address and words, and says by an error that it did not.

A gateway of another service is a class with the method of `Gateway` and no arguments to make it, named in
`HOLDFAST_SMS_GATEWAY` as `package.module:Class`. Messages of a simulated programme reach nobody: they are files.
"""

from __future__ import annotations

import smtplib
import sys
from importlib import import_module
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage

from holdfast.clinic.messaging.models import Channel
from holdfast.clinic.programmes.models import ProgrammeKind
from holdfast.errors import ConfigurationError

REACHES_NOBODY = frozenset({"", "console", "folder"})  # of the SMS gateways: none, and those to try the way with
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"
REFUSED_FOR_GOOD = 500  # SMTP replies from here on say that trying again is no use


class NotSentError(Exception):
    """The message did not leave. `reason` is one word for the ledger, never an address or a server's own text."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        self.reason, self.permanent = reason, permanent
        super().__init__(reason)


class Gateway(Protocol):
    """What a way of sending must do."""

    def send(self, *, to: str, subject: str, text: str) -> bool:
        """Send. True where delivery is confirmed, False where it was only taken. Raises `NotSentError`."""


class Mail:
    """E-mail by the clinic's SMTP server. Taken by the server is sent; whether it arrived nobody says."""

    def send(self, *, to: str, subject: str, text: str) -> bool:
        """Send one mail."""
        if settings.EMAIL_BACKEND == NO_MAIL:
            raise NotSentError("not-set-up")
        try:
            EmailMessage(subject=subject, body=text, to=[to]).send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotSentError("recipient-refused", permanent=min(codes) >= REFUSED_FOR_GOOD) from None
        except smtplib.SMTPAuthenticationError:
            raise NotSentError("sign-in-refused") from None
        except smtplib.SMTPException:
            raise NotSentError("server-refused") from None
        except OSError:
            raise NotSentError("no-connection") from None
        return False


class Console:
    """Prints each message: to try the way a message goes, with no patient."""

    def send(self, *, to: str, subject: str, text: str) -> bool:
        """Print one message to standard error."""
        sys.stderr.write(f"To {to}: {text}\n")
        return False


class Folder:
    """Writes each message as a file that only the owner reads."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(settings.CHECK_IN_OUTBOX)

    def send(self, *, to: str, subject: str, text: str) -> bool:
        """Write one message."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self.folder / f"{uuid4()}.txt"
            path.touch(mode=0o600)
            path.write_text(f"To: {to}\nSubject: {subject}\n\n{text}\n", encoding="utf-8")
        except OSError:
            raise NotSentError("folder-not-writable") from None
        return True


class NotSetUp:
    """Stands where no gateway was named."""

    def send(self, *, to: str, subject: str, text: str) -> bool:
        """Refuse."""
        raise NotSentError("not-set-up")


def gateway_for(channel: str, programme_kind: str) -> Gateway:
    """The way for a channel. Raises `ConfigurationError` where the named gateway cannot be made."""
    if programme_kind != ProgrammeKind.LIVE:
        return Folder()
    return Mail() if channel == Channel.EMAIL else sms_gateway(settings.CHECK_IN_SMS_GATEWAY)


def sms_gateway(named: str) -> Gateway:
    """The SMS gateway by its name: `console`, `folder`, or `package.module:Class`."""
    known: dict[str, type[Gateway]] = {"": NotSetUp, "console": Console, "folder": Folder}
    if named in known:
        return known[named]()
    module, _, name = named.partition(":")
    try:
        made: Gateway = getattr(import_module(module), name)()
    except (ImportError, AttributeError, ValueError, TypeError):
        raise ConfigurationError(
            f"HOLDFAST_SMS_GATEWAY is {named!r}; give console, folder, or package.module:Class that can be imported"
        ) from None
    return made
