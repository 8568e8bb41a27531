"""What the clinic takes from the process of the model: an answer, a refusal, or one word; never a fault of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.clinic import numerics
from holdfast.clinic.forecasts import model_process

WHOLE: dict[str, object] = {name: {} for name in model_process.PARTS} | {"verdict": {"unlike_population": False}}


def printing(monkeypatch: pytest.MonkeyPatch, folder: Path, printed: bytes) -> None:
    """The model's process prints this and ends well."""
    (folder / "printed").write_bytes(printed)
    program = folder / "model"
    program.write_text(f"#!/bin/sh\nexec cat '{folder / 'printed'}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(numerics.sys, "executable", str(program))


RUBBISH = {
    "nothing": b"", "half": b'{"about": {', "no UTF-8": b"\xff\xfe\x00", "NaN": b'{"about": NaN}',
    "Infinity": b'{"about": -Infinity}', "5,000 digits": b"9" * 5000, "nested": b"[" * 100_000,
    "a warning before": b'careful\n{"about": {}}',
}  # fmt: skip


@pytest.mark.parametrize("printed", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_is_one_word(printed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printing(monkeypatch, tmp_path, printed)
    with pytest.raises(numerics.NumericsError, match="not-json"):
        numerics.asked_apart((), {}, longest_s=60.0, nice=0)


FALSE = {
    "a part missing": {"about": {}}, "about a word": WHOLE | {"about": "x"}, "no verdict": WHOLE | {"verdict": {}},
    "a curve of one unlike": WHOLE | {"verdict": {"unlike_population": True}}, "no curve": WHOLE | {"curve": None},
}  # fmt: skip


@pytest.mark.parametrize("given", FALSE.values(), ids=FALSE)
def test_an_answer_that_is_no_forecast_is_not_kept(
    given: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printing(monkeypatch, tmp_path, json.dumps(given).encode())
    with pytest.raises(numerics.NumericsError, match="not-a-forecast"):
        model_process.forecast_of({})


def test_an_answer_of_all_parts_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printing(monkeypatch, tmp_path, json.dumps(WHOLE).encode())
    assert model_process.forecast_of({}).given == WHOLE
