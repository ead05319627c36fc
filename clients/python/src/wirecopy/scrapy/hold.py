"""The spider middleware for WIRECOPY_KEEP = "lead": holds items until the leads are known.

An earlier article of a story may be crawled after its copies. So nothing is decided before the
spider has nothing left to do. Then the server is asked which cluster each article is in by now, and
the items go on their way, through all pipelines.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import tempfile
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.exceptions import DontCloseSpider
from scrapy.utils.defer import maybe_deferred_to_future

from wirecopy.scrapy.items import article_reader
from wirecopy.scrapy.policy import Finding, Policy, Tagger, count
from wirecopy.scrapy.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterator

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure
    from typing_extensions import Self

    from wirecopy.messages import Article

logger = logging.getLogger(__name__)

# The request whose response lets the items out is marked with this.
_RELEASE = "wirecopy_release"
# Articles that may wait for their verdicts before the callbacks of the spider have to.
_WAITING = 256
# Held items are in memory up to this many bytes, then in a temporary file.
_MEMORY = 64 << 20


class _Batch:
    """Held items, and what was found about them."""

    def __init__(self) -> None:
        """Holds nothing."""
        self.items = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115 (`take` closes it)
        # For each item, in order; None if the server did not say.
        self.findings: list[Finding | None] = []
        self.waiting: set[asyncio.Task[None]] = set()

    def take(self) -> Iterator[tuple[Any, Finding | None]]:
        """Yields the items in the order in which they came. Only once."""
        self.items.seek(0)
        with self.items:
            for finding in self.findings:
                yield pickle.load(self.items), finding


class Hold:
    """Holds items with articles, and lets those out that are kept."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Makes the middleware of a crawl.

        Raises:
            NotConfigured: WIRECOPY_ADDRESS is not set, or the crawl does not run on asyncio.
        """
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        """Reads the settings, and holds nothing."""
        self._crawler = crawler
        self._service = Service.of(crawler)
        self._article_of = article_reader(crawler.settings)
        self._policy = Policy.of(crawler.settings)
        self._tagger = Tagger()
        self._had: set[str] = set()
        self._batch = _Batch()
        # What is on its way out, and the task that decides on it first.
        self._leaving: tuple[_Batch, asyncio.Task[None]] | None = None
        crawler.signals.connect(self._on_idle, signal=signals.spider_idle)

    async def process_spider_output(
        self, response: Response, result: AsyncIterable[Any], spider: Spider | None = None
    ) -> AsyncIterator[Any]:
        """Passes requests on, and items that are let out or have no article."""
        async for output in result:
            is_item = (
                output is not None
                and not isinstance(output, Request)
                and _RELEASE not in response.meta
            )
            article = self._article_of(output) if is_item else None
            if article is None or not await self._hold(output, article):
                yield output

    async def _hold(self, item: Any, article: Article) -> bool:
        """Holds an item. Returns whether it could."""
        try:
            pickled = pickle.dumps(item)
        except Exception as error:  # whatever the parts of the item raise
            logger.warning("An item cannot be held and goes on undecided: %s", error)
            return False
        batch = self._batch
        batch.items.write(pickled)
        batch.findings.append(None)
        count(self._crawler, "held")
        task = asyncio.create_task(self._judge(batch, len(batch.findings) - 1, article))
        batch.waiting.add(task)
        task.add_done_callback(batch.waiting.discard)
        while len(batch.waiting) >= _WAITING:
            await asyncio.wait(batch.waiting, return_when=asyncio.FIRST_COMPLETED)
        return True

    async def _judge(self, batch: _Batch, number: int, article: Article) -> None:
        verdict = await self._service.verdict(article)
        if verdict is not None:
            batch.findings[number] = Finding.first(verdict, is_repeated=False)

    def _on_idle(self) -> None:
        if self._leaving is None and self._batch.findings:
            deciding = asyncio.ensure_future(self._decide(self._batch))
            deciding.add_done_callback(self._release)
            self._leaving = (self._batch, deciding)
            self._batch = _Batch()
        if self._leaving is not None:
            raise DontCloseSpider

    async def _decide(self, batch: _Batch) -> None:
        """Asks for the clusters of what is held."""
        if batch.waiting:
            await asyncio.wait(batch.waiting)
        known = [finding.id for finding in batch.findings if finding is not None]
        seen = await self._service.seen(known) if known else ()
        clusters = {article.id: article.cluster for article in seen or () if article.known}
        for number, finding in enumerate(batch.findings):
            if finding is not None:
                cluster = clusters.get(finding.id, finding.cluster)
                batch.findings[number] = finding.settled(cluster, finding.id in self._had)
                self._had.add(finding.id)

    def _release(self, _: object) -> None:
        """Lets the items out as those of a response, so that they pass all that items do."""
        engine = self._crawler.engine
        if engine is not None and engine.spider is not None:
            request = Request(
                "data:,",
                callback=self._released,
                errback=self._not_released,
                dont_filter=True,
                meta={_RELEASE: True},
            )
            engine.crawl(request)

    def _released(self, response: Response) -> Iterator[Any]:
        if self._leaving is not None:
            batch, _ = self._leaving
            self._leaving = None
            yield from self._kept(batch)

    async def _not_released(self, failure: Failure) -> None:
        # A downloader middleware may not like the request.
        logger.error("Held items cannot pass the pipelines: %s", failure.value)
        await self.let_out()

    def _kept(self, batch: _Batch) -> Iterator[Any]:
        """Yields the items that go on, tagged if the policy says so."""
        for item, finding in batch.take():
            is_copy = finding is not None and finding.copy
            if is_copy:
                count(self._crawler, "copies")
            if is_copy and self._policy is Policy.DROP:
                count(self._crawler, "dropped")
                logger.debug("Dropped as a copy: %s", finding)
                continue
            if finding is not None and self._policy is not Policy.DROP:
                self._tagger.tag(item, finding)
            yield item

    async def let_out(self) -> None:
        """Decides at the end of a crawl that was stopped: no pipeline is open, but feeds are."""
        batches: list[tuple[_Batch, Awaitable[None]]] = [(self._batch, self._decide(self._batch))]
        if self._leaving is not None:
            batches.insert(0, self._leaving)
        self._batch, self._leaving = _Batch(), None
        kept = 0
        for batch, deciding in batches:
            await deciding
            for item in self._kept(batch):
                kept += 1
                await self._scraped(item)
        if kept:
            logger.warning("%d held items went to the feeds, not through the pipelines", kept)

    async def _scraped(self, item: Any) -> None:
        sent = {"item": item, "response": None, "spider": self._crawler.spider}
        manager = self._crawler.signals
        if hasattr(manager, "send_catch_log_async"):
            await manager.send_catch_log_async(signals.item_scraped, **sent)
        else:  # Scrapy 2.13
            sending = manager.send_catch_log_deferred(signals.item_scraped, **sent)
            await maybe_deferred_to_future(sending)
