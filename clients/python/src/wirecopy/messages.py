"""What is sent and received, as frozen dataclasses, and how they become protobuf messages.

The fields have the names, units and defaults of the proto files, which are the manual. Times are
`datetime` with a time zone (UTC in replies), durations are `timedelta`, and absent is None. An enum
value that this version does not know, because the server is newer, is UNSPECIFIED.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from operator import attrgetter
from typing import Any, TypeVar, cast

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from wirecopy._proto import admin_pb2, wirecopy_pb2

T = TypeVar("T")


class State(str, Enum):
    """What an ingest did, or would do."""

    UNSPECIFIED = "unspecified"
    NEW = "new"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    OLDER = "older"


class DateSource(str, Enum):
    """Where a date of publication is stated."""

    UNSPECIFIED = "unspecified"
    SUBMITTED = "submitted"
    JSON_LD = "json-ld"
    META = "meta"
    ELEMENT = "element"
    TEXT = "text"
    URL = "url"


class Relation(str, Enum):
    """How an article's text relates to another's."""

    UNSPECIFIED = "unspecified"
    LEAD = "lead"
    COPY = "copy"
    EXCERPT = "excerpt"
    EMBEDDED = "embedded"
    EMBEDS = "embeds"
    OVERLAP = "overlap"
    VERSION = "version"
    TEMPLATE = "template"
    CARRIES = "carries"


class Role(str, Enum):
    """The part an article plays in how its story spread."""

    UNSPECIFIED = "unspecified"
    UNKNOWN = "unknown"
    ORIGINAL = "original"
    WIRE = "wire"
    REPRINT = "reprint"
    EXCERPT = "excerpt"
    VERSION = "version"
    ROUND_UP = "round-up"
    BLOCKED_PAGE = "blocked-page"


class ChangeKind(str, Enum):
    """What happened to an article."""

    UNSPECIFIED = "unspecified"
    ADDED = "added"
    UPDATED = "updated"
    MOVED = "moved"
    REMOVED = "removed"
    DROPPED = "dropped"


class KeepRule(str, Enum):
    """Which article of each cluster to keep where one is enough."""

    UNSPECIFIED = "unspecified"
    EARLIEST = "earliest"
    LONGEST = "longest"
    HOSTS = "hosts"


_ENUMS: dict[str, type[Enum]] = {
    f"wirecopy.v1.{kind.__name__}": kind for kind in (State, DateSource, Relation, Role, ChangeKind)
}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_READERS: dict[str, Callable[[Any], Any]] = {
    "google.protobuf.Timestamp": lambda time: (
        _EPOCH + timedelta(seconds=time.seconds, microseconds=time.nanos // 1000)
    ),
    "google.protobuf.Duration": lambda duration: duration.ToTimedelta(),
}


def _reader(field: FieldDescriptor) -> Callable[[Any], Any]:
    """Returns what turns the value of a field into that of a dataclass."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return dict
    if field.message_type is not None:
        read = _READERS[field.message_type.full_name]
    elif field.enum_type is not None:
        read = _enum_reader(field.enum_type)
    else:
        read = _unchanged
    if field.is_repeated:
        return lambda values: tuple(map(read, values))
    return read


def _enum_reader(enum: EnumDescriptor) -> Callable[[int], Enum]:
    kind = _ENUMS[enum.full_name]
    prefix = enum.values[0].name.removesuffix("UNSPECIFIED")
    values = {value.number: kind[value.name.removeprefix(prefix)] for value in enum.values}
    return lambda number: values.get(number, values[0])


def _unchanged(value: Any) -> Any:
    return value


def _reads(message: type[Message]) -> Callable[[type[T]], type[T]]:
    """Marks the dataclass of a protobuf message. Those of its fields must be marked before."""
    # Hot: a stream has thousands of replies a second. So what needs no conversion is read at once.
    fields = cast("list[FieldDescriptor]", message.DESCRIPTOR.fields)
    optional = [(one.name, _reader(one)) for one in fields if one.has_presence]
    others = [(one.name, _reader(one)) for one in fields if not one.has_presence]
    plain = [name for name, reader in others if reader is _unchanged]
    plain = plain if len(plain) > 1 else []  # attrgetter returns a tuple for several names only
    read_plain = attrgetter(*plain) if plain else lambda _: ()
    converted = [(name, reader) for name, reader in others if name not in plain]

    def mark(kind: type[T]) -> type[T]:
        def read(value: Message) -> T:
            values = dict(zip(plain, read_plain(value), strict=True))
            for name, reader in converted:
                values[name] = reader(getattr(value, name))
            for name, reader in optional:
                if value.HasField(name):
                    values[name] = reader(getattr(value, name))
            return kind(**values)

        _READERS[message.DESCRIPTOR.full_name] = read
        return kind

    return mark


def read(message: Message) -> Any:
    """Returns the dataclass of a reply."""
    return _READERS[message.DESCRIPTOR.full_name](message)


