"""Every rpc: what is sent, and how the reply is read. Both clients make their calls from these.

All unary calls are safe to repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from google.protobuf.message_factory import GetMessageClass

from wirecopy import messages
from wirecopy._proto import admin_pb2, wirecopy_pb2
from wirecopy.messages import (
    Article,
    Change,
    Cluster,
    ClusterPage,
    CollectionPage,
    Comparison,
    ExportPage,
    Furniture,
    KeepRule,
    PublisherReport,
    Removal,
    SeenArticle,
    Snapshot,
    Stats,
    StoredArticle,
    Text,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from google.protobuf.message import Message

    from wirecopy.retry import Retry

T = TypeVar("T")

# The most ids of one call of Seen or Remove.
_IDS = 1000


@dataclass(frozen=True, slots=True)
class Options:
    """What applies to all calls of a client."""

    collection: str
    timeout: float
    retry: Retry

    def replaced(
        self, collection: str | None, timeout: float | None, retry: Retry | None
    ) -> Options:
        """Returns other options; what is None stays."""
        return Options(
            collection=self.collection if collection is None else collection,
            timeout=self.timeout if timeout is None else timeout,
            retry=self.retry if retry is None else retry,
        )


class Method:
    """An rpc: its path, and how its reply is decoded. Requests are encoded before they are sent."""

    def __init__(self, name: str) -> None:
        """Looks the rpc up in the service that has it."""
        services = [
            file.DESCRIPTOR.services_by_name[service]
            for file, service in ((wirecopy_pb2, "Wirecopy"), (admin_pb2, "Admin"))
        ]
        (method,) = [s.methods_by_name[name] for s in services if name in s.methods_by_name]
        self.path = f"/{method.containing_service.full_name}/{name}"
        self.decode: Callable[[bytes], Any] = GetMessageClass(method.output_type).FromString


INGEST_BATCHES = Method("IngestBatches")
CHECK_BATCHES = Method("CheckBatches")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call."""

    method: Method
    request: bytes
    read: Callable[[Any], T]


def _call(name: str, request: Message, read: Callable[[Any], T]) -> Call[T]:
    return Call(Method(name), request.SerializeToString(), read)


def ingest(collection: str, article: Article, placement_only: bool) -> Call[Verdict]:
    """Stores an article."""
    request = wirecopy_pb2.ArticleRequest(
        collection=collection, article=article.to_proto(), placement_only=placement_only
    )
    return _call("Ingest", request, messages.read)


def check(
    collection: str, article: Article, include_quotations: bool, placement_only: bool
) -> Call[Verdict]:
    """Compares an article without storing it."""
    request = wirecopy_pb2.ArticleRequest(
        collection=collection,
        article=article.to_proto(),
        include_quotations=include_quotations,
        placement_only=placement_only,
    )
    return _call("Check", request, messages.read)


def compare(collection: str, a: str | Text, b: str | Text) -> Call[Comparison]:
    """Compares two texts."""

    def side(it: str | Text) -> wirecopy_pb2.Side:
        if isinstance(it, str):
            return wirecopy_pb2.Side(id=it)
        return wirecopy_pb2.Side(text=it.to_proto())

    request = wirecopy_pb2.CompareRequest(collection=collection, a=side(a), b=side(b))
    return _call("Compare", request, messages.read)


def seen(collection: str, ids: list[str]) -> Call[tuple[SeenArticle, ...]]:
    """Looks up which articles are stored."""
    request = wirecopy_pb2.SeenRequest(collection=collection, ids=ids)
    return _call("Seen", request, lambda reply: tuple(map(messages.read, reply.articles)))


def get_article(
    collection: str, id: str, include_text: bool, include_quotations: bool
) -> Call[StoredArticle]:
    """Reads an article."""
    request = wirecopy_pb2.GetArticleRequest(
        collection=collection,
        id=id,
        include_text=include_text,
        include_quotations=include_quotations,
    )
    return _call("GetArticle", request, messages.read)


