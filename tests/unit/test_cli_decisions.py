"""Every command tells a decision in the same words: what stands against it first, every reason with its rule."""

from __future__ import annotations

import pytest

from holdfast.cli import main
from holdfast.cli.decisions import told
from holdfast.decision import Reason, Weight, decide

EACH = decide(Reason(weight.value, f"A {weight.value}.", "some.rule", weight) for weight in Weight)


def test_every_group_has_its_title_and_every_reason_its_rule() -> None:
    assert told(EACH) == (
        "Cannot proceed as it stands:\n\n"
        "Stops that cannot be overridden\n  - A hard_stop. [some.rule]\n\n"
        "Stops a physician may override with a recorded reason\n  - A stop_unless_overridden. [some.rule]\n\n"
        "Cautions\n  - A caution. [some.rule]\n\n"
        "To record\n  - A record. [some.rule]\n\n"
        "Not enforced until a physician signs the rule\n  - A inactive. [some.rule]"
    )


@pytest.mark.parametrize(
    ("weights", "headline"),
    [
        ([], "Nothing stands against it."),
        ([Weight.CAUTION], "Nothing stands against it."),
        ([Weight.INACTIVE], "No rule in force stands against it, but rules that no physician has signed have findings"),
        ([Weight.STOP], "Cannot proceed as it stands:"),
    ],
)
def test_the_headline_says_how_it_stands(weights: list[Weight], headline: str) -> None:
    decision = decide(Reason("some", "Some.", "some.rule", weight) for weight in weights)
    assert told(decision).startswith(headline)
    assert told(decision, "Wait").startswith("Wait")


@pytest.mark.parametrize(
    "command",
    [
        "protocol dose iv-racemic --weight-kg 82 --dose-mg-per-kg 0.9",
        "protocol dose esketamine-nasal --dose-mg 112",
        "protocol standing --drug esketamine --setting home",
        "eligibility assess docs/examples/eligibility_hard_stop.json",
        "treatment-session discharge docs/examples/treatment_session_discharge.json --now 2026-11-21T11:30-05:00",
    ],
)
def test_commands_that_refuse_tell_it_so(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 0
    printed = capsys.readouterr().out
    assert "\nStops " in printed
    assert "\n  - " in printed
