"""A crawl of the site, as a program: python crawl.py INDEX SETTINGS-AS-JSON. Prints the stats."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse

from wirecopy.scrapy import hold


@dataclass
class Story:
    """An item without a field for what is found."""

    url: str
    text: str


class SiteSpider(scrapy.Spider):
    name = "site"

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        assert isinstance(response, TextResponse)
        # In the order of the page, whatever that of the scheduler is.
        for number, link in enumerate(response.css("a::attr(href)").getall()):
            yield response.follow(link, self.parse_story, priority=-number)
        yield {"links": "an item that is no article"}

    async def parse_story(self, response: Any) -> AsyncIterator[Any]:
        text = response.css("article::text").get()
        if self.settings.getbool("UNTAGGABLE"):
            yield Story(response.url, text or "")
            return
        yield {
            "url": response.url,
            "headline": response.css("h1::text").get(),
            "text": text,
            "published": response.css("time::text").get(),
        }


class Count:
    """A pipeline that counts what comes to it."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Count:
        return cls(crawler)

    def process_item(self, item: Any, spider: Any = None) -> Any:
        self.crawler.stats.inc_value(f"count/{type(self).__name__}")
        return item


class Before(Count):
    pass


class After(Count):
    pass


if __name__ == "__main__":
    index, settings = sys.argv[1], json.loads(sys.argv[2])
    hold._WAITING = settings.pop("WAITING", hold._WAITING)
    settings.setdefault("ITEM_PIPELINES", {Before: 100, After: 900})
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(SiteSpider)
    process.crawl(crawler, start_urls=[index])
    process.start()
    assert crawler.stats is not None
    stats = crawler.stats.get_stats()
    print(
        json.dumps({name: value for name, value in stats.items() if isinstance(value, (int, str))})
    )
