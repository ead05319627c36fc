from __future__ import annotations

import pytest

import fake
from stories import article
from wirecopy import (
    Article,
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    Retry,
    UnavailableError,
    WirecopyError,
)
from wirecopy._proto import wirecopy_pb2
from wirecopy.retry import Attempts, Window

DOWN = UnavailableError("down")


def unsent(window: Window) -> list[wirecopy_pb2.ArticleRequest]:
    return [request for batch in batches(window) for request in batch]


def batches(window: Window) -> list[list[wirecopy_pb2.ArticleRequest]]:
    messages = map(wirecopy_pb2.ArticleBatch.FromString, window.unsent())
    return [list(message.requests) for message in messages]


def test_waits_double_up_to_the_longest_and_vary() -> None:
    retry = Retry(attempts=6, first_delay=1, longest_delay=5)
    longest, shortest = Attempts(retry, rng=lambda: 0.0), Attempts(retry, rng=lambda: 1.0)
    assert [longest.delay_after(DOWN) for _ in range(5)] == [1, 2, 4, 5, 5]
    assert [shortest.delay_after(DOWN) for _ in range(5)] == [0.5, 1, 2, 2.5, 2.5]
    with pytest.raises(UnavailableError):
        longest.delay_after(DOWN)


def test_a_reply_makes_earlier_failures_count_no_more() -> None:
    attempts = Attempts(Retry(attempts=2), rng=lambda: 0.0)
    for _ in range(5):
        attempts.delay_after(DOWN)
        attempts.progressed()
    attempts.delay_after(DOWN)
    with pytest.raises(UnavailableError):
        attempts.delay_after(DOWN)


def test_so_does_an_attempt_that_lasted() -> None:
    now = 0.0
    attempts = Attempts(Retry(attempts=2), clock=lambda: now)
    attempts.delay_after(DOWN)
    now = 3600.0
    attempts.delay_after(DOWN)


def test_a_long_wait_that_the_server_asks_for_is_no_attempt_that_lasted() -> None:
    now = 0.0
    attempts = Attempts(Retry(attempts=3), clock=lambda: now)
    busy = ResourceExhaustedError("busy", retry_after=3600.0)
    for _ in range(2):
        now += attempts.delay_after(busy)
    with pytest.raises(ResourceExhaustedError):
        attempts.delay_after(busy)


def test_the_server_says_whether_and_when_to_retry() -> None:
    attempts = Attempts(Retry(first_delay=1), rng=lambda: 0.0)
    assert attempts.delay_after(ResourceExhaustedError("busy", retry_after=7.0)) == 8.0
    for error in (
        ResourceExhaustedError("too large"),
        InvalidArgumentError("no url"),
        NotFoundError("no such article"),
        InternalError("broken"),
        WirecopyError("what?"),
    ):
        with pytest.raises(type(error)):
            Attempts(Retry()).delay_after(error)


def test_only_a_stream_goes_on_after_a_deadline() -> None:
    late = DeadlineExceededError("nothing was sent for 60 s")
    Attempts(Retry()).delay_after(late)
    with pytest.raises(DeadlineExceededError):
        Attempts(Retry(), timeout=30).delay_after(late)


def test_a_deadline_is_for_all_attempts() -> None:
    now = 0.0
    attempts = Attempts(Retry(first_delay=1), timeout=3, rng=lambda: 0.0, clock=lambda: now)
    assert attempts.seconds_left == 3
    now = 1.0
    attempts.delay_after(DOWN)
    assert attempts.seconds_left == 2
    with pytest.raises(UnavailableError):
        attempts.delay_after(DOWN)  # would wait until second 3


def test_a_window_sends_again_what_was_not_acknowledged() -> None:
    window = Window("news", size=3)
    for story in range(3):
        window.add(article(story))
    assert window.is_full
    requests = unsent(window)
    assert [request.tag for request in requests] == [1, 2, 3]
    assert {request.collection for request in requests} == {"news"}
    assert not unsent(window)
    window.acknowledge(fake.verdict(requests[0]))
    assert (len(window), window.is_full) == (2, False)
    window.add(article(3))
    assert [request.tag for request in unsent(window)] == [4]
    window.rewind()
    assert unsent(window)[:2] == requests[1:]


def test_a_message_has_many_articles_up_to_a_number_and_a_size() -> None:
    window = Window("news", size=1000)
    for story in range(150):
        window.add(article(story))
    assert [len(batch) for batch in batches(window)] == [64, 64, 22]
    large = Article(id="large", text="x" * (100 << 10))
    huge = Article(id="huge", text="x" * (1 << 20))
    for one in [large, large, large, huge, article(0), article(1)]:
        window.add(one)
    ids = [[request.article.id or "small" for request in batch] for batch in batches(window)]
    assert ids == [["large", "large"], ["large"], ["huge"], ["small", "small"]]


def test_a_message_that_is_too_large_is_split_and_an_article_that_is_not_is_rejected() -> None:
    too_large = ResourceExhaustedError("too large", reason="MESSAGE_TOO_LARGE")
    window = Window("news", size=3)
    assert not window.splits(too_large)
    for story in range(3):
        window.add(article(story))
    assert len(batches(window)) == 1
    assert not window.splits(ResourceExhaustedError("busy"))
    assert window.splits(too_large)
    window.rewind()
    assert len(batches(window)) == 3
    assert not window.splits(too_large)
    rejected = window.reject(too_large)
    assert rejected is not None
    assert rejected.article == article(0)
    assert len(window) == 2


def test_a_window_is_full_of_few_large_articles() -> None:
    window = Window("news", size=100)
    large = Article(id="large", text="x" * (8 << 20))
    for _ in range(4):
        assert not window.is_full
        window.add(large)
    assert window.is_full


def test_replies_in_another_order_are_an_error() -> None:
    window = Window("news", size=3)
    window.add(article(0))
    window.add(article(1))
    _, second = unsent(window)
    with pytest.raises(InternalError, match="reply 2"):
        window.acknowledge(fake.verdict(second))
    with pytest.raises(InternalError, match="reply 1"):
        window.acknowledge(wirecopy_pb2.ArticleResponse(tag=1))
    with pytest.raises(InternalError):
        Window("news", size=1).acknowledge(fake.verdict(second))


def test_a_rejected_article_is_done_and_one_that_the_server_cannot_take_is_not() -> None:
    window = Window("news", size=3)
    window.add(article(0))
    error = wirecopy_pb2.Error(code=3, message="article.url: too long", field="article.url")
    outcome = window.acknowledge(wirecopy_pb2.ArticleResponse(tag=1, error=error))
    assert isinstance(outcome, InvalidArgumentError)
    assert (outcome.field, outcome.article) == ("article.url", article(0))
    window.add(article(1))
    for code, message in [
        (14, "the server is shutting down"),
        (8, "the disk is full"),
        (7, "the token is not for this collection"),
        (13, "the store failed"),
    ]:
        refused = wirecopy_pb2.Error(code=code, message=message)
        with pytest.raises(WirecopyError) as raised:
            window.acknowledge(wirecopy_pb2.ArticleResponse(tag=2, error=refused))
        assert (raised.value.retry_after is not None) == (code == 8)
        assert len(window) == 1
