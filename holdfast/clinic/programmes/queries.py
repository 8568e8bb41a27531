"""Questions about programmes."""

from __future__ import annotations

from django.db.models import QuerySet

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import UnknownNameError
from holdfast.facts.rules import RuleSet
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.protocols.protocol import protocol_rules


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


def signed_rules(programme: Programme) -> frozenset[str]:
    """Ids of rules signed in the version they have today; a rule that changed since must be signed anew."""
    current = facts.care_rules()
    return frozenset(
        rule_id
        for rule_id, version in programme.signatures.values_list("rule_id", "rule_version")
        if rule_id in current and current[rule_id].rule_version == version
    )


def protocol_rules_of(programme: Programme, *, protocol: str, indication: str) -> RuleSet:
    """The care rules as they stand in the programme under one protocol and for one indication."""
    return protocol_rules(
        protocol_named(protocol),
        jurisdiction=programme.jurisdiction,
        indication=indication,
        signed=signed_rules(programme),
        choices=programme.choices,
    )
