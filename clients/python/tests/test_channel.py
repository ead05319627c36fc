from __future__ import annotations

import pytest

from wirecopy import Client
from wirecopy.channel import Target, parse_address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("localhost", ("localhost:7717", False)),
        ("localhost:80", ("localhost:80", False)),
        ("127.0.0.1:7717", ("127.0.0.1:7717", False)),
        ("http://a.example", ("a.example:80", False)),
        ("https://a.example/", ("a.example:443", True)),
        ("HTTPS://a.example:7717", ("a.example:7717", True)),
        ("[::1]:7717", ("[::1]:7717", False)),
        ("http://[::1]", ("[::1]:80", False)),
    ],
)
def test_addresses(address: str, expected: tuple[str, bool]) -> None:
    assert parse_address(address) == expected


@pytest.mark.parametrize(
    "address", ["", "ftp://a", "http://", "http://a/path", "http://a?b", "http://me@a", "a:port"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address|[Pp]ort"):
        Client(address)


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(ValueError, match="https"):
        Client("http://a", ca="ca.pem")
    with pytest.raises(ValueError, match="its key"):
        Client("https://a", certificate="a.pem")
    with pytest.raises(ValueError, match="header"):
        Client("http://a", token="two\nlines")
    with pytest.raises(FileNotFoundError):
        Client("https://a", ca="/nowhere/ca.pem")
    with pytest.raises(ValueError, match="no certificate in PEM form"):
        Client("https://a", ca=__file__)
    with pytest.raises(ValueError, match="are no certificate and its key"):
        Client("https://a", certificate=__file__, key=__file__)


def test_a_token_is_in_the_header_and_nowhere_else() -> None:
    target = Target("http://a", token="secret")
    assert target.metadata() == (("authorization", "Bearer secret"),)
    assert "secret" not in repr(target)
