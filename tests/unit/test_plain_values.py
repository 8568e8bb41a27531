"""The parts all readers of plain values share."""

from __future__ import annotations

import datetime

import pytest

from holdfast.errors import InputError
from holdfast.facts.plain_values import plain_date, plain_list, plain_object


def test_what_is_sound_is_handed_on() -> None:
    assert plain_object({"drug": None}, ["drug"], "trial") == {"drug": None}
    assert plain_list([], "trials") == []
    assert plain_date(" 2026-11-21 ", "on") == datetime.date(2026, 11, 21)


@pytest.mark.parametrize("content", [None, [], "drug", 1])
def test_what_is_no_object_is_refused(content: object) -> None:
    with pytest.raises(InputError, match="trial must be an object"):
        plain_object(content, ["drug"], "trial")


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"trial\.drugs is not a field; did you mean 'drug'"):
        plain_object({"drugs": 1}, ["drug"], "trial")


@pytest.mark.parametrize("content", [None, {}, "a", ("a",)])
def test_what_is_no_list_is_refused(content: object) -> None:
    with pytest.raises(InputError, match="trials must be a list"):
        plain_list(content, "trials")


@pytest.mark.parametrize("content", [None, 20261121, "2026-02-30", "", "today", "2026-11-21T10:00"])
def test_what_is_no_date_is_refused(content: object) -> None:
    with pytest.raises(InputError, match=r"^on is .*, not a date like 2026-11-21$"):
        plain_date(content, "on")
