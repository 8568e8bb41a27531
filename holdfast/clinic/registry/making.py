"""The work of the jobs: gather the programme's rows, have the report told in another process, keep it; ask each day."""

from __future__ import annotations

import binascii
import datetime as dt
import io
import json
import time
import zipfile
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.courses.models import Course
from holdfast.clinic.jobs.kinds import JobFailedError
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry import actions
from holdfast.clinic.registry.models import PAGE, ReportRequest
from holdfast.clinic.registry.own_set import manifest_of, own_rows
from holdfast.errors import RefusedError

LONGEST_S, NICE = 1800.0, 10
PARTS = frozenset({"digest", "courses", "page", "files"})
TABLES = "tables.zip"
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # of a file in a zip, that the same tables are the same bytes
Clock = Callable[[], dt.datetime]


def make_report(*, subject: str, clock: Clock) -> None:
    """The job: answer one request. Raises `JobFailedError`."""
    request = ReportRequest.objects.select_related("programme").filter(public_id=subject).first()
    if request is None:
        raise JobFailedError("no-such-request", permanent=True)
    if hasattr(request, "made"):
        return
    begun, now = time.monotonic(), clock()
    made = report_of(request.programme, now)
    took_ms = round(1000 * (time.monotonic() - begun))
    actions.keep_report(
        actor=CommandLine(), request=request, made=actions.Made(took_ms=took_ms, **made), now=clock()
    )  # fmt: skip


def report_of(programme: Programme, now: dt.datetime) -> dict[str, Any]:
    """What `holdfast registry own-report -` tells of the programme's records at `now`. Raises `JobFailedError`."""
    asked = {"manifest": asdict(manifest_of(programme)), "rows": own_rows(programme, now)}
    told_on = programme.day_of(now)
    try:
        command = ("registry", "own-report", "-", "--json")
        answered = numerics.asked_apart(command, asked, longest_s=LONGEST_S, nice=NICE)
    except numerics.NumericsError as error:
        raise JobFailedError(str(error)[:40]) from None
    if answered.refused:
        return {"told_on": told_on, "refused": answered.refused}
    given = answered.given
    if not given.keys() >= PARTS:
        raise JobFailedError("not-a-report")
    return {"told_on": told_on, "digest": given["digest"], "courses": given["courses"], "files": _files(given)}


def _files(given: Mapping[str, Any]) -> dict[str, bytes]:
    """What is kept: the page, the report as HTML, PDF and JSON, plots, and the tables in one archive."""
    try:
        found = {name: b64decode(content, validate=True) for name, content in given["files"].items()}
    except (binascii.Error, AttributeError, TypeError, ValueError):
        raise JobFailedError("not-a-report") from None
    tables = {name: content for name, content in found.items() if name.endswith(".csv")}
    kept = {name: content for name, content in found.items() if name not in tables}
    page = json.dumps(given["page"], ensure_ascii=False, sort_keys=True).encode()
    return {**kept, PAGE: page, TABLES: _zipped(tables)}


def _zipped(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def ask_for_all(*, subject: str, clock: Clock) -> None:
    """The job of the day: ask for the report of every programme that has courses."""
    with_some = Course.objects.values_list("patient__programme", flat=True).distinct()
    for programme in Programme.objects.filter(pk__in=with_some):
        try:
            actions.ask_report(actor=CommandLine(), programme=programme, now=clock())
        except RefusedError:
            continue  # somebody asked just now, or nothing can be told here
