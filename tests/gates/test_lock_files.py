"""The locked requirements: every pin hashed, for every platform, and no address or path of the machine that locked."""

from __future__ import annotations

import re

import pytest

from tests.gates.repository import ROOT

LOCKS = ("run", "dev")
OF_EXTRAS = ("bayes", "ray")
LEAST_NUMPY_HASHES = 10  # fewer means that only one platform's wheels were seen: it installs here and nowhere else


def lock_faults(text: str) -> list[str]:
    """Everything wrong with a locked requirements file, by line."""
    found = []
    hashes: dict[str, int] = {}
    name = ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip().removesuffix("\\").strip()
        if "://" in bare:
            found.append(f"line {number}: holds an address")
        if not bare or bare.startswith("#"):
            continue
        if bare.startswith("--hash=sha256:"):
            hashes[name] = hashes.get(name, 0) + 1
        elif bare.startswith("-"):
            found.append(f"line {number}: option {bare.split()[0]} is not allowed")
        elif pinned := re.match(r"([A-Za-z0-9._-]+)(\[[^]]*\])?==[^\s;]+(\s*;.*)?$", bare):
            name = pinned[1].lower()
            hashes.setdefault(name, 0)
        else:
            found.append(f"line {number}: {bare.split()[0]} is not pinned with ==")
    found += [f"{name}: has no hash" for name, count in hashes.items() if count == 0]
    if hashes.get("numpy", 0) <= LEAST_NUMPY_HASHES:
        found.append(f"numpy: has {hashes.get('numpy', 0)} hashes; lock against a full index")
    return found


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.story("HF-PKG-003")
@pytest.mark.parametrize("name", [*LOCKS, *OF_EXTRAS])
def test_the_lock_is_hashed_and_names_no_place(name: str) -> None:
    assert lock_faults(lock(name)) == []


def test_what_runs_is_a_part_of_what_is_developed_with() -> None:
    pins = [set(re.findall(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", lock(name), flags=re.MULTILINE)) for name in LOCKS]
    assert len(pins[0]) > 20
    assert pins[0] - pins[1] == set()


HASH = "    --hash=sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("", "--index-url somewhere\n", "option --index-url"),
        ("", "--extra-index-url=somewhere\n", "option --extra-index-url"),
        ("", "--find-links wheels\n", "option --find-links"),
        ("", "-e .\n", "option -e"),
        ("", f"# from https:{'//'}example.org/simple\n", "holds an address"),
        ("", f"thing @ file:{'///'}wheels/thing.whl\n", "holds an address"),
        ("", "thing @ file\n", "is not pinned"),
        ("", "thing>=1\n", "is not pinned"),
        ("", "thing==1.0\n", "thing: has no hash"),
        ("", "thing==1.0 ; python_version < '3' \\\n", "thing: has no hash"),
        (r"(?m)^numpy==.*\n(    --hash.*\n)+", f"numpy==2.0 \\\n{HASH}\n", "numpy: has"),
    ],
)
def test_the_gate_can_go_red(old: str, new: str, says: str) -> None:
    sound = lock("run")
    spoiled = re.sub(old, lambda _: new, sound) if old else new + sound
    assert spoiled != sound
    assert any(says in fault for fault in lock_faults(spoiled))
