"""A programme's own records as a registry set: what its report is made of, and what an extract is made from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from holdfast import __version__
from holdfast.clinic.courses.models import Course
from holdfast.clinic.programmes.models import Programme, ProgrammeKind
from holdfast.clinic.programmes.queries import signed_rules
from holdfast.clinic.registry.gathered import Pseudonym, Rows, gathered
from holdfast.facts import load
from holdfast.facts.rule_set import chosen_settings
from holdfast.outcomes import definitions
from holdfast.outcomes.definitions import REMISSION_SETTING
from holdfast.registry.common_model import KEY_CHARACTERS
from holdfast.registry.manifest import Manifest
from holdfast.registry.pseudonyms import pseudonym

_KEY = re.compile(rf"\b[0-9a-f]{{{KEY_CHARACTERS}}}\b")
INVENTED = "Example programme: everybody in it is invented; nothing can be learnt from it about treatment"


def manifest_of(programme: Programme) -> Manifest:
    """What a set of this programme says of itself. Nothing in it hangs on a clock: the same rows, the same bytes."""
    chosen, signed = chosen_settings(programme.choices, load()), signed_rules(programme)
    judged_by = {one.rule for one in definitions().values() if one.needs_signature}
    invented = programme.kind == ProgrammeKind.SIMULATED
    return Manifest(
        kind="simulated" if invented else "programme", sites=(programme.key,), made_by=f"holdfast {__version__}",
        facts_digest=load().digest, signed=tuple(sorted(judged_by & signed)), notes=(INVENTED,) if invented else (),
        definitions={setting: chosen[setting] for setting in sorted(REMISSION_SETTING.values())},
    )  # fmt: skip


def courses_of(programme: Programme, patients: Iterable[int] | None = None) -> list[Course]:
    """Courses of a programme, in an order that stays; of these patients only, where they are given."""
    found = Course.objects.filter(patient__programme=programme).select_related("patient__programme")
    if patients is not None:
        found = found.filter(patient__in=list(patients))
    return list(found.order_by("pk"))


def own_rows(programme: Programme, now: dt.datetime) -> Rows:
    """Every course, for the programme's own eyes: pseudonyms are keyed by the programme and tell nobody anything new.

    An instance that took in an export of this one gives the same rows.
    """
    return gathered(programme, courses_of(programme), pseudonym=_keyed(programme), now=now)


def courses_named(programme: Programme, text: str) -> list[tuple[str, Course]]:
    """Courses whose own pseudonym a sentence names, with that pseudonym, in the order they are named."""
    named, keyed = dict.fromkeys(_KEY.findall(text)), _keyed(programme)
    if not named:
        return []
    known = {keyed("course", str(course.public_id)): course for course in courses_of(programme)}
    return [(key, known[key]) for key in named if key in known]


def _keyed(programme: Programme) -> Pseudonym:
    secret = str(programme.public_id).encode()
    return lambda kind, identity: pseudonym(secret, kind, identity)
