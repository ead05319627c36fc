"""A server of the tests' own: the program that WIRECOPY_BINARY names, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wirecopy import Client, Retry

TARGET = Path(__file__).parents[3] / "target"


def binary() -> Path:
    candidates = [TARGET / build / "wirecopy" for build in ("release", "debug")]
    if named := os.environ.get("WIRECOPY_BINARY"):
        candidates = [Path(named)]
    for candidate in candidates:
        if candidate.exists():
            return candidate.resolve()
    pytest.fail(f"no server to test with: {' or '.join(map(str, candidates))} does not exist")


@dataclass
class Server:
    data: Path
    arguments: list[str] = field(default_factory=list)
    scheme: str = "http"
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    is_over: bool = False

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> Server:
        if self.is_over:  # a thread of a test that has failed
            return self
        listen = f"127.0.0.1:{self.port}"
        command = [str(binary()), "serve", "--data", str(self.data), "--listen", listen]
        command += self.arguments
        # Tests do not need what they write to survive a power failure.
        command += ["--set", "store.durability=os"]
        with self.data.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(self.data.with_suffix(".log").read_text())

    def stop(self, with_signal: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(with_signal)
            self.process.wait(timeout=60)
            self.process = None


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(*arguments: str, scheme: str = "http") -> Server:
        server = Server(tmp_path / f"store-{len(servers)}", list(arguments), scheme)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.is_over = True
        server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("shared") / "store")
    yield server.start()
    server.stop()


@pytest.fixture
def collection(request: pytest.FixtureRequest, shared_server: Server) -> Iterator[str]:
    """A collection of the test's own on the shared server."""
    name = request.node.name.partition("[")[0].replace("_", "-")[:64]
    yield name
    with Client(shared_server.address, retry=Retry(attempts=1)) as client:
        client.drop_collection(name)


@pytest.fixture
def client(shared_server: Server, collection: str) -> Iterator[Client]:
    with Client(shared_server.address, collection=collection) as client:
        yield client
