"""Which PIN can be one."""

from __future__ import annotations

import pytest

from holdfast.clinic.screen_lock.pins import fault_of


@pytest.mark.parametrize("pin", ["4729", "10253", "902716", "84061937", "2468", "1122"])
def test_these_can(pin: str) -> None:
    assert fault_of(pin, username="nurse") == ""


@pytest.mark.parametrize(
    ("pin", "says"),
    [
        ("", "4 to 8 digits"), ("472", "4 to 8 digits"), ("472947294", "4 to 8 digits"), ("47a9", "4 to 8 digits"),
        ("４７２９", "4 to 8 digits"), (" 4729", "4 to 8 digits"), ("0000", "one digit"), ("77777777", "one digit"),
        ("1234", "counts"), ("4321", "counts"), ("7890", "counts"), ("01234567", "counts"), ("2109", "counts"),
        ("1212", "repeats"), ("473473", "repeats"), ("12341234", "repeats"), ("1984", "a year"), ("2026", "a year"),
        ("4730", "user name"),
    ],
)  # fmt: skip
def test_these_cannot(pin: str, says: str) -> None:
    assert says in fault_of(pin, username="nurse4730")
