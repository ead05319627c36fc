"""Where the server is, and what it asks of its clients: address, TLS, access token."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import grpc

if TYPE_CHECKING:
    from os import PathLike

_DEFAULT_PORT = 7717
_OPTIONS = [
    # A page of a thousand members with the longest fields.
    ("grpc.max_receive_message_length", 64 << 20),
    # A server that is gone without a word is noticed while a call waits for it.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    # Calls are repeated by this package, which waits as the server asks.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    # The connection is of this client alone, so that closing it does not end the calls of others.
    ("grpc.use_local_subchannel_pool", 1),
]


@dataclass(frozen=True)
class Target:
    """A server, and what it asks of its clients."""

    address: str
    token: str | None = field(default=None, repr=False)
    ca: str | PathLike[str] | None = None
    certificate: str | PathLike[str] | None = None
    key: str | PathLike[str] | None = None

    def __post_init__(self) -> None:
        """Checks the combination.

        Raises:
            ValueError: the address or the token cannot be used, or a file lacks another.
        """
        _, is_tls = parse_address(self.address)
        if (self.ca or self.certificate or self.key) and not is_tls:
            raise ValueError("certificates need an address that begins with https://")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a client certificate needs its key, and the key its certificate")
        if self.token is not None and not (self.token.isascii() and self.token.isprintable()):
            raise ValueError("the access token has characters that a header cannot carry")

    def channel(self) -> grpc.Channel:
        """Returns a channel; it connects when it is used.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file is not what it should be.
        """
        address, _ = parse_address(self.address)
        if credentials := self.credentials():
            return grpc.secure_channel(address, credentials, options=_OPTIONS)
        return grpc.insecure_channel(address, options=_OPTIONS)

    def aio_channel(self) -> grpc.aio.Channel:
        """Returns a channel for asyncio; it connects when it is used.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file is not what it should be.
        """
        address, _ = parse_address(self.address)
        if credentials := self.credentials():
            return grpc.aio.secure_channel(address, credentials, options=_OPTIONS)
        return grpc.aio.insecure_channel(address, options=_OPTIONS)

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Returns the headers of every call."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def credentials(self) -> grpc.ChannelCredentials | None:
        """Returns the certificates for TLS; None if the server does not speak it.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file is not what it should be.
        """
        _, is_tls = parse_address(self.address)
        if not is_tls:
            return None

        self._check_files()

        def content(path: str | PathLike[str] | None) -> bytes | None:
            return None if path is None else Path(path).read_bytes()

        return grpc.ssl_channel_credentials(
            root_certificates=content(self.ca),
            private_key=content(self.key),
            certificate_chain=content(self.certificate),
        )

    def _check_files(self) -> None:
        """Has OpenSSL read the files, because gRPC says nothing of what is wrong with them.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file is not what it should be.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.ca is not None:
            try:
                context.load_verify_locations(cafile=self.ca)
            except ssl.SSLError as error:
                raise ValueError(f"{self.ca} has no certificate in PEM form") from error
        if self.certificate is not None and self.key is not None:
            try:
                # A key under a password cannot be used; without one, OpenSSL would ask for it.
                context.load_cert_chain(self.certificate, self.key, password="")
            except ssl.SSLError as error:
                raise ValueError(
                    f"{self.certificate} and {self.key} are no certificate and its key, in PEM form"
                ) from error


def parse_address(address: str) -> tuple[str, bool]:
    """Returns host and port, and whether the server speaks TLS.

    Without a scheme, it does not, and the port is 7717 unless given. URLs have the ports of their
    scheme.

    Raises:
        ValueError: this is not an address such as "localhost:7717" or "https://wirecopy.example".
    """
    scheme, separator, _ = address.partition("://")
    url = urlsplit(address if separator else f"//{address}")
    ports = {"http": 80, "https": 443} if separator else {"": _DEFAULT_PORT}
    is_bare = url.path in ("", "/") and not (url.query or url.fragment or url.username)
    if not url.hostname or not is_bare or url.scheme not in ports:
        raise ValueError(f"{address!r} is not an address such as http://127.0.0.1:7717")
    port = url.port or ports[url.scheme]
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{host}:{port}", scheme.lower() == "https"
