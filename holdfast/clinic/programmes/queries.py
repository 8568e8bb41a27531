"""Questions about programmes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import BigAutoField, QuerySet

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.config.prepared import Given, Question
from holdfast.clinic.programmes.models import Programme, ProgrammeKind, RuleSignature
from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import RuleSet, rule_set
from holdfast.protocols.protocol import protocol as protocol_named


def programmes(*, actor: Actor) -> QuerySet[Programme]:
    """The actor's programmes."""
    require(actor, "programme.view")
    if isinstance(actor, CommandLine):
        return Programme.objects.all()
    return Programme.objects.filter(pk__in=actor.programme_ids())


def programme_by_key(*, actor: Actor, key: str) -> Programme:
    """One programme. Raises `UnknownNameError` naming those the actor can see."""
    found = programmes(actor=actor).filter(key=key).first()
    if found is None:
        raise UnknownNameError("programme", key, sorted(programmes(actor=actor).values_list("key", flat=True)))
    return found


def only_programme(*, actor: Actor) -> Programme:
    """The one that is there. Raises `InputError` where there is none, or more than one."""
    found = list(programmes(actor=actor).order_by("key")[:20])
    if len(found) != 1:
        keys = ", ".join(one.key for one in found)
        raise InputError(f"name the programme: there are {keys}" if found else "no programme yet; nothing to tell")
    return found[0]


def signed_rules(programme: Programme) -> frozenset[str]:
    """Ids of rules signed in the version they have today; a rule that changed since must be signed anew."""
    return _still_signed(_SIGNED(programme=programme.pk)).get(programme.pk, frozenset())


def signed_by_programme(programme_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """The same for several programmes, by their keys. One query."""
    rows = RuleSignature.objects.filter(programme__in=list(programme_ids))
    return _still_signed(rows.values_list(*_SIGNATURE))


_SIGNATURE = ("programme_id", "rule_id", "rule_version")
_SIGNED = Question(
    lambda: RuleSignature.objects.filter(programme=Given("programme", BigAutoField())).values_list(*_SIGNATURE)
)


def _still_signed(rows: Iterable[tuple[int, str, int]]) -> dict[int, frozenset[str]]:
    rules = facts.care_rules()
    signed: dict[int, set[str]] = {}
    for pk, rule_id, version in rows:
        if rule_id in rules and rules[rule_id].rule_version == version:
            signed.setdefault(pk, set()).add(rule_id)
    return {pk: frozenset(ids) for pk, ids in signed.items()}


def protocol_rules_of(
    programme: Programme, *, protocol: str, indication: str, signed: frozenset[str] | None = None
) -> RuleSet:
    """The care rules as they stand in the programme under one protocol and for one indication.

    `any` and `none` stand for no indication (not told; a control of a trial). `signed` spares the query where many
    are asked.
    """
    signed = signed_rules(programme) if signed is None else signed
    choices = tuple(sorted(programme.choices.items()))
    return _rules_of(protocol, indication, programme.jurisdiction, signed, choices)


@lru_cache(maxsize=256)  # programmes have few protocols; the same words always give the same rules
def _rules_of(
    protocol: str, indication: str, jurisdiction: str, signed: frozenset[str], choices: tuple[tuple[str, Any], ...]
) -> RuleSet:
    plan = protocol_named(protocol)
    return rule_set(
        drug=plan.drug,
        route=plan.route,
        indication="any" if indication in ("any", "none") else plan.require_indication(indication),
        jurisdiction=jurisdiction,
        signed=signed,
        adopted=plan.adopts,
        choices=dict(choices),
    )


def clinic_zone() -> str:
    """The time zone of what belongs to no programme: theirs where all that treat share one, else UTC."""
    treat = Programme.objects.exclude(kind=ProgrammeKind.DEIDENTIFIED)
    zones = set(treat.values_list("time_zone", flat=True))
    return zones.pop() if len(zones) == 1 else "UTC"
