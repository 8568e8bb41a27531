"""What Lighthouse says of the accessibility of every page: `make lighthouse`. Needs `npx` and Chromium.

Serves the example programme in a folder of its own, signs in as the demo person of each role, and lets Lighthouse open
each page with that session. Writes docs/benchmarks/lighthouse.md; asserts nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.served import served
from tests.browser.conftest import PHONE, sign_in
from tests.browser.test_accessibility import STANDING, clinical_pages, ledger_pages

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "lighthouse.md"
VERSION = "12"
ASKED = 95
TRIES = 3


def sessions(url: str, password: str) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Role and address of each page, and the cookie of each role."""
    pages, cookies = dict(STANDING), {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        signed_in: dict[str, Page] = {}
        for role in sorted({role for role, _ in STANDING.values()} - {"nobody"}):
            page = signed_in[role] = browser.new_context(viewport=PHONE).new_page()
            page.goto(f"{url}/accounts/login/")
            sign_in(page, role, password)
        pages |= {name: ("prescriber", path) for name, path in clinical_pages(signed_in["prescriber"], url).items()}
        pages |= {name: ("nurse", path) for name, path in ledger_pages(signed_in["nurse"], url).items()}
        for role, page in signed_in.items():
            cookies[role] = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        browser.close()
    return pages, cookies


def _chromium() -> str:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


def asked(address: str, cookie: str | None, tries: int = TRIES) -> dict[str, Any]:
    """Lighthouse's report of one page. Raises `SystemExit` where it cannot be opened."""
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
            if tries > 1:  # a busy machine lets Chromium miss its own deadlines
                return asked(address, cookie, tries - 1)
            raise SystemExit(f"Lighthouse did not open {address}: {done.stderr.strip()[-500:]}")
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return found


def touch(url: str, cookies: dict[str, str]) -> None:
    """Open a page as everybody, or the screen of whoever waits for their turn would lock."""
    for cookie in cookies.values():
        urllib.request.urlopen(urllib.request.Request(f"{url}/worklist/", headers={"Cookie": cookie})).close()


def row(name: str, report: dict[str, Any]) -> tuple[str, int, str]:
    """Page, score out of 100, audits that failed. Raises `ValueError` where another page was shown."""
    if re.search("login", report["finalDisplayedUrl"]) and name != "account_login":
        raise ValueError(f"{name}: the session did not hold, the sign-in page was shown")
    judged = [audit for audit in report["audits"].values() if audit["scoreDisplayMode"] == "binary"]
    failed = [audit["id"] for audit in judged if audit["score"] == 0]
    return name, round(100 * report["categories"]["accessibility"]["score"]), ", ".join(failed)


def main() -> None:
    """Every page, the worst first."""
    rows, version = [], ""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, _):
        password = (Path(folder) / "demo-password").read_text(encoding="utf-8").strip()
        pages, cookies = sessions(url, password)
        for number, (name, (role, path)) in enumerate(pages.items(), start=1):
            touch(url, cookies)
            report = asked(url + path, cookies.get(role))
            version = report["lighthouseVersion"]
            rows.append(row(name, report))
            sys.stderr.write(f"\r{number} of {len(pages)}: {name} {rows[-1][1]}          ")
    rows.sort(key=lambda one: (one[1], one[0]))
    low = sum(score < ASKED for _, score, _ in rows)
    text = [
        "# Lighthouse: accessibility of every page", "",
        f"`make lighthouse`, Lighthouse {version} as a phone, {date.today().isoformat()}: {len(rows)} pages, "  # noqa: DTZ011
        f"lowest score {rows[0][1]} of 100, {low} below {ASKED}. "
        "In the tests axe looks at more pages, at two widths, light and dark.",
        "", "| Page | Score | Audits that failed |", "|---|---|---|",
        *(f"| {name} | {score} | {failed or 'none'} |" for name, score, failed in rows), "",
    ]  # fmt: skip
    PAGE.write_text("\n".join(text), encoding="utf-8")
    sys.stdout.write(f"\n{text[2]}\n")


if __name__ == "__main__":
    main()
