"""A refusal is read beside its field and in the words of the page."""

from __future__ import annotations

from django import forms

from holdfast.clinic.ui.forms import ClinicForm
from holdfast.errors import InputError


class AgeForm(ClinicForm):
    age_y = forms.IntegerField(label="Age in years")


def test_a_refusal_that_begins_with_a_field_says_its_label() -> None:
    form = AgeForm({"age_y": "340"})
    assert form.is_valid()
    form.refuse(InputError("age_y is 340; give the age in years, not the year of birth"))
    assert form.errors == {"age_y": ["Age in years is 340; give the age in years, not the year of birth"]}


def test_a_refusal_of_no_field_stands_above_the_form() -> None:
    form = AgeForm({"age_y": "34"})
    assert form.is_valid()
    form.refuse(InputError("the course is stopped"))
    assert form.non_field_errors() == ["the course is stopped"]


def test_an_empty_field_is_told_in_plain_words() -> None:
    form = AgeForm({})
    assert form.errors == {"age_y": ["Not filled in yet."]}
