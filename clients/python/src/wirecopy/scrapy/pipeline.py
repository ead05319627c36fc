"""The item pipeline: the first article of a story that came is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem
from scrapy.utils.defer import deferred_from_coro

from wirecopy.scrapy.hold import Hold
from wirecopy.scrapy.items import article_reader
from wirecopy.scrapy.policy import Finding, Keep, Policy, Tagger, count
from wirecopy.scrapy.service import Service

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from typing_extensions import Self


class WirecopyPipeline:
    """Stores the article of each item, and drops or tags the item if it is a copy.

    Where the lead is kept, the items were held until that is known: see `Hold`.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Makes the pipeline of a crawl.

        Raises:
            NotConfigured: WIRECOPY_ADDRESS is not set, or the crawl does not run on asyncio.
        """
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        """Reads the settings."""
        self._crawler = crawler
        self._service = Service.of(crawler)
        self._article_of = article_reader(crawler.settings)
        self._policy = Policy.of(crawler.settings)
        self._keep = Keep.of(crawler.settings)
        self._tagger = Tagger()
        self._had: set[str] = set()

    async def process_item(self, item: Any, spider: Spider | None = None) -> Any:
        """Returns the item, tagged if the policy says so.

        Raises:
            DropItem: it is a copy, and the policy is to drop it.
        """
        if self._keep is Keep.LEAD:
            return item
        article = self._article_of(item)
        verdict = None if article is None else await self._service.verdict(article)
        if verdict is None:
            return item
        finding = Finding.first(verdict, is_repeated=verdict.id in self._had)
        self._had.add(verdict.id)
        if finding.copy:
            count(self._crawler, "copies")
        if self._policy is not Policy.DROP:
            self._tagger.tag(item, finding)
        elif finding.copy:
            raise DropItem(f"copy of {finding.cluster}: {finding.id}", log_level="DEBUG")
        return item

    def close_spider(self, spider: Spider | None = None) -> Any:
        """Lets out what is held, if the crawl was stopped before it was done."""
        hold = self._crawler.get_spider_middleware(Hold) if self._keep is Keep.LEAD else None
        if hold is None:
            return None
        letting_out = hold.let_out()
        # Scrapy 2.13 waits for a Deferred, later versions for a coroutine.
        is_newer = hasattr(self._crawler.engine, "close_spider_async")
        return letting_out if is_newer else deferred_from_coro(letting_out)
