"""The client for asyncio. Its methods are those of `Client`, which documents them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import aclosing, contextmanager
from copy import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from wirecopy import calls, errors
from wirecopy._proto.wirecopy_pb2 import ArticleReplies
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
    from collections.abc import Awaitable, Callable, Iterator
    from os import PathLike

    from typing_extensions import Self

    from wirecopy.calls import Call, Method

T = TypeVar("T")


class AsyncClient:
    """A client of one server for one event loop. It connects when it is used."""

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
        """Makes a client, with the arguments of `Client`."""
        target = Target(address, token, ca, certificate, key)
        self._channel = target.aio_channel()
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

    async def close(self) -> None:
        """Closes the connection. Calls that are still on it raise `asyncio.CancelledError`."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        """Returns the client, which is closed at the end of the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes the connection."""
        await self.close()

    async def ingest(self, article: Article, *, placement_only: bool = False) -> Verdict:
        """Stores an article and returns its verdict. It is durable then."""
        return await self._call(calls.ingest(self._options.collection, article, placement_only))

    def ingest_many(
        self,
        articles: Iterable[Article] | AsyncIterable[Article],
        *,
        window: int = 256,
        placement_only: bool = False,
    ) -> AsyncIterator[Verdict | WirecopyError]:
        """Stores articles over one stream, as `Client.ingest_many` does.

        A verdict comes as soon as the server has replied, also while an asynchronous input waits.
        """
        unacknowledged = Window(
            self._options.collection, size=window, placement_only=placement_only
        )
        return self._stream(calls.INGEST_BATCHES, articles, unacknowledged)

    async def check(
        self,
        article: Article,
        *,
        include_quotations: bool = False,
        placement_only: bool = False,
    ) -> Verdict:
        """Returns the verdict that an ingest would return, and stores nothing."""
        return await self._call(
            calls.check(self._options.collection, article, include_quotations, placement_only)
        )

    def check_many(
        self,
        articles: Iterable[Article] | AsyncIterable[Article],
        *,
        include_quotations: bool = False,
        window: int = 256,
        placement_only: bool = False,
    ) -> AsyncIterator[Verdict | WirecopyError]:
        """Checks articles over one stream, as `ingest_many` stores them."""
        unacknowledged = Window(
            self._options.collection,
            size=window,
            include_quotations=include_quotations,
            placement_only=placement_only,
        )
        return self._stream(calls.CHECK_BATCHES, articles, unacknowledged)

    async def compare(self, a: str | Text, b: str | Text) -> Comparison:
        """Compares two texts; each is the id of an article, or a `Text`."""
        return await self._call(calls.compare(self._options.collection, a, b))

    async def seen(self, ids: Iterable[str]) -> tuple[SeenArticle, ...]:
        """Returns which ids or URLs are those of stored articles: one result for each, in order."""
        return tuple(
            [
                article
                for batch in calls.batches(ids)
                for article in await self._call(calls.seen(self._options.collection, batch))
            ]
        )

    async def get_article(
        self, id: str, *, include_text: bool = False, include_quotations: bool = False
    ) -> StoredArticle:
        """Returns a stored article, its cluster, and its matches."""
        return await self._call(
            calls.get_article(self._options.collection, id, include_text, include_quotations)
        )

    async def get_cluster(self, id: str, *, page_size: int = 0, page_token: str = "") -> Cluster:
        """Returns the cluster of an article, with one page of its members."""
        return await self._call(
            calls.get_cluster(self._options.collection, id, page_size, page_token)
        )

    def cluster(self, id: str) -> AsyncIterator[Member]:
        """Yields the members of the cluster of an article, the lead first."""
        return _items(lambda token: self.get_cluster(id, page_token=token), "members")

    async def list_clusters(self, *, page_size: int = 0, page_token: str = "") -> ClusterPage:
        """Returns one page of the clusters with at least two members."""
        return await self._call(
            calls.list_clusters(self._options.collection, page_size, page_token)
        )

    def clusters(self) -> AsyncIterator[ClusterSummary]:
        """Yields the clusters with at least two members."""
        return _items(lambda token: self.list_clusters(page_token=token), "clusters")

    async def export(
        self,
        *,
        keep: KeepRule = KeepRule.UNSPECIFIED,
        keep_hosts: Iterable[str] = (),
        omit_roles: bool = False,
    ) -> AsyncIterator[ExportedArticle]:
        """Yields all articles of the collection, as `Client.export` does."""
        attempts = Attempts(self._options.retry)
        hosts, token = tuple(keep_hosts), ""
        while True:
            try:
                call = calls.export(self._options.collection, keep, hosts, omit_roles, token)
                async with aclosing(self._replies(call)) as pages:
                    async for page in pages:
                        attempts.progressed()
                        for article in page.articles:
                            yield article
                        if not (token := page.next_page_token):
                            return
                raise UnavailableError("the server ended the stream early")
            except WirecopyError as error:
                await asyncio.sleep(attempts.delay_after(error))

    async def remove(self, ids: Iterable[str]) -> Removal:
        """Removes articles. Makes one call for each thousand."""
        removed = unknown = 0
        for batch in calls.batches(ids):
            removal = await self._call(calls.remove(self._options.collection, batch))
            removed += removal.removed
            unknown += removal.unknown
        return Removal(removed=removed, unknown=unknown)

    async def watch(self, after: bytes | None = None) -> AsyncIterator[Change]:
        """Yields the changes of clusters as they happen, as `Client.watch` does."""
        attempts = Attempts(self._options.retry)
        cursor = (await self.stats()).cursor if after is None else after
        while True:
            try:
                changes = self._replies(calls.watch(self._options.collection, cursor))
                async with aclosing(changes):
                    async for change in changes:
                        attempts.progressed()
                        cursor = change.cursor
                        yield change
                raise UnavailableError("the server ended the stream")
            except WirecopyError as error:
                await asyncio.sleep(attempts.delay_after(error))

    async def publisher_report(
        self, host: str, *, since: datetime | None = None, page_token: str = ""
    ) -> PublisherReport:
        """Returns what a host copies, and who copies it: one page of its articles."""
        return await self._call(
            calls.publisher_report(self._options.collection, host, since, page_token)
        )

    async def list_furniture(self, host: str) -> tuple[Furniture, ...]:
        """Returns the text that a host repeats on its pages, the most frequent first."""
        return await self._call(calls.list_furniture(self._options.collection, host))

    async def stats(self) -> Stats:
        """Returns the numbers of articles and clusters, and the use of disk and memory."""
        return await self._call(calls.stats(self._options.collection))

    async def list_collections(self, *, page_size: int = 0, page_token: str = "") -> CollectionPage:
        """Returns one page of the collections of the server, by name."""
        return await self._call(calls.list_collections(page_size, page_token))

    def collections(self) -> AsyncIterator[Collection]:
        """Yields the collections of the server, by name."""
        return _items(lambda token: self.list_collections(page_token=token), "collections")

    async def drop_collection(self, collection: str) -> int:
        """Drops a collection, and returns how many articles it had. Its name must be given."""
        return await self._call(calls.drop_collection(collection))

    async def set_retention(self, retention: timedelta | None) -> None:
        """Sets how long the collection keeps articles; None: for good."""
        await self._call(calls.set_retention(self._options.collection, retention))

    async def compact(self) -> None:
        """Takes what is not needed out of the server's files. Returns when it is done."""
        async with aclosing(self._replies(calls.compact())) as replies:
            async for finished in replies:
                if finished:
                    return
        raise UnavailableError("the server ended the stream before the compaction was done")

    async def snapshot(self, name: str) -> Snapshot:
        """Writes a copy of the store on the server. Returns when it is on disk."""
        async with aclosing(self._replies(calls.snapshot(name))) as replies:
            async for snapshot in replies:
                if snapshot.finished:
                    return snapshot
        raise UnavailableError("the server ended the stream before the snapshot was done")

    async def _call(self, call: Call[T]) -> T:
        attempts = Attempts(self._options.retry, timeout=self._options.timeout)
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, Any] = self._channel.unary_unary(
            call.method.path, response_deserializer=call.method.decode
        )
        while True:
            try:
                with _errors():
                    timeout = attempts.seconds_left
                    reply = await method(call.request, timeout=timeout, metadata=self._metadata)
                return call.read(reply)
            except WirecopyError as error:
                await asyncio.sleep(attempts.delay_after(error))

    async def _replies(self, call: Call[T]) -> AsyncGenerator[T, None]:
        """Makes a call whose reply is a stream."""
        method: grpc.aio.UnaryStreamMultiCallable[bytes, Any] = self._channel.unary_stream(
            call.method.path, response_deserializer=call.method.decode
        )
        with _errors():
            replies = method(call.request, metadata=self._metadata)
        try:
            with _errors():
                async for reply in replies:
                    yield call.read(reply)
        finally:
            replies.cancel()

    async def _stream(
        self,
        method: Method,
        articles: Iterable[Article] | AsyncIterable[Article],
        window: Window,
    ) -> AsyncIterator[Verdict | WirecopyError]:
        attempts = Attempts(self._options.retry)
        feed = _Feed(articles, window)
        try:
            while await feed.has_more():
                try:
                    async with aclosing(self._one_stream(method, feed, window)) as outcomes:
                        async for outcome in outcomes:
                            attempts.progressed()
                            yield outcome
                except WirecopyError as error:
                    if window.splits(error):
                        continue
                    if rejected := window.reject(error):
                        feed.acknowledged()
                        yield rejected
                    else:
                        await asyncio.sleep(attempts.delay_after(error))
            if feed.failure is not None:
                raise feed.failure
        finally:
            await feed.close()

    async def _one_stream(
        self, method: Method, feed: _Feed, window: Window
    ) -> AsyncGenerator[Verdict | WirecopyError, None]:
        """Sends what is in the window, and what the feed adds, until all is acknowledged."""
        call: grpc.aio.StreamStreamMultiCallable[bytes, ArticleReplies] = (
            self._channel.stream_stream(method.path, response_deserializer=method.decode)
        )
        with _errors():
            stream = call(metadata=self._metadata)
        window.rewind()
        sending = asyncio.create_task(self._send(stream, feed, window))
        try:
            with _errors():
                while isinstance(replies := await stream.read(), ArticleReplies):
                    for reply in replies.responses:
                        outcome = window.acknowledge(reply)
                        feed.acknowledged()
                        yield outcome
            if window:
                raise UnavailableError("the server ended the stream early")
        finally:
            sending.cancel()
            stream.cancel()
            # If it failed, the reading has failed, too, and knows why.
            await asyncio.gather(sending, return_exceptions=True)

    @staticmethod
    async def _send(stream: Any, feed: _Feed, window: Window) -> None:
        await stream.wait_for_connection()
        # Where the server has ended the stream, `write` would put a status of its own in the place
        # of the server's, and drop the replies that are not read yet.
        call = getattr(stream, "_cython_call", None)
        write = getattr(call, "send_serialized_message", stream.write)
        while True:
            for request in window.unsent():
                await write(request)
            if feed.is_done:
                break
            await feed.added()
        await stream.done_writing()


