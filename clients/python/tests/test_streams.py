"""Streams that break, inputs that wait or fail, and windows that are full."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from typing import Any

import grpc
import pytest

import fake
from both import make_client
from conftest import Server
from stories import article
from wirecopy import (
    Article,
    AsyncClient,
    Client,
    InternalError,
    InvalidArgumentError,
    ResourceExhaustedError,
    Retry,
    State,
    UnavailableError,
    Verdict,
)
from wirecopy._proto import wirecopy_pb2

DECODE = wirecopy_pb2.ArticleBatch.FromString
both_clients = pytest.mark.parametrize("kind", ["sync", "async"])
QUICK = Retry(first_delay=0.01)


@both_clients
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
def test_everything_arrives_once_and_in_order_though_the_server_restarts(
    kind: str, with_signal: int, make_server: Callable[..., Server]
) -> None:
    server = make_server().start()
    total, killings = 600, [100, 350]
    articles = [article(number) for number in range(total)]

    def restart() -> None:
        server.stop(with_signal)
        time.sleep(0.3)
        server.start()

    outcomes = []
    patient = Retry(attempts=30, longest_delay=1.0)
    with make_client(kind, server.address, retry=patient) as client:
        for outcome in client.ingest_many(iter(articles), window=64):
            outcomes.append(outcome)
            if len(outcomes) in killings:
                thread = threading.Thread(target=restart)
                thread.start()
                thread.join(0.2)
        thread.join()
        assert [outcome.id for outcome in outcomes] == [one.url for one in articles]
        # A lost acknowledgement makes an article UNCHANGED, and never more than a window is lost.
        resent = [outcome for outcome in outcomes if outcome.state is not State.NEW]
        assert {outcome.state for outcome in resent} <= {State.UNCHANGED}
        assert len(resent) <= 64 * len(killings)
        assert client.stats().articles == total
        assert all(outcome.placement.size == 1 for outcome in outcomes)


@both_clients
def test_a_watch_goes_on_after_a_restart(kind: str, make_server: Callable[..., Server]) -> None:
    server = make_server().start()
    patient = Retry(attempts=30, longest_delay=1.0)
    with (
        make_client(kind, server.address, retry=patient) as client,
        Client(server.address, retry=patient) as other,
    ):
        other.ingest(article(1))
        changes = client.watch(b"")
        assert next(changes).id == article(1).url
        server.stop()
        server.start()
        other.ingest(article(2))
        assert next(changes).id == article(2).url
        changes.close()


@both_clients
def test_the_input_is_read_no_further_than_the_window(
    kind: str, shared_server: Server, collection: str, client: Client
) -> None:
    read = 0

    def articles() -> Iterator[Article]:
        nonlocal read
        for number in range(10_000):
            read += 1
            yield article(number)

    with make_client(kind, shared_server.address, collection=collection) as both:
        outcomes = both.ingest_many(articles(), window=8)
        assert read == 0, "nothing is read before the first result is asked for"
        for taken in range(1, 50):
            next(outcomes)
            time.sleep(0.002)
            assert read <= taken + 8
        outcomes.close()
    time.sleep(0.2)
    assert read <= 49 + 8
    assert client.stats().articles <= 49 + 8


def test_a_slow_reader_of_replies_holds_nothing_back_for_others(client: Client) -> None:
    slow = client.ingest_many((article(number) for number in range(500)), window=500)
    next(slow)
    assert client.ingest(article(1000)).state is State.NEW
    assert sum(1 for _ in slow) == 499


@both_clients
def test_a_rejected_article_does_not_end_the_stream(
    kind: str, shared_server: Server, collection: str, client: Client
) -> None:
    bad = Article(text="neither id nor url")
    with make_client(kind, shared_server.address, collection=collection) as both:
        first, second, third = both.ingest_many([article(1), bad, article(2)])
    assert [first.id, third.id] == [article(1).url, article(2).url]
    assert isinstance(second, InvalidArgumentError)
    assert (second.field, second.article) == ("article.id", bad)
    assert str(second).startswith("INVALID_ARGUMENT: article.id: ")


@both_clients
@pytest.mark.parametrize("window", [1, 256])
def test_an_article_that_is_too_large_does_not_end_the_input(
    kind: str, window: int, shared_server: Server, collection: str, client: Client
) -> None:
    articles = [article(number) for number in range(100)]
    articles[50:50] = [Article(id=f"large-{number}", html="x" * (9 << 20)) for number in range(2)]
    with make_client(kind, shared_server.address, collection=collection) as both:
        outcomes = list(both.ingest_many(articles, window=window))
    errors = [outcome for outcome in outcomes if not isinstance(outcome, Verdict)]
    assert [error.reason for error in errors] == ["MESSAGE_TOO_LARGE"] * 2
    assert outcomes[50:52] == errors
    assert [error.article for error in errors] == articles[50:52]
    assert client.stats().articles == 100


@both_clients
def test_a_server_may_accept_less_than_the_articles_of_a_message(
    kind: str, make_server: Callable[..., Server]
) -> None:
    server = make_server("--set", "limits.message_bytes=4096").start()
    articles = [Article(id=f"{number}", text=f"{number} " * 400) for number in range(100)]
    articles[70] = Article(id="large", text="x" * 5000)
    with make_client(kind, server.address) as client:
        outcomes = list(client.ingest_many(articles))
        assert client.stats().articles == 99
    large = outcomes.pop(70)
    assert isinstance(large, ResourceExhaustedError)
    assert (large.reason, large.article) == ("MESSAGE_TOO_LARGE", articles[70])
    assert [outcome.state for outcome in outcomes] == [State.NEW] * 99


@both_clients
def test_messages_have_the_articles_that_are_at_hand(kind: str) -> None:
    sizes: list[int] = []

    def decode(message: bytes) -> wirecopy_pb2.ArticleBatch:
        batch = DECODE(message)
        sizes.append(len(batch.requests))
        return batch

    def ingest(
        requests: Iterator[wirecopy_pb2.ArticleRequest], context: grpc.ServicerContext
    ) -> Iterator[wirecopy_pb2.ArticleResponse]:
        return map(fake.verdict, requests)

    articles = [article(number) for number in range(300)]
    with (
        fake.fake_server(IngestBatches=(decode, ingest)) as address,
        make_client(kind, address) as client,
    ):
        outcomes = client.ingest_many(articles)
        assert [outcome.id for outcome in outcomes] == [one.url for one in articles]
    assert max(sizes) == 64
    assert sum(sizes) == 300


@both_clients
@pytest.mark.parametrize("bad", [ZeroDivisionError(), Article(id=7)])  # type: ignore[arg-type]
def test_an_error_of_the_input_comes_after_the_verdicts(
    kind: str,
    bad: Article | ZeroDivisionError,
    shared_server: Server,
    collection: str,
    client: Client,
) -> None:
    def articles() -> Iterator[Article]:
        yield article(1)
        yield article(2)
        if isinstance(bad, ZeroDivisionError):
            raise bad
        yield bad

    ids: list[str] = []
    with make_client(kind, shared_server.address, collection=collection) as both:
        with pytest.raises((ZeroDivisionError, TypeError)):
            ids.extend(outcome.id for outcome in both.ingest_many(articles()))
        assert list(both.ingest_many([])) == []
    assert ids == [article(1).url, article(2).url]
    assert client.stats().articles == 2


def test_an_asynchronous_input_may_await_what_was_cancelled(
    shared_server: Server, collection: str
) -> None:
    async def main() -> None:
        async def articles() -> AsyncIterator[Article]:
            yield article(1)
            waiting = asyncio.create_task(asyncio.sleep(60))
            waiting.cancel()
            await waiting

        async with AsyncClient(shared_server.address, collection=collection) as both:
            outcomes = both.ingest_many(articles())
            assert isinstance(await anext(outcomes), Verdict)
            with pytest.raises(asyncio.CancelledError):
                await anext(outcomes)

    asyncio.run(asyncio.wait_for(main(), 20))


def test_verdicts_of_a_slow_input_do_not_wait_for_the_window(client: Client) -> None:
    asked: list[float] = []

    def articles() -> Iterator[Article]:
        for number in range(3):
            time.sleep(0.1)
            asked.append(time.monotonic())
            yield article(number)

    outcomes = client.ingest_many(articles())
    for number in range(3):
        assert isinstance(next(outcomes), Verdict)
        assert len(asked) == number + 1


def test_verdicts_come_while_an_asynchronous_input_waits(
    shared_server: Server, collection: str
) -> None:
    async def main() -> None:
        async with AsyncClient(shared_server.address, collection=collection) as both:
            queue: asyncio.Queue[Article | None] = asyncio.Queue()

            async def articles() -> AsyncIterator[Article]:
                while (one := await queue.get()) is not None:
                    yield one

            outcomes = both.ingest_many(articles())
            for number in range(3):
                queue.put_nowait(article(number))
                outcome = await asyncio.wait_for(anext(outcomes), 10)
                assert isinstance(outcome, Verdict)
            queue.put_nowait(None)
            assert [outcome async for outcome in outcomes] == []

    asyncio.run(main())


@both_clients
def test_a_pause_is_longer_than_the_server_allows(
    kind: str, make_server: Callable[..., Server]
) -> None:
    server = make_server("--set", "limits.idle_ms=200").start()

    def articles() -> Iterator[Article]:
        for number in range(3):
            yield article(number)
            time.sleep(0.5)

    with make_client(kind, server.address, retry=QUICK) as client:
        outcomes = list(client.ingest_many(articles()))
    assert [outcome.state for outcome in outcomes] == [State.NEW] * 3


@both_clients
def test_a_stream_at_full_rate_keeps_its_connection(
    kind: str, make_server: Callable[..., Server]
) -> None:
    # The fewer frames without data a server allows, the slower the stream that would go beyond.
    server = make_server("--set", "limits.control_frames=10").start()
    articles = [article(number) for number in range(256)]
    with make_client(kind, server.address, retry=Retry(attempts=1)) as client:
        for outcome in client.ingest_many(articles):
            assert outcome.state is State.NEW
        # What is stored already costs the server little, so its replies come close together.
        for _ in range(8):
            for outcome in client.check_many(articles):
                assert outcome.state is State.UNCHANGED


@both_clients
def test_a_stream_is_begun_again_only_if_that_may_help(kind: str) -> None:
    exhausted, unavailable = grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE
    calls: list[list[str]] = []
    ends: list[tuple[Any, ...]] = []

    def ingest(
        requests: Iterator[wirecopy_pb2.ArticleRequest], context: grpc.ServicerContext
    ) -> Iterator[wirecopy_pb2.ArticleResponse]:
        got: list[str] = []
        calls.append(got)
        for request in requests:
            got.append(request.article.url)
            yield fake.verdict(request)
            if ends:
                fake.abort(context, *ends.pop(0))

    articles = [article(number) for number in range(4)]
    urls = [one.url for one in articles]
    with (
        fake.fake_server(IngestBatches=(DECODE, ingest)) as address,
        make_client(kind, address, retry=QUICK) as client,
    ):
        ends[:] = [(exhausted, "busy", fake.retry_info(0.2)), (unavailable, "going down")]
        begun = time.monotonic()
        assert [outcome.id for outcome in client.ingest_many(articles)] == urls
        assert time.monotonic() - begun >= 0.2
        assert len(calls) == 3
        assert [call[0] for call in calls] == urls[:3]

        # While requests are written, too, the status of the server is reported, and all replies.
        ends[:] = []
        many = [article(number) for number in range(2000)]
        outcomes = client.ingest_many(many, window=1000)
        first = list(islice(outcomes, 100))
        ends[:] = [(exhausted, "too large")]
        with pytest.raises(ResourceExhaustedError, match="too large"):
            first.extend(outcomes)
        assert [outcome.id for outcome in first] == [one.url for one in many[: len(calls[-1])]]

        for status, error in [
            ((exhausted, "too large"), ResourceExhaustedError),
            ((grpc.StatusCode.INTERNAL, "the store failed"), InternalError),
        ]:
            ends[:] = [status]
            ids: list[str] = []
            with pytest.raises(error):
                ids.extend(outcome.id for outcome in client.ingest_many(articles))
            assert ids == urls[:1]


@both_clients
def test_attempts_without_a_reply_are_few(kind: str) -> None:
    calls = 0

    def ingest(
        requests: Iterator[wirecopy_pb2.ArticleRequest], context: grpc.ServicerContext
    ) -> Iterator[wirecopy_pb2.ArticleResponse]:
        nonlocal calls
        calls += 1
        fake.abort(context, grpc.StatusCode.UNAVAILABLE, "not today")
        yield wirecopy_pb2.ArticleResponse()

    with (
        fake.fake_server(IngestBatches=(DECODE, ingest)) as address,
        make_client(kind, address, retry=Retry(attempts=3, first_delay=0.01)) as client,
        pytest.raises(UnavailableError, match="not today"),
    ):
        list(client.ingest_many([article(1)]))
    assert calls == 3


@both_clients
def test_an_article_that_a_shutdown_turned_away_is_sent_again(kind: str) -> None:
    turned_away = 0

    def ingest(
        requests: Iterator[wirecopy_pb2.ArticleRequest], context: grpc.ServicerContext
    ) -> Iterator[wirecopy_pb2.ArticleResponse]:
        nonlocal turned_away
        for request in requests:
            if request.article.url == article(1).url and turned_away < 2:
                turned_away += 1
                error = wirecopy_pb2.Error(code=14, message="the server is shutting down")
                yield wirecopy_pb2.ArticleResponse(tag=request.tag, error=error)
            else:
                yield fake.verdict(request)

    articles = [article(number) for number in range(3)]
    with (
        fake.fake_server(IngestBatches=(DECODE, ingest)) as address,
        make_client(kind, address, retry=QUICK) as client,
    ):
        outcomes = list(client.ingest_many(articles))
    assert [outcome.id for outcome in outcomes] == [one.url for one in articles]
    assert turned_away == 2


@both_clients
def test_what_is_not_read_to_its_end_is_cancelled(kind: str) -> None:
    cancelled = threading.Event()

    def ingest(
        requests: Iterator[wirecopy_pb2.ArticleRequest], context: grpc.ServicerContext
    ) -> Iterator[wirecopy_pb2.ArticleResponse]:
        context.add_callback(cancelled.set)
        for request in requests:
            yield fake.verdict(request)

    def articles() -> Iterator[Article]:
        number = 0
        while True:
            yield article(number := number + 1)

    with (
        fake.fake_server(IngestBatches=(DECODE, ingest)) as address,
        make_client(kind, address) as client,
    ):
        outcomes = client.ingest_many(articles())
        assert len(list(islice(outcomes, 10))) == 10
        assert not cancelled.is_set()
        outcomes.close()
        assert cancelled.wait(10)
