"""An extract of a programme: courses of patients whose consent stands, under keyed pseudonyms, disclosure controlled.

Consents are looked at when the rows are gathered and once more before the folder takes its name; the entry in the
record of actions is made in between, so that nothing is there that is not on record.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.courses.models import Course
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.actions import Left, record_extract
from holdfast.clinic.registry.gathered import Pseudonym, Rows, days_passed, gathered
from holdfast.clinic.registry.own_set import courses_of, manifest_of
from holdfast.clinic.registry.standing import taking_part
from holdfast.errors import InputError
from holdfast.registry.extract import SETTING, small_cell, write_extract
from holdfast.registry.manifest import FILE, Manifest
from holdfast.registry.pseudonyms import link_identity, pseudonym
from holdfast.whole_files import require_new_folder

BASIS = "consent of each patient to the registry, as it stood when the extract was made"


@dataclass(frozen=True)
class Secrets:
    """`own` makes the pseudonyms and stays with the site; `link` is shared by the sites of one pool."""

    own: bytes
    link: bytes | None = None


@dataclass(frozen=True)
class Extracted:
    """What left, for whoever made it: counts of patients with and without consent, and of those without a link."""

    manifest: Manifest
    taking_part: int
    without_consent: int
    without_link: int
    few_changed: bool  # since the extract before: whoever holds both can tell which rows came or went

    @property
    def courses(self) -> int:
        """In the extract."""
        return int(self.manifest.files["courses"]["rows"])


def export_extract(
    *, actor: Actor, programme: Programme, folder: Path, secrets: Secrets, now: dt.datetime, site: str = ""
) -> Extracted:
    """Write an extract into a new folder, whole or not at all, and put it on record.

    Raises `InputError` where nobody takes part, too few do, or the disk refuses; `RefusedError` where consents changed
    meanwhile.
    """
    require(actor, "registry.export", programme)
    require_new_folder(folder)
    consented, patients = taking_part(programme), programme.patients.count()
    if not consented:
        raise InputError(
            f"Nobody of {programme.key} takes part in a registry, so nothing may leave: "
            f"{patients} patients are without a consent on record"
        )
    k = small_cell(programme.choices.get(SETTING))
    courses, without = courses_of(programme, consented), patients - len(consented)
    rows = _rows(programme, courses, secrets, site or programme.key, now)
    passed = days_passed(courses, pseudonym=_keyed(secrets), now=now)
    consent = {"basis": BASIS, "without_consent": _told(without, k)}
    told = replace(manifest_of(programme), sites=(site or programme.key,), consent=consent)

    few_changed = _few_changed(programme, consented, k)

    def on_record(place: Path) -> None:
        written = (place / FILE).read_bytes()
        count = int(json.loads(written)["files"]["courses"]["rows"])
        left = Left(hashlib.sha256(written).hexdigest(), count, consented, without)
        record_extract(actor=actor, programme=programme, left=left, now=now)

    made = write_extract(folder, rows, told, k=k, passed=passed, before_named=on_record)
    unlinked = len({row["person"] for row in rows["courses"] if row["link"] is None}) if secrets.link else 0
    return Extracted(made, len(consented), without, unlinked, few_changed)


def _few_changed(programme: Programme, consented: frozenset[int], k: int) -> bool:
    """Did some, but fewer than `k` patients come or go since any extract of the programme? A registry may have kept
    each of them."""
    for at in programme.registry_extracts.values_list("at", flat=True):
        then = taking_part(programme, at)
        if any(0 < len(changed) < k for changed in (consented - then, then - consented)):
            return True
    return False


def _told(count: int, k: int) -> int | str:
    """A count as it may leave: a small one is told as such."""
    return count if count == 0 or count >= k else f"fewer than {k}"


def _rows(programme: Programme, courses: Sequence[Course], secrets: Secrets, site: str, now: dt.datetime) -> Rows:
    rows = gathered(programme, courses, now=now, pseudonym=_keyed(secrets))
    links = _links(courses, secrets) if secrets.link else {}
    for row in rows["courses"]:
        row |= {"site": site, "link": links.get(row["course"])}
    return rows


def _keyed(secrets: Secrets) -> Pseudonym:
    return lambda kind, identity: pseudonym(secrets.own, kind, identity)


def _links(courses: Sequence[Course], secrets: Secrets) -> dict[str, Any]:
    """Pseudonym of a course → what another site that treats the same person would write."""
    assert secrets.link is not None
    found: dict[str, Any] = {}
    for course in courses:
        patient = course.patient
        identity = link_identity(patient.label, patient.date_of_birth)
        if identity is not None:
            found[pseudonym(secrets.own, "course", str(course.public_id))] = pseudonym(secrets.link, "link", identity)
    return found
