"""Which articles are copies, and what becomes of their items."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from itemadapter import ItemAdapter

from wirecopy.messages import State, Verdict

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

#: The field of an item that says what was found.
TAG = "wirecopy"

logger = logging.getLogger(__name__)


class Policy(str, Enum):
    """What becomes of an item that is a copy: the setting WIRECOPY_POLICY."""

    DROP = "drop"
    TAG = "tag"
    ROUTE = "route"

    @classmethod
    def of(cls, settings: BaseSettings) -> Policy:
        """Returns the policy of a crawl."""
        return _choice(settings, "WIRECOPY_POLICY", cls.DROP)


class Keep(str, Enum):
    """Which article of a story is no copy: the setting WIRECOPY_KEEP."""

    FIRST = "first"
    LEAD = "lead"

    @classmethod
    def of(cls, settings: BaseSettings) -> Keep:
        """Returns the choice of a crawl."""
        return _choice(settings, "WIRECOPY_KEEP", cls.FIRST)


E = TypeVar("E", bound=Enum)


def _choice(settings: BaseSettings, name: str, default: E) -> E:
    """Returns the value of a setting.

    Raises:
        ValueError: it has no such value.
    """
    value = settings.get(name, default)
    try:
        return type(default)(value)
    except ValueError as error:
        choices = " or ".join(f'"{one.value}"' for one in type(default))
        raise ValueError(f"{name} is {value!r}, but must be {choices}") from error


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about an item."""

    id: str
    cluster: str
    copy: bool
    role: str
    original: str

    @classmethod
    def first(cls, verdict: Verdict, is_repeated: bool) -> Finding:
        """Judges an article where the first of a story is kept.

        A new article is a copy if its story has others. One that was stored before, which may have
        been the first or not, is a copy unless it leads its story. One that this crawl has had
        already is a copy.
        """
        is_late = verdict.placement.size > 1
        if verdict.state is not State.NEW:
            is_late = verdict.placement.cluster != verdict.id
        return cls(
            id=verdict.id,
            cluster=verdict.placement.cluster,
            copy=is_repeated or is_late,
            role=verdict.judgement.role.value,
            original=verdict.judgement.original,
        )

    def settled(self, cluster: str, is_repeated: bool) -> Finding:
        """Judges it anew where the lead is kept, when the leads are known."""
        is_copy = is_repeated or cluster != self.id
        return Finding(self.id, cluster, is_copy, self.role, self.original)

    def tag(self) -> dict[str, Any]:
        """Returns what stands in the item."""
        return {
            "id": self.id,
            "cluster": self.cluster,
            "copy": self.copy,
            "role": self.role,
            "original": self.original,
        }


class Tagger:
    """Writes findings into items that have the field for it."""

    def __init__(self) -> None:
        """Begins with no complaint."""
        self._complained: set[type] = set()

    def tag(self, item: Any, finding: Finding) -> None:
        """Sets the field, or warns once for a class of items without it."""
        try:
            ItemAdapter(item)[TAG] = finding.tag()
        except KeyError:
            if type(item) not in self._complained:
                self._complained.add(type(item))
                logger.warning("%s has no field `%s`: not tagged", type(item).__name__, TAG)


def count(crawler: Crawler, name: str, by: int = 1) -> None:
    """Increases a counter of the crawl."""
    if crawler.stats is not None:
        crawler.stats.inc_value(f"wirecopy/{name}", by)
