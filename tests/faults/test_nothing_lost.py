"""The server is killed and the line to it cut, again and again, while four nurses enter."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from tests.faults.nurses import Nurse, faults_in
from tests.faults.server import Prepared, RealServer
from tests.faulty_line import Fault, FaultyLine

SEED, WORKS_AGAIN_S = 20261121, 90
CUTS = (Fault.CUT, Fault.ANSWERLESS, Fault.SILENT, Fault.TORN, Fault.SLOW)


def at_work(clinic: Prepared, server: RealServer, url: str, **how: bool) -> list[Nurse]:
    """Nurses who have signed in and begun."""
    server.start()
    nurses = [Nurse(url, one, **how) for one in clinic.nurses]
    for nurse in nurses:
        nurse.sign_in()
        nurse.begin()
    return nurses


def until_entered(nurses: list[Nurse]) -> None:
    """Wait until something more is acknowledged, so that every fault falls among entries."""
    before, deadline = sum(len(n.acknowledged) for n in nurses), time.monotonic() + WORKS_AGAIN_S
    while sum(len(n.acknowledged) for n in nurses) == before:
        assert time.monotonic() < deadline, f"nobody could enter: {[(n.answers, n.faults) for n in nurses]}"
        time.sleep(0.02)


def row(what: str, times: int, nurses: list[Nurse]) -> str:
    """One line of the figures; it is kept only where nothing was lost or doubled."""
    counts = [sum(len(n.acknowledged) for n in nurses), sum(n.unanswered for n in nurses),
              sum(n.had_arrived for n in nurses)]  # fmt: skip
    return f"| {what} | {times} | " + " | ".join(f"{c:,}" for c in counts) + " | 0 | 0 |"


@pytest.mark.slow
@pytest.mark.story("HF-SES-026")
def test_a_killed_server_loses_no_acknowledged_entry(
    clinic: Prepared, server: RealServer, rounds: int, figure: Callable[[str], None]
) -> None:
    """SIGKILL while entries are in the air; the nurses send what nobody acknowledged when it is back."""
    chance = random.Random(SEED)
    nurses = at_work(clinic, server, server.url)
    for _ in range(rounds):
        until_entered(nurses)
        time.sleep(chance.uniform(0, 0.8))
        server.kill()
        server.start()
    for nurse in nurses:
        nurse.end()
    assert faults_in(nurses, server.stored()) == []
    assert all(set(n.made) == set(n.acknowledged) for n in nurses)
    assert sum(n.unanswered for n in nurses) >= rounds, "no kill met an entry on its way"
    assert server.is_sound()
    assert server.audit_holds()
    figure(row("server killed (SIGKILL)", rounds, nurses))


@pytest.mark.slow
@pytest.mark.story("HF-SES-026")
def test_a_cut_network_loses_and_doubles_nothing(
    clinic: Prepared, server: RealServer, rounds: int, figure: Callable[[str], None]
) -> None:
    """Reset, half-open, torn and slow lines, and answers that never arrive after the server has committed."""
    chance = random.Random(SEED)
    line = FaultyLine(server.port, delay_s=0.2)
    nurses = at_work(clinic, server, line.url)
    for number in range(max(rounds, len(CUTS))):
        line.fail(CUTS[number % len(CUTS)])
        time.sleep(chance.uniform(0.2, 0.6))
        line.fail(Fault.NONE)
        until_entered(nurses)
        time.sleep(chance.uniform(0, 0.3))
    for nurse in nurses:
        nurse.end()
    line.close()
    assert faults_in(nurses, server.stored()) == []
    assert all(set(n.made) == set(n.acknowledged) for n in nurses)
    assert line.swallowed > 0
    assert sum(n.had_arrived for n in nurses) > 0, "no answer was lost after the server had committed"
    assert server.is_sound()
    figure(row("network cut (reset, half-open, torn, slow, answer swallowed, in turn)", rounds, nurses))


@pytest.mark.slow
def test_the_check_can_go_red(clinic: Prepared, server: RealServer) -> None:
    """The same line, and nurses who send again under a new key: then entries are doubled, and the check says so."""
    line = FaultyLine(server.port)
    nurses = at_work(clinic, server, line.url, new_key_each_time=True)
    line.fail(Fault.ANSWERLESS)
    time.sleep(1)
    line.fail(Fault.NONE)
    time.sleep(0.5)
    for nurse in nurses:
        nurse.end()
    line.close()
    assert any(fault.startswith("doubled: ") for fault in faults_in(nurses, server.stored()))
    lost = server.stored()[1:]
    assert any(fault.startswith("lost: ") for fault in faults_in(nurses, lost))
