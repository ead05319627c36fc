"""The engine is another package, which need not be installed."""

from __future__ import annotations

import sys

import pytest

import wirecopy


def test_without_the_engine_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "wirecopy_engine", None)
    for name in ("Engine", "cluster", "read", "sketch", "verify"):
        with pytest.raises(ImportError, match=r"pip install \./clients/python-engine$"):
            getattr(wirecopy, name)
    with pytest.raises(AttributeError, match="no attribute 'clusters'"):
        getattr(wirecopy, "clusters")  # noqa: B009
