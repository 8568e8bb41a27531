"""Pages of the published evidence, for everyone who signed in."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from holdfast import evidence
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.evidence import queries
from holdfast.evidence import founding, pictures
from holdfast.evidence.cards import SPLIT_WORDS
from holdfast.evidence.wording import with_capital


@require_safe
def studies(request: SignedInRequest) -> HttpResponse:
    """Every study, or those that match the filters."""
    asked = {name: request.GET.get(name, "") for name in queries.FILTERS}
    words = request.GET.get("q", "").strip()
    filters = [
        {"name": name, "values": values, "chosen": asked[name]} for name, values in queries.choices().items()
    ]  # fmt: skip
    context = {
        "found": queries.studies_listed(asked, words), "filters": filters, "q": words, "uses": SPLIT_WORDS,
        "total": len(evidence.studies()),
    }  # fmt: skip
    return render(request, "evidence/studies.html", context)


@require_safe
def study(request: SignedInRequest, study_id: str) -> HttpResponse:
    """One study: design, arms, results, adverse events, source, traps."""
    return render(request, "evidence/study.html", queries.study_context(study_id))


@require_safe
def founding_studies(request: SignedInRequest) -> HttpResponse:
    """The studies the articles tell of."""
    return render(request, "evidence/founding_list.html", {"founding": founding.founding_studies()})


@require_safe
def founding_study(request: SignedInRequest, study_id: str) -> HttpResponse:
    """One of them: done, found, said wrongly, unknown, and what the model gives."""
    return render(request, "evidence/founding.html", queries.founding_context(study_id))


@require_safe
def qualification(request: SignedInRequest) -> HttpResponse:
    """How well the model predicts studies it had not seen, in a few numbers."""
    context = {**queries.qualification_context(), "reports": list(queries.qualification_reports())}
    return render(request, "evidence/qualification.html", context)


@require_safe
def qualification_report(request: SignedInRequest, name: str) -> FileResponse:
    """The whole report, to keep: as it was written, not made for the asking."""
    path = queries.qualification_reports().get(name)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"holdfast-qualification{path.suffix}")


@require_safe
def compare(request: SignedInRequest) -> HttpResponse:
    """Studies below each other, for one meaning of an outcome at a time."""
    meanings = pictures.meanings(evidence.outcomes())
    asked = request.GET.get("of", "")
    chosen = asked if asked in meanings else next(iter(meanings))
    sizes = [(words, len(rows)) for words, rows in meanings.items()]
    drawn = [pictures.forest(with_capital(chosen), meanings[chosen])]
    return render(request, "evidence/compare.html", {"meanings": sizes, "chosen": chosen, "pictures": drawn})


@require_safe
def articles(request: SignedInRequest) -> HttpResponse:
    """What the five articles say and what the sources say."""
    return render(request, "evidence/articles.html", {"conflicts": evidence.conflicts()})


@require_safe
def source(request: SignedInRequest, ref: str) -> HttpResponse:
    """One source, and what was read in it."""
    return render(request, "evidence/source.html", {"source": queries.source(ref)})


@require_safe
def numbers(request: SignedInRequest) -> HttpResponse:
    """Numbers of the model and of the rules, table by table, each with its source."""
    asked = request.GET.get("table", "")
    table = asked if asked in queries.NUMBER_TABLES else next(iter(queries.NUMBER_TABLES))
    context = {"tables": queries.NUMBER_TABLES, "table": table, "rows": queries.facts_of(table)}
    return render(request, "evidence/numbers.html", context)


@require_safe
def fact(request: SignedInRequest, fact_id: str) -> HttpResponse:
    """One fact with everything its row says."""
    return render(request, "evidence/fact.html", {"fact": queries.fact(fact_id)})
