"""The engine over a store on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import polars as pl
import pytest
from stories import row, rows, words

from wirecopy_engine import ClosedError, Engine, EngineError, InvalidError, LockedError, cluster


def test_what_is_ingested_stays(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Engine(store) as engine:
        verdicts = pl.DataFrame(engine.ingest(pl.DataFrame([row(1), row(2), row(1, 1)])))
        assert verdicts["state"].to_list() == ["new"] * 3
        assert verdicts["cluster"].to_list() == ["0-1", "0-2", "0-1"]
        assert verdicts["relation"].to_list() == ["lead", "lead", "copy"]
    with Engine(store) as engine:
        again = pl.DataFrame(engine.ingest(pl.DataFrame([row(1), row(2) | {"text": words(3)}])))
        assert again["state"].to_list() == ["unchanged", "updated"]
        checked = pl.DataFrame(engine.check(pl.DataFrame([row(1, 2), row(4)])))
        assert checked["state"].to_list() == ["new", "new"]
        assert checked["cluster"].to_list() == ["0-1", "0-4"]
        assert engine.stats() == (3, 2)
        exported = pl.DataFrame(engine.export(keep="longest"))
        assert exported.filter(pl.col("keep"))["id"].to_list() == ["0-2", "1-1"]
        assert exported["role"].null_count() == 0
        assert pl.DataFrame(engine.export(roles=False))["role"].null_count() == 3
        assert engine.remove(["0-1", "nothing"]) == (1, 1)
        assert engine.stats() == (2, 2)


def test_collections_are_apart(tmp_path: Path) -> None:
    with Engine(tmp_path / "store", fsync=False) as engine:
        engine.ingest(pl.DataFrame([row(1)]), collection="one")
        other = pl.DataFrame(engine.ingest(pl.DataFrame([row(1, 1)]), collection="other"))
        assert other["size"].to_list() == [1]
        assert engine.stats(collection="one") == (1, 1)
        assert engine.stats() == (0, 0)
        with pytest.raises(InvalidError, match="collection: "):
            engine.stats(collection="not a name")


def test_a_store_is_open_once(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Engine(store):
        expected = f"the store in `{store}` is open in process {os.getpid()}, since "
        with pytest.raises(LockedError) as raised:
            Engine(store)
        assert str(raised.value).startswith(expected)
        script = f"import wirecopy_engine; wirecopy_engine.Engine({str(store)!r})"
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert f"LockedError: {expected}" in other.stderr
    with Engine(store) as engine:
        assert engine.stats() == (0, 0)


def test_a_closed_engine_says_so(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "store")
    engine.close()
    engine.close()
    with pytest.raises(ClosedError):
        engine.ingest(pl.DataFrame([row(1)]))
    assert issubclass(ClosedError, EngineError)


def test_a_store_keeps_its_thresholds(tmp_path: Path) -> None:
    Engine(tmp_path / "store").close()
    with pytest.raises(EngineError, match="was made with copy_thresholds = "):
        Engine(tmp_path / "store", thresholds={"copy_larger": 0.9})


def test_other_threads_go_on() -> None:
    articles = pl.DataFrame(rows(stories=400, papers=2))
    results: list[object] = []
    worker = threading.Thread(target=lambda: results.append(cluster(articles)))
    worker.start()
    begun, turns = time.monotonic(), 0
    longest = 0.0
    while worker.is_alive():
        before = time.monotonic()
        time.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
        turns += 1
    taken = time.monotonic() - begun
    assert len(results) == 1
    assert turns > 20
    assert longest < taken / 2


ENDLESS = """
import sys
import pyarrow as pa
sys.path.insert(0, {tests!r})
from stories import rows
import wirecopy_engine

def batches():
    print("begun", flush=True)
    while True:
        yield batch

batch = pa.RecordBatch.from_pylist(rows(stories=100, papers=1))
reader = pa.RecordBatchReader.from_batches(batch.schema, batches())
wirecopy_engine.cluster(reader, directory={directory!r})
"""


def test_an_interrupt_ends_long_work() -> None:
    with tempfile.TemporaryDirectory() as directory:
        script = ENDLESS.format(tests=str(Path(__file__).parent), directory=directory)
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(0.5)
        assert len(os.listdir(directory)) == 1
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        assert process.stderr.read().rstrip().endswith(b"KeyboardInterrupt")
        process.stdout.close()
        process.stderr.close()
        assert os.listdir(directory) == [], "the temporary store is removed"
