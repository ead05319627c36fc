"""The engine of Wirecopy in a Python process: articles in and clusters out as Arrow tables.

A table is an object with `__arrow_c_stream__` or `__arrow_c_array__`: a table of pyarrow, a frame
of polars or pandas, a relation of duckdb. Its columns are those that `wirecopy cluster` reads: `id`
or `url`, `text` or `html`, and, if there are any, `title`, `published`, `fetched`, `publisher`,
`byline` (or `author`) and `lang`; all others are ignored. `fields` names columns that are called
otherwise: `{"text": "body"}`. Ids are text or whole numbers, pages (`html`) text or bytes in any
character set, times are of any type; one without a zone is read as UTC.

Calls release the interpreter's lock, and Ctrl-C ends them between two portions of rows.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Protocol, TypeAlias, final

from typing_extensions import Self

__version__: str

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> Any: ...

_Table: TypeAlias = _ArrowStream | _ArrowArray
_Texts: TypeAlias = _Table | Sequence[str | None]
_Thresholds: TypeAlias = Mapping[
    Literal["copy_larger", "copy_smaller", "copy_resemblance", "report"], float
]

@final
class Table:
    """A table of results, for whatever reads Arrow.

    `pyarrow.table(result)`, `polars.DataFrame(result)`, and duckdb takes it as it is.
    """

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""

    @property
    def skipped(self) -> list[tuple[int, str]]:
        """The rows of the input that were left out, from 0, and why."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...

@final
class Comparison:
    """What two texts share, exactly. Shares are 0 to 1."""

    @property
    def relation(self) -> str | None:
        """How the first relates to the second, if the second came first.

        One of copy, template, version, excerpt, embedded, carries, embeds, overlap; None if they
        share too little to be reported.
        """

    @property
    def copy(self) -> bool:
        """Whether they are copies of each other, by the definition of a cluster."""

    @property
    def resemblance(self) -> float:
        """The Jaccard index of their shingles, by weight."""

    @property
    def containment(self) -> float:
        """The share of the first that is in the second."""

    @property
    def containment_of_other(self) -> float:
        """The share of the second that is in the first."""

