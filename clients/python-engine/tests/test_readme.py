from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
import wirecopy
from stories import rows

import wirecopy_engine

BLOCKS = re.findall(
    r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.DOTALL
)


def test_the_notebook_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pl.DataFrame(rows(stories=30, papers=3)).write_parquet("articles.parquet")
    (notebook,) = [block for block in BLOCKS if "articles.parquet" in block]
    assert len(notebook.splitlines()) <= 20
    exec(compile(notebook, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[0] == "90 articles, 30 stories"
    kept = pl.read_parquet("stories.parquet")
    assert sorted(kept["id"]) == sorted(f"0-{story}" for story in range(30))


def test_the_others_do_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    others = [block for block in BLOCKS if "articles.parquet" not in block]
    assert len(others) == 2
    scope = {"batches": [pl.DataFrame(rows(2, 2))], "texts": ["a text of some words"] * 2}
    for block in others:
        exec(compile(block, "README.md", "exec"), scope)


def test_the_client_has_it_too() -> None:
    for name in ("Engine", "cluster", "read", "sketch", "verify"):
        assert getattr(wirecopy, name) is getattr(wirecopy_engine, name)
