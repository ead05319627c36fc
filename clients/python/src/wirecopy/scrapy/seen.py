"""The spider middleware that drops requests for articles that are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import Request

from wirecopy.scrapy.policy import count
from wirecopy.scrapy.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self

# The most requests of one callback that wait for an answer together.
_BATCH = 500


class SeenMiddleware:
    """Asks before requests are made. Start requests are made in any case.

    So are requests that are not filtered (`dont_filter`), and those with `wirecopy_seen` false in
    their meta: pages that change, for instance lists of articles that are stored themselves.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Makes the middleware of a crawl.

        Raises:
            NotConfigured: WIRECOPY_ADDRESS is not set, or the crawl does not run on asyncio.
        """
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        """Reads the settings."""
        self._crawler = crawler
        self._service = Service.of(crawler)

    async def process_spider_output(
        self, response: Response, result: AsyncIterable[Any], spider: Spider | None = None
    ) -> AsyncIterator[Any]:
        """Passes items on at once, and requests when it is known that they are not stored."""
        waiting: list[Request] = []
        failure: Exception | None = None
        try:
            async for output in result:
                if not _is_asked(output):
                    yield output
                    continue
                waiting.append(output)
                if len(waiting) == _BATCH:
                    asked, waiting = waiting, []
                    for request in await self._unseen(asked):
                        yield request
        except Exception as error:  # raised again after the requests that came before it
            failure = error
        for request in await self._unseen(waiting):
            yield request
        if failure is not None:
            raise failure

    async def _unseen(self, requests: list[Request]) -> list[Request]:
        if not requests:
            return []
        seen = await self._service.seen([request.url for request in requests])
        if seen is None:
            return requests
        unseen = [
            request for request, article in zip(requests, seen, strict=True) if not article.known
        ]
        count(self._crawler, "seen", len(requests) - len(unseen))
        return unseen


def _is_asked(output: Any) -> bool:
    return (
        isinstance(output, Request)
        and output.method == "GET"
        and output.url.startswith("http")
        and not output.dont_filter
        and bool(output.meta.get("wirecopy_seen", True))
    )
