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
    from collections.abc import AsyncIterable, AsyncIterator, Iterator

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
        self._deciding: asyncio.Task[None] | None = None
        self._clear()
        crawler.signals.connect(self._on_idle, signal=signals.spider_idle)

    def _clear(self) -> None:
        self._held = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115
        # For each held item, in order; None if the server did not say.
        self._findings: list[Finding | None] = []
        self._waiting: set[asyncio.Task[None]] = set()

    async def process_spider_output(
        self, response: Response, result: AsyncIterable[Any], spider: Spider | None = None
    ) -> AsyncIterator[Any]:
        """Passes requests on, and items that are let out or have no article."""
        async for output in result:
            is_item = not isinstance(output, Request) and _RELEASE not in response.meta
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
        self._held.write(pickled)
        self._findings.append(None)
        count(self._crawler, "held")
        self._waiting.add(asyncio.create_task(self._judge(len(self._findings) - 1, article)))
        while len(self._waiting) >= _WAITING:
            _, self._waiting = await asyncio.wait(
                self._waiting, return_when=asyncio.FIRST_COMPLETED
            )
        return True

    async def _judge(self, number: int, article: Article) -> None:
        verdict = await self._service.verdict(article)
        if verdict is not None:
            self._findings[number] = Finding.first(verdict, is_repeated=False)

    def _on_idle(self) -> None:
        if self._findings:
            if self._deciding is None:
                self._deciding = asyncio.ensure_future(self._decide())
                self._deciding.add_done_callback(self._release)
            raise DontCloseSpider

    async def _decide(self) -> None:
        """Asks for the clusters of what is held."""
        if self._waiting:
            await asyncio.wait(self._waiting)
        known = [finding for finding in self._findings if finding is not None]
        seen = await self._service.seen([finding.id for finding in known]) if known else ()
        clusters = {article.id: article.cluster for article in seen or () if article.known}
        for number, finding in enumerate(self._findings):
            if finding is not None:
                cluster = clusters.get(finding.id, finding.cluster)
                self._findings[number] = finding.settled(cluster, finding.id in self._had)
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
        yield from self._decided_items()

    async def _not_released(self, failure: Failure) -> None:
        # A downloader middleware may not like the request.
        logger.error("Held items cannot pass the pipelines: %s", failure.value)
        await self.let_out()

    def _decided_items(self) -> Iterator[Any]:
        """Yields what is held and kept, and holds nothing any more."""
        held, findings = self._held, self._findings
        self._clear()
        self._deciding = None
        held.seek(0)
        with held:
            for finding in findings:
                item = pickle.load(held)
                if finding is not None and finding.copy:
                    count(self._crawler, "copies")
                if finding is None:
                    yield item
                elif self._policy is not Policy.DROP:
                    self._tagger.tag(item, finding)
                    yield item
                elif not finding.copy:
                    yield item
                else:
                    logger.debug("Dropped: copy of %s: %s", finding.cluster, finding.id)
                    count(self._crawler, "dropped")

    async def let_out(self) -> None:
        """Decides at the end of a crawl that was stopped: no pipeline is open, but feeds are."""
        if not self._findings:
            return
        await (self._deciding or self._decide())
        kept = 0
        for item in self._decided_items():
            kept += 1
            await self._scraped(item)
        logger.warning("%d held items went to the feeds, and not through the pipelines", kept)

    async def _scraped(self, item: Any) -> None:
        sent = {"item": item, "response": None, "spider": self._crawler.spider}
        manager = self._crawler.signals
        if hasattr(manager, "send_catch_log_async"):
            await manager.send_catch_log_async(signals.item_scraped, **sent)
        else:  # Scrapy 2.13
            sending = manager.send_catch_log_deferred(signals.item_scraped, **sent)
            await maybe_deferred_to_future(sending)
