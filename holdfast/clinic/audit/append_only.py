"""Rows that are added and never changed: refused by the model, and by the database itself.

Triggers refuse UPDATE and DELETE on SQLite and PostgreSQL. After every migration run those that are missing are
installed, because SQLite drops them when Django rebuilds a table; one that stands is left alone, because making it anew
would wait for whoever writes to the table, and hold up whoever comes next. Whoever owns the database file can drop a
trigger; the hash chain of the audit shows it where that happened there.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections, models

from holdfast.clinic.config.prepared import insert


class AppendOnlyError(TypeError):
    """Code tried to change or delete a row that is only ever added."""


class AppendOnlyQuerySet(models.QuerySet):
    """Refuses what would change rows behind the model's back."""

    def update(self, **kwargs: Any) -> int:
        """Refused."""
        raise AppendOnlyError(f"{self.model.__name__} rows are never changed; add a newer version")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise AppendOnlyError(f"{self.model.__name__} rows are never deleted")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Refused."""
        raise AppendOnlyError(f"{self.model.__name__} rows are never changed; add a newer version")


class AppendOnly(models.Model):
    """Base of append-only models."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a second save is refused."""
        if not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} rows are never changed; add a newer version")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def _do_insert(self, base: Any, using: str, fields: Any, returning_fields: Any, raw: bool) -> Any:  # noqa: FBT001 — as Django calls it
        return insert(self, fields, returning_fields)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise AppendOnlyError(f"{type(self).__name__} rows are never deleted")


def append_only_tables() -> list[str]:
    """Names of the tables the triggers guard."""
    return sorted(m._meta.db_table for m in apps.get_models() if issubclass(m, AppendOnly))


def install_triggers(using: str = "default", **_: Any) -> None:
    """Make the triggers that are missing. Idempotent; called after migrations (see apps.py)."""
    connection = connections[using]
    unguarded = set(connection.introspection.table_names()) - guarded_tables(using)
    for table in append_only_tables():
        if table in unguarded:
            with connection.cursor() as cursor:
                for statement in trigger_sql(connection.vendor, table):
                    cursor.execute(statement)


def guarded_tables(using: str = "default") -> set[str]:
    """Tables that have every one of their triggers, as the database itself says; one switched off does not count."""
    connection = connections[using]
    asked = {
        "sqlite": (
            "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' "
            "AND name IN (tbl_name || '_no_update', tbl_name || '_no_delete') GROUP BY tbl_name HAVING count(*) = 2"
        ),
        "postgresql": (
            "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND tgname = relname || '_append_only' AND tgenabled <> 'D'"
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor])
        return {row[0] for row in cursor.fetchall()}


def trigger_sql(vendor: str, table: str) -> list[str]:
    """Statements that guard one table. Empty for a database this project does not support."""
    if vendor == "sqlite":
        return [
            f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb}" BEFORE {verb.upper()} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("update", "delete")
        ]
    if vendor == "postgresql":
        return [
            "CREATE OR REPLACE FUNCTION holdfast_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
            f'CREATE OR REPLACE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION holdfast_append_only()",
        ]
    return []
