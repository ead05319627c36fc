"""Crawls by real Scrapy of a site that has reprints."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("scrapy")

from scrapy.exceptions import NotConfigured
from scrapy.settings import Settings

from conftest import Server
from site_of_papers import PAGES, PAPERS, STORIES, site
from wirecopy import Article, Client, RawPage
from wirecopy.scrapy import Addon, Copies, Kept
from wirecopy.scrapy.items import article_of, article_reader

FIRST_PAPER = next(iter(PAPERS))
#: The item that is no article goes through in every crawl.
OTHERS = 1


@dataclass
class Crawl:
    """What a crawl left."""

    stats: dict[str, Any]
    log: str
    items: list[dict[str, Any]]
    copies: list[dict[str, Any]]

    def stories(self) -> list[int]:
        """Returns the stories of the items, sorted."""
        return sorted(int(item["url"].rpartition("/")[2]) for item in self.items)

    def papers(self) -> set[str | None]:
        """Returns the papers of the items."""
        return {urlsplit(item["url"]).hostname for item in self.items}


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    with site() as index:
        yield index


@pytest.fixture
def crawl(
    index: str, shared_server: Server, collection: str, tmp_path: Path
) -> Callable[..., Crawl]:
    number = 0

    def run(**settings: Any) -> Crawl:
        nonlocal number
        number += 1
        feed, copies = tmp_path / f"items-{number}.jsonl", tmp_path / f"copies-{number}.jsonl"
        settings = {
            "ADDONS": {"wirecopy.scrapy.Addon": 500},
            "WIRECOPY_ADDRESS": shared_server.address,
            "WIRECOPY_COLLECTION": collection,
            "WIRECOPY_FIELDS": {"title": "headline"},
            "FEEDS": {str(feed): {"format": "jsonlines"}},
            "TELNETCONSOLE_ENABLED": False,
            **settings,
        }
        if settings.get("WIRECOPY_POLICY") == "route":
            settings["WIRECOPY_COPIES"] = {str(copies): {"format": "jsonlines"}}
        script = Path(__file__).with_name("crawl.py")
        done = subprocess.run(
            [sys.executable, script, index, json.dumps(settings)],
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return Crawl(json.loads(done.stdout), done.stderr, lines(feed), lines(copies))

    return run


def lines(path: Path) -> list[dict[str, Any]]:
    """Returns the articles of a feed."""
    if not path.exists():
        return []
    return [item for line in path.read_text().splitlines() if "url" in (item := json.loads(line))]


def test_one_copy_of_each_story_is_left(crawl: Callable[..., Crawl], client: Client) -> None:
    first = crawl()
    assert first.stories() == list(range(STORIES))
    assert "wirecopy" not in first.items[0]
    assert first.stats["wirecopy/articles"] == first.stats["wirecopy/state/new"] == PAGES
    assert first.stats["wirecopy/copies"] == first.stats["item_dropped_count"] == PAGES - STORIES
    assert first.stats["count/Before"] == PAGES + OTHERS
    assert first.stats["count/After"] == STORIES + OTHERS
    assert client.stats().articles == PAGES

    second = crawl()
    assert second.stories() == list(range(STORIES))
    assert second.papers() == {FIRST_PAPER}, "the leads are kept"
    assert second.stats["wirecopy/state/unchanged"] == PAGES
    assert "WARNING" not in first.log + second.log


def test_the_first_that_came_is_kept(crawl: Callable[..., Crawl]) -> None:
    # The index has the last paper first.
    one_by_one = crawl(CONCURRENT_REQUESTS=1)
    assert one_by_one.papers() == set(PAPERS)
    had = [story for paper in reversed(PAPERS) for story in PAPERS[paper]]
    assert sorted(set(had)) == one_by_one.stories()


def test_tags_say_what_is_a_copy(crawl: Callable[..., Crawl]) -> None:
    tagged = crawl(WIRECOPY_POLICY="tag")
    assert len(tagged.items) == PAGES
    kept = [item for item in tagged.items if not item["wirecopy"]["copy"]]
    assert len({item["url"].rpartition("/")[2] for item in kept}) == len(kept) == STORIES
    assert {item["wirecopy"]["id"] for item in tagged.items} == {i["url"] for i in tagged.items}
    assert "item_dropped_count" not in tagged.stats


def test_copies_are_routed_to_feeds_of_their_own(crawl: Callable[..., Crawl]) -> None:
    routed = crawl(WIRECOPY_POLICY="route")
    assert routed.stories() == list(range(STORIES))
    assert len(routed.copies) == PAGES - STORIES
    assert all(item["wirecopy"]["copy"] for item in routed.copies)


@pytest.mark.parametrize("policy", ["drop", "tag", "route"])
def test_the_lead_is_kept(policy: str, crawl: Callable[..., Crawl]) -> None:
    # One by one, so that copies come first; then at once, where few may wait for their verdicts.
    for order in ({"CONCURRENT_REQUESTS": 1}, {"WAITING": 2}):
        done = crawl(WIRECOPY_KEEP="lead", WIRECOPY_POLICY=policy, **order)
        if policy == "tag":
            assert len(done.items) == PAGES
            done.items = [item for item in done.items if not item["wirecopy"]["copy"]]
        assert done.stories() == list(range(STORIES))
        assert done.papers() == {FIRST_PAPER}
        assert len(done.copies) == (PAGES - STORIES if policy == "route" else 0)
        assert done.stats["finish_reason"] == "finished"
        assert done.stats["wirecopy/held"] == PAGES
        assert done.stats["wirecopy/copies"] == PAGES - STORIES
        let_through = STORIES if policy == "drop" else PAGES
        assert done.stats["count/Before"] == done.stats["count/After"] == let_through + OTHERS


def test_what_is_held_is_not_lost_when_the_crawl_is_stopped(crawl: Callable[..., Crawl]) -> None:
    stopped = crawl(WIRECOPY_KEEP="lead", CONCURRENT_REQUESTS=1, CLOSESPIDER_PAGECOUNT=7)
    assert stopped.stats["finish_reason"] == "closespider_pagecount"
    held = stopped.stats["wirecopy/held"]
    assert PAGES > held > 3
    assert (
        len(stopped.items)
        == len(set(stopped.stories()))
        == held - stopped.stats.get("wirecopy/dropped", 0)
    )
    assert "went to the feeds, not through the pipelines" in stopped.log


@pytest.mark.parametrize("keep", ["first", "lead"])
def test_the_crawl_goes_on_when_the_service_is_down(keep: str, crawl: Callable[..., Crawl]) -> None:
    done = crawl(WIRECOPY_ADDRESS="http://127.0.0.1:1", WIRECOPY_KEEP=keep, WIRECOPY_SEEN=True)
    assert len(done.items) == PAGES
    assert done.stats["finish_reason"] == "finished"
    assert done.stats["wirecopy/unavailable"] >= PAGES
    assert done.log.count("The crawl goes on without Wirecopy: UNAVAILABLE") == 1
    assert done.stats["log_count/ERROR"] == 1


def test_the_crawl_goes_on_when_the_service_dies(
    crawl: Callable[..., Crawl], make_server: Callable[..., Server], collection: str
) -> None:
    server = make_server().start()

    def kill_after_a_few() -> None:
        with Client(server.address, collection=collection) as client:
            while client.stats().articles < 3:
                time.sleep(0.05)
        server.stop(signal.SIGKILL)

    killing = threading.Thread(target=kill_after_a_few)
    killing.start()
    done = crawl(WIRECOPY_ADDRESS=server.address, CONCURRENT_REQUESTS=1, DOWNLOAD_DELAY=0.2)
    killing.join()
    assert set(done.stories()) == set(range(STORIES))
    assert done.stats["finish_reason"] == "finished"
    unavailable = done.stats["wirecopy/unavailable"]
    assert unavailable >= 1
    assert done.stats.get("wirecopy/state/new", 0) + unavailable == PAGES
    assert done.stats["log_count/ERROR"] == 1


def test_requests_for_what_is_stored_are_not_made(crawl: Callable[..., Crawl]) -> None:
    first = crawl(WIRECOPY_SEEN=True)
    assert first.stories() == list(range(STORIES))
    assert first.stats["downloader/request_count"] == PAGES + 1
    second = crawl(WIRECOPY_SEEN=True)
    assert second.items == []
    assert second.stats["wirecopy/seen"] == PAGES
    assert second.stats["downloader/request_count"] == 1


def test_without_an_address_the_add_on_is_off(crawl: Callable[..., Crawl]) -> None:
    done = crawl(WIRECOPY_ADDRESS=None)
    assert len(done.items) == PAGES
    assert "Disabled wirecopy.scrapy.Addon: WIRECOPY_ADDRESS is not set" in done.log


def test_items_without_the_field_are_not_tagged(crawl: Callable[..., Crawl]) -> None:
    done = crawl(WIRECOPY_POLICY="tag", UNTAGGABLE=True)
    assert len(done.items) == PAGES
    assert done.log.count("Story has no field `wirecopy`") == 1


def test_a_collection_with_a_bad_name_is_not_passed_over(crawl: Callable[..., Crawl]) -> None:
    done = crawl(WIRECOPY_COLLECTION="No Name", LOG_LEVEL="WARNING")
    assert done.log.count("Wirecopy rejected an article") == 1
    assert "collection" in done.log


def test_fields_that_no_article_has_are_refused() -> None:
    with pytest.raises(ValueError, match="WIRECOPY_FIELDS has 'txt'"):
        article_reader(Settings({"WIRECOPY_FIELDS": {"txt": "body"}}))


def test_settings_are_checked_and_those_of_the_project_stay() -> None:
    with pytest.raises(NotConfigured):
        Addon().update_settings(Settings())
    for name in ("WIRECOPY_POLICY", "WIRECOPY_KEEP"):
        with pytest.raises(ValueError, match=f"{name} is 'anything', but must be \""):
            Addon().update_settings(Settings({"WIRECOPY_ADDRESS": "a", name: "anything"}))
    settings = Settings(
        {
            "WIRECOPY_ADDRESS": "a",
            "WIRECOPY_POLICY": "route",
            "WIRECOPY_COPIES": {"copies.jsonl": {"format": "jsonlines"}},
            "ITEM_PIPELINES": {"wirecopy.scrapy.WirecopyPipeline": 7},
            "FEEDS": {"all.jsonl": {"item_filter": "my.Filter"}, "kept.jsonl": {}},
        }
    )
    Addon().update_settings(settings)
    assert list(settings.getdict("ITEM_PIPELINES").values()) == [7]
    filters = {uri: feed["item_filter"] for uri, feed in settings.getdict("FEEDS").items()}
    assert filters == {"all.jsonl": "my.Filter", "kept.jsonl": Kept, "copies.jsonl": Copies}


def test_an_article_of_an_item() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    item: dict[str, Any] = {
        "url": "https://a.example/1",
        "body": ["One paragraph.", "Another."],
        "published": "2026-03-01T12:00:00Z",
        "id": 7,
    }
    expected = Article(
        id="7", url="https://a.example/1", text="One paragraph.\nAnother.", published=noon
    )
    assert article_of(item, {"text": "body"}) == expected
    assert article_of(item, {}) is None, "without a body"
    assert article_of({"text": "a"}, {}) is None, "without id and url"
    page = article_of({"url": "u", "html": b"<p>\xe9"}, {})
    assert page == Article(url="u", page=RawPage(content=b"<p>\xe9"))
    local = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    for published in (noon.replace(tzinfo=None), local, "2026-03-01 12:00"):
        dated = article_of({"url": "u", "html": "<p>", "published": published}, {})
        assert dated is not None
        assert dated.published == noon
    undated = article_of({"url": "u", "html": "<p>", "published": "yesterday"}, {})
    assert undated == Article(url="u", html="<p>")
