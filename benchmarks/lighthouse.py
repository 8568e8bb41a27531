"""What Lighthouse says of the accessibility of every page: `make lighthouse`. Needs `npx` and Chromium.

Serves the demo day in a folder of its own, signs in as the demo person of each role, follows links until every page
that can be reached so was found once, and lets Lighthouse open each with that session; the patient's check-in by its
link. Writes docs/benchmarks/lighthouse.md; asserts nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.served import served
from tests.browser.conftest import PHONE, sign_in

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "lighthouse.md"
VERSION = "12"
ASKED = 95
TRIES = 3
LOCKED = 423  # the screen, by itself, after some minutes
NOBODY = "nobody"
ROLES = ("nurse", "prescriber", "programme-lead", "administrator", "auditor", "therapist", "front-desk", NOBODY)
START = ("/", "/board/", "/caseload/?programme=example", "/worklist/", "/about/", "/information/", "/accounts/login/")
ENOUGH = 4  # pages of one kind that a search for links opens: not every person has every link
SIGNS_OUT = frozenset({"account_logout", "screen-lock-now"})


@dataclass(frozen=True)
class Found:
    """One kind of page, by the name of its address; who sees it and where."""

    name: str
    role: str
    address: str


def kind_of(path: str) -> str | None:
    """The name of an address of the clinic; None for what is no page of it."""
    from django.urls import Resolver404, resolve

    try:
        return resolve(path).url_name
    except Resolver404:
        return None


def is_page(headers: Mapping[str, str]) -> bool:
    """Does a browser show what came, rather than keep it as a file?"""
    kept = headers.get("content-disposition", "").startswith("attachment")
    return headers.get("content-type", "").startswith("text/html") and not kept


def reachable(page: Page, url: str, role: str, known: set[str]) -> Iterator[Found]:
    """Pages of kinds that are not `known` yet, found by following links from the first pages."""
    waiting, opened, seen = list(START), dict[str, int](), set[str]()
    while waiting:
        path = waiting.pop(0)
        name = kind_of(urlsplit(path).path)
        if name is None or name in SIGNS_OUT or path in seen or opened.get(name, 0) >= ENOUGH:
            continue
        seen.add(path)
        answer = page.context.request.get(url + path, headers={"Accept": "text/html"}, max_redirects=5)
        shown = urlsplit(answer.url).path
        here = kind_of(shown)
        if answer.status != 200 or here is None or not is_page(answer.headers):
            continue
        opened[name] = opened.get(name, 0) + 1
        if here not in known:
            known.add(here)
            query = urlsplit(answer.url).query
            yield Found(here, role, shown + (f"?{query}" if query else ""))
        waiting += [link.split("#")[0].replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', answer.text())]


def check_in(folder: Path, url: str) -> Found | None:
    """The check-in that waits for a patient, by the link of the message that is sent now."""
    environment = {**os.environ, "HOLDFAST_DATA": str(folder), "HOLDFAST_PORT": str(urlsplit(url).port)}
    subprocess.run([sys.executable, "-m", "holdfast", "checkins", "send"], env=environment, check=True)
    for message in sorted((folder / "outbox").glob("*")):
        if link := re.search(r"http://[^/\s]+(/c/\S+/)", message.read_text(encoding="utf-8")):
            return Found("check-in", NOBODY, link[1])
    return None


def _chromium() -> str:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


def asked(address: str, cookie: str) -> dict[str, Any] | None:
    """Lighthouse's report of one page; None where it could not open it."""
    with tempfile.TemporaryDirectory() as folder:
        out, headers = Path(folder) / "report.json", Path(folder) / "headers.json"
        headers.write_text(json.dumps({"Cookie": cookie} if cookie else {}), encoding="utf-8")
        done = subprocess.run(
            ["npx", "--yes", f"lighthouse@{VERSION}", address, "--only-categories=accessibility", "--quiet",
             "--output=json", f"--output-path={out}", f"--extra-headers={headers}",
             "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"],
            capture_output=True, text=True, check=False, env={**os.environ, "CHROME_PATH": _chromium()},
        )  # fmt: skip
        if done.returncode:
            sys.stderr.write(f"Lighthouse did not open {urlsplit(address).path}: {done.stderr.strip()[-300:]}\n")
            return None
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return found


