"""Every requirement has a test that wears it; a high-risk one is held where it matters most."""

from __future__ import annotations

import pytest
from generator.stories import Story, read_stories, worn

from tests.gates.repository import ROOT

RISKS = ("high", "medium", "low")


def story_faults(stories: list[Story], wearers: dict[str, list[str]]) -> list[str]:
    """Stories nobody holds, or not well enough for their risk; tests wearing what is no story."""
    found = [f"{story}: is worn by {paths[0]} and is no story" for story, paths in wearers.items()
             if story not in {s.id for s in stories}]  # fmt: skip
    for story in stories:
        paths = wearers.get(story.id, [])
        if not paths:
            found.append(f"{story.id}: no test wears it")
        if story.risk == "high":
            found += [f"{story.id}: high risk, and no test under tests/{kind} wears it"
                      for kind in story.held_by if not any(p.startswith(f"tests/{kind}/") for p in paths)]  # fmt: skip
    return found


@pytest.mark.story("HF-DOC-004")
def test_every_story_is_held() -> None:
    assert story_faults(read_stories(ROOT / "tests" / "stories.toml"), worn(ROOT / "tests")) == []


def test_stories_are_well_formed() -> None:
    stories = read_stories(ROOT / "tests" / "stories.toml")
    assert len({s.id for s in stories}) == len(stories) > 25
    assert [s.id for s in stories if s.risk not in RISKS or not s.text.endswith(".")] == []
    assert [s.id for s in stories if s.risk == "high" and not s.held_by] == []


def test_the_gate_can_go_red() -> None:
    story = Story("HF-SES-001", "Title", "Text.", "high", ("spec", "browser"))
    assert story_faults([story], {}) == [
        "HF-SES-001: no test wears it",
        "HF-SES-001: high risk, and no test under tests/spec wears it",
        "HF-SES-001: high risk, and no test under tests/browser wears it",
    ]
    half = {"HF-SES-001": ["tests/spec/test_a.py"], "HF-SES-009": ["tests/unit/test_b.py"]}
    assert story_faults([story], half) == [
        "HF-SES-009: is worn by tests/unit/test_b.py and is no story",
        "HF-SES-001: high risk, and no test under tests/browser wears it",
    ]
    assert story_faults([story], {"HF-SES-001": ["tests/spec/test_a.py", "tests/browser/test_b.py"]}) == []
