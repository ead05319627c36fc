"""What article an item is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy.utils.misc import load_object

from wirecopy.messages import Article, RawPage

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

ArticleOf = Callable[[Any], Article | None]

_TEXTS = ("id", "url", "publisher", "title", "lang", "byline")
_TIMES = ("published", "fetched")
_FIELDS = (*_TEXTS, "text", "html", *_TIMES)


def article_reader(settings: BaseSettings) -> ArticleOf:
    """Returns the function that makes the article of an item, or None if it is not an article.

    That is the function that WIRECOPY_ARTICLE names. By default the fields of the item are those of
    `Article`, unless WIRECOPY_FIELDS has other names for them.

    Raises:
        ValueError: WIRECOPY_FIELDS names a field that no article has.
    """
    if named := settings.get("WIRECOPY_ARTICLE"):
        function: ArticleOf = load_object(named)
        return function
    fields = settings.getdict("WIRECOPY_FIELDS")
    if unknown := sorted(set(fields) - set(_FIELDS)):
        raise ValueError(
            f"WIRECOPY_FIELDS has {unknown[0]!r}, but its keys are fields of an article: "
            + ", ".join(_FIELDS)
        )
    return lambda item: article_of(item, fields)


def article_of(item: Any, fields: dict[str, str]) -> Article | None:
    """Returns the article of an item with a body, and an id or URL; None for any other."""
    if not ItemAdapter.is_item(item):
        return None
    adapter = ItemAdapter(item)

    def value(name: str) -> Any:
        return adapter.get(fields.get(name, name))

    parts: dict[str, Any] = {name: _text(value(name)) for name in _TEXTS}
    parts |= {name: _time(value(name)) for name in _TIMES}
    text, html = value("text"), value("html")
    if not (text or html) or not (parts["id"] or parts["url"]):
        return None
    if text:
        return Article(**parts, text=_text(text))
    if isinstance(html, bytes):
        return Article(**parts, page=RawPage(content=html))
    return Article(**parts, html=_text(html))


def _text(value: Any) -> str:
    """Returns a text; of a list of paragraphs, all."""
    if value is None:
        return ""
    return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _time(value: Any) -> datetime | None:
    """Returns a time; without a zone, it counts as UTC. None if it is not a time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.utcoffset() is not None else value.replace(tzinfo=timezone.utc)