@final
class Engine:
    """An engine over the store in a directory, which is made if there is none.

    One process at a time can open a store. Threads may share an engine. Do not fork a process that
    has one. Close it, or use it in a `with` block: what was not closed is replayed at the next
    start.
    """

    def __new__(
        cls,
        path: str | PathLike[str],
        *,
        threads: int = 0,
        memory_mib: int = 2048,
        fsync: bool = True,
        thresholds: _Thresholds | None = None,
    ) -> Self:
        """Opens a store.

        Args:
            path: Its directory.
            threads: Threads that read and sketch articles; 0: two for each core.
            memory_mib: The memory budget in MiB, at least 128.
            fsync: Articles are safe from a power failure when a call returns, not only from a crash
                of the process.
            thresholds: When two texts are copies, and when they are reported: see `[thresholds]` in
                config/wirecopy.toml. A store keeps those that it was made with.

        Raises:
            LockedError: another process, or this one, has it open.
            StoreError: it cannot be read, or was made with other thresholds.
        """

    def ingest(
        self,
        table: _Table,
        *,
        collection: str = "default",
        fields: Mapping[str, str] | None = None,
        skip_invalid: bool = False,
    ) -> Table:
        """Stores articles, and returns the verdict on each as of its turn. They are durable then.

        The columns are `state` (new, unchanged, updated or older) and those of `cluster`.

        Args:
            table: The articles.
            collection: What they are compared in.
            fields: The names of columns, where they are not those of the fields.
            skip_invalid: Invalid rows are left out and listed in `Table.skipped`, instead of
                raised.

        Raises:
            InvalidError: a column is missing or has another type, a row is invalid, or no row
                has a text.
        """

    def check(
        self,
        table: _Table,
        *,
        collection: str = "default",
        fields: Mapping[str, str] | None = None,
        skip_invalid: bool = False,
    ) -> Table:
        """Returns the verdicts that an ingest of each article alone would return.

        Stores nothing.
        """

    def export(
        self, *, collection: str = "default", keep: str | None = None, roles: bool = True
    ) -> Table:
        """Returns where each stored article is by now, with the columns of `cluster`.

        Args:
            collection: The collection.
            keep: See `cluster`.
            roles: Whether to judge them, which takes most of the time.
        """

    def remove(self, ids: Sequence[str], *, collection: str = "default") -> tuple[int, int]:
        """Removes articles; returns how many were, and how many ids are unknown."""

    def stats(self, *, collection: str = "default") -> tuple[int, int]:
        """Returns the numbers of articles and of clusters, single articles among them."""

    def close(self) -> None:
        """Finishes what was submitted, and closes the store."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_error: object) -> None: ...

def cluster(
    table: _Table,
    *,
    fields: Mapping[str, str] | None = None,
    keep: str | None = None,
    thresholds: _Thresholds | None = None,
    threads: int = 0,
    memory_mib: int = 2048,
    skip_invalid: bool = False,
    directory: str | PathLike[str] | None = None,
) -> Table:
    """Clusters the articles of a table, as `wirecopy cluster` does.

    Returns a row for each id, in the order in which they occur first.

    The columns: `id`, `url` (as in the table), `cluster` (the id of the cluster's lead), `size` (of
    the cluster), `role`, `confidence`, `original`, `source`, `lag_ms`, `relation` (to the lead),
    `resemblance`, `containment` (the share of the article that is in the lead),
    `containment_of_lead`, `time`, and with a rule `keep`.

    Args:
        table: The articles.
        fields: The names of columns, where they are not those of the fields.
        keep: Which article of each cluster has True in the column `keep`: "earliest", "longest", or
            "hosts=HOST,HOST,...", the earliest on the first of the hosts that has one.
        thresholds: As of `Engine`.
        threads: As of `Engine`.
        memory_mib: As of `Engine`.
        skip_invalid: As of `Engine.ingest`.
        directory: Where the temporary store is made; the system's directory by default.

    Raises:
        InvalidError: as of `Engine.ingest`.
    """

def read(table: _Texts, *, fields: Mapping[str, str] | None = None) -> Table:
    """Reads articles as an ingest does: a row for each, in their order.

    The columns: `title`, `text`, `publisher`, `byline`, `lang`, `published`, `date_source`,
    `modified`, `canonical_url`, `blocked` (a wall instead of an article), `not_counted` (spans of
    the text that do not count when it is compared) and `notices` (those that name a source). Spans
    are in bytes of UTF-8. What a host repeats on its pages is known to an `Engine` alone.
    """

def sketch(texts: _Texts, *, fields: Mapping[str, str] | None = None) -> Table:
    """Sketches texts as an ingest does: a row for each, in their order.

    The columns: `signature` (128 values of 32 bits; two texts agree in as many of them as they
    resemble each other), `bands` (32 keys; texts with one in common are compared) and `anchors`
    (keys of passages; the lowest 12 bits tell what surrounds the passage). A text without words has
    no keys.

    Args:
        texts: Texts, or a table of articles. With titles, those count, as in an ingest.
        fields: The names of columns, where they are not those of the fields.
    """

def verify(a: str, b: str, *, title_a: str = "", title_b: str = "") -> Comparison:
    """Compares two texts exactly, as articles of two publishers."""

class EngineError(Exception):
    """A call failed. The subclasses say why."""

class InvalidError(EngineError):
    """An article or an argument is invalid; the message names the row and the field."""

class LockedError(EngineError):
    """The store is open already; the message names the process."""

class ClosedError(EngineError):
    """The engine was closed."""

class StoreError(EngineError):
    """The store cannot be opened, read or written."""
