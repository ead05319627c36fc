"""The answers are those of the program, and those that the tests in Rust know."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from wirecopy_engine import cluster, read, sketch, verify

ROOT = Path(__file__).parents[3]
KNOWN: dict[str, Any] = json.loads((ROOT / "tests" / "known_answers.json").read_text())
TEXTS: list[dict[str, Any]] = KNOWN["texts"]


def binary() -> Path:
    candidates = [ROOT / "target" / build / "wirecopy" for build in ("debug", "release")]
    candidates = (
        [Path(os.environ["WIRECOPY_BINARY"])] if "WIRECOPY_BINARY" in os.environ else candidates
    )
    built = [candidate for candidate in candidates if candidate.exists()]
    if not built:
        pytest.fail(f"none of {', '.join(map(str, candidates))} exists")
    return max(built, key=lambda candidate: candidate.stat().st_mtime)


def test_clusters_are_those_of_the_program() -> None:
    wire = ROOT / "demo" / "newswire.jsonl"
    command = [str(binary()), "cluster", str(wire), "--format", "jsonl", "--keep", "longest"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    expected = [json.loads(line) for line in lines]
    articles = pl.read_ndjson(wire)
    found = pa.table(cluster(articles, keep="longest")).to_pylist()
    assert len(found) == len(expected) > 20
    assert len({one["cluster"] for one in found}) > 5
    for one, other in zip(found, expected, strict=True):
        for name in ("id", "cluster", "size", "role", "original", "source", "relation", "keep"):
            assert one[name] == other.get(name), (name, one, other)
        for name in ("confidence", "resemblance", "containment", "containment_of_lead"):
            assert one[name] == pytest.approx(other[name], abs=1e-6), (name, one)
        assert one["lag_ms"] == other.get("lag_ms")


def test_sketches_are_known() -> None:
    table = pl.DataFrame(
        [{key: one.get(key, "") for key in ("title", "text", "html", "url")} for one in TEXTS]
    )
    sketches = pa.table(sketch(table)).to_pylist()
    for one, known in zip(sketches, TEXTS, strict=True):
        for name in ("signature", "bands", "anchors"):
            assert one[name] == known[name], (name, known["name"])


def test_texts_alone_may_be_sketched() -> None:
    texts = [one["text"] for one in TEXTS if "text" in one and "title" not in one]
    expected = [one["bands"] for one in TEXTS if "text" in one and "title" not in one]
    assert len(texts) > 1
    for given in (
        texts,
        tuple(texts),
        pa.array(texts),
        pa.chunked_array([texts]),
        pl.Series(texts),
    ):
        assert pa.table(sketch(given))["bands"].to_pylist() == expected
    nothing = pa.table(sketch(["", None])).to_pylist()
    assert nothing == [{"signature": [2**32 - 1] * 128, "bands": [], "anchors": []}] * 2


def test_comparisons_are_known() -> None:
    texts = {one["name"]: one for one in TEXTS}
    for known in KNOWN["pairs"]:
        a, b = texts[known["a"]], texts[known["b"]]
        found = verify(a["text"], b["text"], title_a=a.get("title", ""), title_b=b.get("title", ""))
        assert found.relation == known["relation"]
        assert found.copy is known["copy"]
        shares = (found.resemblance, found.containment, found.containment_of_other)
        assert shares == tuple(known["shares"])
    assert "relation='copy', copy=True" in repr(verify(TEXTS[0]["text"], TEXTS[0]["text"]))


def test_a_page_is_read() -> None:
    page = """<html lang="en"><head><title>Ferry aground | Halm Herald</title>
        <meta property="article:published_time" content="2026-03-04T07:00:00Z">
        <link rel="canonical" href="https://halmherald.example/ferry"></head>
        <body><nav>Home News Sport</nav><article><h1>Ferry aground</h1>
        <p>The ferry Marlin ran aground off Halm shortly after four in the morning, with forty
        passengers.</p>
        <p>All of them walked ashore at low tide, carrying their shoes, and got breakfast.</p>
        <p>This article was originally published in the Arden Courier.</p>
        </article></body></html>"""
    table = pl.DataFrame(
        {"html": [page.encode()], "url": ["https://halmherald.example/ferry?utm_source=x"]}
    )
    (found,) = pa.table(read(table)).to_pylist()
    assert found["title"] == "Ferry aground"
    assert found["text"].startswith("The ferry Marlin ran aground")
    assert "Sport" not in found["text"]
    assert found["canonical_url"] == "https://halmherald.example/ferry"
    assert found["published"].isoformat() == "2026-03-04T07:00:00+00:00"
    assert found["date_source"] == "meta"
    assert found["blocked"] is False
    (notice,) = found["notices"]
    assert notice["outlet"] == "Arden Courier"
    spoken = found["text"].encode()[notice["start"] : notice["end"]].decode()
    assert "originally published in the Arden Courier" in spoken
    (span,) = found["not_counted"]
    assert span["start"] <= notice["start"] < notice["end"] <= span["end"]
