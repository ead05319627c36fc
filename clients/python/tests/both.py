"""AsyncClient with the methods of Client, so that one test tries both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

from wirecopy import AsyncClient, Client


class Synced:
    """Runs the calls of an AsyncClient on an event loop of its own."""

    def __init__(self, client: Callable[[], AsyncClient]) -> None:
        self._runner = asyncio.Runner() if hasattr(asyncio, "Runner") else _Runner()

        async def make() -> AsyncClient:
            return client()

        self._client = self._runner.run(make())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: Any, **options: Any) -> Any:
            result = method(*args, **options)
            if isinstance(result, AsyncIterator):
                return self._iterate(result)
            return self._runner.run(result)

        return call

    def _iterate(self, results: AsyncIterator[Any]) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(results)

        try:
            while True:
                try:
                    yield self._runner.run(following())
                except StopAsyncIteration:
                    return
        finally:
            self._runner.run(results.aclose())  # type: ignore[attr-defined]

    def __enter__(self) -> Synced:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


class _Runner:
    """asyncio.Runner, which Python 3.10 does not have."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self._loop.close()


def make_client(kind: str, *args: Any, **options: Any) -> Any:
    """Returns a Client, or an AsyncClient that can be used as one."""
    if kind == "sync":
        return Client(*args, **options)
    return Synced(lambda: AsyncClient(*args, **options))
