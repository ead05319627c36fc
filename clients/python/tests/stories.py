"""Invented articles."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

from wirecopy import Article

EPOCH = datetime(2026, 3, 1, tzinfo=timezone.utc)
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


def words(seed: int, count: int = 150) -> str:
    """Returns a text that shares no run of words with that of another seed."""
    rng = random.Random(seed)
    return " ".join("".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(count))


def article(story: int, paper: int = 0) -> Article:
    """Returns a paper's print of a story; that of paper 0 came first."""
    return Article(
        url=f"https://paper{paper}.example/story-{story}",
        title=words(story + 1_000_000, 6),
        text=words(story),
        published=EPOCH + timedelta(hours=story, minutes=paper),
    )
