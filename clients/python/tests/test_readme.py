from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import Server
from stories import words
from wirecopy import Client

BLOCKS = re.findall(
    r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.DOTALL
)


def test_the_example_does_what_it_says(
    shared_server: Server, client: Client, collection: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = [block for block in BLOCKS if "with Client(" in block]
    example = example.replace("http://127.0.0.1:7717", shared_server.address)
    example = example.replace('"news"', repr(collection))
    pages = [
        (f"https://paper{paper}.example/", f"<h1>{words(7, 6)}</h1><p>{words(8)}</p>")
        for paper in range(3)
    ]
    exec(compile(example, "README.md", "exec"), {"pages": pages})
    assert client.stats().articles == 4
    assert "\n3 ['https://paper0.example/', " in capsys.readouterr().out


def test_the_others_are_python() -> None:
    assert len(BLOCKS) == 4
    for block in BLOCKS:
        compile(block, "README.md", "exec")
