"""When a call is repeated, and what of a stream is sent again. No input or output happens here."""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wirecopy import errors, messages
from wirecopy._proto import wirecopy_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wirecopy.errors import WirecopyError
    from wirecopy.messages import Article, Verdict

# Above this many bytes of articles, a window counts as full: pages may have 8 MiB each.
_WINDOW_BYTES = 32 << 20
# One message has at most so many articles, and so many bytes, unless a single article has more.
_BATCH_ARTICLES = 64
_BATCH_BYTES = 256 << 10
# An attempt that lasts this long (seconds) has worked, even if nothing came: a watch may be quiet.
_LONG_ATTEMPT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a call is made, and how long to wait in between.

    A call is repeated after UNAVAILABLE (not after a failure of TLS), and after RESOURCE_EXHAUSTED
    where the server says when. The waits double from `first_delay` to `longest_delay`, in seconds,
    less a random part of up to a half; a wait that the server asks for is added. With the defaults,
    a call is given up after some ten seconds. For a stream only attempts without any reply in
    between count.
    """

    attempts: int = 8
    first_delay: float = 0.1
    longest_delay: float = 10.0

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            ValueError: there are no attempts, or a delay is negative.
        """
        if self.attempts < 1 or self.first_delay < 0 or self.longest_delay < 0:
            raise ValueError("a call needs at least one attempt, and delays of at least 0")


