"""Reading an export back: every file as it was written, every table and column that this version has, as rows.

Nothing is written here. What an export leaves out is not there afterwards: passwords, second factors, links, secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models

from holdfast.clinic.copies.archive import file_digest
from holdfast.clinic.copies.export import FORM, SCHEMA, columns_of, exported_models
from holdfast.errors import InputError

NO_PASSWORD = "!"  # Django's sign of a password that nothing matches


@dataclass(frozen=True)
class Arriving:
    """An export that was read and is whole. `digest` is that of its schema, which is on record where it was made."""

    folder: Path
    digest: str
    rows: Mapping[str, int]

    def of(self, model: type[models.Model]) -> Iterator[models.Model]:
        """Rows of one table as objects that were not saved."""
        fields = columns_of(model)
        with (self.folder / "tables" / f"{model._meta.db_table}.jsonl").open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _object(model, fields, line, number)


def read_export(folder: Path) -> Arriving:
    """The export in a folder. Raises `InputError` naming every file that is not as it was written, and every difference
    between its tables and those of this version."""
    path = folder / SCHEMA
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: dict(table) for name, table in schema["tables"].items()}
        form, version = schema["form"], schema["holdfast"]
    except OSError:
        raise InputError(f"{folder} is no export: it has no {SCHEMA}; name the folder that was exported into") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path} is not the schema of an export; the export is damaged") from None
    if form != FORM:
        raise InputError(f"{folder} is an export of form {form!r}; this Holdfast reads form {FORM}")
    if faults := [*_unlike(tables, str(version)), *_damaged(folder, tables)]:
        raise InputError("\n".join(faults))
    return Arriving(folder, file_digest(path), {name: int(table["rows"]) for name, table in tables.items()})


def _unlike(tables: Mapping[str, Mapping[str, Any]], version: str) -> list[str]:
    """Tables and columns that only one side has: a newer version brings its records up to date before it exports."""
    ours = {model._meta.db_table: {field.attname for field in columns_of(model)} for model in exported_models()}
    theirs = {name: {column["name"] for column in table["columns"]} for name, table in tables.items()}
    told = [f"{name}" for name in sorted(ours.keys() ^ theirs.keys())]
    told += [f"{name}.{column}" for name in sorted(ours.keys() & theirs.keys())
             for column in sorted(ours[name] ^ theirs[name])]  # fmt: skip
    return [
        f"{one} is not both in the export (Holdfast {version}) and in this version; export and import with the same one"
        for one in told
    ]


def _damaged(folder: Path, tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for table in tables.values():
        for name, digest in table["sha256"].items():
            path = folder / "tables" / name
            if not path.is_file() or file_digest(path) != digest:
                found.append(f"{path} is not the file that was written; take the export again")
    return found


def _object(model: type[models.Model], fields: list[models.Field[Any, Any]], line: str, number: int) -> models.Model:
    try:
        row = json.loads(line)
        made = model(**{field.attname: _value(field, row[field.attname]) for field in fields})
    except Exception as error:  # whatever a field says of a value it cannot hold; the value itself is not told
        name = f"{model._meta.db_table}.jsonl line {number}"
        raise InputError(f"{name} cannot be read as a row ({type(error).__name__}); take the export again") from None
    if any(field.name == "password" for field in model._meta.concrete_fields):
        made.password = NO_PASSWORD  # type: ignore[attr-defined]
    return made


def _value(field: models.Field[Any, Any], plain: Any) -> Any:
    target: models.Field[Any, Any] = field
    while target.remote_field is not None:
        target = target.remote_field.model._meta.pk
    return plain if plain is None or target.get_internal_type() == "JSONField" else target.to_python(plain)
