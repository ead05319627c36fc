#!/usr/bin/env python3
"""Measures how fast articles stream from Python into a server, beside the Rust client.

    cargo build --release --workspace
    target/python/bin/python clients/python/bench.py --articles 100000

Each client sends the same invented articles (`wirecopy-bench load`) to a server of its own with a
new store, one after another, on the same machine. `client` is the processor time of the client for
an article, `server` that of the server. The last lines send articles that the server has already,
which costs it little: they show what the client alone can do. With `placement only`, the replies
have neither matches nor a judgement.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from wirecopy import Article, AsyncClient, Client, Verdict

BUILD = Path(__file__).parents[2] / "target" / "release"


def main() -> None:
    """Runs the clients, one after another, and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--build", type=Path, default=BUILD, help="directory of the programs")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        articles = invent(args.build, Path(scratch) / "articles.jsonl", args.articles)

        def in_rust(address: str) -> float:
            command = [str(args.build / "wirecopy-bench"), "load", "--server", address]
            command += ["--articles", str(args.articles)]
            report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            (per_second,) = re.findall(r"sent: .*?([\d,]+) articles/s;", report)
            return float(per_second.replace(",", ""))

        def in_python(address: str) -> float:
            return rate(articles, send(address, articles, args.window))

        def in_asyncio(address: str) -> float:
            return rate(articles, asyncio.run(send_async(address, articles, args.window)))

        def placed(address: str) -> float:
            return rate(articles, send(address, articles, args.window, placement_only=True))

        with server(args.build, Path(scratch) / "rust") as (address, pid):
            base = measure("Rust", in_rust, address, pid, args.articles, None)
        for name, client in [("Client", in_python), ("AsyncClient", in_asyncio)]:
            with server(args.build, Path(scratch) / name) as (address, pid):
                measure(name, client, address, pid, args.articles, base)
                measure(f"{name}, again", client, address, pid, args.articles, None)
                if name == "Client":
                    measure("... placement only", placed, address, pid, args.articles, None)


def measure(
    name: str,
    client: Callable[[str], float],
    address: str,
    pid: int,
    articles: int,
    base: float | None,
) -> float:
    """Runs a client and prints its rate, also in relation to another, and what it cost."""
    own, servers = time.process_time(), processor_time(pid)
    per_second = client(address)
    costs = [
        f"{(now - then) / articles * 1e6:.0f} us"
        for now, then in ((time.process_time(), own), (processor_time(pid), servers))
    ]
    ratio = f"{per_second / base:.2f} of Rust's" if base else ""
    client_cost = "" if name == "Rust" else f"client {costs[0]}, "
    print(f"{name:<18} {per_second:>7,.0f} articles/s  {client_cost}server {costs[1]}  {ratio}")
    return per_second


def rate(articles: list[Article], seconds: float) -> float:
    """Returns articles a second."""
    return len(articles) / seconds


def send(
    address: str, articles: list[Article], window: int, *, placement_only: bool = False
) -> float:
    """Sends articles, and returns the seconds until all have a verdict."""
    begun = time.perf_counter()
    with Client(address) as client:
        outcomes = client.ingest_many(articles, window=window, placement_only=placement_only)
        verdicts = sum(isinstance(outcome, Verdict) for outcome in outcomes)
    assert verdicts == len(articles)
    return time.perf_counter() - begun


async def send_async(address: str, articles: list[Article], window: int) -> float:
    """Does the same with asyncio."""
    begun = time.perf_counter()
    verdicts = 0
    async with AsyncClient(address) as client:
        async for outcome in client.ingest_many(articles, window=window):
            verdicts += isinstance(outcome, Verdict)
    assert verdicts == len(articles)
    return time.perf_counter() - begun


def invent(build: Path, file: Path, count: int) -> list[Article]:
    """Returns the articles that the Rust client sends."""
    command = [str(build / "wirecopy-bench"), "load", "--articles", str(count), "--out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    articles = []
    with file.open() as lines:
        for line in lines:
            fields = json.loads(line)
            if published := fields.pop("published", None):
                fields["published"] = datetime.fromisoformat(published.replace("Z", "+00:00"))
            articles.append(Article(**fields))
    return articles


@contextmanager
def server(build: Path, data: Path) -> Iterator[tuple[str, int]]:
    """Runs a server; yields its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [str(build / "wirecopy"), "serve", "--data", str(data), "--listen", listen]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with Client(listen) as client:
            client.stats()  # waits until it listens
        yield f"http://{listen}", process.pid
    finally:
        process.terminate()
        process.wait()


def processor_time(pid: int) -> float:
    """Returns the processor time of a process so far, in seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()