@dataclass
class Visitor:
    """One role with a browser of its own, signed in anew where its screen was locked meanwhile."""

    browser: Browser
    url: str
    role: str
    password: str

    def __post_init__(self) -> None:
        self.sign_in()

    def sign_in(self) -> None:
        """Come in as a new browser."""
        self.page = self.browser.new_context(viewport=PHONE).new_page()
        if self.role != NOBODY:
            self.page.goto(f"{self.url}/accounts/login/")
            sign_in(self.page, self.role, self.password)

    def report(self, found: Found) -> dict[str, Any] | None:
        """Lighthouse's; None where it never came. A busy machine lets Chromium miss its own deadlines, and screens lock
        meanwhile."""
        for _ in range(TRIES):
            shown = self.page.context.request.get(self.url + found.address)
            if shown.status == LOCKED:
                self.sign_in()
            cookie = "; ".join(f"{one['name']}={one['value']}" for one in self.page.context.cookies())
            if (told := asked(self.url + found.address, cookie)) is not None:
                return told
        return None


def row(found: Found, report: Mapping[str, Any]) -> tuple[str, str, int, str] | None:
    """Page, who saw it, score out of 100, audits that failed; None where another page was shown: the day goes on."""
    if kind_of(urlsplit(report["finalDisplayedUrl"]).path) != found.name:
        return None
    judged = [audit for audit in report["audits"].values() if audit["scoreDisplayMode"] == "binary"]
    failed = [audit["id"] for audit in judged if audit["score"] == 0]
    return found.name, found.role, round(100 * report["categories"]["accessibility"]["score"]), ", ".join(failed)


def look(url: str, folder: Path) -> tuple[list[tuple[str, str, int, str]], list[str], str]:
    """A row for every page, pages that led elsewhere meanwhile, and the version of Lighthouse."""
    password = (folder / "demo-password").read_text(encoding="utf-8").strip()
    rows, missed, version, known = [], list[str](), "", {"check-in"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        for role in ROLES:
            visitor = Visitor(browser, url, role, password)
            pages = list(reachable(visitor.page, url, role, known))
            if role == NOBODY and (waiting := check_in(folder, url)):
                pages.append(waiting)
            for found in pages:
                report = visitor.report(found)
                version = report["lighthouseVersion"] if report else version
                if report is None or (told := row(found, report)) is None:
                    missed.append(found.name)
                    sys.stderr.write(f"{len(rows)}: {role} {found.name} not seen\n")
                else:
                    rows.append(told)
                    sys.stderr.write(f"{len(rows)}: {role} {found.name} {told[2]}\n")
        browser.close()
    return rows, missed, version


def main() -> None:
    """Every page, the worst first."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "holdfast.clinic.config.settings"
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "day"
        os.environ["HOLDFAST_DATA"] = str(folder)
        with served(folder, "demo-day", "--folder", str(folder)) as (url, _):
            django.setup()
            rows, missed, version = look(url, folder)
    rows.sort(key=lambda one: (one[2], one[0]))
    low = sum(score < ASKED for _, _, score, _ in rows)
    text = [
        "# Lighthouse: accessibility of every page", "",
        f"`make lighthouse`, Lighthouse {version} as a phone, {date.today().isoformat()}: {len(rows)} pages, "  # noqa: DTZ011
        f"lowest score {rows[0][2]} of 100, {low} below {ASKED}. Every page that is reached by a link from the first "
        "pages on the demo day was opened once, as the first role that sees it. "
        "In the tests axe looks at more pages, at two widths, light and dark."
        + (f" Not seen, for they led elsewhere or did not open in their turn: {', '.join(missed)}." if missed else ""),
        "", "| Page | Seen by | Score | Audits that failed |", "|---|---|---|---|",
        *(f"| {name} | {role} | {score} | {failed or 'none'} |" for name, role, score, failed in rows), "",
    ]  # fmt: skip
    PAGE.write_text("\n".join(text), encoding="utf-8")
    sys.stdout.write(f"\n{text[2]}\n")


if __name__ == "__main__":
    main()
