"""The client for programs without asyncio."""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from wirecopy import calls, errors
from wirecopy.channel import Target
from wirecopy.errors import UnavailableError, WirecopyError
from wirecopy.messages import (
    Article,
    Change,
    Cluster,
    ClusterPage,
    ClusterSummary,
    Collection,
    CollectionPage,
    Comparison,
    ExportedArticle,
    Furniture,
    KeepRule,
    Member,
    PublisherReport,
    Removal,
    SeenArticle,
    Snapshot,
    Stats,
    StoredArticle,
    Text,
    Verdict,
)
from wirecopy.retry import Attempts, Retry, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    from typing_extensions import Self

    from wirecopy._proto.wirecopy_pb2 import ArticleReplies, ArticleResponse
    from wirecopy.calls import Call, Method

T = TypeVar("T")

# An article that the input takes longer than this (seconds) to produce is not held back until the
# window is full: its verdict comes before the input is asked for the next one.
_SLOW_INPUT = 0.02


class Client:
    """A client of one server. It connects when it is used, and threads may share it.

    Every method is an rpc, or says what it adds; the proto files are the manual. All raise
    `WirecopyError`. Unary calls are repeated as `Retry` says, within their timeout.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:7717",
        *,
        collection: str = "default",
        token: str | None = None,
        ca: str | PathLike[str] | None = None,
        certificate: str | PathLike[str] | None = None,
        key: str | PathLike[str] | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
    ) -> None:
        """Makes a client.

        Args:
            address: Where the server is; with https://, it speaks TLS.
            collection: The collection that all calls are about.
            token: The access token, if the server asks for one.
            ca: A file with the authorities to trust (PEM); those of grpcio by default.
            certificate: A file with this client's certificate (PEM), if the server asks for one.
            key: The file with its key (PEM).
            timeout: The seconds that a unary call may take, with all its attempts.
            retry: How often calls are repeated.

        Raises:
            ValueError: the arguments do not go together.
            OSError: a file cannot be read.
        """
        target = Target(address, token, ca, certificate, key)
        self._channel = target.channel()
        self._metadata = target.metadata()
        self._options = calls.Options(collection, timeout, retry or Retry())

    def with_options(
        self,
        *,
        collection: str | None = None,
        timeout: float | None = None,
        retry: Retry | None = None,
    ) -> Self:
        """Returns a client with other options on the same connection; what is None stays."""
        other = copy(self)
        other._options = self._options.replaced(collection, timeout, retry)
        return other

    def close(self) -> None:
        """Closes the connection, and ends all calls on it."""
        self._channel.close()

    def __enter__(self) -> Self:
        """Returns the client, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the connection."""
        self.close()

    def ingest(self, article: Article, *, placement_only: bool = False) -> Verdict:
        """Stores an article and returns its verdict. It is durable then.

        With `placement_only`, the verdict says what was done and where the article belongs, and has
        no matches and no judgement (its role is UNSPECIFIED). Then an article that is stored
        already costs the server little.
        """
        return self._call(calls.ingest(self._options.collection, article, placement_only))

    def ingest_many(
        self, articles: Iterable[Article], *, window: int = 256, placement_only: bool = False
    ) -> Iterator[Verdict | WirecopyError]:
        """Stores articles over one stream: yields a verdict for each, in their order.

        An article that the server rejects has an error instead, with the article in it. At most
        `window` articles are on their way; the input is not read ahead of that, and only while the
        result is iterated. After a broken stream, or a server that is too busy, what was not
        acknowledged is sent again. An article whose acknowledgement was lost is then `UNCHANGED`.

        An error of the input is raised after the verdicts of what came before it.

        A message has the articles that are at hand, up to 64; an input that takes its time is not
        waited for.
        """
        unacknowledged = Window(
            self._options.collection, size=window, placement_only=placement_only
        )
        return self._stream(calls.INGEST_BATCHES, articles, unacknowledged)

    def check(
        self,
        article: Article,
        *,
        include_quotations: bool = False,
        placement_only: bool = False,
    ) -> Verdict:
        """Returns the verdict that an ingest would return, and stores nothing."""
        return self._call(
            calls.check(self._options.collection, article, include_quotations, placement_only)
        )

    def check_many(
        self,
        articles: Iterable[Article],
        *,
        include_quotations: bool = False,
        window: int = 256,
        placement_only: bool = False,
    ) -> Iterator[Verdict | WirecopyError]:
        """Checks articles over one stream, as `ingest_many` stores them."""
        unacknowledged = Window(
            self._options.collection,
            size=window,
            include_quotations=include_quotations,
            placement_only=placement_only,
        )
        return self._stream(calls.CHECK_BATCHES, articles, unacknowledged)

    def compare(self, a: str | Text, b: str | Text) -> Comparison:
        """Compares two texts; each is the id of an article, or a `Text`."""
        return self._call(calls.compare(self._options.collection, a, b))

    def seen(self, ids: Iterable[str]) -> tuple[SeenArticle, ...]:
        """Returns which ids or URLs are those of stored articles: one result for each, in order.

        Makes one call for each thousand.
        """
        return tuple(
            article
            for batch in calls.batches(ids)
            for article in self._call(calls.seen(self._options.collection, batch))
        )

    def get_article(
        self, id: str, *, include_text: bool = False, include_quotations: bool = False
    ) -> StoredArticle:
        """Returns a stored article, its cluster, and its matches."""
        return self._call(
            calls.get_article(self._options.collection, id, include_text, include_quotations)
        )

    def get_cluster(self, id: str, *, page_size: int = 0, page_token: str = "") -> Cluster:
        """Returns the cluster of an article, with one page of its members."""
        return self._call(calls.get_cluster(self._options.collection, id, page_size, page_token))

    def cluster(self, id: str) -> Iterator[Member]:
        """Yields the members of an article's cluster, the lead first. Reads pages as needed."""
        return _items(lambda token: self.get_cluster(id, page_token=token), "members")

    def list_clusters(self, *, page_size: int = 0, page_token: str = "") -> ClusterPage:
        """Returns one page of the clusters with at least two members."""
        return self._call(calls.list_clusters(self._options.collection, page_size, page_token))

    def clusters(self) -> Iterator[ClusterSummary]:
        """Yields the clusters with at least two members. Reads pages as needed."""
        return _items(lambda token: self.list_clusters(page_token=token), "clusters")

    def export(
        self,
        *,
        keep: KeepRule = KeepRule.UNSPECIFIED,
        keep_hosts: Iterable[str] = (),
        omit_roles: bool = False,
    ) -> Iterator[ExportedArticle]:
        """Yields all articles of the collection; after a broken stream it goes on.

        Args:
            keep: Which article of each cluster to keep.
            keep_hosts: For `KeepRule.HOSTS`: the hosts, the preferred one first.
            omit_roles: Do not judge the articles, which takes most of the time.
        """
        attempts = Attempts(self._options.retry)
        hosts, token = tuple(keep_hosts), ""
        while True:
            try:
                call = calls.export(self._options.collection, keep, hosts, omit_roles, token)
                for page in self._replies(call):
                    attempts.progressed()
                    yield from page.articles
                    if not (token := page.next_page_token):
                        return
                raise UnavailableError("the server ended the stream early")
            except WirecopyError as error:
                time.sleep(attempts.delay_after(error))

    def remove(self, ids: Iterable[str]) -> Removal:
        """Removes articles. Makes one call for each thousand."""
        removed = unknown = 0
        for batch in calls.batches(ids):
            removal = self._call(calls.remove(self._options.collection, batch))
            removed += removal.removed
            unknown += removal.unknown
        return Removal(removed=removed, unknown=unknown)

    def watch(self, after: bytes | None = None) -> Iterator[Change]:
        """Yields the changes of clusters as they happen; after a broken stream it goes on.

        Args:
            after: The cursor of the last change that was handled, or of `stats`. Empty: begins with
                the oldest change kept. None: with the first change after the iteration has begun.
        """
        attempts = Attempts(self._options.retry)
        cursor = self.stats().cursor if after is None else after
        while True:
            try:
                for change in self._replies(calls.watch(self._options.collection, cursor)):
                    attempts.progressed()
                    cursor = change.cursor
                    yield change
                raise UnavailableError("the server ended the stream")
            except WirecopyError as error:
                time.sleep(attempts.delay_after(error))

    def publisher_report(
        self, host: str, *, since: datetime | None = None, page_token: str = ""
    ) -> PublisherReport:
        """Returns what a host copies, and who copies it: one page of its articles."""
        return self._call(calls.publisher_report(self._options.collection, host, since, page_token))

    def list_furniture(self, host: str) -> tuple[Furniture, ...]:
        """Returns the text that a host repeats on its pages, the most frequent first."""
        return self._call(calls.list_furniture(self._options.collection, host))

    def stats(self) -> Stats:
        """Returns the numbers of articles and clusters, and the use of disk and memory."""
        return self._call(calls.stats(self._options.collection))

    def list_collections(self, *, page_size: int = 0, page_token: str = "") -> CollectionPage:
        """Returns one page of the collections of the server, by name."""
        return self._call(calls.list_collections(page_size, page_token))

    def collections(self) -> Iterator[Collection]:
        """Yields the collections of the server, by name. Reads pages as needed."""
        return _items(lambda token: self.list_collections(page_token=token), "collections")

    def drop_collection(self, collection: str) -> int:
        """Drops a collection, and returns how many articles it had. Its name must be given.

        After a lost reply, the number is that of the repetition.
        """
        return self._call(calls.drop_collection(collection))

    def set_retention(self, retention: timedelta | None) -> None:
        """Sets how long the collection keeps articles; None: for good."""
        self._call(calls.set_retention(self._options.collection, retention))

    def compact(self) -> None:
        """Takes what is not needed out of the server's files. Returns when it is done."""
        for finished in self._replies(calls.compact()):
            if finished:
                return
        raise UnavailableError("the server ended the stream before the compaction was done")

    def snapshot(self, name: str) -> Snapshot:
        """Writes a copy of the store on the server. Returns when it is on disk."""
        for snapshot in self._replies(calls.snapshot(name)):
            if snapshot.finished:
                return snapshot
        raise UnavailableError("the server ended the stream before the snapshot was done")

    def _call(self, call: Call[T]) -> T:
        attempts = Attempts(self._options.retry, timeout=self._options.timeout)
        method: grpc.UnaryUnaryMultiCallable[bytes, Any] = self._channel.unary_unary(
            call.method.path, response_deserializer=call.method.decode
        )
        while True:
            try:
                with _errors():
                    timeout = attempts.seconds_left
                    return call.read(method(call.request, timeout, metadata=self._metadata))
            except WirecopyError as error:
                time.sleep(attempts.delay_after(error))

    def _replies(self, call: Call[T]) -> Iterator[T]:
        """Makes a call whose reply is a stream."""
        method: grpc.UnaryStreamMultiCallable[bytes, Any] = self._channel.unary_stream(
            call.method.path, response_deserializer=call.method.decode
        )
        with _errors():
            replies = method(call.request, metadata=self._metadata)
        try:
            with _errors():
                for reply in replies:
                    yield call.read(reply)
        finally:
            replies.cancel()

    def _stream(
        self, method: Method, articles: Iterable[Article], window: Window
    ) -> Iterator[Verdict | WirecopyError]:
        attempts = Attempts(self._options.retry)
        feed = _Feed(articles, window)
        while feed.fill():
            try:
                for outcome in self._one_stream(method, feed, window):
                    attempts.progressed()
                    yield outcome
            except WirecopyError as error:
                if window.splits(error):
                    continue
                if rejected := window.reject(error):
                    yield rejected
                else:
                    time.sleep(attempts.delay_after(error))
        if feed.failure is not None:
            raise feed.failure

    def _one_stream(
        self, method: Method, feed: _Feed, window: Window
    ) -> Iterator[Verdict | WirecopyError]:
        """Sends what is in the window, and what the feed adds, until all is acknowledged."""
        requests: SimpleQueue[bytes | None] = SimpleQueue()
        call: grpc.StreamStreamMultiCallable[bytes, ArticleReplies] = self._channel.stream_stream(
            method.path, response_deserializer=method.decode
        )
        with _errors():
            replies = call(iter(requests.get, None), metadata=self._metadata)
        received: deque[ArticleResponse] = deque()
        window.rewind()
        try:
            with _errors():
                while feed.fill():
                    for request in window.unsent():
                        requests.put(request)
                    while not received:
                        reply = next(replies, None)
                        if reply is None:
                            raise UnavailableError("the server ended the stream early")
                        received.extend(reply.responses)
                    yield window.acknowledge(received.popleft())
                requests.put(None)
                next(replies, None)  # waits for the status
        finally:
            requests.put(None)
            replies.cancel()


