"""The only writer of the list of copies, and of an export that is taken in."""

from __future__ import annotations

import datetime as dt

from django.core.management.color import no_style
from django.db import IntegrityError, connection, models, transaction

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.copies.arrival import Arriving
from holdfast.clinic.copies.export import exported_models
from holdfast.clinic.copies.models import CopyMade
from holdfast.errors import InputError, RefusedError

AT_ONCE = 500  # rows in one statement


@transaction.atomic
def record_copy(
    *,
    actor: Actor,
    kind: str,
    digest: str,
    rows: int,
    took_s: float,
    now: dt.datetime,
) -> CopyMade:
    """Put down that a copy was made. Called before the copy gets its name: none leaves that is not on record."""
    require(actor, "copy.make")
    made = CopyMade(kind=kind, digest=digest, rows=rows, took_s=took_s, at=now)
    made.save()
    audit.record(actor, f"copy.{kind}", made, at=now, details={"rows": rows, "digest": digest})
    return made


@transaction.atomic
def take_in(*, actor: Actor, arriving: Arriving, now: dt.datetime) -> int:
    """Make an export the records of this installation, which is empty; how many rows it holds.

    All or nothing. Raises `RefusedError` where there is a record already, and `InputError` where rows do not fit
    together or the record of actions is not sound.
    """
    require(actor, "copy.take_in")
    every = exported_models()
    if any(model._base_manager.exists() for model in every):
        raise RefusedError("This installation has records; an export goes into an empty one: set HOLDFAST_DATA anew")
    for model in every:
        model._base_manager.bulk_create(arriving.of(model), batch_size=AT_ONCE)
        if model._base_manager.count() != arriving.rows[model._meta.db_table]:
            raise InputError(f"{model._meta.db_table} holds other rows than its schema says; take the export again")
    _number_on(every)
    _require_whole(actor)
    rows = sum(arriving.rows.values())
    made = CopyMade(kind=CopyMade.Kind.TAKEN_IN, digest=arriving.digest, rows=rows, took_s=0.0, at=now)
    made.save()
    audit.record(actor, "copy.taken_in", made, at=now, details={"rows": rows, "digest": arriving.digest})
    return rows


def _number_on(every: list[type[models.Model]]) -> None:
    """New rows are numbered after those that came; SQLite does so by itself."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), every):
            cursor.execute(statement)


def _require_whole(actor: Actor) -> None:
    try:
        connection.check_constraints()
    except IntegrityError:
        raise InputError("a row of the export refers to one that is not there; take the export again") from None
    if faults := verify(actor=actor).faults:
        raise InputError(f"the record of actions of the export is not sound: {faults[0]}")
