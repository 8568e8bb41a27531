"""Settings of a real installation: Django's own check has nothing to say, and no secret has a default."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.clinic.config.database import database
from holdfast.errors import ConfigurationError
from tests.clinic.conftest import ROOT

CHECK = ["-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
ASK = ["-c", "from django.conf import settings; print(settings.SECRET_KEY, settings.DEBUG)"]


def production(folder: Path, words: list[str], **changes: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    env = {
        **kept, "DJANGO_SETTINGS_MODULE": "holdfast.clinic.config.settings", "HOLDFAST_DATA": str(folder),
        "HOLDFAST_URL": "https://clinic.example", "HOLDFAST_TWO_STEP": "required",
        "HOLDFAST_SMTP_URL": "smtp+starttls://clinic@mail.example:587", "HOLDFAST_MAIL_FROM": "care@clinic.example",
        **changes,
    }  # fmt: skip
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.story("HF-OPS-005")
def test_the_check_of_django_is_clean_with_production_settings_and_red_without_https(tmp_path: Path) -> None:
    done = production(tmp_path, CHECK)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
    plain = production(tmp_path, CHECK, HOLDFAST_URL="http://clinic.example")
    assert plain.returncode == 1
    assert "security.W012" in plain.stderr  # a cookie that travels without https


@pytest.mark.story("HF-OPS-005")
def test_the_proxy_we_describe_sets_every_header_that_is_believed() -> None:
    """What nginx is not told to set it passes on from whoever asks."""
    told = (ROOT / "docs" / "how-to" / "serve-over-https.md").read_text()
    for header, value in (("X-Forwarded-Proto", "$scheme"), ("X-Forwarded-For", "$remote_addr"), ("Host", "$host")):
        assert f"proxy_set_header {header} {value};" in told


@pytest.mark.slow
@pytest.mark.story("HF-OPS-005")
def test_the_secret_of_an_installation_is_its_own_and_made_for_it(tmp_path: Path) -> None:
    said = [production(tmp_path / name, ASK).stdout.split() for name in ("one", "two", "one")]
    assert said[0] == said[2] != said[1]
    for key, debug in said:
        assert len(key) >= 50
        assert debug == "False"
    path = tmp_path / "one" / "secret-key"
    assert path.read_text() == said[0][0]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.story("HF-OPS-005")
def test_a_password_of_the_database_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p@ss/word\n")
    url = "postgresql://ada@db.example/clinic"
    assert database(url, tmp_path, str(secret))["PASSWORD"] == "p@ss/word"
    assert database(url, tmp_path)["PASSWORD"] == ""
    with pytest.raises(ConfigurationError, match=r"HOLDFAST_DATABASE_PASSWORD_FILE .* cannot be read"):
        database(url, tmp_path, str(tmp_path / "gone"))
