"""Invented articles."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

EPOCH = datetime(2026, 3, 1, tzinfo=timezone.utc)
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


def words(seed: int, count: int = 120) -> str:
    """Returns a text that shares no run of words with that of another seed."""
    rng = random.Random(seed)
    return " ".join("".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(count))


def row(story: int, paper: int = 0) -> dict[str, Any]:
    """Returns a paper's print of a story; that of paper 0 came first, and later ones add to it."""
    return {
        "id": f"{paper}-{story}",
        "url": f"https://paper{paper}.example/story-{story}",
        "title": words(story + 1_000_000, 6),
        "text": " ".join([words(story), words(story * 100 + paper + 2_000_000, 10 * paper)]),
        "published": EPOCH + timedelta(hours=story, minutes=paper),
    }


def rows(stories: int, papers: int) -> list[dict[str, Any]]:
    """Returns all prints of some stories, the later ones first."""
    return [row(story, paper) for paper in reversed(range(papers)) for story in range(stories)]