class _Feed:
    """Moves articles from the input into the window, in a task of its own."""

    def __init__(
        self, articles: Iterable[Article] | AsyncIterable[Article], window: Window
    ) -> None:
        self.failure: BaseException | None = None
        self.is_done = False
        self._window = window
        self._room = asyncio.Event()
        self._added = asyncio.Event()
        self._task = asyncio.create_task(self._run(articles))

    async def _run(self, articles: Iterable[Article] | AsyncIterable[Article]) -> None:
        try:
            async for article in _each(articles):
                self._window.add(article)
                self._added.set()
                if self._window.is_full:
                    self._room.clear()
                    await self._room.wait()
        # Raised again when what came before is acknowledged. The input may await a cancelled task.
        except (Exception, asyncio.CancelledError) as failure:
            self.failure = failure
        self.is_done = True
        self._added.set()

    async def added(self) -> None:
        """Waits until something was added after the last time, or the input has ended."""
        self._added.clear()
        await self._added.wait()

    async def has_more(self) -> bool:
        """Waits for an article. Returns whether there is one; if not, the input has ended."""
        while not self._window and not self.is_done:
            await self.added()
        return bool(self._window)

    def acknowledged(self) -> None:
        """Notes that there may be room in the window."""
        if self._window.is_half_empty:
            self._room.set()

    async def close(self) -> None:
        """Stops reading the input."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def _each(
    articles: Iterable[Article] | AsyncIterable[Article],
) -> AsyncIterator[Article]:
    if isinstance(articles, AsyncIterable):
        async for article in articles:
            yield article
    else:
        for article in articles:
            yield article


async def _items(read: Callable[[str], Awaitable[Any]], name: str) -> AsyncIterator[Any]:
    """Yields what is on all pages, given how to read the page of a token."""
    token = ""
    while True:
        page = await read(token)
        for item in getattr(page, name):
            yield item
        if not (token := page.next_page_token):
            return


@contextmanager
def _errors() -> Iterator[None]:
    """Turns the errors of grpc into those of this package."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise errors.from_rpc(error) from error
    except grpc.aio.UsageError as error:
        raise errors.ClosedError("the client is closed") from error
