from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest

import wirecopy
from wirecopy import Article, DateSource, Publication, RawPage, Relation, Traffic, messages
from wirecopy._proto import admin_pb2, wirecopy_pb2

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=2)))


def test_every_field_of_a_reply_is_in_its_dataclass() -> None:
    of_requests = {"ArticleRequest", "ArticleResponse", "Side", "TextSide", "Error"}
    # Read by `calls` and the clients, which return what is in them.
    unwrapped = {"SeenResponse", "ListFurnitureResponse", "DropCollectionResponse"}
    unwrapped |= {"ArticleBatch", "ArticleReplies"}
    empty = {"SetRetentionResponse", "CompactResponse"}
    dataclasses_of = {
        name: kind
        for name, kind in vars(messages).items()
        if dataclasses.is_dataclass(kind) and isinstance(kind, type)
    }
    names = {
        "CompareResponse": "Comparison",
        "GetArticleResponse": "StoredArticle",
        "GetClusterResponse": "Cluster",
        "ListClustersResponse": "ClusterPage",
        "ExportResponse": "ExportPage",
        "RemoveResponse": "Removal",
        "WatchResponse": "Change",
        "PublisherReportResponse": "PublisherReport",
        "StatsResponse": "Stats",
        "CollectionInfo": "Collection",
        "ListCollectionsResponse": "CollectionPage",
        "SnapshotResponse": "Snapshot",
    }
    checked = 0
    for file in (wirecopy_pb2, admin_pb2):
        for name, message in file.DESCRIPTOR.message_types_by_name.items():
            if name.endswith("Request") or name in of_requests | unwrapped | empty:
                continue
            kind = dataclasses_of[names.get(name, name)]
            fields = {field.name for field in dataclasses.fields(kind)}
            assert fields == {field.name for field in message.fields}, name
            assert kind.__name__ in wirecopy.__all__
            checked += 1
    assert checked > 20


def test_an_article_survives_the_way_there_and_back() -> None:
    article = Article(
        id="a",
        url="https://a.example/1",
        publisher="A",
        published=NOON,
        title="T",
        page=RawPage(content=b"\xff<p>", content_type="text/html"),
        lang="pt",
        byline="Ann Lee",
        fetched=NOON,
    )
    assert messages.read(article.to_proto()) == article
    assert messages.read(Article(text="").to_proto()).text == ""
    assert messages.read(Article().to_proto()) == Article()


def test_times_come_back_in_utc() -> None:
    read = messages.read(
        wirecopy_pb2.Publication(time=NOON, source=wirecopy_pb2.DATE_SOURCE_JSON_LD)
    )
    assert read == Publication(time=NOON, source=DateSource.JSON_LD)
    assert read.time.tzinfo is timezone.utc


def test_what_protobuf_would_change_silently_is_refused() -> None:
    with pytest.raises(ValueError, match="published has no time zone"):
        Article(published=datetime(2026, 3, 1))
    with pytest.raises(ValueError, match="one of text, html and page"):
        Article(text="a", html="b")


def test_a_field_of_another_type_is_named() -> None:
    with pytest.raises(TypeError, match="id of an article must be a str, not int: 5"):
        Article(id=5, text="a").to_proto()  # type: ignore[arg-type]


def test_half_a_character_does_not_stop_a_stream() -> None:
    article = Article(title="half \ud83d of one", text="and a whole \ud83d\ude00")
    assert article.to_proto().title == "half \ufffd of one"
    assert article.to_proto().text == "and a whole \U0001f600"


def test_an_enum_value_of_a_newer_server_is_unspecified() -> None:
    match = wirecopy_pb2.Match(figures=wirecopy_pb2.Figures(), time=NOON)
    match.relation = 99  # type: ignore[assignment]
    assert messages.read(match).relation is Relation.UNSPECIFIED
    match.relation = wirecopy_pb2.RELATION_CARRIES
    assert messages.read(match).relation is Relation.CARRIES


def test_maps_and_durations_are_read() -> None:
    traffic = messages.read(wirecopy_pb2.Traffic(host="a", notices={"credit": 2}))
    assert traffic == Traffic(host="a", notices={"credit": 2})
    info = admin_pb2.CollectionInfo(retention=timedelta(days=2, milliseconds=5))
    assert messages.read(info).retention == timedelta(days=2, milliseconds=5)
