"""The server, as a crawl sees it: what it does not answer does not stop the crawl."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.reactor import is_asyncio_reactor_installed

from wirecopy.aio import AsyncClient
from wirecopy.channel import Target
from wirecopy.errors import WirecopyError
from wirecopy.retry import Retry
from wirecopy.scrapy.policy import Policy, count

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler

    from wirecopy.messages import Article, SeenArticle, Verdict

logger = logging.getLogger(__name__)

# Items wait for no more than these attempts, some two seconds,
_RETRY = Retry(attempts=5)
# and then the server is left alone for so many seconds.
_PAUSE = 30.0

_services: WeakKeyDictionary[Crawler, Service] = WeakKeyDictionary()


class Service:
    """The server of one crawl. All components of the crawl share it."""

    @classmethod
    def of(cls, crawler: Crawler) -> Service:
        """Returns the service of a crawl.

        Raises:
            NotConfigured: WIRECOPY_ADDRESS is not set, or the crawl does not run on asyncio.
        """
        if crawler not in _services:
            _services[crawler] = cls(crawler)
        return _services[crawler]

    def __init__(self, crawler: Crawler) -> None:
        """Reads the settings. It connects when it is used: the event loop may not run yet."""
        settings = crawler.settings
        if not settings.get("WIRECOPY_ADDRESS"):
            raise NotConfigured("WIRECOPY_ADDRESS is not set")
        if not _runs_on_asyncio():
            raise NotConfigured("Wirecopy needs the asyncio reactor, Scrapy's default")
        self._crawler = crawler
        self._access = {
            "address": settings["WIRECOPY_ADDRESS"],
            "token": settings.get("WIRECOPY_TOKEN"),
            "ca": settings.get("WIRECOPY_CA"),
            "certificate": settings.get("WIRECOPY_CERTIFICATE"),
            "key": settings.get("WIRECOPY_KEY"),
        }
        Target(**self._access).credentials()  # so that a mistake ends the crawl now
        # Roles are only written into items.
        self._placement_only = Policy.of(settings) is Policy.DROP
        self._client: AsyncClient | None = None
        self._queue: asyncio.Queue[tuple[Article, asyncio.Future[Verdict | None]]] = asyncio.Queue()
        self._stream: asyncio.Task[None] | None = None
        self._down_until = 0.0
        self._complained = False
        self._has_rejected = False
        crawler.signals.connect(self._close, signal=signals.spider_closed)

    async def verdict(self, article: Article) -> Verdict | None:
        """Stores an article, over the one stream of the crawl. None if there is no verdict."""
        count(self._crawler, "articles")
        if self._is_down():
            count(self._crawler, "unavailable")
            return None
        future: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((article, future))
        if self._stream is None or self._stream.done():
            self._stream = asyncio.create_task(self._ingest())
        verdict = await future
        if verdict is not None:
            count(self._crawler, f"state/{verdict.state.value}")
        return verdict

    async def seen(self, ids: list[str]) -> tuple[SeenArticle, ...] | None:
        """Returns which of these are stored; None if the server does not say."""
        if not self._is_down():
            try:
                return await self._connected().seen(ids)
            except WirecopyError as error:
                self._failed(error)
        count(self._crawler, "unavailable", len(ids))
        return None

    def _connected(self) -> AsyncClient:
        if self._client is None:
            collection = self._crawler.settings.get("WIRECOPY_COLLECTION", "default")
            self._client = AsyncClient(**self._access, collection=collection, retry=_RETRY)
        return self._client

    async def _ingest(self) -> None:
        """Sends what is in the queue, until the server fails or the crawl ends."""
        waiting: deque[asyncio.Future[Verdict | None]] = deque()

        async def articles() -> AsyncIterator[Article]:
            while True:
                article, future = await self._queue.get()
                waiting.append(future)
                yield article

        try:
            outcomes = self._connected().ingest_many(
                articles(), placement_only=self._placement_only
            )
            async for outcome in outcomes:
                if isinstance(outcome, WirecopyError):
                    count(self._crawler, "rejected")
                    # The first is shown: what is wrong with it may be wrong with all.
                    level = logging.DEBUG if self._has_rejected else logging.WARNING
                    self._has_rejected = True
                    logger.log(level, "Wirecopy rejected an article: %s", outcome)
                    _resolve(waiting.popleft(), None)
                else:
                    _resolve(waiting.popleft(), outcome)
        except WirecopyError as error:
            self._failed(error)
        finally:
            while not self._queue.empty():
                waiting.append(self._queue.get_nowait()[1])
            for future in waiting:
                count(self._crawler, "unavailable")
                _resolve(future, None)

    def _is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def _failed(self, error: WirecopyError) -> None:
        self._down_until = time.monotonic() + _PAUSE
        if not self._complained:
            self._complained = True
            logger.error("The crawl goes on without Wirecopy: %s", error)

    async def _close(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
            await asyncio.gather(self._stream, return_exceptions=True)
        if self._client is not None:
            await self._client.close()


def _resolve(future: asyncio.Future[Verdict | None], verdict: Verdict | None) -> None:
    if not future.done():
        future.set_result(verdict)


def _runs_on_asyncio() -> bool:
    try:
        return is_asyncio_reactor_installed()
    except RuntimeError:  # no reactor at all: Scrapy runs on asyncio alone
        return True