class _Feed:
    """Moves articles from the input into the window, on the thread of the caller."""

    def __init__(self, articles: Iterable[Article], window: Window) -> None:
        self.failure: Exception | None = None
        self._articles = iter(articles)
        self._window = window
        self._is_done = False
        self._is_slow = False

    def fill(self) -> bool:
        """Fills the window, if there is room for many. Returns whether anything is in it."""
        if not self._window:
            self._is_slow = False
        if not self._window.is_half_empty:
            return True
        while not (self._window.is_full or self._is_done or self._is_slow):
            begun = time.monotonic()
            try:
                self._window.add(next(self._articles))
            except StopIteration:
                self._is_done = True
            except Exception as failure:  # raised again when what came before is acknowledged
                self.failure = failure
                self._is_done = True
            else:
                self._is_slow = time.monotonic() - begun > _SLOW_INPUT
        return bool(self._window)


def _items(read: Callable[[str], Any], name: str) -> Iterator[Any]:
    """Yields what is on all pages, given how to read the page of a token."""
    token = ""
    while True:
        page = read(token)
        yield from getattr(page, name)
        if not (token := page.next_page_token):
            return


@contextmanager
def _errors() -> Iterator[None]:
    """Turns the errors of grpc into those of this package."""
    try:
        yield
    except grpc.RpcError as error:
        raise errors.from_rpc(error) from error
    except ValueError as error:
        if str(error).startswith("Cannot invoke RPC"):  # grpc has no type for it
            raise errors.ClosedError("the client is closed") from error
        raise
