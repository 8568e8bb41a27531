"""Prepared questions give what Django's own query gives, each time for the values of that time."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.db.models import BigAutoField, CharField, QuerySet, UUIDField
from django.test.utils import CaptureQueriesContext

from holdfast.clinic.accounts.models import TwoStepChoice, User
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.config.prepared import Given, Question
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from tests.clinic.conftest import NOW, People
from tests.clinic.flow_sheet_days import CALM, new_day

pytestmark = pytest.mark.django_db


def entries(**given: Any) -> QuerySet[FlowSheetEntry]:
    return FlowSheetEntry.objects.filter(**given).select_related("treatment_session__course", "by").order_by("pk")


def test_rows_are_those_of_the_plain_query_with_their_relations(people: People, django_assert_num_queries: Any) -> None:
    day = new_day(people)
    day.note("arrival", at=-30)
    day.note("observation", CALM, at=-28)
    asked = Question(lambda: entries(treatment_session__course=Given("course", BigAutoField())))
    course = day.treatment_session.course_id
    plain = list(entries(treatment_session__course=course))
    found = asked(course=course)
    assert [vars(row) | {"_state": None} for row in found] == [vars(row) | {"_state": None} for row in plain]
    with django_assert_num_queries(1):
        (first, _) = asked(course=course)
        assert (first.by.role, first.treatment_session.course.protocol) == (
            "nurse",
            day.treatment_session.course.protocol,
        )
    assert asked(course=course + 1) == []


def test_the_statement_is_made_once_and_asked_with_other_values(people: People) -> None:
    made = []

    def by_name() -> QuerySet[User]:
        made.append(1)
        return User.objects.filter(username=Given("name", CharField())).order_by()

    asked = Question(by_name)
    with CaptureQueriesContext(connection) as captured:
        found = [asked.first(name=user.username) for user in (people.nurse, people.prescriber)]
    assert found == [people.nurse, people.prescriber]
    assert asked.first(name="nobody") is None
    assert len(made) == 1
    statements = {(query["sql"] or "").split("WHERE")[0] for query in captured.captured_queries}
    assert len(captured) == 2
    assert len(statements - {""}) == 1 or connection.vendor == "postgresql"  # there Django may show no statement
    assert len(statements - {""}) <= 1


def test_values_are_written_as_their_field_writes_them(people: People) -> None:
    asked = Question(
        lambda: User.objects.filter(public_id=Given("public_id", UUIDField())).values_list("pk", "public_id")
    )
    assert asked(public_id=people.nurse.public_id) == [(people.nurse.pk, people.nurse.public_id)]
    assert asked(public_id=str(people.nurse.public_id)) == asked(public_id=people.nurse.public_id)
    assert asked(public_id=uuid.uuid4()) == []


def test_nothing_is_no_value(people: People) -> None:
    asked = Question(lambda: User.objects.filter(pk=Given("pk", BigAutoField())))
    with pytest.raises(TypeError, match="pk is None"):
        asked(pk=None)


def test_a_row_that_is_only_added_is_added_as_django_would(people: People) -> None:
    rows = [TwoStepChoice(programme=people.programme, required=n == 1, by=people.nurse, at=NOW) for n in range(3)]
    for row in rows:
        row.save()
    kept = list(TwoStepChoice.objects.filter(programme=people.programme).order_by("pk"))
    assert [row.pk for row in rows] == [row.pk for row in kept]
    assert [(row.required, row.by, row.at) for row in kept] == [(n == 1, people.nurse, NOW) for n in range(3)]
    with pytest.raises(AppendOnlyError):
        rows[0].save()