def get_cluster(collection: str, id: str, page_size: int, page_token: str) -> Call[Cluster]:
    """Reads a page of a cluster."""
    request = wirecopy_pb2.GetClusterRequest(
        collection=collection, id=id, page_size=page_size, page_token=page_token
    )
    return _call("GetCluster", request, messages.read)


def list_clusters(collection: str, page_size: int, page_token: str) -> Call[ClusterPage]:
    """Reads a page of the clusters."""
    request = wirecopy_pb2.ListClustersRequest(
        collection=collection, page_size=page_size, page_token=page_token
    )
    return _call("ListClusters", request, messages.read)


def export(
    collection: str, keep: KeepRule, keep_hosts: tuple[str, ...], omit_roles: bool, page_token: str
) -> Call[ExportPage]:
    """Begins a stream of all articles."""
    request = wirecopy_pb2.ExportRequest(
        collection=collection,
        keep=f"KEEP_RULE_{keep.name}",
        keep_hosts=keep_hosts,
        omit_roles=omit_roles,
        page_token=page_token,
    )
    return _call("Export", request, messages.read)


def remove(collection: str, ids: list[str]) -> Call[Removal]:
    """Removes articles."""
    request = wirecopy_pb2.RemoveRequest(collection=collection, ids=ids)
    return _call("Remove", request, messages.read)


def watch(collection: str, after: bytes) -> Call[Change]:
    """Begins a stream of changes."""
    request = wirecopy_pb2.WatchRequest(collection=collection, after=after)
    return _call("Watch", request, messages.read)


def publisher_report(
    collection: str, host: str, since: datetime | None, page_token: str
) -> Call[PublisherReport]:
    """Reads a page of the report on a host."""
    messages.require_zone("since", since)
    request = wirecopy_pb2.PublisherReportRequest(
        collection=collection, host=host, since=since, page_token=page_token
    )
    return _call("PublisherReport", request, messages.read)


def list_furniture(collection: str, host: str) -> Call[tuple[Furniture, ...]]:
    """Reads what a host repeats."""
    request = wirecopy_pb2.ListFurnitureRequest(collection=collection, host=host)
    return _call("ListFurniture", request, lambda reply: tuple(map(messages.read, reply.furniture)))


def stats(collection: str) -> Call[Stats]:
    """Reads sizes."""
    return _call("Stats", wirecopy_pb2.StatsRequest(collection=collection), messages.read)


def list_collections(page_size: int, page_token: str) -> Call[CollectionPage]:
    """Reads a page of the collections."""
    request = admin_pb2.ListCollectionsRequest(page_size=page_size, page_token=page_token)
    return _call("ListCollections", request, messages.read)


def drop_collection(collection: str) -> Call[int]:
    """Drops a collection."""
    request = admin_pb2.DropCollectionRequest(collection=collection)
    return _call("DropCollection", request, lambda reply: int(reply.articles))


def set_retention(collection: str, retention: timedelta | None) -> Call[None]:
    """Sets how long a collection keeps its articles."""
    request = admin_pb2.SetRetentionRequest(collection=collection, retention=retention)
    return _call("SetRetention", request, lambda _: None)


def compact() -> Call[bool]:
    """Begins a compaction; the last reply is True."""
    return _call("Compact", admin_pb2.CompactRequest(), lambda reply: bool(reply.finished))


def snapshot(name: str) -> Call[Snapshot]:
    """Begins a snapshot; the last reply is `finished`."""
    return _call("Snapshot", admin_pb2.SnapshotRequest(name=name), messages.read)


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """Returns ids in portions that one call can take.

    Raises:
        TypeError: this is one id, not several.
    """
    if isinstance(ids, str):
        raise TypeError("pass a list of ids, not one id")
    rest = iter(ids)
    while batch := list(islice(rest, _IDS)):
        yield batch