@_reads(wirecopy_pb2.RawPage)
@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A page as received over HTTP."""

    content: bytes = b""
    content_type: str = ""


@_reads(wirecopy_pb2.Article)
@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article to submit: `id` or `url`, and at most one of `text`, `html` and `page`."""

    id: str = ""
    url: str = ""
    publisher: str = ""
    published: datetime | None = None
    title: str = ""
    text: str | None = None
    html: str | None = None
    page: RawPage | None = None
    lang: str = ""
    byline: str = ""
    fetched: datetime | None = None

    def __post_init__(self) -> None:
        """Checks what protobuf would change silently.

        Raises:
            ValueError: there are two bodies, or a time has no zone.
        """
        if sum(body is not None for body in (self.text, self.html, self.page)) > 1:
            raise ValueError("an article has one of text, html and page")
        require_zone("published", self.published)
        require_zone("fetched", self.fetched)

    def to_proto(self) -> wirecopy_pb2.Article:
        """Returns the protobuf message; what UTF-8 cannot carry becomes U+FFFD.

        Raises:
            TypeError: a field has a value of another type.
        """
        fields = {name: getattr(self, name) for name in Article.__slots__}
        if self.page is not None:
            fields["page"] = wirecopy_pb2.RawPage(
                content=self.page.content, content_type=self.page.content_type
            )
        try:
            return wirecopy_pb2.Article(**fields)
        except UnicodeEncodeError:
            return wirecopy_pb2.Article(**{name: _whole(part) for name, part in fields.items()})
        except TypeError as error:
            raise TypeError(_mistyped(fields) or str(error)) from error


def _mistyped(fields: dict[str, Any]) -> str | None:
    """Names the field of an article that should be a text and is not."""
    for name, value in fields.items():
        is_text = name not in ("published", "fetched", "page")
        if is_text and value is not None and not isinstance(value, str):
            return f"{name} of an article must be a str, not {type(value).__name__}: {value!r}"
    return None


def _whole(value: Any) -> Any:
    """Replaces the surrogates in a text that are not of a pair."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def require_zone(name: str, time: datetime | None) -> None:
    """Checks that a time has a zone.

    Raises:
        ValueError: it has none.
    """
    if time is not None and time.utcoffset() is None:
        raise ValueError(f"{name} has no time zone: {time.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text to compare, which is not stored; offsets in `html` refer to its main text."""

    title: str = ""
    text: str | None = None
    html: str | None = None

    def to_proto(self) -> wirecopy_pb2.TextSide:
        """Returns the protobuf message."""
        return wirecopy_pb2.TextSide(title=self.title, text=self.text, html=self.html)


@_reads(wirecopy_pb2.Publication)
@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """When an article was published, and how that is stated."""

    time: datetime
    source: DateSource = DateSource.UNSPECIFIED
    day: str = ""
    is_local: bool = False


@_reads(wirecopy_pb2.Span)
@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of bytes of a text, in UTF-8."""

    start: int = 0
    end: int = 0


@_reads(wirecopy_pb2.Evidence)
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason for a role, which a person can check."""

    kind: str = ""
    words: str = ""
    span: Span | None = None
    outlet: str = ""
    url: str = ""
    article: str = ""
    weight: float = 0.0
    signal: str = ""
    question: str = ""


@_reads(wirecopy_pb2.Judgement)
@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An article's role, and the reasons for it."""

    role: Role = Role.UNSPECIFIED
    confidence: float = 0.0
    original: str = ""
    source: str = ""
    carried: float = 0.0
    added: float = 0.0
    lag_ms: int | None = None
    evidence: tuple[Evidence, ...] = ()
    source_url: str = ""


@_reads(wirecopy_pb2.Figures)
@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Exact figures for two texts, from the point of view of the first."""

    resemblance: float = 0.0
    containment: float = 0.0
    containment_of_other: float = 0.0


@_reads(wirecopy_pb2.Match)
@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Another article that shares text with this one, verified on the texts themselves."""

    time: datetime
    figures: Figures
    id: str = ""
    url: str = ""
    publisher: str = ""
    title: str = ""
    cluster: str = ""
    relation: Relation = Relation.UNSPECIFIED
    site: str = ""


@_reads(wirecopy_pb2.Placement)
@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The cluster of an article; `cluster` is the id of its lead."""

    figures: Figures
    cluster: str = ""
    size: int = 0
    relation: Relation = Relation.UNSPECIFIED
    settling: bool = False


@_reads(wirecopy_pb2.Verdict)
@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of an ingest or a check.

    With `placement_only`, the judgement is that of an article of which nothing is said: its role is
    UNSPECIFIED.
    """

    placement: Placement
    first_seen: datetime
    judgement: Judgement = Judgement()
    id: str = ""
    state: State = State.UNSPECIFIED
    matches: tuple[Match, ...] = ()
    truncated: bool = False
    shingles: int = 0
    publication: Publication | None = None


