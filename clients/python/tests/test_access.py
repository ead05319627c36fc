"""TLS, client certificates and access tokens, with the real server."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from both import make_client
from conftest import Server, binary
from stories import article
from wirecopy import (
    PermissionDeniedError,
    Retry,
    State,
    TlsError,
    UnauthenticatedError,
    UnavailableError,
    Verdict,
)

both_clients = pytest.mark.parametrize("kind", ["sync", "async"])
ONCE = Retry(attempts=1)


def new_token(tokens: Path, name: str, role: str) -> str:
    command = [str(binary()), "token", "new", name, "--role", role, "--file", str(tokens)]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return made.stdout.strip()


@pytest.fixture
def access(tmp_path: Path, make_server: Callable[..., Server]) -> dict[str, Any]:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other-ca.pem")
    server_certificate = authority.issue_cert("127.0.0.1")
    server_certificate.private_key_pem.write_to_path(tmp_path / "server.key")
    for part in server_certificate.cert_chain_pems:
        part.write_to_path(tmp_path / "server.pem", append=True)
    client_certificate = authority.issue_cert("crawler@wirecopy.example")
    client_certificate.private_key_pem.write_to_path(tmp_path / "client.key")
    client_certificate.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    tokens = {role: new_token(tmp_path / "tokens.toml", role, role) for role in ("read", "write")}
    return {"files": tmp_path, "tokens": tokens}


def settings(files: Path, **settings: str) -> list[str]:
    return [
        argument
        for name, file in settings.items()
        for argument in ("--set", f"access.{name}={files / file}")
    ]


TLS = {"certificate": "server.pem", "key": "server.key", "tokens": "tokens.toml"}


@both_clients
def test_a_token_allows_what_its_role_does(
    kind: str, access: dict[str, Any], make_server: Callable[..., Server]
) -> None:
    files, tokens = access["files"], access["tokens"]
    server = make_server(*settings(files, **TLS), scheme="https").start()
    ca = files / "ca.pem"
    with make_client(kind, server.address, ca=ca, token=tokens["write"]) as client:
        assert client.ingest(article(1)).state is State.NEW
        assert all(isinstance(outcome, Verdict) for outcome in client.ingest_many([article(2)]))
    with make_client(kind, server.address, ca=ca, token=tokens["read"]) as client:
        assert client.check(article(1)).state is State.UNCHANGED
        with pytest.raises(PermissionDeniedError):
            client.ingest(article(3))
        with pytest.raises(PermissionDeniedError):
            list(client.ingest_many([article(3)]))
    for token in (None, "no-such-token"):
        with (
            make_client(kind, server.address, ca=ca, token=token) as client,
            pytest.raises(UnauthenticatedError),
        ):
            client.stats()


@both_clients
def test_a_server_of_another_authority_is_not_trusted(
    kind: str, access: dict[str, Any], make_server: Callable[..., Server]
) -> None:
    files = access["files"]
    server = make_server(*settings(files, **TLS), scheme="https").start()
    for ca in (files / "other-ca.pem", None):
        with (
            make_client(kind, server.address, ca=ca, token="any") as client,
            pytest.raises(TlsError, match="the certificate of the server is not accepted"),
        ):
            client.stats()
    address = server.address.replace("https", "http")
    with (
        make_client(kind, address, token="any", retry=ONCE) as client,
        pytest.raises(UnavailableError),
    ):
        client.stats()


@both_clients
def test_a_server_without_tls_is_named(kind: str, shared_server: Server) -> None:
    address = shared_server.address.replace("http", "https")
    with (
        make_client(kind, address) as client,
        pytest.raises(TlsError, match="does not speak TLS"),
    ):
        client.stats()


@both_clients
def test_a_client_shows_its_certificate(
    kind: str, access: dict[str, Any], make_server: Callable[..., Server]
) -> None:
    files, token = access["files"], access["tokens"]["read"]
    arguments = settings(files, **TLS, client_ca="ca.pem")
    server = make_server(*arguments, scheme="https").start()
    options = {"ca": files / "ca.pem", "token": token, "retry": ONCE}
    identity = {"certificate": files / "client.pem", "key": files / "client.key"}
    with make_client(kind, server.address, **options, **identity) as client:
        assert client.stats().articles == 0
    with (
        make_client(kind, server.address, **options) as client,
        pytest.raises(UnavailableError),
    ):
        client.stats()
