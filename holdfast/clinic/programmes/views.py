"""Programmes with their settings and signatures, and the care rules with their sources."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast import facts
from holdfast.clinic.accounts import two_step
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.forecasts.switch import is_shown as forecasts_shown
from holdfast.clinic.information.queries import stale
from holdfast.clinic.programmes import actions, queries
from holdfast.clinic.programmes.forms import SettingForm, SignForm
from holdfast.clinic.programmes.models import Programme, RuleSignature
from holdfast.errors import InputError
from holdfast.facts import NEEDS_SIGNATURE, CareRule, chosen_settings


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """The reader's programmes, each with how many claims for patients are past review."""
    found = queries.programmes(actor=request.user)
    context = {"programmes": [(row, len(stale(row, row.day_of(timezone.now())))) for row in found]}
    return render(request, "programmes/list.html", context)


@require_safe
def programme(request: SignedInRequest, key: str) -> HttpResponse:
    """What was chosen and signed in one programme."""
    row = queries.programme_by_key(actor=request.user, key=key)
    signatures = {(s.rule_id, s.rule_version): s for s in row.signatures.select_related("signed_by")}
    waiting: list[tuple[CareRule, RuleSignature | None]] = []
    signed: list[tuple[CareRule, RuleSignature | None]] = []
    for rule in facts.care_rules().values():
        if not (rule.class_ in NEEDS_SIGNATURE or rule.extends_to):
            continue
        signature = signatures.get((rule.id, rule.rule_version))
        (signed if signature else waiting).append((rule, signature))
    context = {
        "programme": row,
        "settings": _settings(row),
        "waiting": waiting,
        "signed": signed,
        "may_choose": may(request.user, "programme.choose_setting", row),
        "two_step": two_step.required_by(row.pk),
        "two_step_everywhere": django_settings.TWO_STEP_REQUIRED,
        "may_require_two_step": may(request.user, "programme.require_two_step", row),
        "may_sign": may(request.user, "programme.sign_rule", row),
        "sees_ledger": may(request.user, "drug_ledger.view", row),
        "sees_report": may(request.user, "registry_report.view", row),
        "sees_learning_check": may(request.user, "learning_check.view", row) and forecasts_shown(row),
        "stale_claims": stale(row, row.day_of(timezone.now())),
    }
    with timezone.override(row.time_zone):
        return render(request, "programmes/programme.html", context)


def _settings(row: Programme) -> list[dict[str, Any]]:
    """Each disputed definition with the key chosen and those it could be."""
    chosen = chosen_settings(row.choices, facts.load())
    citations = {row.id: row["citation"] for row in facts.load().rows("references")}
    groups: dict[str, list[Any]] = {}
    for fact in facts.load().rows("settings"):
        source = citations[fact["ref"]]
        groups.setdefault(fact["setting"], []).append(
            {"id": fact.id, "key": fact["key"], "meaning": fact["meaning"], "source": source, "status": fact["status"]}
        )
    return [
        {"name": name, "keys": keys, "chosen": chosen[name], "by_default": name not in row.choices}
        for name, keys in groups.items()
        if name in chosen
    ]


@require_POST
def choose_setting(request: SignedInRequest, key: str) -> HttpResponse:
    """Choose a key for a disputed definition."""
    row = queries.programme_by_key(actor=request.user, key=key)
    require(request.user, "programme.choose_setting", row)
    form = SettingForm(request.POST)
    if form.is_valid():
        try:
            actions.choose_setting(actor=request.user, programme=row, now=timezone.now(), **form.cleaned_data)
            messages.success(
                request, "The setting is chosen; outcomes are judged by it from now on.", extra_tags="good"
            )
        except InputError as error:
            messages.error(request, str(error), extra_tags="late")
    return redirect("programme", row.key)


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: SignedInRequest, key: str, rule_id: str) -> HttpResponse:
    """A physician puts a house or unverified rule in force."""
    row = queries.programme_by_key(actor=request.user, key=key)
    require(request.user, "programme.sign_rule", row)
    rule = facts.care_rule(rule_id)
    form = SignForm(request.POST or None, initial={"physician": str(request.user)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_rule(
                actor=request.user, programme=row, rule_id=rule.id, now=timezone.now(),
                physician=form.cleaned_data["physician"],
            )  # fmt: skip
            messages.success(request, f"{rule.id} is signed and in force.", extra_tags="good")
            return redirect("programme", row.key)
        except InputError as error:
            form.refuse(error)
    context = {"form": form, "programme": row, **_rule_context(rule)}
    return render(request, "programmes/sign.html", context, status=422 if form.errors else 200)


@require_safe
def rules(request: SignedInRequest) -> HttpResponse:
    """Every care rule by stage; `q` narrows to those that hold the words."""
    words = request.GET.get("q", "").strip()
    stages: dict[str, list[CareRule]] = {}
    count = 0
    for rule in facts.care_rules().values():
        if words.casefold() in f"{rule.id} {rule.text} {rule.class_}".casefold():
            stages.setdefault(rule.stage, []).append(rule)
            count += 1
    return render(request, "rules/list.html", {"stages": stages, "q": words, "count": count})


@require_safe
def rule(request: SignedInRequest, rule_id: str) -> HttpResponse:
    """One rule: text, class, where it holds, its numbers, its source."""
    return render(request, "rules/rule.html", _rule_context(facts.care_rule(rule_id)))


def _rule_context(rule: CareRule) -> dict[str, Any]:
    row = rule.row
    refs = [row["ref"], *row.get("further_refs", ())]
    sources = [ref for ref in facts.load().rows("references") if ref.id in refs]
    return {
        "rule": rule,
        "row": {name: row[name] for name in ("locator", "note", "source_version", "as_printed")},
        "needs_signature": rule.class_ in NEEDS_SIGNATURE,
        "further_rows": [
            one.id
            for one in facts.load().by_id.values()
            if one.get("rule") == rule.id and one.file != "care_thresholds.csv"
        ],  # points of a staging, definitions of an outcome, label status
        "references": [
            {"id": ref.id, "citation": ref["citation"], "url": ref["url"], "read": ref["read"]} for ref in sources
        ],
    }
