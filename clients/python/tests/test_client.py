"""Every rpc, of both clients, with the real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from typing import Any

import grpc
import pytest

import fake
from both import make_client
from conftest import Server
from stories import EPOCH, article, words
from wirecopy import (
    Article,
    ChangeKind,
    Client,
    ClosedError,
    DateSource,
    DeadlineExceededError,
    InvalidArgumentError,
    Judgement,
    KeepRule,
    NotFoundError,
    OutOfRangeError,
    Relation,
    ResourceExhaustedError,
    Retry,
    Role,
    State,
    Text,
    UnavailableError,
    WirecopyError,
)
from wirecopy._proto import details_pb2, wirecopy_pb2


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, shared_server: Server, collection: str) -> Iterator[Any]:
    with make_client(request.param, shared_server.address, collection=collection) as client:
        yield client


def test_ingest_and_what_is_known_then(client: Any) -> None:
    lead, copy = article(1), article(1, paper=120)
    first = client.ingest(lead)
    assert (first.id, first.state) == (lead.url, State.NEW)
    assert first.placement.relation is Relation.LEAD
    assert first.publication.source is DateSource.SUBMITTED
    assert datetime.now(timezone.utc) - first.first_seen < timedelta(minutes=1)

    second = client.ingest(copy)
    assert (second.placement.cluster, second.placement.size) == (lead.url, 2)
    assert second.placement.figures.containment == 1.0
    assert second.judgement.role is Role.REPRINT
    assert second.judgement.lag_ms == 7_200_000
    assert second.judgement.original == lead.url
    (match,) = second.matches
    assert (match.id, match.relation, match.title) == (lead.url, Relation.COPY, lead.title)
    assert match.time == lead.published
    assert client.ingest(copy).state is State.UNCHANGED

    stored = client.get_article(copy.url, include_text=True)
    assert stored.article.text == copy.text
    assert (stored.revision, stored.placement.cluster) == (1, lead.url)
    assert client.get_article(copy.url).article.text is None

    page = client.get_cluster(copy.url, page_size=1)
    assert (page.cluster, page.size, len(page.members)) == (lead.url, 2, 1)
    rest = client.get_cluster(copy.url, page_size=1, page_token=page.next_page_token)
    assert [member.id for member in rest.members] == [copy.url]
    assert [member.id for member in client.cluster(copy.url)] == [lead.url, copy.url]
    assert [(cluster.lead.id, cluster.size) for cluster in client.clusters()] == [(lead.url, 2)]
    stats = client.stats()
    assert (stats.articles, stats.clusters) == (2, 1)
    assert stats.cursor


def test_a_verdict_may_be_the_placement_alone(client: Any) -> None:
    client.ingest(article(1))
    copy = replace(article(1, paper=120), fetched=EPOCH)
    whole = client.check(copy)
    assert len(whole.matches) == 1
    new = replace(whole, matches=(), shingles=0, judgement=Judgement())
    assert client.check(copy, include_quotations=True, placement_only=True) == new
    assert client.ingest(copy, placement_only=True) == new
    unchanged = replace(new, state=State.UNCHANGED)
    assert client.ingest(copy, placement_only=True) == unchanged
    assert list(client.ingest_many([copy], placement_only=True)) == [unchanged]
    assert list(client.check_many([copy], placement_only=True)) == [unchanged]
    assert len(client.ingest(copy).matches) == 1


def test_a_capture_has_a_time(client: Any) -> None:
    now = replace(article(1), fetched=EPOCH + timedelta(days=30))
    before = replace(article(1), text=words(2), fetched=EPOCH + timedelta(days=29))
    assert client.ingest(now).first_seen == now.fetched
    older = client.ingest(before)
    assert (older.state, older.first_seen) == (State.OLDER, before.fetched)
    stored = client.get_article(now.url, include_text=True).article
    assert (stored.text, stored.fetched) == (now.text, now.fetched)


def test_check_stores_nothing(client: Any) -> None:
    client.ingest(article(1))
    quoting = Article(id="quote", text=words(9) + " " + " ".join(words(1).split()[:12]))
    assert client.check(quoting).matches == ()
    (match,) = client.check(quoting, include_quotations=True).matches
    assert match.relation is Relation.OVERLAP
    outcomes = list(client.check_many([quoting, Article()], include_quotations=True))
    assert [len(outcomes[0].matches), type(outcomes[1])] == [1, InvalidArgumentError]
    assert client.stats().articles == 1


def test_compare_takes_ids_and_texts(client: Any) -> None:
    client.ingest(article(1))
    comparison = client.compare(article(1).url, Text(html=f"<p>{words(1)}</p>"))
    assert comparison.copy
    assert comparison.passages[0].a.start == 0
    with pytest.raises(NotFoundError):
        client.compare("nothing", Text(text="a"))


def test_seen_has_one_result_for_each_id(client: Any) -> None:
    client.ingest(article(1))
    client.ingest(article(1, paper=1))
    submitted = article(1, paper=1).url.upper().replace("STORY", "story") + "?utm_source=x"
    many = [f"https://nobody.example/{number}" for number in range(1500)]
    seen = client.seen([*many, submitted])
    assert len(seen) == 1501
    assert not any(one.known for one in seen[:1500])
    assert (seen[-1].id, seen[-1].cluster) == (article(1, paper=1).url, article(1).url)
    assert (seen[-1].known, seen[-1].revision) == (True, 1)
    with pytest.raises(TypeError):
        client.seen("https://nobody.example/")


def test_remove_counts_what_it_does_not_know(client: Any) -> None:
    client.ingest(article(1))
    removal = client.remove([article(1).url, *map(str, range(1500))])
    assert (removal.removed, removal.unknown) == (1, 1500)
    assert client.stats().articles == 0


def test_pages_are_read_as_needed(client: Any) -> None:
    for outcome in client.ingest_many(article(1, paper) for paper in range(150)):
        assert not isinstance(outcome, WirecopyError)
    for outcome in client.ingest_many(
        article(story, paper) for story in range(2, 107) for paper in (0, 1)
    ):
        assert not isinstance(outcome, WirecopyError)
    members = [member.id for member in client.cluster(article(1).url)]
    assert members == [article(1, paper).url for paper in range(150)]
    leads = [cluster.lead.id for cluster in client.clusters()]
    assert leads == [article(story).url for story in range(1, 107)]


def test_reports_on_a_host(client: Any) -> None:
    for story in range(1, 4):
        client.ingest(article(story))
        client.ingest(article(story, paper=1))
    report = client.publisher_report("paper1.example")
    assert (report.articles, report.copies) == (3, 3)
    assert (report.copies_from[0].host, report.copies_from[0].median_lag_ms) == (
        "paper0.example",
        60_000,
    )
    since = client.publisher_report("paper1.example", since=EPOCH + timedelta(hours=3))
    assert since.articles == 1
    with pytest.raises(ValueError, match="time zone"):
        client.publisher_report("paper1.example", since=datetime(2026, 1, 1))


def test_furniture_is_listed(client: Any) -> None:
    line = "Paper Nine brings you the morning news from the harbour and the hills since 1911."
    for story in range(8):
        client.ingest(
            Article(url=f"https://paper9.example/{story}", text=f"{words(story)}\n\n{line}")
        )
    (furniture,) = client.list_furniture("paper9.example")
    assert furniture.masked
    assert furniture.words.startswith("Paper Nine brings")
    assert client.list_furniture("nobody.example") == ()


def test_an_export_has_every_article_and_says_what_to_keep(client: Any) -> None:
    for story, paper in [(1, 0), (1, 60), (2, 0)]:
        client.ingest(article(story, paper))
    urls = [article(1).url, article(1, 60).url, article(2).url]
    exported = list(client.export(keep=KeepRule.EARLIEST))
    assert [one.id for one in exported] == urls
    assert [one.placement.cluster for one in exported] == [urls[0], urls[0], urls[2]]
    assert [one.keep for one in exported] == [True, False, True]
    assert exported[1].time == article(1, 60).published
    assert exported[1].judgement.lag_ms == 3_600_000
    rule = {"keep": KeepRule.HOSTS, "keep_hosts": ["paper60.example"]}
    exported = list(client.export(omit_roles=True, **rule))
    assert [one.keep for one in exported] == [False, True, True]
    assert [one.judgement for one in exported] == [None] * 3
    assert [one.keep for one in client.export(omit_roles=True)] == [None] * 3
    with pytest.raises(InvalidArgumentError):
        next(client.export(keep=KeepRule.HOSTS))


def test_watch_goes_on_from_a_cursor(client: Any) -> None:
    before = client.stats().cursor
    client.ingest(article(1, paper=1))
    client.ingest(article(1))
    changes = list(islice(client.watch(before), 3))
    late, early = article(1, paper=1).url, article(1).url
    assert [(change.kind, change.id) for change in changes] == [
        (ChangeKind.ADDED, late),
        (ChangeKind.ADDED, early),
        (ChangeKind.MOVED, late),
    ]
    assert (changes[2].previous_cluster, changes[2].cluster) == (late, early)
    (again,) = islice(client.watch(changes[1].cursor), 1)
    assert again == changes[2]
    with pytest.raises(InvalidArgumentError):
        next(client.watch(b"no cursor"))
    with pytest.raises(OutOfRangeError):
        next(client.watch(before[:-8] + b"\x7f" + before[-7:]))


def test_collections_are_listed_kept_and_dropped(client: Any, collection: str) -> None:
    client.ingest(article(1))
    client.set_retention(timedelta(days=30_000))
    (info,) = [info for info in client.collections() if info.name == collection]
    assert (info.articles, info.retention) == (1, timedelta(days=30_000))
    assert info.oldest == info.newest is not None
    client.set_retention(None)
    page = client.list_collections(page_size=1)
    assert len(page.collections) == 1
    assert client.drop_collection(collection) == 1
    assert client.drop_collection(collection) == 0


def test_compact_and_snapshot_return_when_they_are_done(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = make_server("--set", f"serve.snapshots={tmp_path / 'snapshots'}").start()
    for kind in ("sync", "async"):
        with make_client(kind, server.address) as client:
            client.ingest(article(1))
            client.compact()
            snapshot = client.snapshot(kind)
            assert snapshot.files > 0
            assert snapshot.bytes > 0
            assert (tmp_path / "snapshots" / kind).is_dir()
            with pytest.raises(InvalidArgumentError):
                client.snapshot(kind)


def test_options_are_of_a_client_and_not_of_its_connection(shared_server: Server) -> None:
    with Client(shared_server.address, collection="one") as one:
        other = one.with_options(collection="other", retry=Retry(attempts=2))
        other.ingest(article(1))
        assert (other.stats().articles, one.stats().articles) == (1, 0)
        other.drop_collection("other")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_closed_client_says_so(kind: str, shared_server: Server) -> None:
    with make_client(kind, shared_server.address) as client:
        client.stats()
        client.close()
        with pytest.raises(ClosedError):
            client.stats()
        with pytest.raises(ClosedError):
            list(client.export())
        with pytest.raises(ClosedError):
            list(client.ingest_many([article(1)]))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_call_is_repeated_when_the_server_says_so(kind: str) -> None:
    replies = iter([0.05, 0.05, None])
    busy = grpc.StatusCode.RESOURCE_EXHAUSTED

    def stats(request: Any, context: grpc.ServicerContext) -> wirecopy_pb2.StatsResponse:
        if (seconds := next(replies)) is not None:
            fake.abort(context, busy, "busy", fake.retry_info(seconds))
        return wirecopy_pb2.StatsResponse(articles=7)

    def remove(request: Any, context: grpc.ServicerContext) -> None:
        fake.abort(context, busy, "too large", details_pb2.ErrorInfo(reason="MESSAGE_TOO_LARGE"))

    with (
        fake.fake_server(
            Stats=(wirecopy_pb2.StatsRequest.FromString, stats),
            Remove=(wirecopy_pb2.RemoveRequest.FromString, remove),
        ) as address,
        make_client(kind, address) as client,
    ):
        assert client.stats().articles == 7
        assert next(replies, "none is left") == "none is left"
        with pytest.raises(ResourceExhaustedError) as raised:
            client.remove(["a"])
        assert raised.value.reason == "MESSAGE_TOO_LARGE"
        assert raised.value.retry_after is None


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_call_has_a_deadline_and_few_attempts(kind: str) -> None:
    def stats(request: Any, context: grpc.ServicerContext) -> wirecopy_pb2.StatsResponse:
        time.sleep(1)
        return wirecopy_pb2.StatsResponse()

    with (
        fake.fake_server(Stats=(wirecopy_pb2.StatsRequest.FromString, stats)) as address,
        make_client(kind, address, timeout=0.2) as client,
        pytest.raises(DeadlineExceededError),
    ):
        client.stats()
    retry = Retry(attempts=3, first_delay=0.01)
    with (
        make_client(kind, "127.0.0.1:1", retry=retry) as client,
        pytest.raises(UnavailableError) as raised,
    ):
        client.stats()
    assert raised.value.status == "UNAVAILABLE"
