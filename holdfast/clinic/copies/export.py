"""Everything in open formats: each table as CSV and as JSON lines, a schema that says what they hold, digests of all.

What is read is the database at one moment: on SQLite a copy of it, on PostgreSQL one transaction.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, connections, models, transaction

from holdfast import __version__
from holdfast.clinic.copies import left_out, snapshot
from holdfast.clinic.copies.archive import file_digest, note_written, scratch
from holdfast.csv_tables import TableWriter
from holdfast.whole_files import folder_written_whole, require_new_folder

FORM = 1
SCHEMA, README = "schema.json", "README.txt"
ALIAS = "moment"  # the copy that is read, beside Django's `default`
_TOLD = """Holdfast {version}: everything of this installation, as it stood at {at} (UTC).

tables/NAME.csv    one table: UTF-8, comma, quotes doubled, first line names the columns. An empty cell is nothing,
                   or an empty text; the .jsonl says which. A text that begins like a formula of a spreadsheet (= + - @,
                   a tab, a line end) has an apostrophe before it; the .jsonl has it as it is.
tables/NAME.jsonl  the same rows, one JSON object a line; null is nothing.
schema.json        what each table and column means, its type, what it refers to, how many rows, the SHA-256 of each
                   file, and what is left out and why.

Times are ISO 8601 in UTC. Amounts have their unit in the name of the column (dose_mg). Rows of most tables are only
ever added: where a row was corrected, the newer one names the one it replaces. The record of actions is
audit_auditentry; each entry holds the hash of the one before (SHA-256 of its content as canonical JSON).

This folder is not encrypted and names patients. Keep it as you keep the records.
"""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    tables: int
    rows: int
    digest: str  # SHA-256 of schema.json, which has those of all other files


def exported_models() -> list[type[models.Model]]:
    """Tables that are exported, by name."""
    every = apps.get_models(include_auto_created=True)
    ours = (m for m in every if left_out.table(m._meta.label, m.__module__) is None)
    return sorted(ours, key=lambda m: m._meta.db_table)


@contextmanager
def export_to(folder: Path, now: dt.datetime) -> Iterator[Exported]:
    """Write an export beside `folder`, which takes its name when the block ends well. Raises `InputError`."""
    require_new_folder(folder)
    with scratch() as noted, folder_written_whole(folder, owner_only=True) as unfinished:
        note_written(noted, unfinished)
        (unfinished / "tables").mkdir()
        with _moment() as alias:
            tables = {model._meta.db_table: _write(model, unfinished / "tables", alias) for model in exported_models()}
        told = _TOLD.format(version=__version__, at=now.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00"))
        (unfinished / README).write_text(told, encoding="utf-8")
        schema = {
            "form": FORM,
            "holdfast": __version__,
            "exported_at": now.isoformat(timespec="seconds"),
            "tables": tables,
            "left_out": {"tables": left_out.TABLES, "columns": left_out.COLUMNS, "files": left_out.FILES},
        }
        (unfinished / SCHEMA).write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        rows = sum(table["rows"] for table in tables.values())
        yield Exported(len(tables), rows, file_digest(unfinished / SCHEMA))


@contextmanager
def _moment() -> Iterator[str]:
    """The name of a connection on which the database stands still."""
    if connection.vendor != "sqlite":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield "default"
        return
    with scratch() as folder:
        place = folder / "moment.sqlite3"
        snapshot.of_sqlite(Path(connection.settings_dict["NAME"]), place)
        plain = {"init_command": "PRAGMA query_only=ON", "transaction_mode": None, "timeout": 20}
        connections.settings[ALIAS] = {**connection.settings_dict, "NAME": place, "OPTIONS": plain}
        try:
            yield ALIAS
        finally:
            connections[ALIAS].close()
            del connections[ALIAS]
            del connections.settings[ALIAS]


def columns_of(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns that are exported."""
    return [field for field in model._meta.concrete_fields if left_out.column(model._meta.label, field.name) is None]


def _write(model: type[models.Model], folder: Path, alias: str) -> dict[str, Any]:
    """Both files of one table, and what the schema says of it."""
    fields, name, rows = columns_of(model), model._meta.db_table, 0
    named = [field.attname for field in fields]
    table, lines = folder / f"{name}.csv", folder / f"{name}.jsonl"
    with table.open("w", encoding="utf-8", newline="") as for_table, lines.open("w", encoding="utf-8") as for_lines:
        writer = TableWriter(for_table)
        writer.row(named)
        found = model._base_manager.using(alias).order_by("pk").values_list(*named)
        for row in found.iterator(chunk_size=2000):
            plain = [_plain(value) for value in row]
            writer.row([_cell(value) for value in plain])
            for_lines.write(json.dumps(dict(zip(named, plain, strict=True)), ensure_ascii=False) + "\n")
            rows += 1
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (table, lines)}
    meaning = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    if model._meta.auto_created:
        meaning = "Which rows of two tables belong together"
    return {"meaning": meaning, "rows": rows, "columns": [_column(field) for field in fields], "sha256": digests}


def _column(field: models.Field[Any, Any]) -> dict[str, Any]:
    """What the schema says of one column."""
    said: dict[str, Any] = {"name": field.attname, "type": _type(field), "may_be_nothing": field.null}
    if field.primary_key:
        said["key"] = True
    if field.remote_field is not None:
        other = field.remote_field.model._meta
        said["refers_to"] = f"{other.db_table}.{other.pk.attname}"
    if field.choices:
        said["values"] = {str(value): str(words) for value, words in field.flatchoices}
    return said


_TYPES = {
    "BooleanField": "true or false", "DateField": "date", "DateTimeField": "time in UTC", "TimeField": "local time",
    "BinaryField": "bytes in base64", "FloatField": "number", "DecimalField": "number", "JSONField": "JSON",
    "UUIDField": "UUID",
}  # fmt: skip


def _type(field: models.Field[Any, Any]) -> str:
    target: models.Field[Any, Any] = field
    while target.remote_field is not None:
        target = target.remote_field.model._meta.pk
    kind = target.get_internal_type()
    return _TYPES.get(kind) or ("whole number" if "Integer" in kind or "AutoField" in kind else "text")


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, bytes | memoryview):  # a letter as it was issued; SQLite gives one, PostgreSQL the other
        return base64.b64encode(value).decode()
    return str(value)


def _cell(value: Any) -> str:
    """A value as CSV has it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
