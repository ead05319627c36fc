"""The policy `route`: copies go to feeds of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy.extensions.feedexport import ItemFilter

from wirecopy.scrapy.policy import TAG

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


def _is_copy(item: Any) -> bool:
    tag = ItemAdapter(item).get(TAG)
    return isinstance(tag, dict) and bool(tag.get("copy"))


class Kept(ItemFilter):
    """The filter of a feed for what is no copy."""

    def accepts(self, item: Any) -> bool:
        """Returns whether an item goes into the feed."""
        return super().accepts(item) and not _is_copy(item)


class Copies(ItemFilter):
    """The filter of a feed for copies."""

    def accepts(self, item: Any) -> bool:
        """Returns whether an item goes into the feed."""
        return super().accepts(item) and _is_copy(item)


def route(settings: BaseSettings) -> None:
    """Keeps copies out of the feeds that have no filter, and adds WIRECOPY_COPIES to the feeds."""
    feeds = settings.getdict("FEEDS")
    for options in feeds.values():
        options.setdefault("item_filter", Kept)
    for uri, options in settings.getdict("WIRECOPY_COPIES").items():
        feeds[uri] = {"item_filter": Copies, **options}
    settings.set("FEEDS", feeds, priority=settings.getpriority("FEEDS") or "addon")
