"""A running clinic and a real Chromium. The server is a process of its own with a data folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
START_S = 120
expect.set_options(timeout=30_000)  # two workers and two servers share two cores; only what never comes fails
STUDY_DAYS = "example-study"  # a programme imported from docs/examples, counted in study days


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Clinic:
    """A clinic that serves its example programme."""

    url: str
    password: str
    log: Path

    def address(self, path: str) -> str:
        """The whole address of a path."""
        return f"{self.url}{path}"


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """Serves until the session ends."""
    folder = tmp_path_factory.mktemp("clinic")
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment |= {"HOLDFAST_DATA": str(folder), "HOLDFAST_PORT": str(port)}
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "holdfast", "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(url, server, log)
        subprocess.run(
            [sys.executable, "-m", "holdfast", "programme", "import", "docs/examples/scores.csv", "--key", STUDY_DAYS],
            cwd=ROOT, env=environment, check=True, capture_output=True,
        )  # fmt: skip
        yield Clinic(url, (folder / "demo-password").read_text().strip(), log)
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def demo_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The demo day, served until the session ends. The environment names another installation, not to be touched."""
    made = tmp_path_factory.mktemp("demo-day")
    folder, theirs, log = made / "own", made / "theirs", made / "server.log"
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment |= {"HOLDFAST_DATA": str(theirs), "HOLDFAST_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "holdfast", "demo-day", "--port", str(port), "--folder", str(folder)],
            cwd=ROOT, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(url, server, log)
        yield Clinic(url, (folder / "demo-password").read_text().strip(), log)
        assert not theirs.exists(), "the demo day touched the data folder of another installation"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_until_it_answers(url: str, server: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server stopped: {log.read_text()}")
        try:
            urllib.request.urlopen(f"{url}/health/", timeout=2)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the server did not answer within {START_S} s: {log.read_text()}")


# Per module, not per session: while Playwright's loop runs, Django refuses the database in this process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without its sandbox, which root and containers forbid."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium")
            or shutil.which("chromium-browser")
            or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes a page in a context of its own; options go to the context."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def signed_in(clinic: Clinic, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page on which the demo person of a role has signed in."""

    def make(role: str, **options: Any) -> Page:
        page = new_page(**options)
        page.goto(clinic.address("/accounts/login/"))
        return sign_in(page, role, clinic.password)

    return make


@pytest.fixture(scope="module")
def kept_page(clinic: Clinic, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """A page of a role, or of "nobody", that the tests of a file share: signing in takes longer than looking."""
    made: dict[str, Page] = {}

    def of(role: str) -> Page:
        if role not in made:
            made[role] = browser.new_context(viewport=DESKTOP).new_page()
            if role != "nobody":
                made[role].goto(clinic.address("/accounts/login/"))
                sign_in(made[role], role, clinic.password)
        return made[role]

    yield of
    for page in made.values():
        page.context.close()


def sign_in(page: Page, role: str, password: str) -> Page:
    """Fill the form that the page shows, as the demo person of a role."""
    page.get_by_label("Username").fill(f"demo-{role}")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", level=1).wait_for()
    return page


@pytest.fixture
def open_patient(clinic: Clinic) -> Callable[[Page, str], Page]:
    """Find a person of the example programme and open the page."""

    def go(page: Page, name: str) -> Page:
        page.goto(clinic.address("/caseload/?programme=example"))
        page.get_by_role("rowheader").get_by_role("link", name=re.compile(name)).first.click()
        page.get_by_role("heading", level=1, name=re.compile(name)).wait_for()
        return page

    return go
