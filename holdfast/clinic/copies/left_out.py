"""What an export leaves out, and why. Every table of the database is exported or stands here; a test compares."""

from __future__ import annotations

# Tables by Django's label.
TABLES = {
    "mfa.Authenticator": "secrets of second factors",
    "sessions.Session": "sign-ins under way",
    "axes.AccessAttempt": "failed sign-ins, kept for the lock-out",
    "axes.AccessAttemptExpiration": "failed sign-ins, kept for the lock-out",
    "axes.AccessFailureLog": "failed sign-ins, kept for the lock-out",
    "axes.AccessLog": "sign-ins; the record of actions has them",
    "account.EmailAddress": "empty: accounts have no mail here",
    "account.EmailConfirmation": "empty: accounts have no mail here",
    "auth.Permission": "of Django, unused: roles decide",
    "auth.Group": "of Django, unused: roles decide",
    "auth.Group_permissions": "of Django, unused: roles decide",
    "accounts.User_groups": "of Django, unused: roles decide",
    "accounts.User_user_permissions": "of Django, unused: roles decide",
    "contenttypes.ContentType": "of Django: names of tables",
    "checkins.CheckInLink": "digests of links that open a check-in",
    "reminders.ReminderLink": "digests of links that open a reminder",
    "checkins.RequestCount": "counts that limit guessing, forgotten after a day",
    "sent_forms.SentForm": "digests of forms, forgotten after a day",
    "registry.ReportFile": "files of reports, made again from the records",
    "jobs.Job": "work in the background; what it brought about is exported where it happened",
}
# Columns by label and name.
COLUMNS = {
    "accounts.User.password": "digest of a password",
    "accounts.User.last_login": "sign-ins; the record of actions has them",
    "accounts.User.is_staff": "of Django, opens nothing here",
    "accounts.User.is_superuser": "of Django, opens nothing here",
}
# Never in the database, and so in no table.
FILES = {
    "secret-key": "secret of this installation",
    "anchor-key": "secret that signs anchors of the record of actions",
    "demo-password": "password of the demo accounts",
}


# A column with one of these words in its name is taken for a secret, unless it stands under OPEN.
SECRET_WORDS = frozenset({"password", "secret", "token", "pin", "hash", "credential", "salt"})
OPEN = frozenset({"audit.AuditEntry.hash", "audit.AuditEntry.previous_hash", "audit.AuditHead.hash"})


def table(label: str, module: str) -> str | None:
    """Why a table is left out; None where it is exported. Of packages nothing is exported."""
    return TABLES.get(label) or (None if module.startswith("holdfast.clinic.") else "of a package, not of Holdfast")


def column(label: str, name: str) -> str | None:
    """Why a column is left out; None where it is exported. What looks like a secret is one until somebody says not."""
    named = f"{label}.{name}"
    if named in COLUMNS:
        return COLUMNS[named]
    return "may be a secret" if SECRET_WORDS & set(name.split("_")) and named not in OPEN else None