@_reads(wirecopy_pb2.Passage)
@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage that both texts share."""

    a: Span
    b: Span
    words: str = ""


@_reads(wirecopy_pb2.CompareResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two texts, compared."""

    figures: Figures
    copy: bool = False
    passages: tuple[Passage, ...] = ()
    text_a: str = ""
    text_b: str = ""


@_reads(wirecopy_pb2.SeenArticle)
@dataclass(frozen=True, slots=True, kw_only=True)
class SeenArticle:
    """What is stored under an id or URL; if nothing is, `known` is False."""

    known: bool = False
    id: str = ""
    first_seen: datetime | None = None
    revision: int = 0
    cluster: str = ""


@_reads(wirecopy_pb2.GetArticleResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """A stored article, its cluster, and its matches."""

    article: Article
    first_seen: datetime
    placement: Placement
    judgement: Judgement
    revision: int = 0
    matches: tuple[Match, ...] = ()
    truncated: bool = False
    byline: str = ""
    canonical_url: str = ""
    modified: datetime | None = None
    not_counted: tuple[Span, ...] = ()
    publication: Publication | None = None


@_reads(wirecopy_pb2.Member)
@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a cluster; the figures compare it with the lead."""

    time: datetime
    figures: Figures
    id: str = ""
    url: str = ""
    publisher: str = ""
    title: str = ""
    relation: Relation = Relation.UNSPECIFIED
    settling: bool = False
    site: str = ""


@_reads(wirecopy_pb2.GetClusterResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster, with one page of its members."""

    cluster: str = ""
    size: int = 0
    members: tuple[Member, ...] = ()
    next_page_token: str = ""


@_reads(wirecopy_pb2.ClusterSummary)
@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSummary:
    """A cluster in a list: its lead, and how many members it has."""

    lead: Member
    size: int = 0


@_reads(wirecopy_pb2.ListClustersResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPage:
    """One page of the clusters of a collection."""

    clusters: tuple[ClusterSummary, ...] = ()
    next_page_token: str = ""


@_reads(wirecopy_pb2.ExportedArticle)
@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedArticle:
    """An article of an export; `keep` is None without a rule."""

    time: datetime
    placement: Placement
    id: str = ""
    url: str = ""
    judgement: Judgement | None = None
    keep: bool | None = None


@_reads(wirecopy_pb2.ExportResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """One page of an export."""

    articles: tuple[ExportedArticle, ...] = ()
    next_page_token: str = ""


@_reads(wirecopy_pb2.RemoveResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """How many articles were removed, and how many ids were unknown."""

    removed: int = 0
    unknown: int = 0


@_reads(wirecopy_pb2.WatchResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a cluster. To resume a watch after it, keep its cursor."""

    cursor: bytes
    time: datetime
    kind: ChangeKind = ChangeKind.UNSPECIFIED
    id: str = ""
    cluster: str = ""
    previous_cluster: str = ""
    settling: bool = False


@_reads(wirecopy_pb2.Traffic)
@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Copies between a host and another."""

    host: str = ""
    articles: int = 0
    median_lag_ms: int = 0
    notices: Mapping[str, int] = field(default_factory=dict)


@_reads(wirecopy_pb2.Credit)
@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """An outlet that is credited, and how many articles name it."""

    outlet: str = ""
    articles: int = 0


@_reads(wirecopy_pb2.PublisherReportResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherReport:
    """What a host copies, and who copies it: one page of its articles."""

    host: str = ""
    articles: int = 0
    leads: int = 0
    copies: int = 0
    own: int = 0
    blocked: int = 0
    copies_from: tuple[Traffic, ...] = ()
    copied_by: tuple[Traffic, ...] = ()
    credits: tuple[Credit, ...] = ()
    next_page_token: str = ""
    truncated: bool = False


@_reads(wirecopy_pb2.Furniture)
@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """A line, or a sentence of a long line, that a host repeats."""

    first_seen: datetime
    last_seen: datetime
    words: str = ""
    clusters: int = 0
    masked: bool = False


@_reads(wirecopy_pb2.StatsResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Sizes of a collection and of the server; `cursor` is that of the latest change."""

    cursor: bytes = b""
    articles: int = 0
    clusters: int = 0
    publishers_estimate: int = 0
    anchors_estimate: int = 0
    journal_bytes: int = 0
    index_bytes: int = 0
    memory_bytes: int = 0


@_reads(admin_pb2.CollectionInfo)
@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection; without `retention` it keeps its articles for good."""

    name: str = ""
    articles: int = 0
    clusters: int = 0
    text_bytes: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    retention: timedelta | None = None


@_reads(admin_pb2.ListCollectionsResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPage:
    """One page of the collections."""

    collections: tuple[Collection, ...] = ()
    next_page_token: str = ""


@_reads(admin_pb2.SnapshotResponse)
@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The files of a snapshot, and their bytes."""

    finished: bool = False
    files: int = 0
    bytes: int = 0
