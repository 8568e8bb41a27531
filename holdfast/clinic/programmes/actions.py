"""The only writer of programmes."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.plain_text import require_plain_text, required_text
from holdfast.clinic.programmes.models import Programme, ProgrammeKind, RuleSignature
from holdfast.errors import InputError
from holdfast.facts import chosen_settings, jurisdiction_reach


@transaction.atomic
def create_programme(
    *,
    actor: Actor,
    key: str,
    name: str,
    kind: str,
    now: dt.datetime,
    jurisdiction: str = "none",
    country: str = "",
    time_zone: str = "UTC",
    choices: Mapping[str, str] | None = None,
    out_of_hours_text: str = "",
    source_note: str = "",
    licence: str = "",
) -> Programme:
    """A new programme; a person who creates one belongs to it. Raises `InputError` on an unknown word."""
    require(actor, "programme.create")
    _free_key(key)
    _known_words(kind, jurisdiction, choices or {})
    _known_zone(time_zone)
    programme = Programme(
        key=key,
        name=name,
        kind=kind,
        jurisdiction=jurisdiction,
        country=country,
        time_zone=time_zone,
        choices=dict(choices or {}),
        out_of_hours_text=out_of_hours_text,
        source_note=source_note,
        licence=licence,
        created_at=now,
    )
    require_plain_text(programme, "key", "name", "country", "licence", "source_note", "out_of_hours_text")
    programme.save()
    if isinstance(actor, User):
        actor.programmes.add(programme)
        actor.__dict__.pop("_programme_ids", None)
    audit.record(actor, "programme.create", programme, at=now, details={"kind": kind, "jurisdiction": jurisdiction})
    return programme


def _known_words(kind: str, jurisdiction: str, choices: Mapping[str, str]) -> None:
    if kind not in ProgrammeKind.values:
        raise InputError(f"kind {kind!r} is not known; choose one of {', '.join(ProgrammeKind.values)}")
    known = facts.load()
    jurisdiction_reach(jurisdiction, known)
    chosen_settings(choices, known)


@transaction.atomic
def choose_setting(*, actor: Actor, programme: Programme, setting: str, key: str, now: dt.datetime) -> Programme:
    """Choose the key of a disputed definition, such as remission at MADRS 10 or 12."""
    require(actor, "programme.choose_setting", programme)
    wanted = {**programme.choices, setting: key}
    chosen_settings(wanted, facts.load())
    before = programme.choices.get(setting)
    programme.choices = wanted
    programme.save(update_fields=["choices"])
    audit.record(
        actor, "programme.choose_setting", programme, at=now, details={"setting": setting, "from": before, "to": key}
    )
    return programme


@transaction.atomic
def set_out_of_hours_text(*, actor: Actor, programme: Programme, text: str, now: dt.datetime) -> Programme:
    """Whom patients turn to when the clinic is closed; shown with the crisis text. Raises `InputError` where empty."""
    require(actor, "programme.set_out_of_hours_text", programme)
    programme.out_of_hours_text = required_text("text", text, "say whom patients turn to when the clinic is closed")
    programme.save(update_fields=["out_of_hours_text"])
    audit.record(actor, "programme.set_out_of_hours_text", programme, at=now)
    return programme


@transaction.atomic
def sign_rule(*, actor: Actor, programme: Programme, rule_id: str, physician: str, now: dt.datetime) -> RuleSignature:
    """A physician puts a house or unverified rule in force for the programme, in the version it has today."""
    require(actor, "programme.sign_rule", programme)
    if not isinstance(actor, User):
        raise InputError("a rule is signed by a person who signed in")
    if not physician.strip():
        raise InputError("the name of the physician who signs is empty")
    rule = facts.care_rule(rule_id)
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)  # of two who sign the second is told
    if programme.signatures.filter(rule_id=rule.id, rule_version=rule.rule_version).exists():
        raise InputError(f"{rule.id} version {rule.rule_version} is already signed in this programme")
    signature = RuleSignature(
        programme=programme,
        rule_id=rule.id,
        rule_version=rule.rule_version,
        physician=physician.strip(),
        signed_by=actor,
        at=now,
        facts_digest=facts.load().digest,
    )
    signature.save()
    details = {"rule": rule.id, "rule_version": rule.rule_version}
    audit.record(actor, "programme.sign_rule", signature, at=now, details=details)
    return signature


def _free_key(key: str) -> None:
    try:
        validate_slug(key)
    except ValidationError:
        raise InputError(f"programme key {key!r} may hold letters, digits, hyphens and underscores only") from None
    if Programme.objects.filter(key=key).exists():
        raise InputError(f"a programme with the key {key!r} exists; choose another key")


def _known_zone(time_zone: str) -> None:
    try:
        zoneinfo.ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        raise InputError(f"time zone {time_zone!r} is not known; give one like Europe/London") from None
