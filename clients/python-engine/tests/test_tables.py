"""Tables go in and come out as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from stories import EPOCH, row, rows, words

import wirecopy_engine
from wirecopy_engine import InvalidError, Table, cluster

ARTICLES = rows(stories=8, papers=3)

COLUMNS = [
    ("id", pa.string()),
    ("url", pa.string()),
    ("cluster", pa.string()),
    ("size", pa.int64()),
    ("role", pa.string()),
    ("confidence", pa.float64()),
    ("original", pa.string()),
    ("source", pa.string()),
    ("lag_ms", pa.int64()),
    ("relation", pa.string()),
    ("resemblance", pa.float64()),
    ("containment", pa.float64()),
    ("containment_of_lead", pa.float64()),
    ("time", pa.timestamp("ms", "UTC")),
    ("keep", pa.bool_()),
]


def as_reader(table: pa.Table) -> Any:
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=5))


def as_relation(table: pa.Table) -> Any:
    return duckdb.from_arrow(table).filter("id is not null")


def with_views(table: pa.Table) -> Any:
    return table.cast(
        pa.schema([pa.field(one.name, view(one.type)) for one in table.schema]), safe=True
    )


def view(kind: Any) -> Any:
    return pa.string_view() if kind == pa.string() else kind


@pytest.mark.parametrize(
    "convert",
    [
        lambda table: table,
        lambda table: table.combine_chunks().to_batches()[0],
        as_reader,
        as_relation,
        with_views,
        lambda table: pl.DataFrame(table),
        lambda table: pl.DataFrame(table).with_columns(pl.col("title").cast(pl.Categorical)),
    ],
    ids=["pyarrow", "batch", "reader", "duckdb", "views", "polars", "categorical"],
)
def test_a_table_goes_in_as_it_is(convert: Callable[[pa.Table], Any]) -> None:
    clusters = pa.table(cluster(convert(pa.Table.from_pylist(ARTICLES)), keep="earliest"))
    assert clusters.schema == pa.schema(COLUMNS)
    assert clusters["id"].to_pylist() == [one["id"] for one in ARTICLES]
    for one, given in zip(clusters.to_pylist(), ARTICLES, strict=True):
        paper, story = given["id"].split("-")
        assert one["cluster"] == f"0-{story}"
        assert one["size"] == 3
        assert one["relation"] == ("lead" if paper == "0" else "copy")
        assert one["keep"] == (paper == "0")
        assert one["time"] == given["published"]
        assert one["containment_of_lead"] > 0.95
        shared = 120 / (120 + 10 * int(paper))
        assert one["containment"] == pytest.approx(shared, abs=0.05)


def test_a_result_goes_out_as_it_is() -> None:
    result = cluster(pl.DataFrame(ARTICLES))
    assert len(result) == len(ARTICLES)
    assert result.column_names == [name for name, _ in COLUMNS[:-1]]
    assert result.skipped == []
    assert "24 rows" in repr(result)
    frame = pl.DataFrame(result)
    assert frame["cluster"].n_unique() == 8
    assert frame.equals(pl.DataFrame(pa.table(result)))
    counted = duckdb.from_arrow(pa.table(result)).aggregate("count(distinct cluster), max(size)")
    assert counted.fetchall() == [(8, 3)]
    as_it_is: Any = duckdb.sql("select count(distinct cluster), max(size) from result")
    assert as_it_is.fetchall() == [(8, 3)]
    assert pa.RecordBatchReader.from_stream(result).read_all().equals(pa.table(result))


def test_an_empty_table_has_all_columns() -> None:
    empty = pa.Table.from_pylist(ARTICLES[:1]).slice(0, 0)
    clusters = pa.table(cluster(empty))
    assert clusters.schema == pa.schema(COLUMNS[:-1])
    assert clusters.num_rows == 0


def test_columns_may_have_other_names_and_types() -> None:
    times: list[Any] = [
        pa.array([EPOCH.replace(tzinfo=None)] * 2),
        pa.array(
            [EPOCH.astimezone(timezone(timedelta(hours=5)))] * 2, pa.timestamp("ns", "+05:00")
        ),
        pa.array([date(2026, 3, 1)] * 2),
        pa.array(["1 March 2026"] * 2),
        pa.array([int(EPOCH.timestamp())] * 2),
    ]
    for time in times:
        table = pa.table(
            {
                "key": [7, 8],
                "body": [words(1).encode(), f"<p>{words(1)}</p>".encode()],
                "published": time,
                "byline": [["Ann Lee", "Bo Ray"], None],
                "other": [{"x": 1}, None],
            }
        )
        fields = {"id": "key", "html": "body"}
        clusters = pa.table(cluster(table, fields=fields)).to_pylist()
        assert [one["id"] for one in clusters] == ["7", "8"]
        assert [one["cluster"] for one in clusters] == ["7", "7"]
        assert [one["time"] for one in clusters] == [EPOCH, EPOCH], time.type


@pytest.mark.parametrize(
    ("columns", "fields", "why"),
    [
        (
            {"key": ["a"], "text": ["b"]},
            None,
            "neither a column `id` nor `url`; the columns are `key`, `text`",
        ),
        (
            {"id": ["a"], "body": ["b"]},
            None,
            "neither a column `text` nor `html`; the columns are `id`, `body`",
        ),
        (
            {"id": ["a"], "text": ["b"]},
            {"title": "head"},
            "no column `head`; the columns are `id`, `text`",
        ),
        (
            {"id": ["a"], "text": ["b"]},
            {"body": "text"},
            "fields: `body` is no field of an article; those are id, ",
        ),
        (
            {"id": [1.5], "text": ["b"]},
            None,
            "the column `id` has the type Float64; `id` is text or whole numbers",
        ),
        ({"id": ["a"], "text": [7]}, None, "the column `text` has the type Int64; `text` is text"),
        ({"id": ["a", "b"], "text": [None, " "]}, None, "none of the 2 rows has a text"),
        (
            {"id": ["a", None], "text": ["b", "c"]},
            None,
            "row 1: article.id: neither an id nor a url is given",
        ),
        ({"id": ["a", "b"], "text": ["b", "x" * (3 << 20)]}, None, "row 1: article.text: "),
    ],
)
def test_what_is_wrong_with_a_table_is_said(
    columns: dict[str, list[Any]], fields: dict[str, str] | None, why: str
) -> None:
    with pytest.raises(InvalidError) as raised:
        cluster(pa.table(columns), fields=fields)
    assert str(raised.value).startswith(why)


def test_invalid_rows_are_skipped_if_that_is_asked_for() -> None:
    table = pl.DataFrame({"id": ["a", None, "c"], "text": [words(1), words(2), words(1)]})
    result = cluster(table, skip_invalid=True)
    assert result.skipped == [(1, "article.id: neither an id nor a url is given")]
    assert pl.DataFrame(result)["cluster"].to_list() == ["a", "a"]


def test_an_id_that_occurs_again_is_a_new_version() -> None:
    table = pl.DataFrame({"id": ["a", "b", "a"], "text": [words(1), words(2), words(2)]})
    clusters = pl.DataFrame(cluster(table))
    assert clusters["id"].to_list() == ["a", "b"]
    assert clusters["size"].to_list() == [2, 2]


def test_an_article_without_text_is_unknown() -> None:
    clusters = pl.DataFrame(cluster(pl.DataFrame({"id": ["a", "b"], "text": [words(1), None]})))
    assert clusters["role"].to_list()[1] == "unknown"


def test_other_things_are_no_tables() -> None:
    for other in (7, "text", {"id": ["a"]}, [{"id": "a"}]):
        with pytest.raises(TypeError, match="expected a table with __arrow_c_stream__"):
            cluster(other)  # type: ignore[arg-type]
    with pytest.raises(InvalidError, match="neither a column `id` nor `url`"):
        cluster(["a text"])  # type: ignore[arg-type]


def test_an_error_of_the_input_is_passed_on() -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist(ARTICLES[:2])
        raise ZeroDivisionError("of the input")

    schema = pa.RecordBatch.from_pylist(ARTICLES[:2]).schema
    with pytest.raises(Exception, match="of the input"):
        cluster(pa.RecordBatchReader.from_batches(schema, batches()))


def test_rules_and_thresholds() -> None:
    def kept(rule: str) -> list[str]:
        clusters = pl.DataFrame(cluster(pl.DataFrame(rows(1, 3)), keep=rule))
        return clusters.filter(pl.col("keep"))["id"].to_list()

    assert kept("earliest") == ["0-0"]
    assert kept("longest") == ["2-0"]
    assert kept("hosts=paper1.example") == ["1-0"]
    with pytest.raises(InvalidError, match="keep: one of: earliest, longest, hosts="):
        kept("first")

    half = pl.DataFrame({"id": ["a", "b"], "text": [words(1), words(1, 60) + " " + words(2, 40)]})
    assert pl.DataFrame(cluster(half))["size"].to_list() == [1, 1]
    lower: Any = {"copy_larger": 0.5, "copy_smaller": 0.4}
    assert pl.DataFrame(cluster(half, thresholds=lower))["size"].to_list() == [2, 2]
    for bad, why in [({"copy": 0.5}, "`copy` is none of"), ({"report": 2.0}, "report = 2")]:
        with pytest.raises(InvalidError, match=why):
            cluster(half, thresholds=bad)  # type: ignore[arg-type]


def test_results_have_one_type() -> None:
    assert isinstance(wirecopy_engine.read([words(1)]), Table)
    assert isinstance(cluster(pl.DataFrame([row(1)])), Table)
    assert datetime.now(timezone.utc) > EPOCH