class Attempts:
    """The attempts of one call, or of one stream, which has no deadline."""

    def __init__(
        self,
        retry: Retry,
        *,
        timeout: float | None = None,
        rng: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins now, with none failed. All attempts together have `timeout` seconds."""
        self._retry = retry
        self._rng = rng
        self._clock = clock
        self._deadline = None if timeout is None else clock() + timeout
        self._failed = 0
        self._attempt_began = clock()

    @property
    def seconds_left(self) -> float | None:
        """The seconds until the deadline; None if there is none."""
        return None if self._deadline is None else max(self._deadline - self._clock(), 0.0)

    def progressed(self) -> None:
        """Notes that the server has replied: what failed before does not count."""
        self._failed = 0

    def delay_after(self, error: WirecopyError) -> float:
        """Returns the seconds to wait after a failed attempt.

        Raises:
            WirecopyError: the error itself, if the call is not to be repeated.
        """
        now = self._clock()
        if now - self._attempt_began > _LONG_ATTEMPT:
            self._failed = 0  # that attempt worked for a while
        self._failed += 1
        if self._failed >= self._retry.attempts or not self._may_pass(error):
            raise error
        delay = self._retry.first_delay * 2.0 ** (self._failed - 1)
        delay = min(delay, self._retry.longest_delay) * (1 - self._rng() / 2)
        delay += error.retry_after or 0.0
        if self._deadline is not None and now + delay >= self._deadline:
            raise error
        self._attempt_began = now + delay
        return delay

    def _may_pass(self, error: WirecopyError) -> bool:
        if isinstance(error, errors.ResourceExhaustedError):
            return error.retry_after is not None
        # A stream has no deadline of ours: the server ends one on which nothing is sent for a time.
        is_idle = self._deadline is None and isinstance(error, errors.DeadlineExceededError)
        if isinstance(error, errors.TlsError):
            return False  # certificates stay as they are for longer than anybody waits
        return is_idle or isinstance(error, errors.UnavailableError)


@dataclass(slots=True)
class _Pending:
    """An article that is not acknowledged."""

    article: Article
    tag: int
    # A message that asks for this article alone. Such messages, joined, are one that asks for all.
    request: bytes
    # The number of the message that it was last sent in.
    message: int = 0


class Window:
    """The articles of a stream that the server has not acknowledged, in order.

    The server replies in the order of the requests. So after a broken stream, what remains is what
    has to be sent again.
    """

    def __init__(
        self,
        collection: str,
        *,
        size: int,
        include_quotations: bool = False,
        placement_only: bool = False,
    ) -> None:
        """Makes an empty window for `size` articles."""
        if size < 1:
            raise ValueError("a window has room for at least one article")
        self._collection = collection
        self._size = size
        self._include_quotations = include_quotations
        self._placement_only = placement_only
        self._pending: deque[_Pending] = deque()
        self._bytes = 0
        self._sent = 0
        self._batch_articles = _BATCH_ARTICLES
        self._last_message = 0
        self._last_tag = 0

    def __len__(self) -> int:
        """Returns the number of articles that are not acknowledged."""
        return len(self._pending)

    @property
    def is_full(self) -> bool:
        """Whether no further article may be added before one is acknowledged."""
        return len(self._pending) >= self._size or self._bytes >= _WINDOW_BYTES

    @property
    def is_half_empty(self) -> bool:
        """Whether it is time to add more: many at once cost fewer switches of threads or tasks."""
        return len(self._pending) <= self._size // 2 and self._bytes <= _WINDOW_BYTES // 2

    def add(self, article: Article) -> None:
        """Adds the next article."""
        self._last_tag += 1
        request = wirecopy_pb2.ArticleRequest(
            collection=self._collection,
            article=article.to_proto(),
            tag=self._last_tag,
            include_quotations=self._include_quotations,
            placement_only=self._placement_only,
        )
        encoded = wirecopy_pb2.ArticleBatch(requests=[request]).SerializeToString()
        self._pending.append(_Pending(article, self._last_tag, encoded))
        self._bytes += len(encoded)

    def unsent(self) -> Iterator[bytes]:
        """Yields messages with the requests that are not yet sent over the current stream."""
        while self._sent < len(self._pending):
            self._last_message += 1
            batch: list[bytes] = []
            room = _BATCH_BYTES
            while self._sent < len(self._pending) and len(batch) < self._batch_articles:
                one = self._pending[self._sent]
                room -= len(one.request)
                if batch and room < 0:
                    break
                one.message = self._last_message
                batch.append(one.request)
                self._sent += 1
            yield b"".join(batch)

    def rewind(self) -> None:
        """Begins with a new stream: all that is not acknowledged is to be sent."""
        self._sent = 0

    def acknowledge(self, reply: wirecopy_pb2.ArticleResponse) -> Verdict | WirecopyError:
        """Returns the outcome for the oldest article, which is then done.

        Raises:
            WirecopyError: the server could not take it, and has not stored it.
            InternalError: the reply is not to that article.
        """
        oldest = self._pending[0] if self._pending else None
        result = reply.WhichOneof("result")
        if oldest is None or reply.tag != oldest.tag or result is None:
            tag = 0 if oldest is None else oldest.tag
            raise errors.InternalError(f"the reply {reply.tag} is not to the request {tag}")
        outcome: Verdict | WirecopyError
        if result == "verdict":
            outcome = messages.read(reply.verdict)
        else:
            outcome = errors.from_reply(reply.error, oldest.article)
            if not isinstance(outcome, errors.InvalidArgumentError):  # not the article's fault
                raise outcome
        self._remove_oldest()
        return outcome

    def splits(self, error: WirecopyError) -> bool:
        """Whether the server ended the stream because of a message with several articles.

        That is the one with the oldest: the server answers what it received before. From now on,
        each article has a message of its own.
        """
        if error.reason != "MESSAGE_TOO_LARGE" or len(self._pending) < 2:
            return False
        if self._pending[0].message != self._pending[1].message:
            return False
        self._batch_articles = 1
        return True

    def reject(self, error: WirecopyError) -> WirecopyError | None:
        """Returns the outcome for the article that made the server end the stream, if one did.

        That is the oldest, unless its message `splits`. It is done then.
        """
        if error.reason != "MESSAGE_TOO_LARGE" or not self._pending:
            return None
        error.article = self._pending[0].article
        self._remove_oldest()
        return error

    def _remove_oldest(self) -> None:
        oldest = self._pending.popleft()
        self._sent -= 1
        self._bytes -= len(oldest.request)
