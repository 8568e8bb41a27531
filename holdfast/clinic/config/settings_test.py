"""Settings of the tests: a data folder that vanishes, a database in memory, a fast password hasher."""

from __future__ import annotations

import os
import tempfile

_FOLDER = tempfile.TemporaryDirectory(prefix="holdfast-test-")
os.environ["HOLDFAST_DATA"] = _FOLDER.name
os.environ.pop("HOLDFAST_URL", None)

from holdfast.clinic.config.settings import *  # noqa: E402, F403
from holdfast.clinic.config.settings import DATABASES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
BOARDS_IN_OWN_PROCESS = False  # another process sees no database in memory
